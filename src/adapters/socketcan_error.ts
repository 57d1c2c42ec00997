import { CanvoyError } from "../core/mod.ts";

/** What keeps a Linux interface from being used as a bus. */
export type SocketcanFailure =
  /** The package's addon is not built. */
  | "ADDON_MISSING"
  /** The system or Deno denies this process the package's addon, or `ip`. */
  | "DENIED"
  /** There is no such interface. */
  | "INTERFACE_MISSING"
  /** The interface is not a CAN interface. */
  | "NOT_CAN"
  /** The interface is there, but the kernel or its guards give no CAN sockets. */
  | "NO_SOCKET"
  /** The interface has no bit rate and was never started. */
  | "UNCONFIGURED"
  /** The interface is configured, but down. */
  | "DOWN"
  /** The interface has vanished while it was used. */
  | "REMOVED"
  /** The controller is bus-off and the kernel does not restart it. */
  | "BUS_OFF"
  /** Frames went to the controller, and it never said that they were sent. */
  | "NO_ACKNOWLEDGE"
  /** The kernel's queue is full of frames of other programs, and it does not move. */
  | "QUEUE_STUCK"
  /** `ip` cannot be run, fails or does not end, so nothing is known of the interface. */
  | "NO_IP";

/** A Linux CAN interface that cannot be used, or not any longer. */
export class SocketcanError extends CanvoyError {
  /** `SOCKETCAN_` and the failure. */
  override readonly code: `SOCKETCAN_${SocketcanFailure}`;
  /** The interface. */
  readonly interfaceName: string;
  /** What to type, in this order; empty where nothing can be typed. */
  readonly commands: readonly string[];

  /**
   * States what is wrong, and what to type.
   *
   * @param failure Which of the failures it is.
   * @param interfaceName The interface.
   * @param state What is known: it ends the message.
   * @param options What to type, and another error that led to this one.
   */
  constructor(
    failure: SocketcanFailure,
    interfaceName: string,
    state: string,
    options: ErrorOptions & { readonly commands?: readonly string[] } = {},
  ) {
    const { commands = [], ...cause } = options;
    // One line, as events and tables have it: it can be typed as it stands.
    const typed = commands.length === 0 ? "" : `: ${commands.join(" && ")}`;
    super(`Cannot use socketcan:${interfaceName}: ${state}${typed}`, cause);
    this.code = `SOCKETCAN_${failure}`;
    this.interfaceName = interfaceName;
    this.commands = commands;
  }
}
