/**
 * Writes `configs/fleet.schema.json`, which tells editors what a fleet file may say.
 *
 *     deno run -A scripts/build_schema.ts
 */
import { fleetJsonSchema } from "../src/fleet/mod.ts";

/**
 * @returns The file's content.
 */
export function schemaText(): string {
  return JSON.stringify(fleetJsonSchema(), null, 2) + "\n";
}

if (import.meta.main) {
  const url = new URL("../configs/fleet.schema.json", import.meta.url);
  await Deno.writeTextFile(url, schemaText());
}
