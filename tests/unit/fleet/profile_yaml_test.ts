/** The built-in profiles as YAML: what is shown builds the same profile, and leaves no key out. */
import { deepStrictEqual, match, ok } from "node:assert/strict";
import { PROFILE_NAMES } from "../../../src/cli/profile_commands_table.ts";
import { ownProfiles, profileYaml, readProfileFile } from "../../../src/fleet/mod.ts";
import { ProfileSchema, unitOfKey } from "../../../src/fleet/_profile_schema_walk.ts";
import {
  BUILT_IN_PROFILE_SUMMARIES,
  BUILT_IN_PROFILE_TEXTS,
  BUILT_IN_PROFILES,
  keyDefault,
  type UpdateProfile,
} from "../../../src/update/mod.ts";

const NO_FILE = (): { expected: string } => ({ expected: "no file" });
const FLEET = `
buses: { bench: { url: "virtual:bench" } }
images: { app: app.hex }
nodes: []
`;

/** A profile without its name and the places of its keys, and what is the same when it is said. */
function sameAs({ name: _, places: __, ...profile }: UpdateProfile): unknown {
  const { download, timing } = profile;
  const { counter = keyDefault(["block", "counter"]) } = download.block;
  return {
    ...profile,
    download: { ...download, block: { ...download.block, counter } },
    timing: {
      ...timing,
      nBsMs: timing.nBsMs ?? keyDefault(["timing", "nBsMs"]),
      busWaitMs: timing.busWaitMs ?? keyDefault(["timing", "busWaitMs"]),
    },
  };
}

Deno.test("built-in profiles have one summary each, and the table of commands knows their names", () => {
  const names = [...BUILT_IN_PROFILE_TEXTS.keys()];
  deepStrictEqual(Object.keys(BUILT_IN_PROFILE_SUMMARIES), names);
  deepStrictEqual([...PROFILE_NAMES], names);
});

for (const [name, text] of BUILT_IN_PROFILE_TEXTS) {
  Deno.test(`profileYaml() of ${name} builds the same profile in a file of its own`, () => {
    const yaml = profileYaml(name, text);
    const built = readProfileFile({ name: "ours.yaml", text: yaml }, NO_FILE);
    deepStrictEqual(sameAs(built), sameAs(BUILT_IN_PROFILES.get(name)!));
  });

  Deno.test(`profileYaml() of ${name} builds the same profile in a fleet file`, () => {
    const yaml = FLEET + profileYaml(name, text, "ours");
    const built = ownProfiles({ name: "fleet.yaml", text: yaml }, NO_FILE).get("ours")!;
    deepStrictEqual(sameAs(built), sameAs(BUILT_IN_PROFILES.get(name)!));
  });
}

Deno.test("profileYaml() says each key of the schema that its sections may have, or has it behind #", () => {
  const schema = new ProfileSchema();
  const lines = profileYaml("psa-like", BUILT_IN_PROFILE_TEXTS.get("psa-like")!).split("\n");
  const text = BUILT_IN_PROFILE_TEXTS.get("psa-like")! as unknown as Record<string, unknown>;
  for (const [section, given] of Object.entries(schema.root.properties!)) {
    if (section === "extends") continue;
    const at = lines.findIndex((line) => line.startsWith(`${section}:`));
    ok(at >= 0, section);
    if (Array.isArray(text[section]) || text[section] === "none") continue;
    const end = lines.indexOf("", at);
    for (const key of Object.keys(schema.mappingOf(given)?.properties ?? {})) {
      const form = new RegExp(`^  (?:# )?${key}:`);
      ok(lines.slice(at, end).some((line) => form.test(line)), `${section}.${key}`);
    }
  }
});

Deno.test("profileYaml() shows each form of a step, with the defaults of what it may say", () => {
  const yaml = profileYaml("iso14229", BUILT_IN_PROFILE_TEXTS.get("iso14229")!);
  match(yaml, /^ {2}# - request: "\.\.\." +# hexadecimal bytes/m);
  match(yaml, /^ {4}# optional: false /m);
  match(yaml, /^ {6}# intervalMs: 100 +# ms; pause between two questions/m);
  match(yaml, /^ {2}# - securityAccess: N /m);
  match(yaml, /^ {2}# - waitMs: MS /m);
});

Deno.test("profileYaml() names the unit of each duration and length", () => {
  for (const [name, text] of BUILT_IN_PROFILE_TEXTS) {
    const lines = profileYaml(name, text).split("\n");
    for (const line of lines) {
      const key = /^ *(?:# )?(?:- )?(\w+): /.exec(line)?.[1];
      const unit = key === undefined || key === "from" ? undefined : unitOfKey(key);
      if (unit !== undefined && line.includes(" # ")) ok(line.includes(`# ${unit}`), line);
    }
  }
});

Deno.test("profileYaml() calls no status bad that is good", () => {
  const lineOf = (name: string): string =>
    /^check:[^]*?(^ {2}bad:.*?\])/m.exec(profileYaml(name, BUILT_IN_PROFILE_TEXTS.get(name)!))![1]!;
  deepStrictEqual(
    ["iso14229", "supplier-hash"].map(lineOf),
    ["  bad: [0x01]", "  bad: [0x00, 0x01]"],
  );
});
