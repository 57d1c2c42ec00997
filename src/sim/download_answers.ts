import { type SummedBy, sumUp, type SumWithKey } from "../codec/mod.ts";
import { defined, equalBytes, readUintBe } from "../core/mod.ts";
import {
  blockFields,
  type BlockTemplate,
  encodeBlock,
  encodeRequestDownloadResponse,
  fillAnswer,
  positiveHead,
  type RequestFields,
  SERVICE_ID,
  type TransferBlock,
} from "../uds/mod.ts";
import type { DialectAnswer } from "./dialect.ts";
import { positive } from "./node_services.ts";

/** A positive answer. */
type Positive = ReturnType<typeof positive>;

/** What a node says of the length of its blocks. */
export interface StatedBlockLength {
  /** In bytes, with SID and counter. */
  readonly maxNumberOfBlockLength: number;
  /** In how many bytes that is said; 0: not at all. */
  readonly sizeBytes: number;
}

/**
 * Answers RequestDownload.
 *
 * @param answer How the dialect writes it, if not as ISO 14229-1 has it.
 * @param stated What it says of the length of blocks.
 * @param fields What the request named.
 * @returns The answer.
 */
export function downloadAnswer(
  answer: DialectAnswer | undefined,
  { maxNumberOfBlockLength: length, sizeBytes }: StatedBlockLength,
  fields: RequestFields,
): Positive {
  const template = answer?.response;
  if (template === undefined) {
    const response = encodeRequestDownloadResponse({
      maxNumberOfBlockLength: sizeBytes === 0 ? undefined : Math.min(length, mostIn(sizeBytes)),
      maxNumberOfBlockLengthSizeBytes: sizeBytes,
    });
    return { type: "positive", response };
  }
  const field = template.parts.find((part) =>
    part.kind === "field" && part.name === "maxNumberOfBlockLength"
  );
  const fieldBytes = field?.kind === "field" ? field.sizeBytes ?? 0 : 0;
  const maxNumberOfBlockLength = Math.min(length, mostIn(fieldBytes));
  return {
    type: "positive",
    response: fillAnswer(template, { maxNumberOfBlockLength, ...fields }),
  };
}

function mostIn(sizeBytes: number): number {
  return 2 ** (8 * sizeBytes) - 1;
}

/**
 * Answers TransferData.
 *
 * @param form How blocks look.
 * @param block The block.
 * @param status What is said of it; absent where the dialect knows no status.
 * @returns The answer.
 */
export function blockAnswer(
  form: BlockTemplate,
  block: TransferBlock,
  status: number | undefined,
): Positive {
  if (form.response !== undefined) {
    const fields = { ...blockFields(form, block), ...defined({ status }) };
    return { type: "positive", response: fillAnswer(form.response, fields) };
  }
  const [first] = form.request.parts;
  if (first?.kind === "bytes" && first.bytes[0] !== SERVICE_ID.transferData) {
    return { type: "positive", response: positiveHead(encodeBlock(form, block)) };
  }
  const isCounted = form.request.parts.some((part) =>
    part.kind === "field" && part.name === "counter"
  );
  return positive(
    SERVICE_ID.transferData,
    ...(isCounted ? [block.blockSequenceCounter] : []),
    ...(status === undefined ? [] : [status]),
  );
}

/** What a download brought, as the node has it. */
export interface BroughtDownload {
  /** Where it begins. */
  readonly address: number;
  /** The address that offsets count from. */
  readonly base: number;
  /** What is there now; `undefined` where it cannot be read. */
  readonly data: Uint8Array | undefined;
  /** How many bytes came. */
  readonly sizeBytes: number;
  /** Makes checksums that take a key. */
  readonly checksumKey: SumWithKey | undefined;
}

/**
 * Lists what RequestTransferExit and its answer may name of a download.
 *
 * @param brought What it brought.
 * @param algorithm What `{checksum}` is made with, if there is one.
 * @returns The fields.
 */
export function exitFields(
  { address, base, data, sizeBytes, checksumKey }: BroughtDownload,
  algorithm: SummedBy | undefined,
): RequestFields {
  const isSummed = algorithm !== undefined && data !== undefined;
  const fields = { address, offset: address - base, size: sizeBytes };
  return isSummed ? { ...fields, checksum: sumUp(algorithm, data, checksumKey) } : fields;
}

/**
 * Compares what RequestTransferExit names with what is there.
 *
 * @param named Fields of the request.
 * @param there What is there.
 * @returns Whether address, size and checksum are the same, where they are named.
 */
export function isExitRight(
  named: ReadonlyMap<string, Uint8Array>,
  there: RequestFields,
): boolean {
  return ["address", "offset", "size", "checksum"].every((name) => {
    const bytes = named.get(name);
    const value = there[name];
    if (bytes === undefined) return true;
    return typeof value === "number"
      ? readUintBe(bytes, 0, bytes.length) === value
      : value !== undefined && equalBytes(bytes, value);
  });
}

/**
 * Answers RequestTransferExit.
 *
 * @param answer How the dialect writes it, if not as one byte.
 * @param fields What the answer may carry.
 * @param status What is said of the download.
 * @returns The answer.
 */
export function exitAnswer(
  answer: DialectAnswer | undefined,
  fields: RequestFields,
  status: number,
): Positive {
  return answer?.response === undefined
    ? positive(SERVICE_ID.requestTransferExit)
    : { type: "positive", response: fillAnswer(answer.response, { ...fields, status }) };
}
