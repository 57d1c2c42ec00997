import { type CommandSpec, COMMON_OPTIONS, type OptionSpec } from "./command_spec.ts";

/** The shells that completions are written for. */
export const SHELLS = ["bash", "zsh", "fish"] as const;

/** One of {@linkcode SHELLS}. */
export type Shell = typeof SHELLS[number];

/** Options whose value is a file. */
const FILE_VALUES: ReadonlySet<string> = new Set(["FILE", "FLEET", "[NAME=]FILE"]);

/**
 * Writes the completions of a shell, from the table of commands.
 *
 * @param shell The shell.
 * @param commands The commands there are.
 * @returns A script to source.
 */
export function completionScript(shell: Shell, commands: readonly CommandSpec[]): string {
  switch (shell) {
    case "bash":
      return bashScript(commands);
    case "zsh":
      // zsh runs bash's completions by its own emulation.
      return `autoload -Uz bashcompinit && bashcompinit\n${bashScript(commands)}`;
    case "fish":
      return fishScript(commands);
  }
}

function optionsOf(command: CommandSpec): readonly OptionSpec[] {
  return [...command.options, ...COMMON_OPTIONS];
}

function firstWords(commands: readonly CommandSpec[]): readonly string[] {
  return [...new Set(commands.map(({ name }) => name.split(" ")[0]!))];
}

function groupsOf(commands: readonly CommandSpec[]): ReadonlyMap<string, readonly string[]> {
  const groups = new Map<string, string[]>();
  for (const { name } of commands) {
    const [group = "", word] = name.split(" ");
    if (word !== undefined) groups.set(group, [...groups.get(group) ?? [], word]);
  }
  return groups;
}

function bashScript(commands: readonly CommandSpec[]): string {
  const groups = [...groupsOf(commands)].map(([group, words]) =>
    `    ${group}) [ "$COMP_CWORD" -eq 2 ] && words="${words.join(" ")}" || command="$1 $2" ;;`
  );
  const cases = commands.map((command) =>
    `    "${command.name}") words="${
      optionsOf(command).map(({ name }) => `--${name}`).join(" ")
    }" ;;`
  );
  const fileOptions = [
    ...new Set(
      commands.flatMap(({ options }) => options).filter(({ value }) => FILE_VALUES.has(value ?? ""))
        .map(({ name }) => `--${name}`),
    ),
  ];
  return [
    "# Completions of canvoy: source <(canvoy completions bash)",
    "_canvoy() {",
    '  local current="${COMP_WORDS[COMP_CWORD]}" before="${COMP_WORDS[COMP_CWORD-1]}"',
    '  local words="" command=""',
    "  COMPREPLY=()",
    '  if [ "$COMP_CWORD" -eq 1 ]; then',
    `    COMPREPLY=($(compgen -W "${firstWords(commands).join(" ")}" -- "$current"))`,
    "    return",
    "  fi",
    '  case "$before" in',
    `    ${fileOptions.join("|")}) COMPREPLY=($(compgen -f -- "$current")); return ;;`,
    "  esac",
    '  set -- "${COMP_WORDS[@]:1}"',
    '  command="$1"',
    '  case "$1" in',
    ...groups,
    "  esac",
    '  case "$command" in',
    ...cases,
    "  esac",
    '  case "$current" in',
    '    -*) COMPREPLY=($(compgen -W "$words" -- "$current")) ;;',
    '    *) case "$words" in',
    '         -*|"") COMPREPLY=($(compgen -f -- "$current")) ;;',
    '         *) COMPREPLY=($(compgen -W "$words" -- "$current")) ;;',
    "       esac ;;",
    "  esac",
    "}",
    "complete -o filenames -F _canvoy canvoy",
    "",
  ].join("\n");
}

function fishScript(commands: readonly CommandSpec[]): string {
  const quote = (text: string): string => `'${text.replace(/[\\']/g, "\\$&")}'`;
  const lines = ["# Completions of canvoy: canvoy completions fish | source"];
  const groups = groupsOf(commands);
  for (const word of firstWords(commands)) {
    const summary = commands.find(({ name }) => name === word)?.summary ??
      (groups.get(word) ?? []).join(", ");
    lines.push(`complete -c canvoy -n __fish_use_subcommand -a ${word} -d ${quote(summary)}`);
  }
  for (const command of commands) {
    const [group = "", word] = command.name.split(" ");
    const seen = word === undefined
      ? `__fish_seen_subcommand_from ${group}`
      : `__fish_seen_subcommand_from ${group}; and __fish_seen_subcommand_from ${word}`;
    if (word !== undefined) {
      const isNext = `__fish_seen_subcommand_from ${group}; and not __fish_seen_subcommand_from ` +
        (groups.get(group) ?? []).join(" ");
      lines.push(
        `complete -c canvoy -n ${quote(isNext)} -a ${word} -d ${quote(command.summary)}`,
      );
    }
    for (const { name, short, value, summary } of optionsOf(command)) {
      const letter = short === undefined ? "" : ` -s ${short}`;
      const takes = value === undefined ? "" : FILE_VALUES.has(value) ? " -r -F" : " -x";
      lines.push(
        `complete -c canvoy -n ${quote(seen)} -l ${name}${letter}${takes} -d ${quote(summary)}`,
      );
    }
  }
  return lines.join("\n") + "\n";
}
