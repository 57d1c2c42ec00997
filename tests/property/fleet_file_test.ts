import fc from "fast-check";
import { FLEET_LOOKUPS } from "../../src/tester/mod.ts";
import { FleetFileError, readFleetFile } from "../../src/fleet/mod.ts";

const EXAMPLES = ["demo", "hundred", "mixed", "production"].map((name) =>
  Deno.readTextFileSync(new URL(`../../configs/${name}.yaml`, import.meta.url))
);

/** Pieces that YAML and fleet files give a meaning to. */
const PIECES = [
  "{i}",
  "{i:3}",
  "&a",
  "*a",
  "!t",
  "none",
  "0x",
  "4294967296",
  "-1",
  ".inf",
  "~",
  "[",
  "]",
  "{",
  "}",
  ": ",
  "- ",
  "\n",
  "\n  ",
  "#",
  '"',
  "'",
  "|",
  ">",
  "?",
  "__proto__",
  "constructor",
  "<<",
  "2 * {i}",
  "extends: textbook",
  "null",
  "\u0000",
  "\u2028",
  "%YAML 1.1\n---\n",
];

function isFleetOrTypedError(text: string): boolean {
  try {
    return readFleetFile({ name: "any.yaml", text }, FLEET_LOOKUPS).nodes.length > 0;
  } catch (error) {
    if (!(error instanceof FleetFileError)) throw error;
    return error.issues.length > 0 &&
      error.issues.every(({ line, column }) => line >= 1 && column >= 1);
  }
}

Deno.test("readFleetFile() makes a fleet or a FleetFileError of any text", () => {
  const anyText = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.array(fc.constantFrom(...PIECES), { maxLength: 40 }).map((pieces) => pieces.join("")),
  );
  fc.assert(fc.property(anyText, isFleetOrTypedError), { numRuns: 500 });
});

Deno.test("readFleetFile() makes a fleet or a FleetFileError of any damaged example", () => {
  const damaged = fc.tuple(
    fc.constantFrom(...EXAMPLES),
    fc.array(fc.tuple(fc.nat(5000), fc.nat(12), fc.constantFrom(...PIECES)), { maxLength: 4 }),
  ).map(([example, damages]) =>
    damages.reduce(
      (text, [at, length, piece]) => text.slice(0, at) + piece + text.slice(at + length),
      example,
    )
  );
  fc.assert(fc.property(damaged, isFleetOrTypedError), { numRuns: 300 });
});

Deno.test("readFleetFile() makes a fleet or a FleetFileError of any value at any place", () => {
  const lines = EXAMPLES[0]!.split("\n");
  const value = fc.oneof(fc.constantFrom(...PIECES), fc.json({ maxDepth: 3 }));
  const replaced = fc.tuple(fc.nat(lines.length - 1), value).map(([at, text]) =>
    lines.map((line, i) => i === at ? line.replace(/: .*$/, `: ${text}`) : line).join("\n")
  );
  fc.assert(fc.property(replaced, isFleetOrTypedError), { numRuns: 300 });
});
