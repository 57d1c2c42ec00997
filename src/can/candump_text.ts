import type { CandumpRecord } from "./candump_record.ts";
import { parseCandumpLine } from "./candump_log.ts";
import { areGaps, type CandumpTime, parseCandumpTime } from "./candump_times.ts";
import type { CaptureLine } from "./capture_line.ts";
import { fdDlcOf } from "./frame.ts";

// deno-lint-ignore no-control-regex
const ESCAPES = /\x1B\[[0-9;]*[A-Za-z]/g;
const LINE = new RegExp(
  [
    /^\s*(?:\(([^)]{1,40})\)\s+)?(\S{1,32})\s+/, // time and interface
    /(?:(?:RX|TX)\s+[-B] [-E]\s+)?/, // what `-x` adds
    /([0-9A-F]{3}|[0-9A-F]{8})\s+/, // identifier
    /(?:\[(\d{1,2})\]|\{([0-9A-F])\})/, // length; FD frames have two digits, `-8` prints the raw DLC
    /(?:\s+(.*))?$/, // data, and what `-a` adds
  ].map(({ source }) => source).join(""),
  "i",
);
/** CAN_ERR_FLAG of Linux' `can.h`. */
const ERROR_FLAG = 0x2000_0000;

/**
 * Reads what candump prints: with `-L` or without, with every kind of time or none, in colour,
 * as hexadecimal or binary digits (`-i`), also with swapped bytes (`-S`) and ASCII (`-a`).
 *
 * Source: can-utils, candump.c and lib.c.
 */
export class CandumpReader {
  readonly #times: (CandumpTime & { readonly interfaceName: string })[] = [];
  #plainLines = 0;
  #untimedLines = 0;

  /** Whether most lines are those of `candump` without `-L`. */
  get isPlain(): boolean {
    return this.#plainLines * 2 > this.#times.length;
  }

  /** Whether no line had a time. */
  get isUntimed(): boolean {
    return this.#untimedLines > 0 && this.#untimedLines === this.#times.length;
  }

  /**
   * Reads the next line.
   *
   * @param text One line without its end; any text.
   * @returns What it holds; its time is that of the line.
   */
  read(text: string): CaptureLine {
    const line = text.includes("\x1B") ? text.replace(ESCAPES, "").trimEnd() : text;
    if (line === "" || line.startsWith("#")) return undefined;
    const logged = parseCandumpLine(line);
    if (logged !== "unknown line") {
      if (typeof logged === "object") {
        this.#times.push({ ...logged.time, ...nameOf(logged.record) });
      }
      return typeof logged === "object" ? logged.record : logged;
    }
    return this.#readPlain(line);
  }

  /**
   * Makes times of the gaps between frames, where the log has those.
   *
   * @param records All that was read.
   * @returns The same frames with the times of the log.
   */
  settle(records: readonly CandumpRecord[]): readonly CandumpRecord[] {
    if (!areGaps(this.#times)) return records;
    let atMs = 0;
    return records.map((record) => ({ ...record, atMs: atMs += record.atMs }));
  }

  #readPlain(line: string): CaptureLine {
    const match = LINE.exec(line);
    if (match === null) return "unknown line";
    const [, timeText, interfaceName, idDigits, length, , rest = ""] = match;
    const time = timeText === undefined ? NO_TIME : parseCandumpTime(timeText);
    if (time === undefined) return "unknown line";
    if (/^remote request/i.test(rest)) return "remote frame";
    const id = parseInt(idDigits!, 16);
    if (/\bERRORFRAME\b/.test(rest) || (idDigits!.length === 8 && (id & ERROR_FLAG) !== 0)) {
      return "error frame";
    }
    const extended = idDigits!.length === 8;
    if (id > (extended ? 0x1FFF_FFFF : 0x7FF)) return "unknown line";
    const fd = length?.length === 2;
    const lengthBytes = length === undefined ? 8 : Number(length);
    if (fd ? fdDlcOf(lengthBytes) < 0 : lengthBytes > 8) return "unknown line";
    const data = readData(rest, lengthBytes);
    if (data === undefined) return "cut record";
    this.#plainLines++;
    if (time === NO_TIME) this.#untimedLines++;
    this.#times.push({ ...time, interfaceName: interfaceName! });
    return {
      atMs: time.ms,
      interfaceName: interfaceName!,
      frame: { id, extended, fd, bitRateSwitch: false, data },
    };
  }
}

const NO_TIME: CandumpTime = { ms: 0, decimals: 0, isPadded: false };

function nameOf({ interfaceName }: CandumpRecord): { readonly interfaceName: string } {
  return { interfaceName };
}

/** `02 10 02`, `00000010 00010000 00000010` or, last byte first, 02`10`02. */
function readData(text: string, lengthBytes: number): Uint8Array | undefined {
  if (lengthBytes === 0) return new Uint8Array(0);
  const first = text.split(/\s{2,}|\s+'/)[0]!;
  const isSwapped = first.includes("`");
  const words = isSwapped ? first.trim().split("`").reverse() : text.trim().split(/\s+/);
  const bytes = words.slice(0, lengthBytes).map((word) =>
    /^[01]{8}$/.test(word)
      ? parseInt(word, 2)
      : /^[0-9A-F]{2}$/i.test(word)
      ? parseInt(word, 16)
      : NaN
  );
  const isWhole = bytes.length === lengthBytes && bytes.every((byte) => byte <= 0xFF);
  return isWhole ? Uint8Array.from(bytes) : undefined;
}
