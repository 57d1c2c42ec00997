import { type CborKey, CborTag, type CborValue, decodeCbor } from "../../src/codec/mod.ts";
import type { CddlEntry, CddlGroup, CddlRules, CddlType } from "./cddl_parser.ts";

/** CBOR inside byte strings of any form that canvoy's own module reads. */
const OPTIONS = { tags: [18, 107, 112, 1070], arrayKeys: true };

const PRELUDE: Readonly<Record<string, (value: CborValue) => boolean>> = {
  any: () => true,
  bool: (value) => typeof value === "boolean",
  bstr: (value) => value instanceof Uint8Array,
  int: (value) => typeof value === "number" || typeof value === "bigint",
  nil: (value) => value === null,
  nint: (value) => (typeof value === "number" || typeof value === "bigint") && value < 0,
  text: (value) => typeof value === "string",
  true: (value) => value === true,
  tstr: (value) => typeof value === "string",
  uint: (value) => (typeof value === "number" || typeof value === "bigint") && value >= 0,
};

/** Compares values with a CDDL specification. */
export class CddlWalker {
  readonly #rules: CddlRules;

  constructor(rules: CddlRules) {
    this.#rules = rules;
  }

  /**
   * Compares a value with a rule.
   *
   * @param value The value, as canvoy's CBOR module decodes it.
   * @param name The rule.
   * @returns Whether it has that form.
   */
  matches(value: CborValue, name: string): boolean {
    return this.#type({ kind: "name", name }, value);
  }

  #type(type: CddlType, value: CborValue): boolean {
    switch (type.kind) {
      case "choice":
        return type.types.some((one) => this.#type(one, value));
      case "literal":
        return value === type.value;
      case "name": {
        const rule = this.#rules.types.get(type.name);
        if (rule !== undefined) return this.#type(rule, value);
        return PRELUDE[type.name]?.(value) ?? false;
      }
      case "tag":
        return value instanceof CborTag && value.tag === type.tag &&
          this.#type(type.type, value.value);
      case "array":
        return Array.isArray(value) &&
          this.#inArray(type.group, value, 0).has(value.length);
      case "map":
        return value instanceof Map && this.#inMap(type.group, [...value])
          .some((rest) => rest.length === 0);
      case "bitNames":
        return false;
      case "control":
        return this.#type(type.type, value) && this.#control(type, value);
    }
  }

  #control(
    { operator, argument }: CddlType & { readonly kind: "control" },
    value: CborValue,
  ): boolean {
    switch (operator) {
      case ".cbor": {
        let inner: CborValue;
        try {
          inner = decodeCbor(value as Uint8Array, OPTIONS);
        } catch {
          return false;
        }
        return this.#type(argument, inner);
      }
      case ".size":
        return argument.kind === "literal" && (value as Uint8Array).length === argument.value;
      case ".regexp":
        return argument.kind === "literal" &&
          new RegExp(`^(?:${argument.value})$`).test(value as string);
      case ".bits": {
        const names = argument.kind === "name" ? this.#rules.types.get(argument.name) : argument;
        if (names?.kind !== "bitNames") return false;
        const bits = names.group.choices.flat().map(({ type }) =>
          (type as { value: number }).value
        );
        const mask = bits.reduce((sum, bit) => sum | (1 << bit), 0);
        return ((value as number) & ~mask) === 0;
      }
    }
    throw new Error(`CDDL: control ${operator} is not known`);
  }

  /** A name in a group is a type, or a group to be put in its place. */
  #groupOf(entry: CddlEntry): CddlGroup | undefined {
    if (entry.group !== undefined) return entry.group;
    if (entry.key !== undefined || entry.type?.kind !== "name") return undefined;
    const { name } = entry.type;
    const group = this.#rules.groups.get(name);
    return group ?? (name.startsWith("$$") ? { choices: [] } : undefined);
  }

  /** Where a group that begins at `start` may end. */
  #inArray(group: CddlGroup, items: readonly CborValue[], start: number): Set<number> {
    const ends = new Set<number>();
    for (const entries of group.choices) {
      let at = new Set([start]);
      for (const entry of entries) at = this.#entryInArray(entry, items, at);
      for (const end of at) ends.add(end);
    }
    return ends;
  }

  #entryInArray(
    entry: CddlEntry,
    items: readonly CborValue[],
    starts: ReadonlySet<number>,
  ): Set<number> {
    const ends = new Set<number>(entry.min === 0 ? starts : []);
    let at = new Set(starts);
    for (let count = 1; count <= entry.max && at.size > 0; count++) {
      const next = new Set<number>();
      for (const start of at) {
        const group = this.#groupOf(entry);
        if (group !== undefined) {
          for (const end of this.#inArray(group, items, start)) if (end > start) next.add(end);
        } else if (start < items.length && this.#type(entry.type!, items[start]!)) {
          next.add(start + 1);
        }
      }
      if (count >= entry.min) { for (const end of next) ends.add(end); }
      at = next;
    }
    return ends;
  }

  /** What a group may leave of a map's pairs. */
  #inMap(group: CddlGroup, pairs: readonly Pair[]): readonly (readonly Pair[])[] {
    return group.choices.flatMap((entries) => {
      let rests: readonly (readonly Pair[])[] = [pairs];
      for (const entry of entries) rests = rests.flatMap((rest) => this.#entryInMap(entry, rest));
      return rests;
    });
  }

  #entryInMap(entry: CddlEntry, pairs: readonly Pair[]): readonly (readonly Pair[])[] {
    const group = this.#groupOf(entry);
    if (group !== undefined) {
      let rest = pairs;
      let count = 0;
      while (count < entry.max) {
        const shorter = this.#inMap(group, rest).toSorted((a, b) => a.length - b.length)[0];
        if (shorter === undefined || (shorter.length === rest.length && count >= entry.min)) break;
        rest = shorter;
        count++;
      }
      return count >= entry.min ? [rest] : [];
    }
    const taken = pairs.filter(([key, value]) =>
      this.#type(entry.key!, key) && this.#type(entry.type!, value)
    ).slice(0, entry.max);
    return taken.length < entry.min ? [] : [pairs.filter((pair) => !taken.includes(pair))];
  }
}

type Pair = readonly [CborKey, CborValue];
