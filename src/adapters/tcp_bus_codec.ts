import {
  assertCanFrame,
  type CanBitRates,
  type CanFrame,
  type CanPortState,
  type TransmitOutcome,
} from "../can/mod.ts";
import { TcpBusError } from "./tcp_bus_error.ts";

/**
 * What the two ends of a bus carried over TCP tell each other. Ports are numbered by the client.
 *
 * On the wire each message is `[length (2), type (1), fields]`, integers big-endian, `length` that
 * of what follows it, at most {@linkcode MESSAGE_BYTES_MAX}:
 *
 * | type | message | fields |
 * |---|---|---|
 * | 1 | clientHello | `CANVOY` (6), version (1) |
 * | 2 | serverHello | version (1), bit rate (4), data bit rate or 0 (4), name (UTF-8, the rest) |
 * | 3 | attach | port (2), label (UTF-8, the rest) |
 * | 4 | detach | port (2) |
 * | 5 | frame | port (2), flags (1): 1 extended, 2 FD, 4 BRS; identifier (4), data (the rest) |
 * | 6 | ended | port (2), outcome (1): 0 sent, 1 aborted |
 * | 7 | state | port (2), kind (1), TEC (2), REC (2), 0xFFFF where unknown |
 */
export type TcpBusMessage =
  | { readonly type: "clientHello" }
  | { readonly type: "serverHello"; readonly name: string; readonly bitRates: CanBitRates }
  | { readonly type: "attach"; readonly port: number; readonly label: string }
  | { readonly type: "detach"; readonly port: number }
  | { readonly type: "frame"; readonly port: number; readonly frame: CanFrame }
  | { readonly type: "ended"; readonly port: number; readonly outcome: TransmitOutcome }
  | { readonly type: "state"; readonly port: number; readonly state: CanPortState };

/** Longest message behind its length: an FD frame, or a name of 64 bytes. */
export const MESSAGE_BYTES_MAX = 80;
/** Longest name and label, in bytes of UTF-8. */
const LABEL_BYTES_MAX = 64;

const PROTOCOL_VERSION = 1;
const MAGIC = new TextEncoder().encode("CANVOY");
const STATE_KINDS = ["errorActive", "errorPassive", "busOff", "stopped"] as const;
const OUTCOMES = ["sent", "aborted"] as const;
const UNKNOWN_COUNTER = 0xFFFF;
const LENGTH_BYTES = 2;

/**
 * Writes a message with its length.
 *
 * @param message The message.
 * @returns Its bytes.
 * @throws {RangeError} If a name or label is longer than {@linkcode LABEL_BYTES_MAX}.
 */
export function encodeTcpBusMessage(message: TcpBusMessage): Uint8Array {
  const body = encodeBody(message);
  return Uint8Array.of(body.length >> 8, body.length & 0xFF, ...body);
}

function encodeBody(message: TcpBusMessage): readonly number[] {
  switch (message.type) {
    case "clientHello":
      return [1, ...MAGIC, PROTOCOL_VERSION];
    case "serverHello": {
      const { bitrateBps, dataBitrateBps = 0 } = message.bitRates;
      return [
        2,
        PROTOCOL_VERSION,
        ...uint32(bitrateBps),
        ...uint32(dataBitrateBps),
        ...text(
          message.name,
        ),
      ];
    }
    case "attach":
      return [3, ...uint16(message.port), ...text(message.label)];
    case "detach":
      return [4, ...uint16(message.port)];
    case "frame": {
      const { id, extended, fd, bitRateSwitch, data } = message.frame;
      const flags = (extended ? 1 : 0) | (fd ? 2 : 0) | (bitRateSwitch ? 4 : 0);
      return [5, ...uint16(message.port), flags, ...uint32(id), ...data];
    }
    case "ended":
      return [6, ...uint16(message.port), OUTCOMES.indexOf(message.outcome)];
    case "state": {
      const { kind, tec = UNKNOWN_COUNTER, rec = UNKNOWN_COUNTER } = message.state;
      return [
        7,
        ...uint16(message.port),
        STATE_KINDS.indexOf(kind),
        ...uint16(tec),
        ...uint16(rec),
      ];
    }
  }
}

function uint16(value: number): readonly number[] {
  return [(value >> 8) & 0xFF, value & 0xFF];
}

function uint32(value: number): readonly number[] {
  return [...uint16(value >>> 16), ...uint16(value & 0xFFFF)];
}

function text(value: string): Uint8Array {
  const bytes = new TextEncoder().encode(value);
  if (bytes.length <= LABEL_BYTES_MAX) return bytes;
  throw new RangeError(`Cannot use name "${value}": longer than ${LABEL_BYTES_MAX} bytes`);
}

/**
 * Reads one message without its length.
 *
 * @param body The bytes; any.
 * @returns The message; it shares no memory with `body`.
 * @throws {TcpBusError} `protocol`, if they are none.
 */
