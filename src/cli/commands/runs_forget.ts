import type { Host } from "../../adapters/mod.ts";
import { type FolderMemory, forgetNode, type Memory } from "../../journal/mod.ts";
import type { CommandArguments } from "../command_spec.ts";
import { EXIT_STATUS, type ExitStatus } from "../exit_status.ts";
import { Output } from "../output.ts";
import { neededState } from "../state_folder_of.ts";
import { RunsError } from "../runs_error.ts";
import { writeVerdict } from "../write_verdict.ts";

/**
 * Takes a person's word that a torn node is scrap.
 *
 * @param args The command line.
 * @param host The outside.
 * @returns 0.
 * @throws {RunsError} If nothing is known of such a node.
 */
export async function run(args: CommandArguments, host: Host): Promise<ExitStatus> {
  const state = neededState(args, host);
  const what = args.operands[0]!;
  let count = 0;
  const decide = ({ carriable }: FolderMemory): Memory => {
    const memory = forgetNode(carriable, what);
    count = carriable.records.length - memory.records.length;
    if (count > 0) return memory;
    throw new RunsError("RUNS_NO_NODE", `nothing is known of a node "${what}"`);
  };
  await writeVerdict(host, { state, decide, args: ["runs", "forget", what] });
  const output = new Output(args, host);
  output.result(`what was known of ${what} is forgotten`);
  output.summary({ node: what, count });
  return EXIT_STATUS.ok;
}
