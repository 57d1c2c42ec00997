import type { CanPortState } from "../can/mod.ts";

/** What an error frame of a CAN driver tells; several may be true at once. */
export interface CanErrorReport {
  /** The controller's state, where the frame tells one. */
  readonly state?: CanPortState;
  /** Nobody acknowledged a frame of ours. */
  readonly isUnacknowledged: boolean;
  /** Bits, stuffing, form or checksum on the wire were wrong, or the bus reported an error. */
  readonly isDisturbed: boolean;
  /** The controller or the kernel lost received frames. */
  readonly isOverflow: boolean;
  /** The kernel has restarted a controller that was bus-off. */
  readonly isRestarted: boolean;
}

/** Error classes in the identifier of an error frame, as linux/can/error.h numbers them. */
const CLASS = {
  txTimeout: 0x001,
  controller: 0x004,
  protocol: 0x008,
  noAcknowledge: 0x020,
  busOff: 0x040,
  busError: 0x080,
  restarted: 0x100,
  counters: 0x200,
} as const;

/** Bits of byte 1 of an error frame of class `controller`. */
const CONTROLLER = {
  receiveOverflow: 0x01,
  warning: 0x04 | 0x08,
  passive: 0x10 | 0x20,
  active: 0x40,
} as const;

/** Byte 3 of class `protocol`: where in the frame; here the acknowledge slot and its delimiter. */
const ACKNOWLEDGE_PLACES: readonly number[] = [0x19, 0x1B];
const CONTROLLER_BYTE = 1;
const PLACE_BYTE = 3;
const TEC_BYTE = 6;
const REC_BYTE = 7;

/**
 * Reads an error frame, by which a driver tells the state of its controller and what it met on the
 * wire.
 *
 * Source: Linux, include/uapi/linux/can/error.h.
 *
 * @param id The identifier without its flags: the error classes.
 * @param data Its 8 bytes.
 * @returns What it tells.
 *
 * @example Usage
 * ```ts
 * import { strictEqual } from "node:assert/strict";
 * import { decodeErrorFrame } from "./socketcan_error_frame.ts";
 *
 * // What `cansend can0 20000004#0020000000000000` is heard as: transmit error passive.
 * const report = decodeErrorFrame(0x004, Uint8Array.of(0, 0x20, 0, 0, 0, 0, 0, 0));
 * strictEqual(report.state?.kind, "errorPassive");
 * ```
 */
export function decodeErrorFrame(id: number, data: Uint8Array): CanErrorReport {
  const isController = (id & CLASS.controller) !== 0;
  const controller = isController ? data[CONTROLLER_BYTE] ?? 0 : 0;
  const isProtocol = (id & CLASS.protocol) !== 0;
  const atAcknowledge = isProtocol && ACKNOWLEDGE_PLACES.includes(data[PLACE_BYTE] ?? 0);
  const kind = stateKind(id, controller);
  return {
    ...(kind === undefined ? {} : { state: { kind, ...counters(id, data) } }),
    isUnacknowledged: (id & CLASS.noAcknowledge) !== 0 || atAcknowledge,
    isDisturbed: (isProtocol && !atAcknowledge) ||
      ((id & CLASS.busError) !== 0 && !atAcknowledge && (id & CLASS.noAcknowledge) === 0),
    isOverflow: (controller & CONTROLLER.receiveOverflow) !== 0,
    isRestarted: (id & CLASS.restarted) !== 0,
  };
}

function stateKind(id: number, controller: number): CanPortState["kind"] | undefined {
  if ((id & CLASS.busOff) !== 0) return "busOff";
  if ((controller & CONTROLLER.passive) !== 0) return "errorPassive";
  if ((controller & (CONTROLLER.active | CONTROLLER.warning)) !== 0) return "errorActive";
  return (id & CLASS.restarted) !== 0 ? "errorActive" : undefined;
}

/** Older kernels fill the counters in without saying so; then zero means unknown. */
function counters(id: number, data: Uint8Array): { tec?: number; rec?: number } {
  const [tec, rec] = [data[TEC_BYTE] ?? 0, data[REC_BYTE] ?? 0];
  return (id & CLASS.counters) !== 0 || tec > 0 || rec > 0 ? { tec, rec } : {};
}
