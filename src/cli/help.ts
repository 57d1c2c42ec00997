import { type CommandSpec, COMMON_OPTIONS, type OptionSpec } from "./command_spec.ts";

/** Help is as wide as this, whatever the terminal. */
const WIDTH = 80;

/**
 * Explains canvoy, a group of commands, or one command.
 *
 * @param topic Name of a command or group; empty for canvoy.
 * @param commands The commands there are.
 * @returns The text.
 */
export function helpText(topic: string, commands: readonly CommandSpec[]): string {
  const command = commands.find(({ name }) => name === topic);
  return command === undefined ? overview(topic, commands) : commandHelp(command);
}

function overview(topic: string, commands: readonly CommandSpec[]): string {
  const listed = commands.filter(({ name }) => topic === "" || name.startsWith(`${topic} `));
  const usage = topic === "" ? "canvoy COMMAND" : `canvoy ${topic} COMMAND`;
  const head = topic === ""
    ? ["canvoy updates the firmware of many STM32 nodes over CAN at once.", ""]
    : [];
  const tail = topic === ""
    ? [
      "",
      "canvoy COMMAND --help explains a command, canvoy --version tells the version.",
      "Exit status: 0 all nodes are up to date, 1 some node failed, 2 bad input and",
      "nothing sent, 3 the bus or environment failed, 4 updates are due, 130 interrupted.",
    ]
    : [];
  return lines([
    ...head,
    `Usage: ${usage} [OPTION...]`,
    "",
    ...columns(listed.map(({ name, summary }) => [name, summary])),
    ...tail,
  ]);
}

function commandHelp(command: CommandSpec): string {
  const operands = command.operands.map(({ name, isOptional }) => isOptional ? `[${name}]` : name);
  const words = ["canvoy", command.name, ...operands, "[OPTION...]"];
  return lines([
    `Usage: ${words.join(" ")}`,
    "",
    ...wrap(`${command.summary.slice(0, 1).toUpperCase()}${command.summary.slice(1)}.`, WIDTH),
    ...(command.details ?? []).flatMap((paragraph) => ["", ...wrap(paragraph, WIDTH)]),
    ...section(command.operands.map(({ name, summary }) => [name, summary])),
    ...section(command.options.map((option) => [optionForm(option), option.summary])),
    ...section(COMMON_OPTIONS.map((option) => [optionForm(option), option.summary])),
    "",
    ...command.examples.map((example) => `  $ ${example}`),
  ]);
}

function optionForm({ name, short, value }: OptionSpec): string {
  const long = value === undefined ? `--${name}` : `--${name} ${value}`;
  return short === undefined ? long : `-${short}, ${long}`;
}

function section(rows: readonly (readonly [string, string])[]): readonly string[] {
  return rows.length === 0 ? [] : ["", ...columns(rows)];
}

function columns(rows: readonly (readonly [string, string])[]): readonly string[] {
  const width = Math.max(...rows.map(([left]) => left.length)) + 4;
  return rows.flatMap(([left, right]) =>
    wrap(right, WIDTH - width).map((line, i) =>
      `  ${(i === 0 ? left : "").padEnd(width - 2)}${line}`
    )
  );
}

function wrap(text: string, width: number): readonly string[] {
  const wrapped: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && line.length + 1 + word.length > width) {
      wrapped.push(line);
      line = word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  return [...wrapped, line];
}

function lines(parts: readonly string[]): string {
  return parts.join("\n") + "\n";
}
