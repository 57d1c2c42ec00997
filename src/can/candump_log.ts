import { bytesToHex } from "../core/mod.ts";
import { type CandumpTime, parseCandumpTime } from "./candump_times.ts";
import type { CandumpRecord } from "./candump_record.ts";
import type { PassedOver } from "./capture_line.ts";
import { type CanFrame, fdDlcOf } from "./frame.ts";

/** CANFD_BRS of Linux' `can.h`. */
const BRS_FLAG = 0x1;

/**
 * Formats a frame as can-utils' `candump -L` does: `(seconds.microseconds) interface id#data`, FD
 * frames `id##flags data` with flag 1 for a fast data phase.
 *
 * @param frame The frame.
 * @param atMs When, in ms, rounded to the microsecond; never negative.
 * @param interfaceName Name of the bus.
 * @returns One line without its end.
 *
 * @example Usage
 * ```ts
 * import { strictEqual } from "node:assert/strict";
 * import { formatCandump } from "./candump_log.ts";
 *
 * const data = Uint8Array.of(0x02, 0x10, 0x02);
 * const frame = { id: 0x7E0, extended: false, fd: false, bitRateSwitch: false, data };
 * strictEqual(formatCandump(frame, 1500.25, "vcan0"), "(1.500250) vcan0 7E0#021002");
 * ```
 */
export function formatCandump(frame: CanFrame, atMs: number, interfaceName: string): string {
  const atUs = Math.round(atMs * 1000);
  const seconds = Math.floor(atUs / 1e6);
  const microseconds = String(atUs - seconds * 1e6).padStart(6, "0");
  const id = frame.id.toString(16).toUpperCase().padStart(frame.extended ? 8 : 3, "0");
  const separator = frame.fd ? `##${frame.bitRateSwitch ? BRS_FLAG : 0}` : "#";
  return `(${seconds}.${microseconds}) ${interfaceName} ${id}${separator}` +
    bytesToHex(frame.data, "");
}

const LINE = new RegExp(
  [
    /^\s*\(([^)]{1,40})\)\s+(\S{1,32})\s+/, // time and interface
    /([0-9A-F]{3}|[0-9A-F]{8})#(?:#([0-9A-F]))?/, // identifier, FD flags
    /((?:[0-9A-F]{2}){0,64})(?:_[9A-F])?(?: +[RT])?$/, // data, raw DLC, the direction that `-x` adds
  ].map(({ source }) => source).join(""),
  "i",
);
const OTHERS = /^\s*\([^)]{1,40}\)\s+\S{1,32}\s+([0-9A-F]{3}|[0-9A-F]{8})#(R|[0-9A-F]{2}:)?/i;
/** CAN_ERR_FLAG of Linux' `can.h`. */
const ERROR_FLAG = 0x2000_0000;

/** A line of `candump -L` that holds a frame. */
export interface CandumpLine {
  /** The frame, with its time as it stands there. */
  readonly record: CandumpRecord;
  /** That time. */
  readonly time: CandumpTime;
}

/**
 * Reads a line of `candump -L`, of any version: 1 to 9 decimals, a raw data length code (`_9`).
 *
 * @param line One line without its end; any text.
 * @returns What it holds; why it holds no data frame.
 */
export function parseCandumpLine(line: string): CandumpLine | PassedOver {
  const match = LINE.exec(line);
  const time = match === null ? undefined : parseCandumpTime(match[1]!);
  if (match === null || time === undefined) return otherLine(line);
  const [, , interfaceName, idDigits, flags, digits] = match;
  const id = parseInt(idDigits!, 16);
  const extended = idDigits!.length === 8;
  const fd = flags !== undefined;
  const lengthBytes = digits!.length / 2;
  // An identifier beyond 29 bits carries Linux' flags: an error message, not a frame of the bus.
  if (id > (extended ? 0x1FFF_FFFF : 0x7FF)) return otherLine(line);
  if (fd ? fdDlcOf(lengthBytes) < 0 : lengthBytes > 8) return "unknown line";
  const data = new Uint8Array(lengthBytes);
  for (let i = 0; i < lengthBytes; i++) data[i] = parseInt(digits!.slice(2 * i, 2 * i + 2), 16);
  const bitRateSwitch = fd && (parseInt(flags, 16) & BRS_FLAG) !== 0;
  const frame = { id, extended, fd, bitRateSwitch, data };
  return { record: { atMs: time.ms, interfaceName: interfaceName!, frame }, time };
}

/**
 * Reads a line of `candump -L`.
 *
 * @param line One line without its end; any text.
 * @returns What it holds; `undefined` when it is none of a data frame (a remote frame, an error
 * message, a comment, anything else).
 */
export function parseCandump(line: string): CandumpRecord | undefined {
  const found = parseCandumpLine(line);
  return typeof found === "object" ? found.record : undefined;
}

function otherLine(line: string): PassedOver {
  const match = OTHERS.exec(line);
  if (match === null) return "unknown line";
  const [, idDigits, kind] = match;
  if (kind?.toUpperCase() === "R") return "remote frame";
  if (kind !== undefined) return "CAN XL frame";
  const isError = idDigits!.length === 8 && (parseInt(idDigits!, 16) & ERROR_FLAG) !== 0;
  return isError ? "error frame" : "unknown line";
}
