/**
 * Nodes that are not written by 34, 36 and 37: by 3D or 2E, block by block, or by 38 in place of 34.
 *
 * Source: ISO 14229-1:2020, "WriteMemoryByAddress", "WriteDataByIdentifier", "RequestFileTransfer".
 */
import type { RogueFlash } from "./rogue_flash.ts";
import type { RogueOptions } from "./rogue_options.ts";
import { done, refuse, type RogueServiceParts, type RogueVerdict } from "./rogue_services.ts";

/** The services that write, and whether a node has each. */
export function isMissing({ writesBy, takesFile }: RogueOptions, service: number): boolean {
  switch (service) {
    case 0x34:
      return writesBy !== undefined || takesFile !== undefined;
    case 0x36:
    case 0x37:
      return writesBy !== undefined;
    case 0x38:
      return takesFile === undefined;
    case 0x3D:
      return writesBy !== "3D";
    default:
      return false;
  }
}

/** 3D 44: address and length, and the data; the same again is not written again. */
export function writeMemory(parts: RogueServiceParts, data: Uint8Array): RogueVerdict {
  const { flash, state } = parts;
  if (data[1] !== 0x44) return refuse(data, 0x31);
  const view = new DataView(data.buffer, data.byteOffset);
  if (data.length < 11 || view.getUint32(6) !== data.length - 10) return refuse(data, 0x13);
  if (isTooLong(parts, data)) return refuse(data, 0x13);
  const address = view.getUint32(2);
  const block = data.slice(10);
  const answer = [0x7D, ...data.subarray(1, 10)];
  const isAgain = state.lastWritten === address && flash.holds(address, block);
  return write(parts, { address, block, isAgain }, { request: data, answer });
}

/** 2E FD 01: how far behind the application's start, and the data; whatever comes is programmed. */
export function writeIdentifier(parts: RogueServiceParts, data: Uint8Array): RogueVerdict {
  if (data.length < 7 || isTooLong(parts, data)) return refuse(data, 0x13);
  const address = startOf(parts.flash) + (data[3]! << 16 | data[4]! << 8 | data[5]!);
  const block = data.slice(6);
  const of = { address, block, isAgain: false };
  return write(parts, of, { request: data, answer: [0x6E, 0xFD, 0x01] });
}

/** 38 01: a file that is replaced. */
export function requestFileTransfer(
  { flash, state, options }: RogueServiceParts,
  data: Uint8Array,
): RogueVerdict {
  const name = new TextEncoder().encode(options.takesFile);
  const head = [0x38, 0x01, 0, name.length, ...name, 0x00, 0x04];
  if (data[1] !== 0x01) return refuse(data, 0x12);
  if (data.length !== head.length + 8) return refuse(data, 0x13);
  const view = new DataView(data.buffer, data.byteOffset + head.length);
  const sizeBytes = view.getUint32(0);
  const address = startOf(flash);
  const isRight = head.every((byte, i) => data[i] === byte) && view.getUint32(4) === sizeBytes &&
    flash.isInApplication(address, sizeBytes);
  if (!isRight) return refuse(data, 0x31);
  if (state.download !== undefined) return refuse(data, 0x22);
  if (!flash.isErased(address, sizeBytes)) return refuse(data, 0x70);
  return done(() => {
    state.download = { address, sizeBytes, writtenBytes: 0, counter: 1, hasBegun: false };
    const { maxNumberOfBlockLength: max = 4095 } = options;
    return [0x78, 0x01, 0x02, max >> 8, max & 0xFF, 0x00];
  });
}

function isTooLong({ options }: RogueServiceParts, data: Uint8Array): boolean {
  return data.length > (options.writtenBytesMax ?? 1034);
}

function startOf(flash: RogueFlash): number {
  return flash.sectors.find(({ start, end }) => flash.isInApplication(start, end - start))!.start;
}

interface Written {
  readonly address: number;
  readonly block: Uint8Array;
  readonly isAgain: boolean;
}

function write(
  { flash, state, options }: RogueServiceParts,
  { address, block, isAgain }: Written,
  { request, answer }: { readonly request: Uint8Array; readonly answer: readonly number[] },
): RogueVerdict {
  if (isAgain) return done(() => answer);
  if (!flash.isInApplication(address, block.length)) return refuse(request, 0x31);
  return done(() => {
    if (!flash.program(address, block)) return [0x7F, request[0]!, 0x72];
    state.lastWritten = address;
    return answer;
  }, options.programMs ?? block.length / 4 * 0.016);
}
