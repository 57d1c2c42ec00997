import { zlibCompressed } from "../codec/mod.ts";
import { concatBytes } from "../core/mod.ts";
import {
  BLF_BASE_BYTES,
  BLF_COMPRESSION,
  BLF_CONTAINER_BYTES,
  BLF_FD,
  BLF_FILE_HEADER_BYTES,
  BLF_FILE_SIGNATURE,
  BLF_FLAG_NS,
  BLF_HEADER_BYTES,
  BLF_ID_EXTENDED,
  BLF_OBJECT_SIGNATURE,
  BLF_TYPE,
} from "./blf_format.ts";
import { type CanFrame, fdDlcOf } from "./frame.ts";
import type { TraceEncoder } from "./trace_encoder.ts";

/** What a container holds before it is compressed, as Vector's own tools have it. */
const CONTAINER_CONTENT_BYTES = 128 * 1024;
/** Sizes of the objects that are written: a classic frame, an FD frame with all its room. */
const CLASSIC_BYTES = 48;
const FD_BYTES = 116;
/** Version of the format that is stated: 2.6.8.1, as files of python-can state it. */
const FORMAT_VERSION = [2, 6, 8, 1];
const NOTHING = new Uint8Array(0);

/**
 * Writes BLF: frames as objects 1 and 100, in compressed containers.
 *
 * The file header states sizes and counts, which are known at the end: {@linkcode BlfWriter.head} then
 * gives it anew. Until then it states none, as that of a recording that was broken off.
 */
export class BlfWriter implements TraceEncoder {
  readonly #buses: readonly string[];
  readonly #date: number;
  #pending: Uint8Array[] = [];
  #pendingBytes = 0;
  #fileBytes = 0;
  #contentBytes = 0;
  #objectCount = 0;
  #lastMs = 0;

  /**
   * Begins without frames.
   *
   * @param buses Names of the buses, in the order of their channels; more may come later.
   * @param date When the measurement begins, in ms since 1970.
   */
  constructor(buses: readonly string[], date: number) {
    this.#buses = buses;
    this.#date = date;
  }

  /** The file header, without sizes yet. */
  begin(): Uint8Array {
    this.#fileBytes = BLF_FILE_HEADER_BYTES;
    this.#contentBytes = BLF_FILE_HEADER_BYTES;
    this.#objectCount = 0;
    return this.head();
  }

  /**
   * Takes a frame; it is given out with its container.
   *
   * @param frame The frame.
   * @param atMs When, in ms.
   * @param bus Name of its bus.
   */
  frame(frame: CanFrame, atMs: number, bus: string): Uint8Array {
    const object = encodeFrame(frame, atMs, Math.max(0, this.#buses.indexOf(bus)) + 1);
    this.#pending.push(object);
    this.#pendingBytes += object.length;
    this.#objectCount++;
    this.#lastMs = atMs;
    return this.#pendingBytes >= CONTAINER_CONTENT_BYTES ? this.#container() : NOTHING;
  }

  /** Comments are not written. */
  comment(): Uint8Array {
    return NOTHING;
  }

  /** The last container. */
  end(): Uint8Array {
    return this.#pendingBytes === 0 ? NOTHING : this.#container();
  }

  /** The file header as it is to stand once all else is written. */
  head(): Uint8Array {
    const bytes = new Uint8Array(BLF_FILE_HEADER_BYTES);
    const view = new DataView(bytes.buffer);
    view.setUint32(0, BLF_FILE_SIGNATURE, true);
    view.setUint32(4, BLF_FILE_HEADER_BYTES, true);
    bytes.set(FORMAT_VERSION, 12);
    view.setBigUint64(16, BigInt(this.#fileBytes), true);
    view.setBigUint64(24, BigInt(this.#contentBytes), true);
    view.setUint32(32, this.#objectCount, true);
    setSystemTime(view, 40, this.#date);
    setSystemTime(view, 56, this.#date + this.#lastMs);
    return bytes;
  }

  #container(): Uint8Array {
    const content = concatBytes(this.#pending);
    this.#pending = [];
    this.#pendingBytes = 0;
    const packed = zlibCompressed(content);
    const sizeBytes = BLF_CONTAINER_BYTES + packed.length;
    // As many bytes follow as are left over from a multiple of four: so readers expect it.
    const bytes = new Uint8Array(sizeBytes + sizeBytes % 4);
    const view = new DataView(bytes.buffer);
    setBase(view, BLF_BASE_BYTES, sizeBytes, BLF_TYPE.container);
    view.setUint16(16, BLF_COMPRESSION.zlib, true);
    view.setUint32(24, content.length, true);
    bytes.set(packed, BLF_CONTAINER_BYTES);
    this.#fileBytes += bytes.length;
    this.#contentBytes += BLF_CONTAINER_BYTES + content.length;
    return bytes;
  }
}

function encodeFrame(frame: CanFrame, atMs: number, channel: number): Uint8Array {
  const { id, extended, fd, bitRateSwitch, data } = frame;
  const bytes = new Uint8Array(fd ? FD_BYTES : CLASSIC_BYTES);
  const view = new DataView(bytes.buffer);
  setBase(view, BLF_HEADER_BYTES, bytes.length, fd ? BLF_TYPE.canFdMessage : BLF_TYPE.canMessage);
  view.setUint32(16, BLF_FLAG_NS, true);
  view.setBigUint64(24, BigInt(Math.round(Math.max(0, atMs) * 1000)) * 1000n, true);
  view.setUint16(32, channel, true);
  bytes[35] = fd ? fdDlcOf(data.length) : data.length;
  view.setUint32(36, id + (extended ? BLF_ID_EXTENDED : 0), true);
  if (!fd) bytes.set(data, 40);
  else {
    bytes[45] = BLF_FD.edl | (bitRateSwitch ? BLF_FD.brs : 0);
    bytes[46] = data.length;
    bytes.set(data, 52);
  }
  return bytes;
}

function setBase(view: DataView, headerBytes: number, sizeBytes: number, type: number): void {
  view.setUint32(0, BLF_OBJECT_SIGNATURE, true);
  view.setUint16(4, headerBytes, true);
  view.setUint16(6, 1, true);
  view.setUint32(8, sizeBytes, true);
  view.setUint32(12, type, true);
}

/** Windows' SYSTEMTIME, in UTC. */
function setSystemTime(view: DataView, at: number, ms: number): void {
  const date = new Date(ms);
  [
    date.getUTCFullYear(),
    date.getUTCMonth() + 1,
    date.getUTCDay(),
    date.getUTCDate(),
    date.getUTCHours(),
    date.getUTCMinutes(),
    date.getUTCSeconds(),
    date.getUTCMilliseconds(),
  ].forEach((value, i) => view.setUint16(at + 2 * i, value, true));
}
