/** The same fields, each absent instead of `undefined`. */
export type Defined<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

/**
 * Leaves out what is `undefined`: an optional field is absent then, as exact optional types want it.
 *
 * @param fields The fields.
 * @returns Those that are not `undefined`, to be spread into an object.
 *
 * @example
 * ```ts
 * import { defined } from "./defined.ts";
 *
 * const given: { name: string; version?: string } = { name: "app" };
 * const { name, version } = given;
 * const node: { name: string; version?: string } = { name, ...defined({ version }) };
 * ```
 */
export function defined<T extends object>(fields: T): Defined<T> {
  const kept: Defined<T> = {};
  for (const name of Object.keys(fields) as (keyof T)[]) {
    const value = fields[name];
    if (value !== undefined) kept[name] = value as Exclude<T[keyof T], undefined>;
  }
  return kept;
}
