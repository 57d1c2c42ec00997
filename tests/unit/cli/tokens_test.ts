import { deepStrictEqual } from "node:assert/strict";
import { parseArgs } from "node:util";
import fc from "fast-check";
import type { OptionSpec } from "../../../src/cli/command_spec.ts";
import { tokenize } from "../../../src/cli/tokens.ts";

const KNOWN: readonly OptionSpec[] = [
  { name: "json", summary: "" },
  { name: "seed", value: "N", summary: "" },
  { name: "verbose", short: "v", summary: "" },
  { name: "quiet", short: "q", summary: "" },
];

/** The same by `node:util`. */
function parsed(args: readonly string[]): readonly unknown[] {
  const { tokens } = parseArgs({
    args: [...args],
    options: Object.fromEntries(KNOWN.map(({ name, short, value }) => [
      name,
      { type: value === undefined ? "boolean" : "string", ...(short ? { short } : {}) },
    ])),
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  return tokens.flatMap((token): unknown[] => {
    if (token.kind === "option-terminator") return [];
    if (token.kind === "positional") return [{ kind: token.kind, value: token.value }];
    const { kind, name, rawName, index, value, inlineValue = false } = token;
    return [{ kind, name, rawName, index, value, isInline: inlineValue }];
  });
}

Deno.test("tokenize() cuts every command line as parseArgs() of node:util does", () => {
  const word = fc.oneof(
    fc.constantFrom("flash", "-", "--", "-v", "-qv", "-x", "-xv", "-v=1", "--json", "--json=x"),
    fc.constantFrom("--seed", "--seed=", "--seed=1=2", "--=a", "--=", "---", "--a=b", "-5", "7"),
    // A dash among short flags is a flag like any other; node:util takes it for the end of the options.
    fc.string({ maxLength: 6 }).filter((text) => !/^-[^-]+-/.test(text)),
  );
  fc.assert(
    fc.property(fc.array(word, { maxLength: 6 }), (args) => {
      deepStrictEqual(tokenize(args, KNOWN), parsed(args));
    }),
    { numRuns: 3000 },
  );
});
