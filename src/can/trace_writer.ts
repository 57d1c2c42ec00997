import { concatBytes } from "../core/mod.ts";
import { ASC_END, ascHeader, formatAsc, formatAscComment } from "./asc_log.ts";
import { BlfWriter } from "./blf_writer.ts";
import { formatCandump } from "./candump_log.ts";
import type { CanFrame } from "./frame.ts";
import { pcapngHeader, pcapngInterface, pcapngPacket } from "./pcapng.ts";
import type { TraceEncoder } from "./trace_encoder.ts";
import type { TraceFormatName } from "./trace_format.ts";

const NOTHING = new Uint8Array(0);

/**
 * Makes an encoder of traces.
 *
 * @param format The format.
 * @param buses Names of the buses, in the order of their channels; more may come later.
 * @param date When the trace begins, in ms since 1970; only ASC and BLF state it.
 * @returns The encoder.
 */
export function createTraceWriter(
  format: TraceFormatName,
  buses: readonly string[],
  date: number,
): TraceEncoder {
  switch (format) {
    case "candump":
      return {
        begin: () => NOTHING,
        frame: (frame, atMs, bus) => line(formatCandump(frame, atMs, bus)),
        comment: () => NOTHING,
        end: () => NOTHING,
      };
    case "asc":
      return {
        begin: () => new TextEncoder().encode(ascHeader(date)),
        frame: (frame, atMs, bus) => line(formatAsc(frame, atMs, buses.indexOf(bus) + 1)),
        comment: (text, atMs) => line(formatAscComment(text, atMs)),
        end: () => new TextEncoder().encode(ASC_END),
      };
    case "pcapng":
      return new PcapngWriter(buses);
    case "blf":
      return new BlfWriter(buses, date);
  }
}

function line(text: string): Uint8Array {
  return new TextEncoder().encode(`${text}\n`);
}

/** Most comments that are kept for one frame. */
const COMMENTS_MAX = 16;

/** Comments belong to packets there: they wait for the next frame. */
class PcapngWriter implements TraceEncoder {
  readonly #buses: readonly string[];
  #announced = 0;
  #comments: string[] = [];

  constructor(buses: readonly string[]) {
    this.#buses = buses;
  }

  begin(): Uint8Array {
    this.#announced = 0;
    return pcapngHeader();
  }

  frame(frame: CanFrame, atMs: number, bus: string): Uint8Array {
    const parts: Uint8Array[] = [];
    for (; this.#announced < this.#buses.length; this.#announced++) {
      parts.push(pcapngInterface(this.#buses[this.#announced]!));
    }
    const interfaceNumber = Math.max(0, this.#buses.indexOf(bus));
    const comment = this.#comments.join("\n");
    this.#comments = [];
    const packet = { interfaceNumber, ...(comment === "" ? {} : { comment }) };
    parts.push(pcapngPacket(frame, atMs, packet));
    return parts.length === 1 ? parts[0]! : concatBytes(parts);
  }

  comment(text: string): Uint8Array {
    if (this.#comments.length < COMMENTS_MAX) this.#comments.push(text);
    return NOTHING;
  }

  end(): Uint8Array {
    return NOTHING;
  }
}
