import { type SummedBy, summedSizeBytes } from "../../codec/mod.ts";
import { bytesToHex, CanvoyError, defined, hex, nearestWord } from "../../core/mod.ts";
import {
  parseRequestTemplate,
  POSITIVE_RESPONSE_OFFSET,
  type RequestTemplate,
  SERVICE_ID,
} from "../../uds/mod.ts";
import { keptFieldProblem, type KeptName, type KeptNames } from "./_kept_names.ts";

const NODE_FIELDS = ["block", "fingerprint", "sequence", "driverAddress", "driverSize"];
const RANGE_FIELDS = [
  ...NODE_FIELDS,
  "segment",
  "address",
  "offset",
  "size",
  "uncompressedSize",
  "page",
  "pages",
];
const CHECK_FIELDS = ["checksum", "checksumSize"];
const ANSWER_FIELDS = ["status", "any"];

/** Whose algorithm makes `{checksum}`, in words, where it is not the check's. */
const SUMMED_BY: Partial<Record<string, string>> = {
  block: "block",
  blockAnswer: "block",
  exit: "exit",
  exitAnswer: "exit",
};

/** Which fields a request may name, by where it stands. */
export const FIELDS = {
  /** Functional requests, and questions whether a node is ready: the same for all. */
  none: [],
  node: NODE_FIELDS,
  range: RANGE_FIELDS,
  driverCheck: [...NODE_FIELDS, ...CHECK_FIELDS],
  check: [...RANGE_FIELDS, ...CHECK_FIELDS],
  exit: [...RANGE_FIELDS, ...CHECK_FIELDS],
  block: ["counter", "address", "offset", "size", "data", "checksum"],
  answer: ANSWER_FIELDS,
  checkAnswer: [...ANSWER_FIELDS, "checksum"],
  downloadAnswer: [...ANSWER_FIELDS, "maxNumberOfBlockLength", "address", "offset", "size"],
  blockAnswer: ["counter", ...ANSWER_FIELDS, "address", "offset", "size", "checksum"],
  exitAnswer: [...ANSWER_FIELDS, "checksum", "address", "offset", "size"],
} as const satisfies Record<string, readonly string[]>;

/** Where a request stands. */
export type FieldScope = keyof typeof FIELDS;

/** Where a request may name what was kept. */
export const KEPT_SCOPES: ReadonlySet<FieldScope> = new Set(
  ["node", "range", "driverCheck", "check", "exit"],
);
/** Names that have a meaning of their own somewhere. */
const RESERVED: ReadonlySet<string> = new Set(Object.values(FIELDS).flat());

/** Fields that are bytes; all others are numbers and need a length. */
const BYTE_FIELDS: readonly string[] = ["fingerprint", "checksum", "data", "any"];
/** Fields of one byte. */
const SINGLE_FIELDS: readonly string[] = ["status", "counter"];
/** With 3 bytes, whether they hold the addresses is seen when a node is planned. */
const ADDRESS_SIZE_MIN_BYTES = 3;
/** What `expandRequest` can write. */
const NUMBER_SIZE_MAX_BYTES = 6;

/** Where something is wrong in a profile, and what. */
export interface ProfileProblem {
  /** Keys and indices from the profile down. */
  readonly path: readonly (string | number)[];
  /** What was expected. */
  readonly message: string;
}

/** Reads request templates and collects what is wrong with them. */
export class TemplateReader {
  /** Everything wrong so far. */
  readonly problems: ProfileProblem[] = [];
  /** Size of `{checksum}`, where the profile has a check. */
  readonly #checksumBytes: number | undefined;
  /** What steps so far keep, and fields that the answer at hand is about to. */
  #kept: KeptNames;
  /** What any step keeps, also those to come. */
  readonly #keptAnywhere: ReadonlySet<string>;
  #keeping: readonly string[] = [];

  /**
   * Notes how long checksums are.
   *
   * @param algorithm What `{checksum}` is made with.
   * @param keptAnywhere What any step keeps.
   */
  constructor(
    algorithm: SummedBy | undefined,
    keptAnywhere: ReadonlySet<string> = new Set(),
  ) {
    this.#checksumBytes = algorithm === undefined ? undefined : summedSizeBytes(algorithm);
    this.#keptAnywhere = keptAnywhere;
    this.#kept = new Map();
  }

