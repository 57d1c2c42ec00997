import type { CanFrame } from "../can/mod.ts";
import type { SocketcanEvidence } from "./socketcan_evidence.ts";
import { SocketcanError } from "./socketcan_error.ts";
import type { CanLink } from "./socketcan_link.ts";
import { frameNames } from "./socketcan_transmitter.ts";

/** What a bus that sends nothing any more has shown. */
export interface StuckBus {
  /** The frames that the kernel still has, or takes no longer. */
  readonly frames: readonly CanFrame[];
  /** Whether the kernel took frames and said nothing, or took none. */
  readonly reason: "noEcho" | "refused";
  /** What the kernel knows of the interface. */
  readonly link: CanLink;
  /** What was seen before. */
  readonly evidence: SocketcanEvidence;
}

/**
 * Checks that an interface can be a bus now.
 *
 * @param name The interface.
 * @param link What the kernel knows of it; `undefined` where there is none.
 * @returns The same.
 * @throws {SocketcanError} If not; the message says what to type.
 */
export function assertUsableLink(name: string, link: CanLink | undefined): CanLink {
  if (link === undefined) {
    const commands = name.startsWith("vcan")
      ? [
        `sudo modprobe vcan && sudo ip link add dev ${name} type vcan`,
        `sudo ip link set ${name} mtu 72 up`,
      ]
      : ["ip -brief link show type can", "dmesg | grep -i can"];
    const state = "there is no such interface here; its adapter is unplugged, has no driver, or " +
      "is not given to this container";
    throw new SocketcanError("INTERFACE_MISSING", name, state, { commands });
  }
  if (!link.isCan) {
    throw new SocketcanError("NOT_CAN", name, "the interface is none of CAN", {
      commands: ["ip -brief link show type can"],
    });
  }
  const hasBitRate = link.kind !== "can" || link.bitRates !== undefined;
  if (!hasBitRate) {
    throw new SocketcanError("UNCONFIGURED", name, "the interface is down and has no bit rate", {
      commands: [`sudo ip link set ${name} up type can bitrate 500000 restart-ms 100`],
    });
  }
  if (!link.isUp) {
    throw new SocketcanError("DOWN", name, "the interface is down", {
      commands: [`sudo ip link set ${name} up`],
    });
  }
  if (link.isListenOnly) {
    const state = "the interface only listens: it sends nothing";
    throw new SocketcanError("DOWN", name, state, {
      commands: [
        `sudo ip link set ${name} down`,
        `sudo ip link set ${name} up type can listen-only off`,
      ],
    });
  }
  return link;
}

/**
 * States that the interface is there, and no socket on it can be had.
 *
 * @param name The interface.
 * @param options What the package threw.
 * @returns The error.
 */
export function noSocketError(name: string, options: ErrorOptions): SocketcanError {
  const state = "the interface is up, but this process gets no CAN socket: the kernel lacks " +
    "can-raw, or a container or seccomp profile forbids it";
  return new SocketcanError("NO_SOCKET", name, state, {
    ...options,
    commands: ["sudo modprobe can-raw"],
  });
}

/**
 * States that the controller is bus-off for good.
 *
 * @param name The interface.
 * @returns The error.
 */
export function busOffError(name: string): SocketcanError {
  const state =
    "the controller went bus-off after too many errors on the wire, and restart-ms is " +
    "0, so it stays off; check bit rate, wiring and termination, then let it restart by itself";
  return new SocketcanError("BUS_OFF", name, state, {
    commands: [
      `sudo ip link set ${name} down`,
      `sudo ip link set ${name} up type can restart-ms 100`,
    ],
  });
}

/**
 * States that the interface was down or gone for longer than it was waited for.
 *
 * @param name The interface.
 * @param link What the kernel knows of it; `undefined` where it is gone.
 * @returns The error.
 */
export function absentError(name: string, link: CanLink | undefined): SocketcanError {
  if (link === undefined) return removedError(name);
  return new SocketcanError("DOWN", name, "the interface is down, and did not come up in time", {
    commands: [`sudo ip link set ${name} up`],
  });
}

/**
 * States that the interface is there no longer.
 *
 * @param name The interface.
 * @returns The error.
 */
export function removedError(name: string): SocketcanError {
  return new SocketcanError("REMOVED", name, "the interface has vanished: was it unplugged?", {
    commands: ["ip -details link show type can"],
  });
}

/**
 * States why a bus sends nothing any more.
 *
 * @param name The interface.
 * @param bus What it has shown.
 * @returns The error; its commands empty the queue.
 */
export function stuckError(name: string, bus: StuckBus): SocketcanError {
  const { frames, reason, link, evidence } = bus;
  const commands = [`sudo ip link set ${name} down`, `sudo ip link set ${name} up`];
  if (reason === "refused") {
    const state = "its transmit queue is full and does not move; none of the frames in it is " +
      `canvoy's; ${frameNames(frames)} could not be queued; empty it`;
    return new SocketcanError("QUEUE_STUCK", name, state, { commands });
  }
  const { tec } = link.state;
  const counter = tec === undefined ? "" : ` (transmit error counter ${tec})`;
  const passive = link.state.kind === "errorPassive" ? " and is error passive" : "";
  const state =
    `${silenceCause(evidence)}. The controller still has ${
      frameNames(frames)
    }${counter}${passive} and ` +
    "repeats it even after canvoy has ended; empty its queue before a node is plugged in";
  return new SocketcanError("NO_ACKNOWLEDGE", name, state, { commands });
}

function silenceCause({ framesHeard, disturbed, unacknowledged }: SocketcanEvidence): string {
  if (disturbed > 0 && unacknowledged === 0) {
    return "frames are disturbed: wrong bit rate, bad wiring or termination, or a short circuit";
  }
  return framesHeard === 0
    ? "nobody acknowledges: wrong bit rate, no termination, or alone on the bus"
    : "the bus has fallen silent: nobody acknowledges any longer";
}
