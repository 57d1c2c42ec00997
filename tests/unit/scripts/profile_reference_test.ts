/** The page about profiles leaves out nothing that the code has. */
import { deepStrictEqual, ok } from "node:assert/strict";
import { profileReferenceText } from "../../../scripts/profile_reference.ts";
import {
  IDENTITY_WORDS,
  PLACEHOLDERS,
  ROOMS,
  TIMING_DRIVES,
} from "../../../scripts/profile_words.ts";
import { ProfileSchema } from "../../../src/fleet/_profile_schema_walk.ts";
import { FIELDS } from "../../../src/update/profiles/_profile_templates.ts";
import { PROFILE_CASES, PROFILE_ROWS } from "../../support/profile_rows.ts";

Deno.test("profile reference: each placeholder is described, and each place where one may stand", () => {
  const names = new Set<string>(Object.values(FIELDS).flat());
  deepStrictEqual([...names].filter((name) => PLACEHOLDERS[name] === undefined), []);
  deepStrictEqual(Object.keys(PLACEHOLDERS).filter((name) => !names.has(name)), []);
  deepStrictEqual(Object.keys(ROOMS).sort(), Object.keys(FIELDS).sort());
});

Deno.test("profile reference: words stand only for keys that there are", () => {
  const schema = new ProfileSchema();
  const keysOf = (section: string): readonly string[] =>
    Object.keys(schema.mappingOf(schema.root.properties![section]!)!.properties!);
  const timing = keysOf("timing");
  deepStrictEqual(Object.keys(TIMING_DRIVES).filter((key) => !timing.includes(key)), []);
  const dids = keysOf("identity").filter((key) => key.endsWith("Did"));
  deepStrictEqual(Object.keys(IDENTITY_WORDS).map((name) => `${name}Did`).sort(), [...dids].sort());
});

Deno.test("profile reference: each row is on the page, with its lines or its limit", () => {
  const page = profileReferenceText();
  for (const { does, profile, test } of PROFILE_CASES) {
    ok(page.includes(`${does} ([test](../../${test}))`), does);
    ok(profile.trim() === "{}" || page.includes(`\n${profile.trimEnd()}\n`), does);
  }
  for (const { limits = [] } of PROFILE_ROWS) {
    for (const limit of limits) ok(page.includes(`| ${limit.trim()} |`), limit);
  }
});

Deno.test("profile reference: every key of every mapping stands in a table", () => {
  const schema = new ProfileSchema();
  const page = profileReferenceText();
  const visit = (properties: Readonly<Record<string, unknown>>): void => {
    for (const [key, given] of Object.entries(properties)) {
      ok(page.includes(`| \`${key}\` |`), key);
      for (const way of schema.ways(given as never)) {
        if (way.properties !== undefined) visit(way.properties);
        else if (way.items !== undefined) {
          for (const one of schema.ways(way.items)) visit(one.properties ?? {});
        }
      }
    }
  };
  visit(schema.root.properties!);
});