  /**
   * Makes a reader for the same place of a profile.
   *
   * @param algorithm What `{checksum}` is made with there.
   * @returns It, with no problems yet.
   */
  summing(algorithm: SummedBy | undefined): TemplateReader {
    const reader = new TemplateReader(algorithm, this.#keptAnywhere);
    reader.#kept = this.#kept;
    return reader;
  }

  /**
   * Builds something behind which nobody knows what its steps keep.
   *
   * @param build Builds it.
   * @param kept What is kept in front of it; what steps so far keep, by default.
   * @returns What it makes.
   */
  within<T>(build: () => T, kept: KeptNames = this.#kept): T {
    const before = this.#kept;
    this.#kept = kept;
    const made = build();
    this.#kept = before;
    return made;
  }

  /**
   * Reads an answer of which fields are kept.
   *
   * @param names Their names.
   * @param path Where they stand.
   * @param key The step.
   * @param read Reads it: `undefined` where it is not said.
   * @returns What it makes.
   */
  keeping<T extends RequestTemplate | undefined>(
    names: readonly string[],
    { path, key }: { readonly path: ProfileProblem["path"]; readonly key: string },
    read: () => T,
  ): T {
    this.#keeping = names;
    const count = this.problems.length;
    const answer = read();
    this.#keeping = [];
    const isRead = this.problems.length === count;
    for (const [i, name] of names.entries()) {
      const field = answer?.parts.find((part) => part.kind === "field" && part.name === name);
      const size = field?.kind === "field" ? field.sizeBytes : undefined;
      const one: KeptName = { key, ...defined({ sizeBytes: size }) };
      const message = this.#keptProblem(name, one, field !== undefined || !isRead);
      if (message !== undefined) this.problems.push({ path: [...path, i], message });
      this.#kept = new Map([...this.#kept, [name, this.#kept.get(name) ?? one]]);
    }
    return answer;
  }

  #keptProblem(name: string, { sizeBytes }: KeptName, isThere: boolean): string | undefined {
    if (RESERVED.has(name)) return `expected another name: {${name}} has a meaning already`;
    if (!isThere) return `expected a field of answer, for example answer: "62 F1 8C {${name}:8}"`;
    const before = this.#kept.get(name);
    return before === undefined || before.sizeBytes === sizeBytes
      ? undefined
      : `expected as many bytes as ${before.key} keeps under this name`;
  }

  /**
   * Reads one request.
   *
   * @param text The request.
   * @param scope Where it stands.
   * @param path Its place in the profile.
   * @returns The template; an empty one where it cannot be read.
   */
  read(text: string, scope: FieldScope, path: readonly (string | number)[]): RequestTemplate {
    try {
      const template = parseRequestTemplate(text);
      if (template.parts[0]?.kind !== "bytes") {
        this.problems.push({ path, message: "expected a request that begins with its service" });
      }
      for (const part of template.parts) {
        if (part.kind === "field") this.#checkField(part, scope, path);
      }
      return template;
    } catch (error) {
      if (!(error instanceof CanvoyError)) throw error;
      this.problems.push({ path, message: error.message });
      return { text, parts: [] };
    }
  }

  /**
   * Reads what follows bytes that the profile does not write itself.
   *
   * @param head The bytes.
   * @param text What follows them: bytes and fields.
   * @param scope Where it stands.
   * @param path Its place in the profile.
   * @returns The template of both; of the bytes alone where the text cannot be read.
   */
  readRest(
    head: readonly number[],
    text: string,
    scope: FieldScope,
    path: readonly (string | number)[],
  ): RequestTemplate {
    const begin = bytesToHex(Uint8Array.from(head));
    try {
      parseRequestTemplate(text);
    } catch (error) {
      if (!(error instanceof CanvoyError)) throw error;
      this.problems.push({ path, message: error.message });
      return parseRequestTemplate(begin);
    }
    return this.read(`${begin} ${text}`, scope, path);
  }

  /**
   * Reads TransferData.
   *
   * @param text The request.
   * @param block What its `{checksum}` is made with, and whether it has a `{counter}`.
   * @param path Its place in the profile.
   * @returns The template; an empty one where it cannot be read.
   */
  readBlock(
    text: string,
    { algorithm, isCounted }: { readonly algorithm?: SummedBy; readonly isCounted: boolean },
    path: readonly (string | number)[],
  ): RequestTemplate {
    const reader = this.summing(algorithm);
    const template = reader.read(text, "block", path);
    const isUsable = reader.problems.length === 0;
    this.problems.push(...reader.problems);
    if (isUsable && !isBlock(template, isCounted)) {
      this.problems.push({
        path,
        message: isCounted
          ? "expected 36 {counter:1}, and {data} somewhere behind it; " +
            "of a bootloader that counts no blocks: counter: none; 3D and 2E may write blocks, too"
          : "expected 36, and {data} somewhere behind it, without {counter}: counter is none",
      });
    }
    return template;
  }

