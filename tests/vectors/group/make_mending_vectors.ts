/**
 * Writes mending.json:
 *
 *     deno run --allow-write=tests tests/vectors/group/make_mending_vectors.ts
 */
import { mendingText } from "./mending_cases.ts";

Deno.writeTextFileSync(new URL("mending.json", import.meta.url), mendingText());
