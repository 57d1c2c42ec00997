import type { FleetEvent } from "../../src/fleet/mod.ts";

/**
 * Makes every text of events hostile. Words that say what an event is stay, and so do numbers; names
 * of nodes stay in step, as each text is changed alike.
 *
 * @param events The events.
 * @param poison Makes a text hostile.
 * @returns The same events.
 */
export function poisoned(
  events: readonly FleetEvent[],
  poison: (text: string) => string,
): readonly FleetEvent[] {
  const words = /^(type|phase|state|scope|finding|bank)$/;
  const change = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(change);
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(
      Object.entries(value).map(([key, one]) => [
        key,
        typeof one === "string" && !words.test(key) ? poison(one) : change(one),
      ]),
    );
  };
  return change(events) as readonly FleetEvent[];
}
