import type { CanFrame } from "./frame.ts";

/**
 * Formats a frame as can-utils' `candump -L` does: `(seconds.microseconds) interface id#data`, FD
 * frames `id##flags data` with flag 1 for a fast data phase.
 *
 * @param frame The frame.
 * @param atMs When, in ms; never negative.
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
  const id = frame.id.toString(16).toUpperCase().padStart(frame.extended ? 8 : 3, "0");
  const separator = frame.fd ? `##${frame.bitRateSwitch ? 1 : 0}` : "#";
  let data = "";
  for (const byte of frame.data) data += byte.toString(16).toUpperCase().padStart(2, "0");
  return `(${
    (Math.round(atMs * 1000) / 1e6).toFixed(6)
  }) ${interfaceName} ${id}${separator}${data}`;
}

const LINE = /^\((\d+\.\d+)\) (\S+) ([0-9A-F]{3}|[0-9A-F]{8})#(#([0-9A-F]))?((?:[0-9A-F]{2})*)$/;

/** One line of a candump log. */
export interface CandumpRecord {
  /** When, in ms. */
  readonly atMs: number;
  /** Name of the bus. */
  readonly interfaceName: string;
  /** The frame. */
  readonly frame: CanFrame;
}

/**
 * Reads a line of `candump -L`.
 *
 * @param line One line without its end.
 * @returns `undefined` when it is none of a data frame.
 */
export function parseCandump(line: string): CandumpRecord | undefined {
  const match = LINE.exec(line);
  if (match === null) return undefined;
  const [, seconds, interfaceName, id, fd, flags, digits] = match;
  const data = Uint8Array.from(digits!.match(/../g) ?? [], (pair) => parseInt(pair, 16));
  return {
    atMs: Number(seconds) * 1000,
    interfaceName: interfaceName!,
    frame: {
      id: parseInt(id!, 16),
      extended: id!.length === 8,
      fd: fd !== undefined,
      bitRateSwitch: fd !== undefined && (parseInt(flags!, 16) & 1) === 1,
      data,
    },
  };
}
