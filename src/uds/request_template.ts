import { CanvoyError, concatBytes, hexToBytes, uintToBytesBe } from "../core/mod.ts";

/** A request template that cannot be read. */
export class RequestTemplateError extends CanvoyError {
  /** Stable name of the failure. */
  override readonly code = "UDS_REQUEST_TEMPLATE";
  /** The whole template. */
  readonly template: string;

  /**
   * Shows the template and says what is wrong.
   *
   * @param template The whole template.
   * @param state What is wrong with it.
   */
  constructor(template: string, state: string) {
    super(`Cannot read request template "${template}": ${state}`);
    this.template = template;
  }
}

/** One piece of a template: literal bytes, or a field whose value is filled in for each request. */
export type RequestTemplatePart =
  | { readonly kind: "bytes"; readonly bytes: Uint8Array }
  | {
    readonly kind: "field";
    /** The name between the braces. */
    readonly name: string;
    /** How many bytes; absent for a field of bytes that states no length: all that others leave. */
    readonly sizeBytes?: number;
    /** Whether a number is sent least significant byte first. */
    readonly littleEndian: boolean;
  };

/** A request as people write it in a table: literal bytes and named fields. */
export interface RequestTemplate {
  /** As it was written. */
  readonly text: string;
  /** Its pieces, in order. */
  readonly parts: readonly RequestTemplatePart[];
}

/** What is filled into a template, by field name: a number, or bytes. */
export type RequestFields = Readonly<Record<string, number | Uint8Array>>;

const FIELD = /^\{([a-zA-Z][a-zA-Z0-9]*)(?::([1-9][0-9]?)(le)?)?\}/;
const LITERAL = /^[0-9a-fA-F \t]+/;

/**
 * Reads a request template.
 *
 * Hexadecimal bytes, and fields in braces: `{name:4}` is 4 bytes, most significant first,
 * `{name:4le}` least significant first, `{name}` takes bytes as they are, as many as the others leave: one such
 * field is enough.
 *
 * @param text For example `31 01 FF 00 44 {address:4} {size:4}`.
 * @returns The template.
 * @throws {RequestTemplateError} If it is none.
 *
 * @example Usage
 * ```ts
 * import { deepStrictEqual } from "node:assert/strict";
 * import { expandRequest, matchRequest, parseRequestTemplate } from "./request_template.ts";
 *
 * const erase = parseRequestTemplate("31 01 FF 00 44 {address:4} {size:2}");
 * const request = expandRequest(erase, { address: 0x0800_8000, size: 0x4000 });
 * deepStrictEqual([...request], [0x31, 1, 0xFF, 0, 0x44, 8, 0, 0x80, 0, 0x40, 0]);
 * deepStrictEqual(matchRequest(erase, request)?.get("size"), Uint8Array.of(0x40, 0));
 * ```
 */
export function parseRequestTemplate(text: string): RequestTemplate {
  const parts: RequestTemplatePart[] = [];
  let rest = text;
  while (rest.length > 0) {
    const field = FIELD.exec(rest);
    const taken = field?.[0] ?? LITERAL.exec(rest)?.[0];
    if (taken === undefined) {
      throw new RequestTemplateError(text, `unexpected "${rest.slice(0, 12)}"`);
    }
    if (field !== null) parts.push(toField(field));
    else if (taken.trim() !== "") parts.push({ kind: "bytes", bytes: literalBytes(text, taken) });
    rest = rest.slice(taken.length);
  }
  if (parts.filter(isOpen).length > 1) {
    throw new RequestTemplateError(text, "only one field may leave its length open");
  }
  return { text, parts };
}

/**
 * Fills a template.
 *
 * @param template The template.
 * @param fields A value for each of its fields; others are passed over.
 * @returns The request's bytes.
 * @throws {RequestTemplateError} If a field has no value, or its value does not fit.
 */
export function expandRequest(template: RequestTemplate, fields: RequestFields): Uint8Array {
  return concatBytes(template.parts.map((part) => {
    if (part.kind === "bytes") return part.bytes;
    const value = fields[part.name];
    if (value === undefined) {
      throw new RequestTemplateError(template.text, `nothing is known of {${part.name}}`);
    }
    return fieldBytes(template, part, value);
  }));
}

/**
 * Matches a request against a template: the server's side of it.
 *
 * @param template The template.
 * @param request The bytes that came.
 * @returns The fields by name, numbers most significant byte first; `undefined` when the request is
 * another one.
 */
export function matchRequest(
  template: RequestTemplate,
  request: Uint8Array,
): ReadonlyMap<string, Uint8Array> | undefined {
  const fields = new Map<string, Uint8Array>();
  const openBytes = request.length - fixedSizeBytes(template);
  let offset = 0;
  for (const part of template.parts) {
    const lengthBytes = part.kind === "bytes" ? part.bytes.length : part.sizeBytes ?? openBytes;
    if (lengthBytes < 0 || offset + lengthBytes > request.length) return undefined;
    const taken = request.slice(offset, offset + lengthBytes);
    offset += lengthBytes;
    if (part.kind === "field") fields.set(part.name, part.littleEndian ? taken.reverse() : taken);
    else if (part.bytes.some((byte, i) => byte !== taken[i])) return undefined;
  }
  return offset === request.length ? fields : undefined;
}

function isOpen(part: RequestTemplatePart): boolean {
  return part.kind === "field" && part.sizeBytes === undefined;
}

function fixedSizeBytes({ parts }: RequestTemplate): number {
  return parts.reduce(
    (sum, part) => sum + (part.kind === "bytes" ? part.bytes.length : part.sizeBytes ?? 0),
    0,
  );
}

function toField(field: RegExpExecArray): RequestTemplatePart {
  const [, name, size, littleEndian] = field;
  return {
    kind: "field",
    name: name!,
    littleEndian: littleEndian !== undefined,
    ...(size === undefined ? {} : { sizeBytes: Number(size) }),
  };
}

function literalBytes(template: string, digits: string): Uint8Array {
  try {
    return hexToBytes(digits);
  } catch {
    throw new RequestTemplateError(template, `"${digits.trim()}" is not whole bytes`);
  }
}

function fieldBytes(
  template: RequestTemplate,
  part: RequestTemplatePart & { readonly kind: "field" },
  value: number | Uint8Array,
): Uint8Array {
  if (typeof value !== "number") {
    if (part.sizeBytes !== undefined && part.sizeBytes !== value.length) {
      throw new RequestTemplateError(
        template.text,
        `{${part.name}} takes ${part.sizeBytes} bytes, not ${value.length}`,
      );
    }
    return part.littleEndian ? value.toReversed() : value;
  }
  const sizeBytes = part.sizeBytes;
  if (sizeBytes === undefined || sizeBytes > 6 || value < 0 || value >= 2 ** (8 * sizeBytes)) {
    throw new RequestTemplateError(template.text, `{${part.name}} cannot hold ${value}`);
  }
  const bytes = uintToBytesBe(value, sizeBytes);
  return part.littleEndian ? bytes.reverse() : bytes;
}
