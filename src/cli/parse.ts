import { meantNumber } from "../core/light.ts";
import {
  type CommandArguments,
  type CommandSpec,
  COMMON_OPTIONS,
  type OptionSpec,
} from "./command_spec.ts";
import { meantByExtra, meantCommand, meantOption } from "./meant_by.ts";
import { tokenize } from "./tokens.ts";
import { UsageError } from "./usage_error.ts";

/** What a command line asks for. */
export type Invocation =
  /** A command. */
  | { readonly kind: "command"; readonly spec: CommandSpec; readonly args: CommandArguments }
  /** An explanation: of a command, of a group of commands (`image`), or of canvoy. */
  | { readonly kind: "help"; readonly topic: string }
  /** The version. */
  | { readonly kind: "version" };

/** Files that a program would open as what their ending says. */
const FORMAT_NAME =
  /\.(?:csv|docx?|gz|html?|jpe?g|jsonl?|log|md|ods|odt|pdf|png|rtf|svg|toml|tsv|txt|xlsx?|xml|ya?ml|zip)$/i;

/**
 * Understands a command line.
 *
 * Options may stand anywhere behind the command; `--` ends them; those of every command may stand
 * before it too. Unknown options, missing values and words too many are refused.
 *
 * @param args The words behind the program's name.
 * @param commands The commands there are.
 * @returns What it asks for.
 * @throws {UsageError} If it cannot be understood; it suggests what was probably meant.
 *
 * @example Usage
 * ```ts
 * import { throws } from "node:assert/strict";
 * import { COMMANDS } from "./commands_table.ts";
 * import { parseCommandLine } from "./parse.ts";
 *
 * throws(() => parseCommandLine(["flsh", "fleet.yaml"], COMMANDS), /did you mean "flash"\?/);
 * ```
 */
export function parseCommandLine(
  args: readonly string[],
  commands: readonly CommandSpec[],
): Invocation {
  const at = args.findIndex((arg) => !arg.startsWith("-"));
  const before = at < 0 ? args : args.slice(0, at);
  const words = at < 0 ? [] : args.slice(at);
  if (before.includes("--version")) return { kind: "version" };
  const [first = "", second = ""] = words;
  if (first === "help") return { kind: "help", topic: helpTopic(words.slice(1), commands) };
  if (first === "") {
    if (before.some((arg) => arg === "--help" || arg === "-h")) return { kind: "help", topic: "" };
    const unknown = before.find((arg) =>
      !COMMON_OPTIONS.some(({ name, short }) => arg === `--${name}` || arg === `-${short}`)
    );
    if (unknown === undefined) throw new UsageError("", "Cannot run canvoy: no command is given");
    const version: OptionSpec = { name: "version", summary: "" };
    throw unknownOption("", unknown, [version, ...COMMON_OPTIONS]);
  }
  const isOwnCommand = commands.some(({ name }) => name === first) &&
    !commands.some(({ name }) => name === `${first} ${second}`);
  const isGroup = !isOwnCommand && commands.some(({ name }) => name.startsWith(`${first} `));
  const name = isGroup ? `${first} ${second}` : first;
  const spec = commands.find((command) => command.name === name);
  const rest = words.slice(isGroup ? 2 : 1);
  if (spec === undefined) {
    if (isGroup && [...before, second, ...rest].some((arg) => arg === "--help" || arg === "-h")) {
      return { kind: "help", topic: first };
    }
    throw unknownCommand(isGroup ? first : "", isGroup ? second : first, commands);
  }
  const parsed = parseOptions(spec, [...before, ...rest]);
  if (parsed.flags.has("help")) return { kind: "help", topic: spec.name };
  checkOperands(spec, parsed);
  return { kind: "command", spec, args: parsed };
}

function helpTopic(words: readonly string[], commands: readonly CommandSpec[]): string {
  const topic = words.filter((word) => !word.startsWith("-")).join(" ");
  const isKnown = commands.some(({ name }) => name === topic || name.startsWith(`${topic} `));
  if (topic !== "" && !isKnown) throw unknownCommand("", topic, commands);
  return topic;
}

function parseOptions(spec: CommandSpec, args: readonly string[]): CommandArguments {
  const known = [...spec.options, ...COMMON_OPTIONS];
  const operands: string[] = [];
  const flags = new Set<string>();
  const values = new Map<string, string[]>();
  for (const token of tokenize(args, known)) {
    if (token.kind === "positional") {
      operands.push(token.value);
      continue;
    }
    const option = known.find(({ name }) => name === token.name);
    if (option === undefined) {
      // One dash in front of a word: each of its letters was taken for a flag.
      const written = args[token.index] ?? token.rawName;
      const isWord = /^-[A-Za-z][a-z-]+/.test(written);
      const rawName = isWord && !token.rawName.startsWith("--") ? written : token.rawName;
      throw unknownOption(spec.name, rawName, known, spec.operands);
    }
    if (option.value === undefined) {
      if (token.value !== undefined) {
        throw new UsageError(spec.name, `Cannot use option --${option.name}: it takes no value`);
      }
      flags.add(option.name);
      continue;
    }
    const present = values.get(option.name) ?? [];
    if (present.length > 0 && option.isRepeatable !== true) {
      throw new UsageError(
        spec.name,
        `Cannot use option --${option.name} twice: it takes one value`,
      );
    }
    const value = checkValue(spec, option, token.value, token.isInline);
    values.set(option.name, [...present, value]);
  }
  return { command: spec.name, operands, flags, values };
}

