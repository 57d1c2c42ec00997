import type { Host } from "../../adapters/mod.ts";
import { counted } from "../../report/mod.ts";
import { type CommandArguments, optionNumber } from "../command_spec.ts";
import { EXIT_STATUS, type ExitStatus } from "../exit_status.ts";
import { Output } from "../output.ts";
import { journalsToRemove, withoutUncarried } from "../past_runs.ts";
import { neededState } from "../state_folder_of.ts";
import { writeVerdict } from "../write_verdict.ts";

/** Runs that are kept by default. */
const KEPT_COUNT = 20;

/**
 * Removes the journals of old runs that nobody needs; what is known of nodes is kept.
 *
 * @param args The command line: `--keep N`.
 * @param host The outside.
 * @returns 0.
 * @throws {FileError} If a journal cannot be written or removed; then what it knew is known still.
 */
export async function run(args: CommandArguments, host: Host): Promise<ExitStatus> {
  const state = neededState(args, host);
  const keepCount = optionNumber(args, "keep") ?? KEPT_COUNT;
  let paths = journalsToRemove(state, host, keepCount);
  if (paths.length > 0) {
    // A journal of no node carries from here on what is known, before the first one goes.
    await writeVerdict(host, {
      state,
      decide: (known) => {
        paths = withoutUncarried(paths, known);
        return known.carriable;
      },
      args: ["runs", "clean"],
    });
  }
  paths = paths.filter((path) => !host.runFiles.isLocked(path));
  for (const path of paths) host.runFiles.remove(path);
  const output = new Output(args, host);
  output.result(
    paths.length === 0
      ? "nothing to remove"
      : `${counted(paths.length, "journal")} removed; what is known of nodes is kept`,
  );
  output.summary({ removed: paths.length });
  return EXIT_STATUS.ok;
}
