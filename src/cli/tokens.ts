import type { OptionSpec } from "./command_spec.ts";

/** One part of a command line. */
export type Token =
  /** A word that stands by itself. */
  | { readonly kind: "positional"; readonly value: string }
  /** An option, known or not. */
  | {
    readonly kind: "option";
    /** Its name without dashes; of a short one that is known the long one. */
    readonly name: string;
    /** As it was written: `--seed`, `-v`. */
    readonly rawName: string;
    /** Which argument it stood in. */
    readonly index: number;
    /** What was given with it; `undefined` where nothing was. */
    readonly value: string | undefined;
    /** Whether the value stood behind a `=`. */
    readonly isInline: boolean;
  };

/**
 * Cuts a command line into options and words: `--name VALUE`, `--name=VALUE`, `-abc` for three
 * flags; `--` ends the options. Judges nothing.
 *
 * `node:util` has the same as `parseArgs`, but to load it takes a third of what an empty program does.
 *
 * @param args The command line.
 * @param known The options there are; only long ones take values.
 * @returns Its parts, in order.
 */
export function tokenize(
  args: readonly string[],
  known: readonly OptionSpec[],
): readonly Token[] {
  const tokens: Token[] = [];
  for (let index = 0; index < args.length; index++) {
    const arg = args[index]!;
    if (arg === "--") {
      tokens.push(
        ...args.slice(index + 1).map((value) => ({ kind: "positional", value } as const)),
      );
      break;
    }
    if (/^-[^-]/.test(arg)) {
      tokens.push(...shortFlags(arg, known, index));
      continue;
    }
    if (!/^--./s.test(arg)) {
      tokens.push({ kind: "positional", value: arg });
      continue;
    }
    const at = arg.indexOf("=", 3);
    const rawName = at < 0 ? arg : arg.slice(0, at);
    const name = rawName.slice(2);
    const takesValue = known.some((option) => option.name === name && option.value !== undefined);
    const isNext = at < 0 && takesValue && index + 1 < args.length;
    const value = isNext ? args[index + 1] : at < 0 ? undefined : arg.slice(at + 1);
    tokens.push({ kind: "option", name, rawName, index, value, isInline: at >= 0 });
    if (isNext) index++;
  }
  return tokens;
}

function shortFlags(arg: string, known: readonly OptionSpec[], index: number): readonly Token[] {
  return arg.slice(1).split("").map((letter) => ({
    kind: "option",
    name: known.find(({ short }) => short === letter)?.name ?? letter,
    rawName: `-${letter}`,
    index,
    value: undefined,
    isInline: false,
  }));
}