function checkValue(
  spec: CommandSpec,
  option: OptionSpec,
  value: string | undefined,
  isInline: boolean,
): string {
  const { name, range, choices } = option;
  const isNumber = range !== undefined && /^-\d/.test(value ?? "");
  if (value === undefined || value === "" || (!isInline && value.startsWith("-") && !isNumber)) {
    throw new UsageError(
      spec.name,
      `Cannot use option --${name}: it needs a value, ${option.value}`,
    );
  }
  if (choices !== undefined && !choices.includes(value)) {
    throw notAmong(spec, `use option --${name}`, choices, value);
  }
  const { endings, isFormatTold = false } = option;
  const isOfNone = isFormatTold && !FORMAT_NAME.test(value);
  const hasEnding = endings?.some((end) => value.toLowerCase().endsWith(end)) ?? true;
  if (!hasEnding && !isOfNone) {
    const state = `expected a name that ends in ${endings!.join(", ")}, not "${value}"`;
    throw new UsageError(spec.name, `Cannot use option --${name}: ${state}`);
  }
  if (range === undefined) return value;
  // What begins with 0 is an address without its 0x rather than a decimal number.
  const isWellFormed = /^(?:0[xX][0-9a-fA-F]{1,8}|0*[0-9]|[1-9][0-9]{0,9})$/.test(value);
  const number = isWellFormed ? Number(value) : NaN;
  if (number >= range.min && number <= range.max) return value;
  const bounds = `${range.min}..${range.max}`;
  const meant = isWellFormed ? undefined : meantNumber(value);
  const isWithin = meant !== undefined && Number(meant) >= range.min && Number(meant) <= range.max;
  const hint = isWithin ? `, did you mean ${meant}?` : "";
  throw new UsageError(
    spec.name,
    `Cannot use option --${name}: expected a number in ${bounds}, not "${value}"${hint}`,
  );
}

function checkOperands(spec: CommandSpec, { operands, values }: CommandArguments): void {
  const missing = spec.operands.slice(operands.length).find(({ isOptional }) => !isOptional);
  if (missing !== undefined) {
    throw new UsageError(
      spec.name,
      `Cannot run canvoy ${spec.name}: ${missing.name} is missing, ${missing.summary}`,
    );
  }
  operands.forEach((operand, i) => {
    const { name, choices } = spec.operands[i] ?? {};
    if (choices !== undefined && !choices.includes(operand)) {
      throw notAmong(spec, `take ${name}`, choices, operand);
    }
  });
  const extra = operands[spec.operands.length];
  if (extra !== undefined) {
    throw new UsageError(
      spec.name,
      `Cannot run canvoy ${spec.name}: "${extra}" is a word too many` +
        meantByExtra(extra, spec, values),
    );
  }
}

function notAmong(
  { name }: CommandSpec,
  what: string,
  choices: readonly string[],
  value: string,
): UsageError {
  const state = `expected one of ${choices.join(", ")}, not "${value}"`;
  return new UsageError(name, `Cannot ${what}: ${state}`);
}

function unknownCommand(
  group: string,
  word: string,
  commands: readonly CommandSpec[],
): UsageError {
  const prefix = group === "" ? "" : `${group} `;
  const names = commands.filter(({ name }) => name.startsWith(prefix))
    .map(({ name }) => name.slice(prefix.length));
  const meant = meantCommand(word, names);
  const all = group === "" ? "" : `, it needs one of ${names.join(", ")}`;
  const inFull = meant?.startsWith("-")
    ? `canvoy ${meant}`
    : meant?.endsWith(` ${word}`)
    ? `canvoy ${prefix}${meant}`
    : meant;
  const state = word === "" || word.startsWith("-")
    ? `it needs one of ${names.join(", ")}`
    : `there is no command "${word}"` +
      (inFull === undefined ? all : `, did you mean "${inFull}"?`);
  return new UsageError(group, `Cannot run canvoy${prefix === "" ? "" : ` ${group}`}: ${state}`);
}

function unknownOption(
  command: string,
  rawName: string,
  known: readonly OptionSpec[],
  operands: CommandSpec["operands"] = [],
): UsageError {
  const written = rawName.split("=")[0]!;
  const word = written.replace(/^-+/, "");
  const operand = operands.find(({ name }) => name === word.toUpperCase())?.name;
  const nearest = meantOption(written, known);
  const hint = operand !== undefined
    ? `, ${operand} stands by itself: canvoy ${command} ${operand}`
    : nearest === undefined
    ? ""
    : `, did you mean --${nearest}?`;
  const place = command === "" ? "canvoy" : `canvoy ${command}`;
  return new UsageError(command, `Cannot use option ${written}: ${place} has none such${hint}`);
}
