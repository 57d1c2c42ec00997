import type { Host } from "../../adapters/mod.ts";
import { updateNode } from "../../update/mod.ts";
import type { CommandArguments } from "../command_spec.ts";
import { prepareSignedRelease } from "../demo_release.ts";
import type { ExitStatus } from "../exit_status.ts";
import { loadSignedFleet } from "../load_jobs.ts";
import { OWN_CONFIGS } from "../own_files.ts";
import { beginJournal } from "../run_journal.ts";
import { runOnBuses } from "../run_on_buses.ts";

/** The demo's fleet. */
const FLEET_FILE = `${OWN_CONFIGS}demo.yaml`;

/**
 * Updates the demo's virtual nodes, faults and all; with `--signed` others, from a release that it
 * signs before.
 *
 * @param args The command line.
 * @param host The outside.
 * @returns 0 when every node is verified and running.
 */
export async function run(args: CommandArguments, host: Host): Promise<ExitStatus> {
  const job = args.flags.has("signed")
    ? await prepareSignedRelease(args, host)
    : { ...args, operands: [FLEET_FILE] };
  const fleetPath = host.absolutePath(job.operands[0]!);
  const loaded = await loadSignedFleet(fleetPath, job, host);
  const { status } = await runOnBuses({
    loaded,
    args: job,
    host,
    journal: (choices) => beginJournal({ fleetPath, loaded, args: job, host, choices }),
  }, updateNode);
  return status;
}
