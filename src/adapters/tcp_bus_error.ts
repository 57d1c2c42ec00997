import { CanvoyError } from "../core/mod.ts";

/** What is wrong with a bus carried over TCP. */
export type TcpBusFailure =
  /** The address is not one of this machine alone. */
  | "notLoopback"
  /** Nobody listens there, or another program does already. */
  | "unavailable"
  /** This process may not listen or connect there. */
  | "denied"
  /** The other end does not speak the protocol, or not in time. */
  | "protocol"
  /** The other end does not read, or sends more than a bus can carry. */
  | "overflow";

/** A bus carried over TCP that could not be reached, or was given up. */
export class TcpBusError extends CanvoyError {
  /** Stable name of the failure; a denied right has another remedy than the rest. */
  override readonly code: "TCP_BUS" | "TCP_BUS_DENIED";
  /** Which of the failures it is. */
  readonly failure: TcpBusFailure;

  /**
   * States what was tried and what is wrong.
   *
   * @param failure Which of the failures it is.
   * @param message "Cannot <action> <object>: <state>".
   * @param options `cause`, where another error led to this one.
   */
  constructor(failure: TcpBusFailure, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = failure === "denied" ? "TCP_BUS_DENIED" : "TCP_BUS";
    this.failure = failure;
  }
}
