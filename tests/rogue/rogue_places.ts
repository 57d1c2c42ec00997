/** How requests name a range to a rogue node: by format byte 44, or counted from a base of its own. */
import type { RogueFlash } from "./rogue_flash.ts";
import type { RogueOptions } from "./rogue_options.ts";
import type { RogueServiceParts } from "./rogue_services.ts";

/** A range that a request names, and where in the request it ends. */
export interface RoguePlace {
  readonly address: number;
  readonly sizeBytes: number;
  readonly endAt: number;
}

/** Reads an unsigned number. */
function number(data: Uint8Array, at: number, bytes: number, isLittle: boolean): number {
  let value = 0;
  for (let i = 0; i < bytes; i++) {
    value = value * 256 + (data[at + (isLittle ? bytes - 1 - i : i)] ?? 0);
  }
  return value;
}

/** A range of 34 or a check; `undefined` where its format byte is another. */
export function readPlace(
  { places }: RogueOptions,
  data: Uint8Array,
  at: number,
): RoguePlace | undefined {
  const bytes = places === undefined ? 4 : 3;
  if (data[at] !== bytes * 0x11) return undefined;
  const isLittle = places?.littleEndian === true;
  return {
    address: (places?.base ?? 0) + number(data, at + 1, bytes, isLittle),
    sizeBytes: number(data, at + 1 + bytes, bytes, isLittle),
    endAt: at + 1 + 2 * bytes,
  };
}

/** The range of an erase: as others, or `page (2), count of pages (1)`. */
export function readErasedPlace(
  options: RogueOptions,
  flash: RogueFlash,
  data: Uint8Array,
): RoguePlace | undefined {
  const { places } = options;
  if (options.erasesWhole === true) {
    const own = flash.sectors.filter(({ start, end }) => flash.isInApplication(start, end - start));
    const { start } = own[0]!;
    return { address: start, sizeBytes: own.at(-1)!.end - start, endAt: 4 };
  }
  if (places?.erasesBy === undefined) return readPlace(options, data, 4);
  const page = number(data, 4, 2, places.littleEndian === true);
  const count = data[6] ?? 0;
  if (places.erasesBy !== "sector") {
    const pageBytes = places.erasesBy;
    const address = places.base + page * pageBytes;
    return { address, sizeBytes: count * pageBytes, endAt: 7 };
  }
  const zero = flash.sectors.findIndex(({ start }) => start === places.base);
  const first = flash.sectors[zero + page];
  const last = flash.sectors[zero + page + count - 1];
  if (first === undefined || last === undefined) return undefined;
  return { address: first.start, sizeBytes: last.end - first.start, endAt: 7 };
}

/** The range of a check: as others, or what the node itself knows to be meant. */
export function readCheckedPlace(
  { options, flash, state }: Pick<RogueServiceParts, "options" | "flash" | "state">,
  data: Uint8Array,
): RoguePlace | undefined {
  const { checksOver } = options;
  if (checksOver === undefined) return readPlace(options, data, 4);
  if (checksOver === "sectors") {
    const place = readPlace(options, data, 4);
    const isWhole = place !== undefined &&
      flash.sectors.some(({ start }) => start === place.address) &&
      flash.sectors.some(({ end }) => end === place.address + place.sizeBytes);
    return isWhole ? place : undefined;
  }
  if (checksOver === "application") {
    const own = flash.sectors.filter(({ start, end }) => flash.isInApplication(start, end - start));
    const { start } = own[0]!;
    return { address: start, sizeBytes: own.at(-1)!.end - start, endAt: 4 };
  }
  const { lastDownload } = state;
  if (lastDownload === undefined) return undefined;
  const { skipBytes, tailBytes } = checksOver;
  return {
    address: lastDownload.address + skipBytes,
    sizeBytes: lastDownload.sizeBytes - skipBytes - tailBytes,
    endAt: 4,
  };
}
