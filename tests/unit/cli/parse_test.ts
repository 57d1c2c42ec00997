import { deepStrictEqual, ok, strictEqual, throws } from "node:assert/strict";
import fc from "fast-check";
import {
  type CommandArguments,
  type CommandSpec,
  optionList,
  optionNumber,
  optionText,
} from "../../../src/cli/command_spec.ts";
import { COMMANDS } from "../../../src/cli/commands_table.ts";
import { helpText } from "../../../src/cli/help.ts";
import { type Invocation, parseCommandLine } from "../../../src/cli/parse.ts";
import { UsageError } from "../../../src/cli/usage_error.ts";

function parse(line: string): Invocation {
  return parseCommandLine(line === "" ? [] : line.split(" "), COMMANDS);
}

function argsOf(line: string): CommandArguments {
  const invocation = parse(line);
  ok(invocation.kind === "command");
  return invocation.args;
}

Deno.test("parseCommandLine() takes operands, flags and values wherever they stand", () => {
  const args = argsOf("--json flash --seed=7 fleet.yaml -v --only a --only=b,c --virtual-time");
  strictEqual(args.command, "flash");
  deepStrictEqual(args.operands, ["fleet.yaml"]);
  deepStrictEqual([...args.flags].sort(), ["json", "verbose", "virtual-time"]);
  strictEqual(optionNumber(args, "seed"), 7);
  deepStrictEqual(optionList(args, "only"), ["a", "b", "c"]);
  deepStrictEqual(optionList(args, "except"), []);
  strictEqual(optionText(args, "trace"), undefined);
});

Deno.test("parseCommandLine() takes what follows -- as operands", () => {
  deepStrictEqual(argsOf("init -- --fleet.yaml").operands, ["--fleet.yaml"]);
});

Deno.test("parseCommandLine() reads numbers as hexadecimal too", () => {
  strictEqual(optionNumber(argsOf("image info a.bin --base 0x08008000"), "base"), 0x0800_8000);
});

Deno.test("parseCommandLine() reads -qv as two flags", () => {
  deepStrictEqual([...argsOf("plan f -qv").flags].sort(), ["quiet", "verbose"]);
});

const HELPS: readonly (readonly [string, string])[] = [
  ["--help", ""],
  ["-h", ""],
  ["help", ""],
  ["help flash", "flash"],
  ["help image info", "image info"],
  ["help image", "image"],
  ["flash --help", "flash"],
  ["flash fleet.yaml -h", "flash"],
  ["image --help", "image"],
  ["image info -h", "image info"],
];

for (const [line, topic] of HELPS) {
  Deno.test(`parseCommandLine() explains "${topic}" for canvoy ${line}`, () => {
    deepStrictEqual(parse(line), { kind: "help", topic });
  });
}

Deno.test("parseCommandLine() tells the version", () => {
  deepStrictEqual(parse("--version"), { kind: "version" });
});

const REFUSED: readonly (readonly [string, string])[] = [
  ["", "Cannot run canvoy: no command is given"],
  ["-v", "Cannot run canvoy: no command is given"],
  ["--jsno", "Cannot use option --jsno: canvoy has none such, did you mean --json?"],
  ["falsh x", 'Cannot run canvoy: there is no command "falsh", did you mean "flash"?'],
  ["imgae info", 'Cannot run canvoy: there is no command "imgae", did you mean "image"?'],
  ["reboot", 'Cannot run canvoy: there is no command "reboot"'],
  ["help falsh", 'Cannot run canvoy: there is no command "falsh", did you mean "flash"?'],
  ["image", "Cannot run canvoy image: it needs one of info, convert"],
  ["image inof x", 'Cannot run canvoy image: there is no command "inof", did you mean "info"?'],
  ["flash", "Cannot run canvoy flash: FLEET is missing, the fleet file (canvoy init writes one)"],
  ["flash a b", 'Cannot run canvoy flash: "b" is a word too many'],
  [
    "flash a --olny b",
    "Cannot use option --olny: canvoy flash has none such, did you mean --only?",
  ],
  [
    "flash a --olny=b",
    "Cannot use option --olny: canvoy flash has none such, did you mean --only?",
  ],
  ["flash a -x", "Cannot use option -x: canvoy flash has none such"],
  ["plan a --yes", "Cannot use option --yes: canvoy plan has none such"],
  ["flash a --seed", "Cannot use option --seed: it needs a value, N"],
  ["flash a --seed --json", "Cannot use option --seed: it needs a value, N"],
  ["flash a --trace=", "Cannot use option --trace: it needs a value, FILE"],
  ["flash a --seed x", 'Cannot use option --seed: expected a number in 0..4294967295, not "x"'],
  [
    "demo --seed=-1",
    'Cannot use option --seed: expected a number in 0..4294967295, not "-1"',
  ],
  [
    "bundle keygen a --algorithm rsa",
    'Cannot use option --algorithm: expected one of ed25519, es256, not "rsa"',
  ],
  ["completions tcsh", 'Cannot take SHELL: expected one of bash, zsh, fish, not "tcsh"'],
  ["demo --seed 1 --seed 2", "Cannot use option --seed twice: it takes one value"],
  ["demo --json=yes", "Cannot use option --json: it takes no value"],
];

for (const [line, message] of REFUSED) {
  Deno.test(`parseCommandLine() refuses canvoy ${line}`, () => {
    throws(() => parse(line), (error: unknown) => {
      ok(error instanceof UsageError);
      strictEqual(error.message, message);
      return true;
    });
  });
}

Deno.test("parseCommandLine() understands any words or refuses them with a UsageError", () => {
  const word = fc.oneof(
    fc.constantFrom("flash", "image", "info", "--json", "--seed", "--only=a", "-v", "--", "help"),
    fc.string({ maxLength: 12 }),
  );
  fc.assert(fc.property(fc.array(word, { maxLength: 6 }), (args) => {
    try {
      return ["command", "help", "version"].includes(parseCommandLine(args, COMMANDS).kind);
    } catch (error) {
      return error instanceof UsageError;
    }
  }));
});

Deno.test("helpText() names every operand, option and example of every command", () => {
  for (const command of COMMANDS) {
    const text = helpText(command.name, COMMANDS);
    ok(text.startsWith(`Usage: canvoy ${command.name}`));
    for (const { name } of command.operands) ok(text.includes(name), name);
    for (const { name } of command.options) ok(text.includes(`--${name}`), name);
    for (const example of command.examples) ok(text.includes(example), example);
    for (const line of text.split("\n")) ok(line.length <= 80 || line.startsWith("  $"), line);
  }
});

Deno.test("COMMANDS give examples that can be understood", () => {
  for (const { name, examples } of COMMANDS) {
    for (const example of examples) {
      const invocation = parse(example.replace(/^canvoy /, "").replaceAll("'", ""));
      ok(invocation.kind === "command" && invocation.spec.name === name, example);
    }
  }
});

Deno.test("COMMANDS use no name twice and no short option with a value", () => {
  const names = COMMANDS.map(({ name }: CommandSpec) => name);
  strictEqual(new Set(names).size, names.length);
  for (const { options } of COMMANDS) {
    for (const { short, value } of options) ok(short === undefined || value === undefined);
  }
});
