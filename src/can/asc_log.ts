import { bytesToHex } from "../core/mod.ts";
import { type CanFrame, fdDlcOf } from "./frame.ts";

/** CAN FD and bit rate switch, as Vector's flags state them. */
export const ASC_FLAG_EDL = 0x1000;
const FLAG_BRS = 0x2000;
const DAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/**
 * Begins a Vector ASC log: hexadecimal numbers, times since its beginning.
 *
 * @param date When it begins, in ms since 1970, UTC.
 * @returns The lines, each with its end.
 */
export function ascHeader(date: number): string {
  const day = new Date(date);
  const two = (value: number): string => String(value).padStart(2, "0");
  const text = `${DAYS[day.getUTCDay()]} ${MONTHS[day.getUTCMonth()]} ${two(day.getUTCDate())} ` +
    `${two(day.getUTCHours())}:${two(day.getUTCMinutes())}:${two(day.getUTCSeconds())}.` +
    `${String(day.getUTCMilliseconds()).padStart(3, "0")} ${day.getUTCFullYear()}`;
  return `date ${text}\nbase hex  timestamps absolute\ninternal events logged\n` +
    `Begin Triggerblock ${text}\n${seconds(0)} Start of measurement\n`;
}

/** What stands at the end of a Vector ASC log. */
export const ASC_END = "End TriggerBlock\n";

/**
 * Formats a frame as a line of a Vector ASC log.
 *
 * @param frame The frame.
 * @param atMs When, in ms since the log's beginning.
 * @param channel Number of the bus, from 1.
 * @returns One line without its end.
 *
 * @example Usage
 * ```ts
 * import { strictEqual } from "node:assert/strict";
 * import { formatAsc } from "./asc_log.ts";
 *
 * const data = Uint8Array.of(0x02, 0x10, 0x02);
 * const frame = { id: 0x7E0, extended: false, fd: false, bitRateSwitch: false, data };
 * strictEqual(formatAsc(frame, 1500.25, 1), "   1.500250 1  7E0             Rx   d 3 02 10 02");
 * ```
 */
export function formatAsc(frame: CanFrame, atMs: number, channel: number): string {
  const id = frame.id.toString(16).toUpperCase() + (frame.extended ? "x" : "");
  const data = bytesToHex(frame.data);
  if (!frame.fd) {
    const head = `${seconds(atMs)} ${channel}  ${id.padEnd(15)} Rx   d ${frame.data.length}`;
    return `${head} ${data}`.trimEnd();
  }
  const dlc = fdDlcOf(frame.data.length).toString(16);
  const flags = (ASC_FLAG_EDL | (frame.bitRateSwitch ? FLAG_BRS : 0)).toString(16);
  return `${seconds(atMs)} CANFD ${String(channel).padStart(3)} Rx ${id.padStart(9)}  ` +
    `${frame.bitRateSwitch ? 1 : 0} 0 ${dlc} ${frame.data.length} ${data} ` +
    `0 0 ${flags} 0 0 0 0 0`;
}

/**
 * Formats a comment of a Vector ASC log.
 *
 * @param text The comment; line ends become blanks.
 * @param atMs When, in ms since the log's beginning.
 * @returns One line without its end.
 */
export function formatAscComment(text: string, atMs: number): string {
  return `// ${seconds(atMs).trim()} ${text.replace(/[\r\n]+/g, " ")}`;
}

function seconds(atMs: number): string {
  return (Math.max(0, atMs) / 1000).toFixed(6).padStart(11);
}
