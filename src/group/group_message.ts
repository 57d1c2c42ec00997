import { crc16Ccitt } from "../codec/mod.ts";
import { readUintBe, uintToBytesBe } from "../core/mod.ts";
import { SERVICE_ID } from "../uds/mod.ts";

/** addressAndLengthFormatIdentifier: memorySize of 2 bytes, memoryAddress of 6. */
const FORMAT = 0x26;
/** `[0x3D, 0x26, tag (2), address (4), size (2)]`. */
export const GROUP_HEADER_BYTES = 10;
/** Where the bytes begin that the tag covers. */
const TAGGED_FROM = 4;
/** The most significant byte of an address that means a parity block. */
const PARITY_WINDOW = 0xFF;

/** What a group message carries. */
export type GroupPayload =
  /** Bytes of the region, at their absolute address. */
  | { readonly kind: "data"; readonly address: number; readonly data: Uint8Array }
  /** A parity block of a generation. */
  | {
    readonly kind: "parity";
    /** Which generation, from 0. */
    readonly generation: number;
    /** Which of its parity blocks, from 0. */
    readonly index: number;
    readonly data: Uint8Array;
  };

/**
 * Encodes a group message: a WriteMemoryByAddress request
 * `[0x3D, 0x26, tag (2), address (4), size (2), data (size)]`.
 *
 * The address of a parity block is `[0xFF, generation (2), index]`. The first two bytes of the six of
 * memoryAddress are its memoryIdentifier: the tag that binds the message to one group.
 *
 * Source: docs/group-download.md, "Messages".
 *
 * @param payload What it carries: 1..4,064 bytes.
 * @param key The group's key, 4 bytes.
 * @returns The message.
 */
export function encodeGroupMessage(payload: GroupPayload, key: Uint8Array): Uint8Array {
  const { data } = payload;
  const message = new Uint8Array(GROUP_HEADER_BYTES + data.length);
  message[0] = SERVICE_ID.writeMemoryByAddress;
  message[1] = FORMAT;
  if (payload.kind === "data") message.set(uintToBytesBe(payload.address, 4), 4);
  else {
    message[4] = PARITY_WINDOW;
    message.set(uintToBytesBe(payload.generation, 2), 5);
    message.set(uintToBytesBe(payload.index, 1), 7);
  }
  message.set(uintToBytesBe(data.length, 2), 8);
  message.set(data, GROUP_HEADER_BYTES);
  message.set(uintToBytesBe(tagOf(message, key), 2), 2);
  return message;
}

/**
 * Decodes a group message. Whatever is not one, or belongs to another group, or was put together of
 * parts of two, is nothing: nobody answers on a group identifier.
 *
 * @param message What came on the group's identifier.
 * @param key The key of the group that is open.
 * @returns What it carries; `undefined` when it is to be ignored.
 */
export function decodeGroupMessage(
  message: Uint8Array,
  key: Uint8Array,
): GroupPayload | undefined {
  if (message.length <= GROUP_HEADER_BYTES) return undefined;
  if (message[0] !== SERVICE_ID.writeMemoryByAddress || message[1] !== FORMAT) return undefined;
  if (readUintBe(message, 8, 2) !== message.length - GROUP_HEADER_BYTES) return undefined;
  if (readUintBe(message, 2, 2) !== tagOf(message, key)) return undefined;
  const data = message.subarray(GROUP_HEADER_BYTES);
  if (message[4] !== PARITY_WINDOW) {
    return { kind: "data", address: readUintBe(message, 4, 4), data };
  }
  return { kind: "parity", generation: readUintBe(message, 5, 2), index: message[7]!, data };
}

/** CRC-16/CCITT-FALSE over the key and all of the message behind the tag. */
function tagOf(message: Uint8Array, key: Uint8Array): number {
  return crc16Ccitt(message.subarray(TAGGED_FROM), crc16Ccitt(key));
}
