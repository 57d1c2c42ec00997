import { checksum, type ChecksumKind } from "../codec/mod.ts";
import { defined, equalBytes, readUintBe } from "../core/mod.ts";
import { answerHead } from "./answer_template.ts";
import {
  expandRequest,
  matchRequest,
  parseRequestTemplate,
  type RequestFields,
  type RequestTemplate,
} from "./request_template.ts";
import { SERVICE_ID } from "./service_id.ts";

/**
 * How TransferData carries a block. ISO 14229-1 leaves everything behind the counter to the
 * bootloader: most take bare data, some an address, a length and a checksum with each block. Others take
 * blocks by WriteMemoryByAddress, or by WriteDataByIdentifier.
 *
 * Fields: `{counter}`, `{address}` of the block's first byte or its `{offset}`, `{size}` of its data, `{data}`, and
 * `{checksum}` over all bytes of the message before it.
 */
export interface BlockTemplate {
  /** What is sent, for example `36 {counter:1} {data}`. */
  readonly request: RequestTemplate;
  /** What `{checksum}` is made with, in the request or in its answer; absent where there is none. */
  readonly algorithm?: ChecksumKind;
  /** How `{counter}` counts, where it is not as ISO 14229-1 has it. */
  readonly counter?: BlockCounter;
  /** What a positive response looks like; `76 {counter:1}` by default, and whatever follows. */
  readonly response?: RequestTemplate;
  /** Whether a block does no harm that comes twice; by default where its answer tells which it is. */
  readonly repeats?: boolean;
}

/** How a bootloader counts blocks. */
export interface BlockCounter {
  /** The first block's. */
  readonly first: 0 | 1;
  /** What follows 0xFF. */
  readonly wrapsTo: 0 | 1;
  /** Whether it goes on over all downloads of a session, where it begins anew with each by default. */
  readonly goesOn: boolean;
}

/** ISO 14229-1's own: 0x01 first, 0x00 behind 0xFF, anew with each download. */
export const PLAIN_COUNTER: BlockCounter = { first: 1, wrapsTo: 0, goesOn: false };

/**
 * Counts blocks.
 *
 * @param blockIndex 0 for the first block behind RequestDownload, or of the session.
 * @param counter How it is counted.
 * @returns Its blockSequenceCounter.
 */
export function blockSequenceCounterOf(
  blockIndex: number,
  { first, wrapsTo }: BlockCounter = PLAIN_COUNTER,
): number {
  const value = first + blockIndex;
  return value < 256 ? value : wrapsTo + (value - 256) % (256 - wrapsTo);
}

/** ISO 14229-1's own: `[0x36, blockSequenceCounter, data]`. */
export const PLAIN_BLOCKS: BlockTemplate = {
  request: parseRequestTemplate("36 {counter:1} {data}"),
};

/** TransferData's positive response where there is no counter to repeat. */
const BARE_ANSWER = Uint8Array.of(0x76);

/** One block, apart from the form in which it is sent. */
export interface TransferBlock {
  /** As the template's counter has it; 0 where there is none. */
  readonly blockSequenceCounter: number;
  /** Where its first byte belongs; `undefined` where a received block does not say. */
  readonly address: number | undefined;
  /** How far that is behind where a bootloader counts from; absent where nobody does. */
  readonly offset?: number;
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
  return expandRequest(template.request, blockFields(template, block));
}

/**
 * Lists what is known of a block, for its request and for what its answer repeats of it.
 *
 * @param template The form.
 * @param block The block.
 * @returns `counter`, `address`, `size` and `data`; with an algorithm also `checksum`: the request's,
 * or of the data where the request carries none.
 * @throws {RequestTemplateError} If a field before the checksum cannot hold its value.
 */
export function blockFields(
  { request, algorithm }: BlockTemplate,
  block: TransferBlock,
): RequestFields {
  const { data } = block;
  const fields = {
    counter: block.blockSequenceCounter,
    size: data.length,
    data,
    ...defined({ address: block.address, offset: block.offset }),
  };
  if (algorithm === undefined) return fields;
  const checksumIndex = partIndex(request, "checksum");
  const head = { text: request.text, parts: request.parts.slice(0, checksumIndex) };
  const summed = checksumIndex < 0 ? data : expandRequest(head, fields);
  return { ...fields, checksum: checksum(algorithm, summed) };
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
    ...defined({ offset: toUint(fields.get("offset")) }),
    data,
  };
  const isChecked = fields.has("size") || fields.has("checksum");
  return !isChecked || isSame(template, block, message) ? block : "wrong";
}

/**
 * Tells whether a block may be sent once more when its answer is lost: a node knows it again by its
 * counter, or writes the same to the same address, and a late answer is known by that too. Without, one
 * that has it would program it twice.
 *
 * @param template The form.
 * @returns Whether it may.
 */
export function knowsRepeatedBlock({ request, response, repeats }: BlockTemplate): boolean {
  if (repeats !== undefined) return repeats;
  const isIn = (name: string): boolean =>
    partIndex(request, name) >= 0 && partIndex(response ?? request, name) === 1;
  switch (serviceOf(request)) {
    case SERVICE_ID.transferData:
      return partIndex(request, "counter") >= 0 &&
        (response === undefined || partIndex(response, "counter") === 1);
    case SERVICE_ID.writeMemoryByAddress:
      return isIn("address") || isIn("offset");
    default:
      return response !== undefined && isIn("counter");
  }
}

/**
 * Makes what a block's positive response begins with.
 *
 * @param template The form.
 * @param fields What is known of the block: see {@linkcode blockFields}.
 * @returns Its first bytes; `undefined` where they are ISO 14229-1's.
 */
export function blockAnswerHead(
  { request, response }: BlockTemplate,
  fields: RequestFields,
): Uint8Array | undefined {
  const isTransfer = serviceOf(request) === SERVICE_ID.transferData;
  if (response === undefined) {
    return !isTransfer || partIndex(request, "counter") === 1 ? undefined : BARE_ANSWER;
  }
  const { counter, address, offset } = fields;
  return answerHead(response, defined(isTransfer ? { counter } : { counter, address, offset }));
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

function serviceOf({ parts: [first] }: RequestTemplate): number {
  return (first?.kind === "bytes" ? first.bytes[0] : undefined) ?? SERVICE_ID.transferData;
}

function partIndex(template: RequestTemplate, name: string): number {
  return template.parts.findIndex((part) => part.kind === "field" && part.name === name);
}

function toUint(bytes: Uint8Array | undefined): number | undefined {
  return bytes === undefined ? undefined : readUintBe(bytes, 0, bytes.length);
}
