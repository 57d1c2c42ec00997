import { bytesToHex } from "../core/mod.ts";
import type { CandumpRecord } from "./candump_log.ts";
import { type CanFrame, FD_LENGTHS_BYTES, fdDlcOf } from "./frame.ts";

/** CAN FD and bit rate switch, as Vector's flags state them. */
const FLAG_EDL = 0x1000;
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
  const flags = (FLAG_EDL | (frame.bitRateSwitch ? FLAG_BRS : 0)).toString(16);
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

const CLASSIC = /^\s*([\d.]+)\s+(\d+)\s+([0-9A-F]+)(x?)\s+(?:Rx|Tx|TxRq)\s+d\s+([0-9A-F])\s*(.*)$/i;
const FD = /^\s*([\d.]+)\s+CANFD\s+(\d+)\s+(?:Rx|Tx|TxRq)\s+([0-9A-F]+)(x?)\s+(.*)$/i;

/**
 * Reads Vector ASC logs, also those of other tools: hexadecimal and decimal, times since the
 * beginning or since the line before.
 */
export class AscReader {
  #radix = 16;
  #isRelative = false;
  #atUs = 0;

  /**
   * Reads the next line.
   *
   * @param line One line without its end; any text.
   * @returns What it holds; `undefined` when it is none of a data frame.
   */
  read(line: string): CandumpRecord | undefined {
    const base = /^\s*base\s+(hex|dec)\s+timestamps\s+(absolute|relative)/i.exec(line);
    if (base !== null) {
      this.#radix = base[1]!.toLowerCase() === "hex" ? 16 : 10;
      this.#isRelative = base[2]!.toLowerCase() === "relative";
      return undefined;
    }
    const classic = CLASSIC.exec(line);
    if (classic !== null) {
      const [, time, channel, id, x, dlc, rest] = classic;
      const lengthBytes = Math.min(8, parseInt(dlc!, 16));
      return this.#record({ time, channel, id, x, lengthBytes, words: rest!.split(/\s+/) });
    }
    const fd = FD.exec(line);
    return fd === null ? undefined : this.#readFd(fd);
  }

  #readFd([, time, channel, id, x, rest]: RegExpExecArray): CandumpRecord | undefined {
    const words = rest!.trim().split(/\s+/);
    // A symbolic name may stand before bit rate switch and error state, which are one digit each.
    const at = words.findIndex((word, i) =>
      /^[01]$/.test(word) && /^[01]$/.test(words[i + 1] ?? "") &&
      /^[0-9A-F]$/i.test(words[i + 2] ?? "")
    );
    if (at < 0 || at > 1) return undefined;
    const lengthBytes = Number(words[at + 3]);
    const expected = FD_LENGTHS_BYTES[parseInt(words[at + 2]!, 16)];
    if (lengthBytes !== expected && !(lengthBytes <= 8 && fdDlcOf(lengthBytes) >= 0)) {
      return undefined;
    }
    const data = words.slice(at + 4);
    const flags = parseInt(data[lengthBytes + 2] ?? "1000", 16);
    const isFd = Number.isNaN(flags) || (flags & FLAG_EDL) !== 0;
    const parts = { time, channel, id, x, lengthBytes, words: data };
    return this.#record(parts, isFd, isFd && words[at] === "1");
  }

  #record(
    { time, channel, id, x, lengthBytes, words }: {
      readonly time: string | undefined;
      readonly channel: string | undefined;
      readonly id: string | undefined;
      readonly x: string | undefined;
      readonly lengthBytes: number;
      readonly words: readonly string[];
    },
    fd = false,
    bitRateSwitch = false,
  ): CandumpRecord | undefined {
    const number = parseInt(id!, this.#radix);
    const extended = x !== "";
    const bytes = words.slice(0, lengthBytes).map((word) =>
      /^[0-9A-F]{1,3}$/i.test(word) ? parseInt(word, this.#radix) : NaN
    );
    const isWhole = bytes.length === lengthBytes && bytes.every((byte) => byte <= 0xFF);
    if (!isWhole || !(number <= (extended ? 0x1FFF_FFFF : 0x7FF))) return undefined;
    const us = Math.round(Number(time) * 1e6);
    if (!Number.isFinite(us)) return undefined;
    this.#atUs = this.#isRelative ? this.#atUs + us : us;
    return {
      atMs: this.#atUs / 1000,
      interfaceName: channel!,
      frame: { id: number, extended, fd, bitRateSwitch, data: Uint8Array.from(bytes) },
    };
  }
}
