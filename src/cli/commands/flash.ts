import type { Host } from "../../adapters/mod.ts";
import { updateNode } from "../../update/mod.ts";
import type { CommandArguments } from "../command_spec.ts";
import type { ExitStatus } from "../exit_status.ts";
import { loadFleet } from "../load_jobs.ts";
import { runOnBuses } from "../run_on_buses.ts";

/**
 * Updates a fleet.
 *
 * @param args The command line.
 * @param host The outside.
 * @returns 0 when every node is updated or was up to date, 1 when some is not.
 */
export async function run(args: CommandArguments, host: Host): Promise<ExitStatus> {
  const loaded = loadFleet(args.operands[0]!, args, host);
  return (await runOnBuses({ loaded, args, host }, updateNode)).status;
}
