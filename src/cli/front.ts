/**
 * The command line for what needs no rights and nothing but the program's own words: versions, help,
 * mistakes in a command line, and the commands below. It loads no package, so it is there at once.
 *
 * @module
 */
import { createSpeaker, type Speaker } from "../adapters/light.ts";
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
 * Answers a command line that needs no rights.
 *
 * @param speaker Where it comes from, and where text goes.
 * @returns How canvoy ends.
 */
export async function answerAtOnce(speaker: Speaker): Promise<ExitStatus> {
  return await runOnce(speaker, async (args) => {
    const run = SPOKEN[args.command];
    // The launcher sends nothing else here, but for what stands behind `--`.
    if (run === undefined) {
      throw new UsageError(
        args.command,
        "Cannot take the words after --: this command needs rights that were not given",
      );
    }
    return await run(args, speaker);
  });
}

if (import.meta.main) Deno.exit(await answerAtOnce(createSpeaker()));
