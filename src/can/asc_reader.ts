import { ASC_FLAG_EDL } from "./asc_log.ts";
import type { CandumpRecord } from "./candump_record.ts";
import type { CaptureLine } from "./capture_line.ts";
import { FD_LENGTHS_BYTES, fdDlcOf } from "./frame.ts";

const EVENT = /^\s*(\d+(?:\.\d+)?)\s+(.*)$/;
const CLASSIC = /^(\d+)\s+(\S+)\s+(Rx|Tx|TxRq)\s+(d|r)\b\s*(.*)$/i;
const FD = /^CANFD\s+(\d+)\s+(Rx|Tx|TxRq)\s+(\S+)\s+(.*)$/i;
/** Lines that belong to every log and hold no event. */
const HEAD =
  /^\s*(?:date\b|base\b|timestamps\b|(?:no )?internal events logged|begin triggerblock|end triggerblock|\/\/|$)/i;
/** What Vector writes behind a frame whose message has a name. */
const NUMBER_BEHIND = /\bID\s*=\s*(\d+)(x?)/i;

/** A line's fields, as they stand there. */
interface Fields {
  readonly atUs: number;
  readonly channel: string;
  readonly id: string;
  readonly lengthBytes: number;
  readonly words: readonly string[];
  /** The whole line, for the identifier of a message that has a name. */
  readonly line: string;
}

/**
 * Reads Vector ASC logs, also those of other tools: hexadecimal and decimal, times since the
 * beginning or since the line before, classic and CAN FD frames, symbolic names.
 *
 * With `base dec` identifiers, data and data length codes are decimal; the length of an FD frame in
 * bytes is decimal in both.
 */
export class AscReader {
  #radix = 16;
  #isRelative = false;
  #atUs = 0;
  #hasBase = false;

  /** What the log's head says, for people. */
  get details(): string {
    const base = this.#hasBase
      ? `base ${this.#radix === 16 ? "hex" : "dec"}`
      : "no base, read as hex";
    return this.#isRelative ? `${base}, relative times` : base;
  }

  /**
   * Reads the next line.
   *
   * @param line One line without its end; any text.
   * @returns What it holds.
   */
  read(line: string): CaptureLine {
    const base = /^\s*base\s+(hex|dec)\b/i.exec(line);
    if (base !== null) {
      this.#hasBase = true;
      this.#radix = base[1]!.toLowerCase() === "hex" ? 16 : 10;
    }
    if (HEAD.test(line)) {
      const times = /\btimestamps\s+(absolute|relative)/i.exec(line);
      if (times !== null) this.#isRelative = times[1]!.toLowerCase() === "relative";
      return undefined;
    }
    const event = EVENT.exec(line);
    if (event === null) return "unknown line";
    const us = Math.round(Number(event[1]) * 1e6);
    if (!Number.isSafeInteger(us)) return "unknown line";
    // Each line's time counts, also that of a line without a frame.
    this.#atUs = this.#isRelative ? this.#atUs + us : us;
    return this.#readEvent(event[2]!);
  }

  #readEvent(text: string): CaptureLine {
    const classic = CLASSIC.exec(text);
    if (classic !== null) {
      const [, channel, id, direction, kind, rest] = classic;
      if (direction!.toLowerCase() === "txrq") return "transmit request";
      if (kind!.toLowerCase() === "r") return "remote frame";
      const [dlcText = "", ...words] = rest!.split(/\s+/);
      const dlc = this.#number(dlcText);
      if (!(dlc <= 15)) return "unknown line";
      const lengthBytes = Math.min(8, dlc);
      return this.#record({ ...this.#at(channel!, id!, text), lengthBytes, words }, false, false);
    }
    const fd = FD.exec(text);
    if (fd !== null) return this.#readFd(fd, text);
    if (/\bErrorFrame\b/i.test(text)) return "error frame";
    if (/^CANXL\b/i.test(text)) return "CAN XL frame";
    if (/^CANFD\b/i.test(text)) return "unknown line";
    return /^(?:\d+\s+)?(?:[A-Z]{2,}\b|CAN|Start|Stop|Statistic|Log|Trigger|SV:|:)/i.test(text) ||
        /\b(?:Statistic|Status|Trigger|measurement)\b/i.test(text)
      ? "other event"
      : "unknown line";
  }

  #at(channel: string, id: string, line: string): Pick<Fields, "atUs" | "channel" | "id" | "line"> {
    return { atUs: this.#atUs, channel, id, line };
  }

  #readFd([, channel, direction, id, rest]: RegExpExecArray, line: string): CaptureLine {
    if (direction!.toLowerCase() === "txrq") return "transmit request";
    if (/\bErrorFrame\b/i.test(line)) return "error frame";
    const words = rest!.trim().split(/\s+/);
    // A symbolic name may stand before bit rate switch and error state, which are one digit each.
    for (const at of [0, 1]) {
      const [brs = "", esi = "", dlcText = "", lengthText = ""] = words.slice(at);
      if (!/^[01]$/.test(brs) || !/^[01]$/.test(esi) || !/^\d{1,2}$/.test(lengthText)) continue;
      const dlc = this.#number(dlcText);
      const lengthBytes = Number(lengthText);
      const isShort = lengthBytes <= 8 && dlc <= 15;
      if (lengthBytes !== FD_LENGTHS_BYTES[dlc] && !isShort) continue;
      if (fdDlcOf(lengthBytes) < 0) continue;
      const data = words.slice(at + 4);
      const flags = parseInt(data[lengthBytes + 2] ?? "1000", 16);
      const isFd = Number.isNaN(flags) || (flags & ASC_FLAG_EDL) !== 0 || lengthBytes > 8;
      const fields = { ...this.#at(channel!, id!, line), lengthBytes, words: data };
      return this.#record(fields, isFd, isFd && brs === "1");
    }
    return "unknown line";
  }

  /** NaN for what is no number of the log's base. */
  #number(text: string): number {
    const form = this.#radix === 16 ? /^[0-9A-F]{1,8}$/i : /^\d{1,10}$/;
    return form.test(text) ? parseInt(text, this.#radix) : NaN;
  }

  #identifier(id: string, line: string): { readonly number: number; readonly extended: boolean } {
    const [, digits = "", x = ""] = /^([0-9A-F]+)(x?)$/i.exec(id) ?? [];
    const number = this.#number(digits);
    if (!Number.isNaN(number)) return { number, extended: x !== "" };
    const [, behind = "", xBehind = ""] = NUMBER_BEHIND.exec(line) ?? [];
    return { number: behind === "" ? NaN : Number(behind), extended: xBehind !== "" };
  }

  #record(
    { atUs, channel, id, lengthBytes, words, line }: Fields,
    fd: boolean,
    bitRateSwitch: boolean,
  ): CandumpRecord | "cut record" | "unknown line" {
    const { number, extended } = this.#identifier(id, line);
    if (!(number <= (extended ? 0x1FFF_FFFF : 0x7FF))) return "unknown line";
    const bytes = words.slice(0, lengthBytes).map((word) => this.#number(word));
    if (bytes.length < lengthBytes) return "cut record";
    if (!bytes.every((byte) => byte <= 0xFF)) return "unknown line";
    return {
      atMs: atUs / 1000,
      interfaceName: channel,
      frame: { id: number, extended, fd, bitRateSwitch, data: Uint8Array.from(bytes) },
    };
  }
}
