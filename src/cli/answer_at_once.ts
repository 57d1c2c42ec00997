import type { Speaker } from "../adapters/light.ts";
import type { CommandArguments } from "./command_spec.ts";
import * as completions from "./commands/completions.ts";
import * as explain from "./commands/explain.ts";
import type { ExitStatus } from "./exit_status.ts";
import { runOnce } from "./run_once.ts";
import { UsageError } from "./usage_error.ts";

const SPOKEN: Readonly<
  Record<string, (args: CommandArguments, speaker: Speaker) => Promise<ExitStatus>>
> = { completions: completions.run, explain: explain.run };

/**
 * Tells whether the program's own words are the answer, for which it needs no rights and no package.
 * The launcher of a checkout decides by the same rules, in its own language.
 *
 * @param args A command line.
 * @returns Whether `answerAtOnce` answers it.
 */
export function isSpoken(args: readonly string[]): boolean {
  const [first = "", ...rest] = args;
  if (first === "" || first === "help" || Object.hasOwn(SPOKEN, first)) return true;
  const end = args.indexOf("--");
  const words = end < 0 ? [first, ...rest] : args.slice(0, end);
  return words.some((word) => word === "-h" || word === "--help" || word === "--version");
}

/**
 * Answers a command line that needs no rights.
 *
 * @param speaker Where it comes from, and where text goes.
 * @returns How canvoy ends.
 */
export async function answerAtOnce(speaker: Speaker): Promise<ExitStatus> {
  return await runOnce(speaker, async (args) => {
    const run = SPOKEN[args.command];
    // A launcher that sends anything else here would be wrong; it has no rights then.
    if (run === undefined) throw new UsageError(args.command, `${args.command} needs its rights`);
    return await run(args, speaker);
  });
}
