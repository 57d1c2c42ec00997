import { nearestWord } from "../core/light.ts";
import type { CommandArguments, CommandSpec, OptionSpec } from "./command_spec.ts";

/** How files of firmware are called. */
const FIRMWARE_NAME = /\.(?:hex|ihex|s19|s28|s37|srec|mot|elf|axf|bin)$/i;
/** How captures are called. */
const CAPTURE_NAME = /\.(?:asc|blf|candump|log|pcap|pcapng|txt)$/i;
const FLEET_NAME = /\.ya?ml$/i;
/** A network interface, or a bus URL. */
const INTERFACE_NAME = /^v?can[0-9]+$/;
const BUS_URL = /^(?:socketcan|virtual):/;
/** What word processors make of two dashes. */
const OTHER_DASHES = /^[\u2010-\u2015\u2212]-?/;

/** What other tools call what a command does. */
const COMMAND_WORDS: readonly (readonly [RegExp, string])[] = [
  [/^-*v(?:er(?:sion)?)?$/i, "--version"],
  [/^(?:burn|deploy|download|install|program|update|upgrade|upload|write)$/i, "flash"],
  [/^(?:check|dry-?run|estimate|lint|validate)$/i, "plan"],
  [/^(?:simulate|simulator|serve)$/i, "sim"],
  [/^(?:chips?|list|mcus?|parts?|targets?)$/i, "devices"],
  [/^(?:new|create)$/i, "init"],
  [/^(?:analy[sz]e|capture|decode|log)$/i, "trace explain"],
  [/^(?:detect|discover|find|nodes|ping|probe)$/i, "scan"],
  [/^(?:diagnose|diag)$/i, "doctor"],
  [/^(?:history|journals?|status)$/i, "runs"],
  [/^(?:continue|retry)$/i, "resume"],
];

/** What other tools call what an option does. */
const OPTION_WORDS: readonly (readonly [RegExp, string])[] = [
  [/^v(?:er)?$/, "version"],
  [/^(?:o|out|outfile|to)$/, "output"],
  [/^(?:f|force|overwrite)$/, "replace"],
  [/^(?:f|force|no-?confirm|assume-yes)$/, "yes"],
  [/^(?:n|nodes?|select|group|target)$/, "only"],
  [/^(?:exclude|skip)$/, "except"],
  [/^(?:b|addr|address|offset|start)$/, "base"],
  [/^(?:i|firmware|file|hex)$/, "image"],
  [/^(?:b|i|c|channel|interface|port|can)$/, "bus"],
  [/^(?:html|page)$/, "report"],
  [/^(?:log|record|capture)$/, "trace"],
  [/^(?:simulate|virtual|fast)$/, "virtual-time"],
  [/^(?:n|simulate|check|plan)$/, "dry-run"],
];

/**
 * Finds the command that was probably meant.
 *
 * @param word What was written where a command stands.
 * @param names The commands that may stand there.
 * @returns It, with the word behind it where the word was a file; `undefined` where none is near.
 */
export function meantCommand(word: string, names: readonly string[]): string | undefined {
  const found = COMMAND_WORDS.find(([form]) => form.test(word))?.[1];
  if (found !== undefined && (found.startsWith("-") || names.includes(found))) return found;
  const forFile = FLEET_NAME.test(word)
    ? ["plan"]
    : FIRMWARE_NAME.test(word)
    ? ["image info", "info"]
    : CAPTURE_NAME.test(word)
    ? ["trace explain", "explain"]
    : [];
  // "explain" alone explains codes; within a group it is that of traces.
  const forThis = forFile.find((name) =>
    names.includes(name) && (name !== "explain" || !names.includes("flash"))
  );
  if (forThis !== undefined) return `${forThis} ${word}`;
  const words = [...names, ...names.map((name) => name.split(" ")[0]!)];
  return names.find((name) => name.endsWith(` ${word}`)) ?? nearestWord(word, words);
}

/**
 * Finds the option that was probably meant.
 *
 * @param written What was written, with its dashes and without a value.
 * @param known The options that there are.
 * @returns Its name; `undefined` where none is near.
 */
export function meantOption(written: string, known: readonly OptionSpec[]): string | undefined {
  const word = written.replace(/^-+/, "").toLowerCase();
  const names = known.map(({ name }) => name);
  const byWord = OPTION_WORDS.find(([form, name]) => form.test(word) && names.includes(name))?.[1];
  if (byWord !== undefined) return byWord;
  const begun = names.filter((name) => name.startsWith(word));
  if (begun.length === 1) return begun[0];
  return nearestWord(word, names);
}

/**
 * Finds the bus that a word names.
 *
 * @param word The word.
 * @returns Its URL; `undefined` where it names none.
 */
export function meantBus(word: string): string | undefined {
  if (BUS_URL.test(word)) return word;
  return INTERFACE_NAME.test(word) ? `socketcan:${word}` : undefined;
}

/**
 * Says what was probably meant by a word too many: a list by blanks, or what an option names.
 *
 * @param extra The word.
 * @param spec The command.
 * @param values The options that were given.
 * @returns The end of a message; empty where nothing is near.
 */
export function meantByExtra(
  extra: string,
  { options }: CommandSpec,
  values: CommandArguments["values"],
): string {
  const has = (option: string): boolean => options.some(({ name }) => name === option);
  const meant = (text: string): string => `, did you mean ${text}?`;
  if (OTHER_DASHES.test(extra)) {
    const name = meantOption(extra.replace(OTHER_DASHES, ""), options);
    return name === undefined ? "" : meant(`--${name}`);
  }
  const lastBus = values.get("bus")?.at(-1);
  if (lastBus === "socketcan" || lastBus === "virtual") return meant(`--bus ${lastBus}:${extra}`);
  for (const name of ["only", "except"]) {
    const last = values.get(name)?.at(-1);
    if (last !== undefined) return meant(`--${name} ${last},${extra}`);
  }
  const bus = meantBus(extra);
  if (has("bus") && bus !== undefined) return meant(`--bus ${bus}`);
  if (has("image") && FIRMWARE_NAME.test(extra)) return meant(`--image ${extra}`);
  if (has("output") && !values.has("output") && /\.\w+$/.test(extra)) {
    return meant(`--output ${extra}`);
  }
  return has("fleet") && FLEET_NAME.test(extra) ? meant(`--fleet ${extra}`) : "";
}
