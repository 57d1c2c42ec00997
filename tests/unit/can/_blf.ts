import { deflateSync } from "node:zlib";

/** A body or an object in little-endian fields: `[value, bytes]`. */
export type Fields = readonly (readonly [value: number, sizeBytes: number])[];

/** Lays fields out one behind the other. */
export function bytesOf(fields: Fields): Uint8Array {
  const sizeBytes = fields.reduce((sum, [, size]) => sum + size, 0);
  const bytes = new Uint8Array(sizeBytes);
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const [value, size] of fields) {
    if (size === 1) view.setUint8(at, value);
    else if (size === 2) view.setUint16(at, value, true);
    else if (size === 4) view.setUint32(at, value, true);
    else if (size === 8) view.setBigUint64(at, BigInt(value), true);
    at += size;
  }
  return bytes;
}

/** Joins bytes. */
export function join(...parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

/** An object with a header of version 1 or 2, apart from the writer under test. */
export function blfObject(
  type: number,
  body: Uint8Array,
  { ticks = 1_000_000, flags = 2, version = 1 } = {},
): Uint8Array {
  const headerBytes = version === 1 ? 32 : 40;
  const more: Fields = version === 1 ? [] : [[0, 8]];
  const sizeBytes = headerBytes + body.length;
  return join(
    new TextEncoder().encode("LOBJ"),
    bytesOf([[headerBytes, 2], [version, 2], [sizeBytes, 4], [type, 4]]),
    bytesOf([[flags, 4], [0, 2], [0, 2], [ticks, 8], ...more]),
    body,
  );
}

/** A container, compressed or not, with the fill that Vector's tools leave. */
export function blfContainer(content: Uint8Array, isPacked: boolean): Uint8Array {
  const data = isPacked ? new Uint8Array(deflateSync(content)) : content;
  const sizeBytes = 32 + data.length;
  return join(
    new TextEncoder().encode("LOBJ"),
    bytesOf([[16, 2], [1, 2], [sizeBytes, 4], [10, 4]]),
    bytesOf([[isPacked ? 2 : 0, 2], [0, 2], [0, 4], [content.length, 4], [0, 4]]),
    data,
    new Uint8Array(sizeBytes % 4),
  );
}

/** A file of objects and containers. */
export function blfFile(...parts: readonly Uint8Array[]): Uint8Array {
  const header = new Uint8Array(144);
  header.set(new TextEncoder().encode("LOGG"));
  header[4] = 144;
  return join(header, ...parts);
}

/** The body of objects 1 and 86. */
export function classicBody(id: number, data: readonly number[], flags = 0): Uint8Array {
  const fill = new Uint8Array(8 - data.length);
  const head: Fields = [[1, 2], [flags, 1], [data.length, 1], [id, 4]];
  return join(bytesOf(head), Uint8Array.from(data), fill);
}

/** The body of object 100. */
export function fdBody(id: number, data: readonly number[], dlc: number, fdFlags = 3): Uint8Array {
  const head: Fields = [
    ...[[2, 2], [0, 1], [dlc, 1], [id, 4], [0, 4], [0, 1], [fdFlags, 1]] as const,
    ...[[data.length, 1], [0, 1], [0, 4]] as const,
  ];
  return join(bytesOf(head), Uint8Array.from(data), new Uint8Array(64 - data.length));
}

/** The body of object 101: as many bytes of data as there are. */
export function fd64Body(
  id: number,
  data: readonly number[],
  dlc: number,
  { flags = 0x3000, direction = 0 } = {},
): Uint8Array {
  const head: Fields = [
    ...[[3, 1], [dlc, 1], [data.length, 1], [0, 1], [id, 4], [0, 4], [flags, 4]] as const,
    ...[[0, 8], [0, 8], [0, 2], [direction, 1], [0, 1], [0, 4]] as const,
  ];
  return join(bytesOf(head), Uint8Array.from(data));
}
