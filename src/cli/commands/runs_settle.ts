import type { Host } from "../../adapters/mod.ts";
import { type FolderMemory, type Memory, settleJournal } from "../../journal/mod.ts";
import type { CommandArguments } from "../command_spec.ts";
import { EXIT_STATUS, type ExitStatus } from "../exit_status.ts";
import { Output } from "../output.ts";
import { fileName } from "../run_memory.ts";
import { neededState } from "../state_folder_of.ts";
import { RunsError } from "../runs_error.ts";
import { writeVerdict } from "../write_verdict.ts";

/**
 * Takes a person's word that a journal which cannot be read leaves no node in doubt.
 *
 * @param args The command line.
 * @param host The outside.
 * @returns 0.
 * @throws {RunsError} If no node is in doubt because of it.
 */
export async function run(args: CommandArguments, host: Host): Promise<ExitStatus> {
  const state = neededState(args, host);
  const file = fileName(args.operands[0]!);
  const decide = ({ memory: { records, unread }, carriable }: FolderMemory): Memory => {
    const isDoubted = unread.some((one) => one.file === file) ||
      records.some(({ because }) => because === file);
    if (isDoubted) return settleJournal(carriable, file);
    throw new RunsError("RUNS_NO_DOUBT", `no node is in doubt because of a journal "${file}"`);
  };
  await writeVerdict(host, { state, decide, args: ["runs", "settle", file] });
  const output = new Output(args, host);
  output.result(`${file} leaves no node in doubt any more`);
  output.summary({ file });
  return EXIT_STATUS.ok;
}
