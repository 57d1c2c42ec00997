import { decodeCbor } from "./cbor.ts";
import { CborFormatError, type CborOptions, CborTag, type CborValue } from "./cbor_value.ts";

/** Longer byte strings are shown by their first bytes and their length. */
const BYTES_SHOWN_MAX = 64;

/**
 * Writes a value in CBOR's diagnostic notation, one element a line, byte strings that hold CBOR
 * opened up as `<< ... >>`.
 *
 * Byte strings of more than 64 bytes that hold no CBOR end in a comment with their length.
 *
 * Source: RFC 8949, "Diagnostic Notation"; RFC 8610, "Embedded CBOR".
 *
 * @param value The value.
 * @param options What byte strings may hold to be opened.
 * @returns Lines of text.
 */
export function cborDiagnostic(value: CborValue, options: CborOptions = {}): string {
  return new Writer(options).write(value, "");
}

class Writer {
  readonly #options: CborOptions;

  constructor(options: CborOptions) {
    this.#options = options;
  }

  write(value: CborValue, indent: string): string {
    if (value instanceof Uint8Array) return this.#bytes(value, indent);
    if (typeof value === "string") return quoted(value);
    if (value instanceof CborTag) return `${value.tag}(${this.write(value.value, indent)})`;
    const inner = `${indent}  `;
    if (Array.isArray(value)) {
      const items = value as readonly CborValue[];
      return block("[", items.map((item) => inner + this.write(item, inner)), indent, "]");
    }
    if (value instanceof Map) {
      const pairs = [...value as ReadonlyMap<CborValue, CborValue>];
      const lines = pairs.map(([key, member]) =>
        `${inner}${this.write(key, inner)}: ${this.write(member, inner)}`
      );
      return block("{", lines, indent, "}");
    }
    return String(value);
  }

  #bytes(bytes: Uint8Array, indent: string): string {
    const embedded = this.#embedded(bytes);
    if (embedded !== undefined) return `<< ${this.write(embedded, indent)} >>`;
    if (bytes.length <= BYTES_SHOWN_MAX) return `h'${bytes.toHex()}'`;
    const shown = bytes.subarray(0, BYTES_SHOWN_MAX).toHex();
    return `h'${shown}' / ... ${bytes.length} bytes /`;
  }

  /** Arrays, maps and tags only: any byte below 0x80 would be CBOR by chance. */
  #embedded(bytes: Uint8Array): CborValue | undefined {
    if (bytes.length === 0 || bytes[0]! < 0x80 || bytes.length > 0x10_0000) return undefined;
    try {
      const value = decodeCbor(bytes, this.#options);
      return value !== null && typeof value === "object" ? value : undefined;
    } catch (error) {
      if (error instanceof CborFormatError) return undefined;
      throw error;
    }
  }
}

/** Beyond what JSON escapes also what else a terminal may obey. */
function quoted(text: string): string {
  return JSON.stringify(text).replaceAll(
    /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu,
    (character) =>
      Array.from(
        { length: character.length },
        (_, i) => `\\u${character.charCodeAt(i).toString(16).padStart(4, "0")}`,
      ).join(""),
  );
}

function block(open: string, lines: readonly string[], indent: string, close: string): string {
  if (lines.length === 0) return open + close;
  const short = lines.map((line) => line.trim()).join(", ");
  if (short.length <= 60 && !short.includes("\n")) return `${open}${short}${close}`;
  return `${open}\n${lines.join(",\n")}\n${indent}${close}`;
}
