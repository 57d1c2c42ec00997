import type { CborValue } from "../codec/mod.ts";

/** A value is not what it should be. */
export class ShapeError extends Error {}

/** Takes a decoded value as what it must be, or throws {@linkcode ShapeError}. */
export type Read<T> = (value: CborValue | undefined, place: string) => T;

/** Reads text. */
export const text: Read<string> = (value, place) =>
  typeof value === "string" ? value : fail(place, "text");

/** Reads a truth value. */
export const flag: Read<boolean> = (value, place) =>
  typeof value === "boolean" ? value : fail(place, "a truth value");

/** Reads an integer, 0 and up. */
export const count: Read<number> = (value, place) =>
  typeof value === "number" && Number.isInteger(value) && value >= 0
    ? value
    : fail(place, "an integer, 0 or more");

/** Reads any number. */
export const number: Read<number> = (value, place) =>
  typeof value === "number" ? value : fail(place, "a number");

/** Reads bytes. */
export const bytes: Read<Uint8Array> = (value, place) =>
  value instanceof Uint8Array ? value : fail(place, "bytes");

/**
 * Reads one of some words.
 *
 * @param words The words, as keys, so that none can be forgotten.
 * @returns The reader.
 */
export function oneOf<T extends string>(words: Readonly<Record<T, true>>): Read<T> {
  return (value, place) =>
    typeof value === "string" && Object.hasOwn(words, value)
      ? value as T
      : fail(place, `one of ${Object.keys(words).join(", ")}`);
}

/**
 * Reads a list.
 *
 * @param item Reads each of its values.
 * @returns The reader.
 */
export function list<T>(item: Read<T>): Read<readonly T[]> {
  return (value, place) =>
    Array.isArray(value)
      ? value.map((one: CborValue, i) => item(one, `${place}[${i}]`))
      : fail(place, "a list");
}

/**
 * Reads what may be missing from a record.
 *
 * @param read Reads it where it is there.
 * @returns The reader.
 */
export function optional<T>(read: Read<T>): Read<T> {
  const marked: Read<T> = (value, place) => read(value, place);
  OPTIONAL.add(marked);
  return marked;
}

/** Readers of what may be missing. */
const OPTIONAL = new WeakSet<Read<unknown>>();

/**
 * Reads a map with these keys and no other.
 *
 * @param fields Reads the value of each key.
 * @returns The reader.
 */
export function record<T extends object>(
  fields: { readonly [K in keyof T]-?: Read<T[K]> },
): Read<T> {
  const keys = Object.keys(fields) as (keyof T & string)[];
  return (value, place) => {
    if (!(value instanceof Map)) return fail(place, "a map");
    const map: ReadonlyMap<unknown, CborValue> = value;
    const result: Partial<T> = {};
    let found = 0;
    for (const key of keys) {
      const value = map.get(key);
      if (value === undefined && OPTIONAL.has(fields[key])) continue;
      result[key] = fields[key](value, `${place}.${key}`);
      found++;
    }
    if (found < map.size) {
      const unknown = [...map.keys()].find((key) => !(keys as unknown[]).includes(key));
      return fail(place, `a map without "${String(unknown)}"`);
    }
    return result as T;
  };
}

function fail(place: string, expected: string): never {
  throw new ShapeError(`${place}: expected ${expected}`);
}
