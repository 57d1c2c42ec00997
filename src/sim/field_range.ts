import { type AddressRange, readUintBe } from "../core/mod.ts";
import { type PlaceRule, rangeOfPages } from "../stm32/mod.ts";
import type { TransferBlock } from "../uds/mod.ts";
import type { VirtualNodeOptions } from "./node_options.ts";

/**
 * Tells what offsets and pages count of a node.
 *
 * @param options How the node was made.
 * @returns Where they begin, and how long pages are.
 */
export function placeRule(
  { dialect, layout }: Pick<VirtualNodeOptions, "dialect" | "layout">,
): PlaceRule {
  return { base: layout.application.start, ...dialect.memory };
}

/**
 * Reads which range a request is about.
 *
 * @param fields Fields of the request: `address`, `offset` or `page`, and `size` or `pages`; or none. A
 * `page` alone is one page.
 * @param whole The range that is meant where they are missing.
 * @param options How the node was made.
 * @returns The range; it may lie anywhere.
 */
export function fieldRange(
  fields: ReadonlyMap<string, Uint8Array>,
  whole: AddressRange,
  options: Pick<VirtualNodeOptions, "dialect" | "geometry" | "layout">,
): AddressRange {
  const rule = placeRule(options);
  const [address, offset, size, page, pages] = ["address", "offset", "size", "page", "pages"]
    .map((name) => toUint(fields.get(name)));
  const paged = page === undefined
    ? undefined
    : rangeOfPages({ page, pages: pages ?? 1 }, rule, options.geometry) ?? NOWHERE;
  const start = address ?? (offset === undefined ? paged?.start : rule.base + offset) ??
    whole.start;
  if (size !== undefined) return { start, end: start + size };
  return { start, end: paged?.end ?? whole.end };
}

/**
 * Finds where a block belongs that says how far behind the base that is.
 *
 * @param block The block as it came.
 * @param options How the node was made.
 * @returns It with its address.
 */
export function placed(
  block: TransferBlock | "wrong" | undefined,
  options: Pick<VirtualNodeOptions, "dialect" | "layout">,
): TransferBlock | "wrong" | undefined {
  if (typeof block !== "object" || block.offset === undefined) return block;
  return { ...block, address: placeRule(options).base + block.offset };
}

/** Pages that the part does not have. */
const NOWHERE: AddressRange = { start: 0, end: 0 };

function toUint(bytes: Uint8Array | undefined): number | undefined {
  return bytes === undefined ? undefined : readUintBe(bytes, 0, bytes.length);
}
