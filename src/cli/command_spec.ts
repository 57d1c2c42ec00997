/**
 * What a path on the command line is used for, and so what rights canvoy starts with: `fleet` is read
 * together with its folder, `journal` and `change` are read and written, `keys` is a new private key
 * with its public half beside it, `trace` is written in parts, `state` is a folder of journals, and
 * `image` is read and may be `NAME=FILE`.
 */
export type PathUse =
  | "change"
  | "fleet"
  | "image"
  | "journal"
  | "keys"
  | "read"
  | "state"
  | "trace"
  | "write";

/** What a command needs beside the paths that its command line names. */
export type CommandNeed =
  /** Opens the buses of its fleet file, or that of `--bus`. */
  | "bus"
  /** Plays virtual buses for others, on a free port where the bus names none. */
  | "endpoint"
  /** Keeps a journal, by default in the state folder. */
  | "journal"
  /** Keeps no journal, but keeps off buses where another run works. */
  | "locks"
  /** Looks into the journals of the state folder, or writes down a verdict on them. */
  | "memory"
  /** Reads files that come with canvoy. */
  | "project";

/** One option of a command. */
export interface OptionSpec {
  /** Without its dashes: `seed`. */
  readonly name: string;
  /** One letter, for flags only. */
  readonly short?: string;
  /** What it takes, for example `N`; absent for a flag. */
  readonly value?: string;
  /** What its value is used for; absent where that is no path. */
  readonly use?: PathUse;
  /** Which numbers it takes; absent where it takes text. */
  readonly range?: { readonly min: number; readonly max: number };
  /** All that it takes; absent where it takes more than a few words. */
  readonly choices?: readonly string[];
  /** With what a file's name has to end: it tells the format, or says what is written. */
  readonly endings?: readonly string[];
  /** Whether only endings of other formats are refused: the option itself tells the format. */
  readonly isFormatTold?: boolean;
  /** Whether it says what is to be done: `resume` takes it over from the run that it goes on with. */
  readonly isJob?: boolean;
  /** Whether it may be given several times. */
  readonly isRepeatable?: boolean;
  /** What it is for, in one line. */
  readonly summary: string;
}

/** One word behind a command. */
export interface OperandSpec {
  /** As help shows it: `FLEET`. */
  readonly name: string;
  /** Whether it may be left out. */
  readonly isOptional?: boolean;
  /** What it is used for; absent where it is no path. */
  readonly use?: PathUse;
  /** The path that is used where it is left out. */
  readonly path?: string;
  /** All that it may be; absent where that is more than a few words. */
  readonly choices?: readonly string[];
  /** What it is, in one line. */
  readonly summary: string;
}

/** A command as it is parsed and explained. */
export interface CommandSpec {
  /** One or two words: `flash`, `image info`. */
  readonly name: string;
  /** What it does, in one line. */
  readonly summary: string;
  /** More about it, by paragraphs. */
  readonly details?: readonly string[];
  /** The words behind it, in order. */
  readonly operands: readonly OperandSpec[];
  /** Its options; those of every command are not repeated here. */
  readonly options: readonly OptionSpec[];
  /** What it needs beside the paths that the command line names. */
  readonly needs?: readonly CommandNeed[];
  /** Command lines that show it. */
  readonly examples: readonly string[];
}

/** What every command takes. */
export const COMMON_OPTIONS: readonly OptionSpec[] = [
  { name: "json", summary: "JSON lines on standard output, the summary last" },
  { name: "verbose", short: "v", summary: "say more" },
  { name: "quiet", short: "q", summary: "say nothing but errors and the result" },
  { name: "help", short: "h", summary: "explain the command" },
];

/** A command line, understood. */
export interface CommandArguments {
  /** Name of the command. */
  readonly command: string;
  /** The words behind it, as many as its spec has, optional ones perhaps missing. */
  readonly operands: readonly string[];
  /** Flags that were given. */
  readonly flags: ReadonlySet<string>;
  /** Values of options that were given, in order. */
  readonly values: ReadonlyMap<string, readonly string[]>;
}

/**
 * Reads an option that is given at most once.
 *
 * @param args The command line.
 * @param name The option.
 * @returns Its value; `undefined` where it was not given.
 */
export function optionText(args: CommandArguments, name: string): string | undefined {
  return args.values.get(name)?.[0];
}

/**
 * Reads a number; the parser has compared it with its range.
 *
 * @param args The command line.
 * @param name The option.
 * @returns Its value; `undefined` where it was not given.
 */
export function optionNumber(args: CommandArguments, name: string): number | undefined {
  const text = optionText(args, name);
  return text === undefined ? undefined : Number(text);
}

/**
 * Reads an option that may be given several times, or once with commas.
 *
 * @param args The command line.
 * @param name The option.
 * @returns Its values; empty where it was not given.
 */
export function optionList(args: CommandArguments, name: string): readonly string[] {
  return (args.values.get(name) ?? []).flatMap((text) => text.split(",")).filter((s) => s !== "");
}
