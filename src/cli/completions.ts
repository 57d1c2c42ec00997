import { type CommandSpec, COMMON_OPTIONS, type OptionSpec } from "./command_spec.ts";

/** The shells that completions are written for. */
export const SHELLS = ["bash", "zsh", "fish"] as const;

/** One of {@linkcode SHELLS}. */
export type Shell = typeof SHELLS[number];

/** What help calls a value or a word that is a path. */
const PATHS: ReadonlySet<string> = new Set([
  "FILE",
  "[NAME=]FILE",
  "FLEET",
  "FOLDER",
  "JOURNAL",
  "BUNDLE",
]);

/**
 * Writes the completions of a shell, from the table of commands.
 *
 * @param shell The shell.
 * @param commands The commands there are.
 * @returns A script to source.
 */
export function completionScript(shell: Shell, commands: readonly CommandSpec[]): string {
  const write = { bash: bashScript, zsh: zshScript, fish: fishScript }[shell];
  return write(commands).join("\n") + "\n";
}

function optionsOf(command: CommandSpec): readonly OptionSpec[] {
  return [...command.options, ...COMMON_OPTIONS];
}

/** The words that go on behind others, with what they mean: behind `image ` for one, and ` `. */
function wordsBehind(
  commands: readonly CommandSpec[],
): ReadonlyMap<string, ReadonlyMap<string, string>> {
  const first = new Map<string, string>();
  const behind = new Map([[" ", first]]);
  for (const { name, summary } of commands) {
    const [group = "", word] = name.split(" ");
    if (word === undefined) first.set(name, summary);
    else {
      const words = behind.get(`${group} `) ?? new Map<string, string>();
      behind.set(`${group} `, words.set(word, summary));
      first.set(group, [...words.keys()].join(", "));
    }
  }
  return behind;
}

/** Options of all commands whose value is completed in one way, as a pattern of bash. */
function optionPattern(
  commands: readonly CommandSpec[],
  isMeant: (option: OptionSpec) => boolean,
): string {
  const options = commands.flatMap(({ options }) => options).filter(isMeant);
  return [...new Set(options.map(({ name }) => `--${name}`))].join("|");
}

function bashScript(commands: readonly CommandSpec[]): readonly string[] {
  const all = commands.flatMap(({ options }) => options);
  const chosen = new Map(all.map(({ name, choices }) => [name, choices]));
  const isPath = ({ value = "" }: OptionSpec): boolean => PATHS.has(value);
  const isOther = (option: OptionSpec): boolean => option.value !== undefined && !isPath(option);
  return [
    "# Completions of canvoy: source <(canvoy completions bash)",
    "_canvoy() {",
    '  local current="${COMP_WORDS[COMP_CWORD]}" before="${COMP_WORDS[COMP_CWORD-1]}"',
    '  local words="" options="" files=""',
    "  # --option=value is three words.",
    '  if [ "$current" = = ]; then current=""',
    '  elif [ "$before" = = ]; then before="${COMP_WORDS[COMP_CWORD-2]}"; fi',
    '  case "$before" in',
    ...[...chosen].filter(([, choices]) => choices !== undefined).map(([name, choices]) =>
      `    --${name}) words="${choices!.join(" ")}" ;;`
    ),
    `    ${optionPattern(commands, isPath)}) files=yes ;;`,
    `    ${optionPattern(commands, isOther)}) ;;`,
    '    *) case "${COMP_WORDS[*]:1:COMP_CWORD-1} " in',
    ...[...wordsBehind(commands)].map(([line, words]) =>
      `      "${line}") words="${[...words.keys()].join(" ")}" ;;`
    ),
    ...commands.map((command) => {
      const { name, operands } = command;
      const words = operands.flatMap(({ choices }) => choices ?? []).join(" ");
      const files = operands.some((operand) => PATHS.has(operand.name)) ? "yes" : "";
      const options = optionsOf(command).map(({ name }) => `--${name}`).join(" ");
      return `      "${name} "*) words="${words}" files="${files}" options="${options}" ;;`;
    }),
    "    esac ;;",
    "  esac",
    '  case "$current" in -*) words="$options" files="" ;; esac',
    '  mapfile -t COMPREPLY < <(compgen ${files:+-f} -W "$words" -- "$current")',
    "}",
    "complete -o filenames -F _canvoy canvoy",
  ];
}

