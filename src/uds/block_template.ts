import { checksum, type ChecksumName } from "../codec/mod.ts";
import { defined, equalBytes, readUintBe } from "../core/mod.ts";
import {
  expandRequest,
  matchRequest,
  parseRequestTemplate,
  type RequestTemplate,
} from "./request_template.ts";

/**
 * How TransferData carries a block. ISO 14229-1 leaves everything behind the counter to the
 * bootloader: most take bare data, some an address, a length and a checksum with each block.
 *
 * Fields: `{counter}`, `{address}` of the block's first byte, `{size}` of its data, `{data}`, and
 * `{checksum}` over all bytes of the message before it.
 */
export interface BlockTemplate {
  /** What is sent, for example `36 {counter:1} {data}`. */
  readonly request: RequestTemplate;
  /** What `{checksum}` is made with; absent where there is none. */
  readonly algorithm?: ChecksumName;
}

/** ISO 14229-1's own: `[0x36, blockSequenceCounter, data]`. */
export const PLAIN_BLOCKS: BlockTemplate = {
  request: parseRequestTemplate("36 {counter:1} {data}"),
};

/** One block, apart from the form in which it is sent. */
export interface TransferBlock {
  /** 1 for the first block; 0xFF is followed by 0x00. */
  readonly blockSequenceCounter: number;
  /** Where its first byte belongs; `undefined` where a received block does not say. */
  readonly address: number | undefined;
  /** Its bytes. */
  readonly data: Uint8Array;
}

/**
 * Writes a block as a template says.
 *
 * @param template The form.
 * @param block The block.
 * @returns The whole TransferData message.
 * @throws {RequestTemplateError} If a field cannot hold its value.
 *
 * @example Data with its address and length before a CRC
 * ```ts
 * import { deepStrictEqual } from "node:assert/strict";
 * import { encodeBlock } from "./block_template.ts";
 * import { parseRequestTemplate } from "./request_template.ts";
 *
 * const request = parseRequestTemplate("36 {counter:1} {address:4} {data} {size:1} {checksum:2}");
 * const template = { request, algorithm: "crc16-x25" } as const;
 * const block = { blockSequenceCounter: 1, address: 0x0800_8000, data: Uint8Array.of(0xAA, 0xBB) };
 * deepStrictEqual(
 *   [...encodeBlock(template, block)],
 *   [0x36, 1, 0x08, 0x00, 0x80, 0x00, 0xAA, 0xBB, 2, 0x49, 0x2A],
 * );
 * ```
 */
export function encodeBlock(template: BlockTemplate, block: TransferBlock): Uint8Array {
  const { request, algorithm } = template;
  const fields = {
    counter: block.blockSequenceCounter,
    size: block.data.length,
    data: block.data,
    ...defined({ address: block.address }),
  };
  const checksumIndex = partIndex(request, "checksum");
  if (algorithm === undefined || checksumIndex < 0) return expandRequest(request, fields);
  const head = { text: request.text, parts: request.parts.slice(0, checksumIndex) };
  return expandRequest(request, {
    ...fields,
    checksum: checksum(algorithm, expandRequest(head, fields)),
  });
}

/**
 * Reads a block: the server's side of {@linkcode encodeBlock}.
 *
 * @param template The form.
 * @param message What came.
 * @returns The block; `wrong` when its length or checksum contradicts its data; `undefined` when it
 * has another form.
 */
export function decodeBlock(
  template: BlockTemplate,
  message: Uint8Array,
): TransferBlock | "wrong" | undefined {
  const fields = matchRequest(template.request, message);
  const data = fields?.get("data");
  if (fields === undefined || data === undefined) return undefined;
  const block = {
    blockSequenceCounter: toUint(fields.get("counter")) ?? 0,
    address: toUint(fields.get("address")),
    data,
  };
  const isChecked = fields.has("size") || fields.has("checksum");
  return !isChecked || isSame(template, block, message) ? block : "wrong";
}

/** What a template leaves for the data of one block. */
export interface BlockBounds {
  /** Bytes of a message beside its data. */
  readonly overheadBytes: number;
  /** Most data bytes that `{size}` can state; `Infinity` without one. */
  readonly dataBytesMax: number;
}

/**
 * Measures a template.
 *
 * @param template The form.
 * @returns What it leaves for data.
 */
export function blockBounds({ request }: BlockTemplate): BlockBounds {
  let overheadBytes = 0;
  let dataBytesMax = Infinity;
  for (const part of request.parts) {
    if (part.kind === "bytes") overheadBytes += part.bytes.length;
    else {
      overheadBytes += part.sizeBytes ?? 0;
      if (part.name === "size") dataBytesMax = 2 ** (8 * (part.sizeBytes ?? 0)) - 1;
    }
  }
  return { overheadBytes, dataBytesMax };
}

/** A message that says more than its data is right when the same is made of its data again. */
function isSame(template: BlockTemplate, block: TransferBlock, message: Uint8Array): boolean {
  const { dataBytesMax } = blockBounds(template);
  return block.data.length <= dataBytesMax && equalBytes(encodeBlock(template, block), message);
}

function partIndex(template: RequestTemplate, name: string): number {
  return template.parts.findIndex((part) => part.kind === "field" && part.name === name);
}

function toUint(bytes: Uint8Array | undefined): number | undefined {
  return bytes === undefined ? undefined : readUintBe(bytes, 0, bytes.length);
}
