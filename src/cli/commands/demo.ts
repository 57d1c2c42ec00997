import type { Host } from "../../adapters/mod.ts";
import { updateNode } from "../../update/mod.ts";
import type { CommandArguments } from "../command_spec.ts";
import type { ExitStatus } from "../exit_status.ts";
import { loadFleet } from "../load_jobs.ts";
import { beginJournal } from "../run_journal.ts";
import { runOnBuses } from "../run_on_buses.ts";

/** The demo's fleet, beside the program. */
const FLEET_FILE = new URL("../../../configs/demo.yaml", import.meta.url).pathname;

/**
 * Updates the demo's virtual nodes, faults and all.
 *
 * @param args The command line.
 * @param host The outside.
 * @returns 0 when every node is verified and running.
 */
export async function run(args: CommandArguments, host: Host): Promise<ExitStatus> {
  const loaded = loadFleet(FLEET_FILE, args, host);
  const fleetPath = host.absolutePath(FLEET_FILE);
  const { status } = await runOnBuses({
    loaded,
    args,
    host,
    journal: (choices) => beginJournal({ fleetPath, loaded, args, host, choices }),
  }, updateNode);
  return status;
}