function zshScript(commands: readonly CommandSpec[]): readonly string[] {
  const quote = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;
  const plain = (text: string): string => text.replace(/[\\:[\]]/g, "\\$&");
  const values = (name: string, choices: readonly string[] | undefined): string =>
    `:${plain(name)}:${choices ? `(${choices.join(" ")})` : PATHS.has(name) ? "_files" : ""}`;
  const option = ({ name, short, value, choices, isRepeatable, summary }: OptionSpec): string => {
    const help = `[${plain(summary)}]`;
    if (short !== undefined) return `'(-${short} --${name})'{-${short},--${name}}${quote(help)}`;
    const taken = value === undefined ? help : `=${help}${values(value, choices)}`;
    return quote(`${isRepeatable ? "*" : ""}--${name}${taken}`);
  };
  return [
    "#compdef canvoy",
    "# Completions of canvoy: source <(canvoy completions zsh)",
    "_canvoy() {",
    "  local -a all",
    '  case "${(j: :)words[2,CURRENT-1]} " in',
    ...[...wordsBehind(commands)].flatMap(([line, words]) => [
      `    ${quote(line)})`,
      "      all=(",
      ...[...words].map(([word, summary]) => `        ${quote(`${word}:${plain(summary)}`)}`),
      "      )",
      "      _describe command all ;;",
    ]),
    ...commands.flatMap((command) => [
      `    ${quote(`${command.name} `)}*)`,
      `      shift ${command.name.split(" ").length} words`,
      `      (( CURRENT -= ${command.name.split(" ").length} ))`,
      "      all=(",
      ...optionsOf(command).map((each) => `        ${option(each)}`),
      ...command.operands.map((operand, i) =>
        `        ${quote(`${i + 1}${values(operand.name, operand.choices)}`)}`
      ),
      "      )",
      "      _arguments $all ;;",
    ]),
    "  esac",
    "}",
    "(( $+functions[compdef] )) || { autoload -Uz compinit && compinit; }",
    "compdef _canvoy canvoy",
  ];
}

function fishScript(commands: readonly CommandSpec[]): readonly string[] {
  const quote = (text: string): string => `'${text.replace(/[\\']/g, "\\$&")}'`;
  const at = (pattern: string): string =>
    `complete -c canvoy -n ${quote(`__canvoy_at ${quote(pattern)}`)}`;
  const values = (name: string, choices: readonly string[] | undefined): string =>
    choices ? ` -x -a ${quote(choices.join(" "))}` : PATHS.has(name) ? " -r -F" : " -x";
  return [
    "# Completions of canvoy: canvoy completions fish | source",
    "function __canvoy_at",
    "  set -l words (commandline -opc)",
    "  set -e words[1]",
    '  string match -q -- $argv[1] "$words "',
    "end",
    "complete -c canvoy -f",
    ...[...wordsBehind(commands)].flatMap(([line, words]) =>
      [...words].map(([word, summary]) => `${at(line)} -a ${word} -d ${quote(summary)}`)
    ),
    ...commands.flatMap((command) => [
      ...command.operands.filter(({ name, choices }) => choices ?? PATHS.has(name))
        .map(({ choices }) =>
          `${at(`${command.name} *`)} ${choices ? `-a ${quote(choices.join(" "))}` : "-F"}`
        ),
      ...optionsOf(command).map(({ name, short, value, choices, summary }) =>
        `${at(`${command.name} *`)} -l ${name}${short === undefined ? "" : ` -s ${short}`}` +
        `${value === undefined ? "" : values(value, choices)} -d ${quote(summary)}`
      ),
    ]),
  ];
}
