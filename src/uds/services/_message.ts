import { concatBytes, hex, readUintBe, uintToBytesBe } from "../../core/mod.ts";
import { UdsProtocolError, UdsRequestFormatError } from "../errors.ts";
import { decodeAddressAndLengthFormat, type MemoryLocation } from "../memory_location.ts";
import { NRC } from "../negative_response_code.ts";
import { POSITIVE_RESPONSE_OFFSET, SUPPRESS_POSITIVE_RESPONSE_BIT } from "../service_id.ts";

/** What is wrong with a message, and what a server answers when it is a request. */
type Fail = (state: string, nrc: number) => Error;

/**
 * Reads a message from front to back. Whatever is wrong is thrown as a typed error: a request's
 * with the code that a server answers, a response's with the bytes as evidence.
 */
export class MessageReader {
  readonly #bytes: Uint8Array;
  readonly #fail: Fail;
  #offset = 1;

  /**
   * @param bytes The whole message.
   * @param sid What its first byte must be.
   * @param fail Makes the error.
   */
  constructor(bytes: Uint8Array, sid: number, fail: Fail) {
    this.#bytes = bytes;
    this.#fail = fail;
    if (bytes.length === 0) throw this.fail("it is empty");
    if (bytes[0] !== sid) throw this.fail(`it does not begin with ${hex(sid, 2)}`);
  }

  /** How many bytes are left. */
  get leftBytes(): number {
    return this.#bytes.length - this.#offset;
  }

  /** The next byte. */
  u8(name: string): number {
    return this.uint(name, 1);
  }

  /** The next unsigned integer, most significant byte first. */
  uint(name: string, sizeBytes: number): number {
    this.#need(name, sizeBytes);
    const value = readUintBe(this.#bytes, this.#offset, sizeBytes);
    this.#offset += sizeBytes;
    return value;
  }

  /** The next bytes, copied. */
  bytes(name: string, lengthBytes: number): Uint8Array {
    this.#need(name, lengthBytes);
    this.#offset += lengthBytes;
    return this.#bytes.slice(this.#offset - lengthBytes, this.#offset);
  }

  /** All that is left, copied. */
  rest(): Uint8Array {
    return this.bytes("the rest", this.leftBytes);
  }

  /** A 2-byte length and as many bytes. */
  sized(name: string): Uint8Array {
    return this.bytes(name, this.uint(`length of ${name}`, 2));
  }

  /** addressAndLengthFormatIdentifier, memoryAddress, memorySize. */
  memoryLocation(): MemoryLocation {
    const identifier = this.u8("addressAndLengthFormatIdentifier");
    const sizes = decodeAddressAndLengthFormat(identifier);
    if (sizes === undefined) {
      throw this.fail(
        `addressAndLengthFormatIdentifier ${hex(identifier, 2)} is not supported`,
        NRC.requestOutOfRange,
      );
    }
    const memoryAddress = this.uint("memoryAddress", sizes.memoryAddressSizeBytes);
    const memorySize = this.uint("memorySize", sizes.memorySizeSizeBytes);
    return { memoryAddress, memorySize, ...sizes };
  }

  /** States that nothing is left. */
  end(): void {
    if (this.leftBytes > 0) throw this.fail(`${this.leftBytes} bytes too many`);
  }

  /** Makes the error for a message that is wrong in another way. */
  fail(state: string, nrc: number = NRC.incorrectMessageLengthOrInvalidFormat): Error {
    return this.#fail(state, nrc);
  }

  #need(name: string, lengthBytes: number): void {
    if (lengthBytes > this.leftBytes) throw this.fail(`it ends before ${name} does`);
  }
}

/**
 * @param sid The service.
 * @param request What a server received.
 * @returns A reader behind the SID.
 * @throws {UdsRequestFormatError} If it is another service's.
 */
export function readRequest(sid: number, request: Uint8Array): MessageReader {
  return new MessageReader(
    request,
    sid,
    (state, nrc) => new UdsRequestFormatError(request, nrc, state),
  );
}

/**
 * @param sid The request's service.
 * @param response What a client received.
 * @returns A reader behind the SID.
 * @throws {UdsProtocolError} If it is no positive response of that service.
 */
export function readResponse(sid: number, response: Uint8Array): MessageReader {
  return new MessageReader(
    response,
    sid + POSITIVE_RESPONSE_OFFSET,
    (state) => new UdsProtocolError(response, state),
  );
}

/** What every request with a sub-function has. */
export interface SubFunctionRequest {
  /** Whether the server is asked to leave a positive response out; `false` by default. */
  readonly suppressPositiveResponse?: boolean;
}

/**
 * @param subFunction 0..0x7F.
 * @param request Tells whether a positive response is wanted.
 * @returns The byte on the wire.
 * @throws {RangeError} If it does not fit 7 bits.
 */
export function subFunctionByte(subFunction: number, request: SubFunctionRequest): number {
  assertUint("sub-function", subFunction, 0x7F);
  return subFunction | (request.suppressPositiveResponse ? SUPPRESS_POSITIVE_RESPONSE_BIT : 0);
}

/**
 * Reads a request's sub-function byte.
 *
 * @param reader Stands before it.
 * @param name What the standard calls it.
 * @returns Its 7 bits, and what bit 7 asks.
 */
export function readSubFunction(
  reader: MessageReader,
  name: string,
): { readonly subFunction: number; readonly suppressPositiveResponse: boolean } {
  const byte = reader.u8(name);
  return {
    subFunction: byte & ~SUPPRESS_POSITIVE_RESPONSE_BIT,
    suppressPositiveResponse: (byte & SUPPRESS_POSITIVE_RESPONSE_BIT) !== 0,
  };
}

/**
 * @param sid The service.
 * @param parts What follows it: single bytes and byte arrays.
 * @returns The request.
 * @throws {RangeError} If a number is no byte.
 */
export function requestOf(sid: number, ...parts: readonly (number | Uint8Array)[]): Uint8Array {
  return concatBytes([
    Uint8Array.of(sid),
    ...parts.map((part) => typeof part === "number" ? uintToBytesBe(part, 1) : part),
  ]);
}

/**
 * @param sid The request's service.
 * @param parts What follows: single bytes and byte arrays.
 * @returns The positive response.
 */
export function responseOf(sid: number, ...parts: readonly (number | Uint8Array)[]): Uint8Array {
  return requestOf(sid + POSITIVE_RESPONSE_OFFSET, ...parts);
}

/**
 * @param name For the message.
 * @param value What must be an integer.
 * @param max The largest it may be.
 * @throws {RangeError} If it is not one of 0..`max`.
 */
export function assertUint(name: string, value: number, max: number): void {
  if (!Number.isInteger(value) || value < 0 || value > max) {
    throw new RangeError(`Cannot encode ${name} ${value}: outside 0..${max}`);
  }
}
