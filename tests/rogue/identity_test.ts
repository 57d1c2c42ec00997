/** Nodes that tell little of themselves, or not as text: what update, verify and report make of them. */
import { match, strictEqual } from "node:assert/strict";
import { rowProfile } from "../support/profile_rows.ts";
import { RogueBench, type RogueBenchOptions } from "./rogue_bench.ts";
import type { RogueOptions } from "./rogue_options.ts";

/** Version numbers of the two images, 1.0.0 and 2.0.0, as a node of each kind stores them. */
function tells(
  one: Readonly<Record<string, string>>,
  two: Readonly<Record<string, string>>,
): RogueOptions {
  return { versionRecords: { "1.0.0": one, "2.0.0": two } };
}

interface Kind {
  readonly what: string;
  readonly bench: RogueBenchOptions;
  /** What the report calls the version before and after; `undefined`: none is told. */
  readonly before?: string;
  readonly after?: string;
}

const KINDS: readonly Kind[] = [
  {
    what: "silent to 22",
    bench: { profile: rowProfile("silent-to-22"), rogue: { ignore: [{ on: "22" }] } },
  },
  {
    what: "no DID but its version's",
    bench: {
      profile: rowProfile("identity-in-part"),
      rogue: {
        ignore: ["22 F1 91", "22 F1 8C", "22 F1 80"].map((on) => ({ on })),
      },
    },
    before: "1.0.0",
    after: "2.0.0",
  },
  {
    what: "version as raw bytes",
    bench: {
      profile: rowProfile("version-raw"),
      version: "0200FF",
      rogue: tells({ "F1 89": "01 00 FF" }, { "F1 89": "02 00 FF" }),
    },
    before: "0100FF",
    after: "0200FF",
  },
  {
    what: "version as BCD, in the middle of a record",
    bench: {
      profile: rowProfile("version-bcd"),
      version: "2.5.11",
      rogue: tells({ "F1 95": "AA BB 01 09 30 CC" }, { "F1 95": "AA BB 02 05 11 CC" }),
    },
    before: "1.9.30",
    after: "2.5.11",
  },
  {
    what: "version as a number, least significant byte first",
    bench: {
      profile: rowProfile("version-little-endian"),
      version: "770",
      rogue: tells({ "F1 89": "01 03 00 00" }, { "F1 89": "02 03 00 00" }),
    },
    before: "769",
    after: "770",
  },
  {
    what: "version under one of two DIDs",
    bench: {
      profile: rowProfile("version-one-of-two"),
      version: "R2",
      rogue: tells({ "F1 95": "01 04" }, { "F1 A0": "52 32" }),
    },
    before: "1.4",
    after: "R2",
  },
];

/** What the report's last word on the version is. */
function doneVersion({ events }: ReturnType<RogueBench["update"]>): string | undefined {
  return events.find((event) => event.type === "nodeDone")?.version;
}

for (const { what, bench: options, before, after } of KINDS) {
  Deno.test(`a node with ${what} is updated, and then is up to date`, () => {
    const bench = new RogueBench(options);
    const run = bench.update();
    strictEqual(run.node.phase, "done", run.node.error?.message);
    strictEqual(run.node.upToDate, false);
    strictEqual(run.node.identity.version, before);
    strictEqual(doneVersion(run), after);
    const again = bench.update();
    strictEqual(again.node.phase, "done", again.node.error?.message);
    strictEqual(again.node.upToDate, true);
    strictEqual(bench.update({ isVerify: true }).node.phase, "done");
  });

  if (after === undefined) continue;
  Deno.test(`a node with ${what} that calls itself otherwise is said to`, () => {
    const version = options.version === undefined ? "9.9" : `${options.version}9`;
    const { node } = new RogueBench({ ...options, version }).update();
    strictEqual(node.phase, "failed");
    match(node.error!.message, new RegExp(`calls itself "${after}", "${version}" was expected`));
  });
}

Deno.test("a version that is no text, and is read as text, is shown as it is", () => {
  const { node } = new RogueBench({
    profile: "timing: { activationMsMax: 500 }",
    rogue: tells({ "F1 89": "01 00 02" }, { "F1 89": "02 00 03" }),
  }).update();
  strictEqual(node.phase, "failed");
  match(node.error!.message, /tells its version as 02 00 03, which the profile's identity.version/);
});
