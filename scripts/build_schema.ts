/**
 * Writes `configs/fleet.schema.json` and `configs/profile.schema.json`, which tell editors what a fleet
 * file, and a profile's own file, may say.
 *
 *     deno run -A scripts/build_schema.ts
 */
import { fleetJsonSchema, profileJsonSchema } from "../src/fleet/mod.ts";

/**
 * Makes the schemas.
 *
 * @returns The files' contents, by name.
 */
export function schemaTexts(): ReadonlyMap<string, string> {
  const text = (schema: unknown): string => JSON.stringify(schema, null, 2) + "\n";
  return new Map([
    ["fleet.schema.json", text(fleetJsonSchema())],
    ["profile.schema.json", text(profileJsonSchema())],
  ]);
}

if (import.meta.main) {
  for (const [name, text] of schemaTexts()) {
    await Deno.writeTextFile(new URL(`../configs/${name}`, import.meta.url), text);
  }
}