export function decodeTcpBusMessage(body: Uint8Array): TcpBusMessage {
  const view = new DataView(body.buffer, body.byteOffset, body.byteLength);
  function expectLength(min: number, max: number): void {
    if (body.length < min || body.length > max) throw malformed(`${body.length} bytes`);
  }
  switch (body[0]) {
    case 1:
      expectLength(8, 8);
      if (!MAGIC.every((byte, i) => byte === body[1 + i]) || body[7] !== PROTOCOL_VERSION) {
        throw malformed("another protocol or version");
      }
      return { type: "clientHello" };
    case 2:
      expectLength(10, 10 + LABEL_BYTES_MAX);
      return {
        type: "serverHello",
        bitRates: decodeBitRates(view),
        name: decodeText(body.subarray(10)),
      };
    case 3:
      expectLength(3, 3 + LABEL_BYTES_MAX);
      return { type: "attach", port: view.getUint16(1), label: decodeText(body.subarray(3)) };
    case 4:
      expectLength(3, 3);
      return { type: "detach", port: view.getUint16(1) };
    case 5:
      expectLength(8, 8 + 64);
      return { type: "frame", port: view.getUint16(1), frame: decodeFrame(body, view) };
    case 6:
      expectLength(4, 4);
      return { type: "ended", port: view.getUint16(1), outcome: pick(OUTCOMES, body[3]!) };
    case 7:
      expectLength(8, 8);
      return { type: "state", port: view.getUint16(1), state: decodeState(view) };
    default:
      throw malformed(`type ${body[0]}`);
  }
}

function decodeBitRates(view: DataView): CanBitRates {
  const [bitrateBps, dataBitrateBps] = [view.getUint32(2), view.getUint32(6)];
  if (view.getUint8(1) !== PROTOCOL_VERSION) throw malformed(`version ${view.getUint8(1)}`);
  if (bitrateBps === 0) throw malformed("no bit rate");
  return dataBitrateBps === 0 ? { bitrateBps } : { bitrateBps, dataBitrateBps };
}

function decodeFrame(body: Uint8Array, view: DataView): CanFrame {
  const flags = view.getUint8(3);
  const frame = {
    id: view.getUint32(4),
    extended: (flags & 1) !== 0,
    fd: (flags & 2) !== 0,
    bitRateSwitch: (flags & 4) !== 0,
    data: body.slice(8),
  };
  if (flags > 7) throw malformed(`frame flags ${flags}`);
  try {
    assertCanFrame(frame);
  } catch (cause) {
    throw malformed("a frame that no controller can send", { cause });
  }
  return frame;
}

function decodeState(view: DataView): CanPortState {
  const kind = pick(STATE_KINDS, view.getUint8(3));
  const [tec, rec] = [view.getUint16(4), view.getUint16(6)];
  return {
    kind,
    ...(tec === UNKNOWN_COUNTER ? {} : { tec }),
    ...(rec === UNKNOWN_COUNTER ? {} : { rec }),
  };
}

function pick<T>(values: readonly T[], index: number): T {
  const value = values[index];
  if (value === undefined) throw malformed(`value ${index}`);
  return value;
}

function decodeText(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    throw malformed("text that is not UTF-8", { cause });
  }
}

function malformed(state: string, options?: ErrorOptions): TcpBusError {
  return new TcpBusError("protocol", `Cannot read a bus message: ${state}`, options);
}

/** Cuts a stream of bytes into messages; it never holds more than one unfinished message. */
export class TcpBusMessageReader {
  readonly #pending = new Uint8Array(LENGTH_BYTES + MESSAGE_BYTES_MAX);
  #pendingBytes = 0;

  /**
   * Takes the next piece of the stream.
   *
   * @param chunk The piece, of any length; it may be reused afterwards.
   * @param onMessage Called for each message that is complete.
   * @throws {TcpBusError} `protocol`; the stream cannot be read on.
   */
  push(chunk: Uint8Array, onMessage: (message: TcpBusMessage) => void): void {
    let at = 0;
    while (at < chunk.length) {
      const missing = this.#missingBytes();
      const taken = chunk.subarray(at, at + missing);
      this.#pending.set(taken, this.#pendingBytes);
      this.#pendingBytes += taken.length;
      at += taken.length;
      if (this.#pendingBytes <= LENGTH_BYTES || this.#missingBytes() > 0) continue;
      const body = this.#pending.subarray(LENGTH_BYTES, this.#pendingBytes);
      this.#pendingBytes = 0;
      onMessage(decodeTcpBusMessage(body));
    }
  }

  /** How many bytes the length, or else the message, still lacks. */
  #missingBytes(): number {
    if (this.#pendingBytes < LENGTH_BYTES) return LENGTH_BYTES - this.#pendingBytes;
    const bodyBytes = (this.#pending[0]! << 8) | this.#pending[1]!;
    if (bodyBytes === 0 || bodyBytes > MESSAGE_BYTES_MAX) throw malformed(`${bodyBytes} bytes`);
    return LENGTH_BYTES + bodyBytes - this.#pendingBytes;
  }
}
