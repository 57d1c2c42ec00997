import type { Host } from "../../adapters/mod.ts";
import { isUpdateDue } from "../../report/mod.ts";
import { verifyNode } from "../../update/mod.ts";
import type { CommandArguments } from "../command_spec.ts";
import { EXIT_STATUS, type ExitStatus } from "../exit_status.ts";
import { withFailedNamed } from "../failed_nodes.ts";
import { loadSignedFleet } from "../load_jobs.ts";
import { runOnBuses } from "../run_on_buses.ts";

/**
 * Compares a fleet with its images; nothing is written.
 *
 * @param given The command line.
 * @param host The outside.
 * @returns 0 when every node holds its image, 4 when some hold another, 1 when some cannot tell.
 */
export async function run(given: CommandArguments, host: Host): Promise<ExitStatus> {
  const args = withFailedNamed(given, host);
  const loaded = await loadSignedFleet(args.operands[0]!, args, host);
  const { status, state } = await runOnBuses({ loaded, args, host }, verifyNode);
  if (status !== EXIT_STATUS.nodesFailed) return status;
  const isOnlyDue = [...state.nodes.values()]
    .every((node) => node.phase === "done" || isUpdateDue(node));
  return isOnlyDue ? EXIT_STATUS.updatesDue : status;
}
