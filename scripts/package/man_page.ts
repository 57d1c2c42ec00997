import { type CommandSpec, COMMON_OPTIONS, type OptionSpec } from "../../src/cli/command_spec.ts";

/** How canvoy ends, for readers of the manual page. */
const STATUSES: readonly (readonly [status: string, meaning: string])[] = [
  ["0", "Every node is updated, or was up to date."],
  ["1", "Some node failed or was refused."],
  ["2", "Bad usage or bad input; nothing was sent."],
  ["3", "The bus or the environment failed."],
  ["4", "Updates are due."],
  ["130", "Interrupted; safe to resume."],
];

/**
 * Writes the manual page of all commands.
 *
 * Source: man(7), the macros of a page.
 *
 * @param version canvoy's version.
 * @param commands The commands there are.
 * @returns The page, in roff.
 */
export function manPage(version: string, commands: readonly CommandSpec[]): string {
  return [
    `.TH CANVOY 1 "" "canvoy ${version}" "User Commands"`,
    ".SH NAME",
    "canvoy \\- updates the firmware of many STM32 nodes on CAN at once",
    ".SH SYNOPSIS",
    ".B canvoy",
    "COMMAND [OPTION]... [OPERAND]...",
    ".SH OPTIONS OF EVERY COMMAND",
    ...COMMON_OPTIONS.flatMap(optionLines),
    ".SH COMMANDS",
    ...commands.flatMap(commandLines),
    ".SH EXIT STATUS",
    ...STATUSES.flatMap(([status, meaning]) => [".TP", status, escaped(meaning)]),
    "",
  ].join("\n");
}

function commandLines(command: CommandSpec): readonly string[] {
  const operands = command.operands.map(({ name, isOptional }) => isOptional ? `[${name}]` : name);
  return [
    `.SS "canvoy ${[command.name, ...operands].join(" ")}"`,
    escaped(`${command.summary}.`),
    ...(command.details ?? []).flatMap((text) => [".PP", escaped(text)]),
    ...command.options.flatMap(optionLines),
    ...command.examples.flatMap((example) => [".PP", ".EX", escaped(example), ".EE"]),
  ];
}

function optionLines({ name, short, value, summary }: OptionSpec): readonly string[] {
  const flag = `\\-\\-${name.replaceAll("-", "\\-")}${value === undefined ? "" : ` ${value}`}`;
  return [".TP", short === undefined ? flag : `\\-${short}, ${flag}`, escaped(summary)];
}

/** A line of text that roff prints as it is: none begins a request. */
function escaped(text: string): string {
  const plain = text.replaceAll("\\", "\\e").replaceAll("-", "\\-");
  return /^[.']/.test(plain) ? `\\&${plain}` : plain;
}