  /**
   * Reads what a positive response looks like.
   *
   * @param text The response.
   * @param sid The service that was asked for; `undefined` where that could not be read.
   * @param path Its place in the profile.
   * @param scope Which fields it may have.
   * @returns The template; an empty one where it cannot be read.
   */
  readAnswer(
    text: string,
    sid: number | undefined,
    path: readonly (string | number)[],
    scope: FieldScope,
  ): RequestTemplate {
    const count = this.problems.length;
    const template = this.read(text, scope, path);
    const [first] = template.parts;
    if (sid === undefined || this.problems.length > count) return template;
    const expected = sid + POSITIVE_RESPONSE_OFFSET;
    if (first?.kind !== "bytes" || first.bytes[0] !== expected) {
      const message = `expected an answer that begins with ${hex(expected, 2).slice(2)}`;
      this.problems.push({ path, message });
    }
    return template;
  }

  #checkField(
    field: { readonly name: string; readonly sizeBytes?: number },
    scope: FieldScope,
    path: readonly (string | number)[],
  ): void {
    const message = this.#fieldProblem(field, scope);
    if (message !== undefined) this.problems.push({ path, message });
  }

  #fieldProblem(
    { name, sizeBytes }: { readonly name: string; readonly sizeBytes?: number },
    scope: FieldScope,
  ): string | undefined {
    const mayKeep = KEPT_SCOPES.has(scope);
    const kept = mayKeep ? this.#kept.get(name) : undefined;
    if (kept !== undefined) return keptFieldProblem({ name, ...defined({ sizeBytes }) }, kept);
    if (this.#keeping.includes(name) && !RESERVED.has(name)) return undefined;
    const known = [...FIELDS[scope], ...mayKeep ? this.#kept.keys() : this.#keeping];
    if (!known.includes(name)) {
      return this.#keptAnywhere.has(name)
        ? keptElsewhere(name, mayKeep)
        : unknownField(name, known);
    }
    if (name === "checksum") {
      if (this.#checksumBytes === undefined) return "{checksum}: expected an algorithm to make it";
      return sizeBytes === undefined || sizeBytes === this.#checksumBytes
        ? undefined
        : `{checksum:${sizeBytes}}: expected ${bytesText(this.#checksumBytes)}, as the ` +
          `${SUMMED_BY[scope] ?? "check"}'s algorithm makes them`;
    }
    if (BYTE_FIELDS.includes(name)) return undefined;
    if (SINGLE_FIELDS.includes(name)) {
      return sizeBytes === 1 ? undefined : `{${name}}: expected {${name}:1}, one byte`;
    }
    if (sizeBytes === undefined) return `{${name}}: expected a length, for example {${name}:4}`;
    if (sizeBytes > NUMBER_SIZE_MAX_BYTES) {
      return `{${name}:${sizeBytes}}: expected at most ${NUMBER_SIZE_MAX_BYTES} bytes`;
    }
    return /address/i.test(name) && sizeBytes < ADDRESS_SIZE_MIN_BYTES
      ? `{${name}:${sizeBytes}}: expected 4 bytes, as addresses of STM32 have; ` +
        "places counted from the application's start are {offset:2}"
      : undefined;
  }
}

/** Services that write a block. */
const WRITING: ReadonlySet<number | undefined> = new Set<number>([
  SERVICE_ID.transferData,
  SERVICE_ID.writeMemoryByAddress,
  SERVICE_ID.writeDataByIdentifier,
]);

function isBlock({ parts }: RequestTemplate, isCounted: boolean): boolean {
  const [sid, counter] = parts;
  const has = (name: string): boolean =>
    parts.some((part) => part.kind === "field" && part.name === name);
  if (sid?.kind !== "bytes" || !WRITING.has(sid.bytes[0]) || !has("data")) return false;
  if (sid.bytes[0] !== SERVICE_ID.transferData) return true;
  return isCounted
    ? sid.bytes.length === 1 && counter?.kind === "field" && counter.name === "counter"
    : !has("counter");
}

function keptElsewhere(name: string, mayKeep: boolean): string {
  return mayKeep
    ? `{${name}}: expected a step in front of this one that keeps it, here or in enter`
    : `{${name}}: expected nothing that is kept here`;
}

function bytesText(count: number): string {
  return count === 1 ? "1 byte" : `${count} bytes`;
}

function unknownField(name: string, known: readonly string[]): string {
  if (known.length === 0) return `{${name}}: expected a request without fields here`;
  const nearest = nearestWord(name, known);
  const names = known.map((field) => `{${field}}`).join(", ");
  return `{${name}}: ` +
    (nearest === undefined
      ? `expected one of ${names} here`
      : `expected another field here, did you mean {${nearest}}?`);
}
