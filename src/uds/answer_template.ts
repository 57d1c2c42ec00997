import { concatBytes } from "../core/mod.ts";
import {
  expandRequest,
  matchRequest,
  type RequestFields,
  type RequestTemplate,
} from "./request_template.ts";

/**
 * Makes what a positive response begins with, as far as that is known before it comes.
 *
 * @param template What it looks like: a template as of a request, its fields what the node fills in.
 * @param fields What is known: a field beyond ends it.
 * @returns Its first bytes: the service at least.
 *
 * @example Usage
 * ```ts
 * import { deepStrictEqual } from "node:assert/strict";
 * import { answerHead } from "./answer_template.ts";
 * import { parseRequestTemplate } from "./request_template.ts";
 *
 * const answer = parseRequestTemplate("76 {counter:1} 00 {status:1}");
 * deepStrictEqual([...answerHead(answer, { counter: 5 })], [0x76, 5, 0]);
 * deepStrictEqual([...answerHead(answer, {})], [0x76]);
 * ```
 */
export function answerHead(template: RequestTemplate, fields: RequestFields): Uint8Array {
  const pieces: Uint8Array[] = [];
  for (const part of template.parts) {
    if (part.kind === "field" && fields[part.name] === undefined) break;
    pieces.push(expandRequest({ text: template.text, parts: [part] }, fields));
  }
  return concatBytes(pieces);
}

/**
 * Reads a positive response.
 *
 * @param template What it looks like.
 * @param response What came; what follows the template's last piece is passed over.
 * @returns The fields by name, numbers most significant byte first; `undefined` when it looks otherwise.
 */
export function matchAnswer(
  template: RequestTemplate,
  response: Uint8Array,
): ReadonlyMap<string, Uint8Array> | undefined {
  const isOpen = template.parts.some((part) => part.kind === "field" && !part.sizeBytes);
  return matchRequest(
    isOpen ? template : { ...template, parts: [...template.parts, REST] },
    response,
  );
}

/**
 * Makes a positive response: the server's side of it.
 *
 * @param template What it looks like.
 * @param fields Its fields; what is not known of is filled with zeros.
 * @returns The response.
 */
export function fillAnswer(template: RequestTemplate, fields: RequestFields): Uint8Array {
  return concatBytes(template.parts.map((part) => {
    const isKnown = part.kind === "bytes" || fields[part.name] !== undefined;
    return isKnown
      ? expandRequest({ text: template.text, parts: [part] }, fields)
      : new Uint8Array(part.sizeBytes ?? 0);
  }));
}

const REST = { kind: "field", name: "rest", littleEndian: false } as const;
