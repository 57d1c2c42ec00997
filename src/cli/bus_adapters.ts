import { readCanAdapters } from "../adapters/mod.ts";
import type { BusChoice } from "./bus_choice.ts";

/**
 * Tells by which adapters the buses of a run are reached.
 *
 * @param choices The buses.
 * @returns The adapter's own identity, by the bus's name; without buses where none is told.
 */
export async function adaptersOf(
  choices: readonly BusChoice[],
): Promise<ReadonlyMap<string, string>> {
  const wired = choices.filter(({ url }) => url.kind === "socketcan");
  if (wired.length === 0) return new Map();
  const adapters = await readCanAdapters();
  return new Map(wired.flatMap(({ name, url }) => {
    const adapter = adapters.get(url.name);
    return adapter === undefined ? [] : [[name, adapter]];
  }));
}
