import type { Host } from "../../adapters/mod.ts";
import type { BusFigures } from "../../report/mod.ts";
import { surveyNode, updateNode } from "../../update/mod.ts";
import { askFirst } from "../ask_first.ts";
import { chooseBuses } from "../bus_choice.ts";
import type { CommandArguments } from "../command_spec.ts";
import { DryRunReporter, withoutFunctionalSteps } from "../dry_run.ts";
import { EXIT_STATUS, type ExitStatus } from "../exit_status.ts";
import { withFailedNamed } from "../failed_nodes.ts";
import { noteImageWarnings } from "../image_warnings.ts";
import { loadSignedFleet } from "../load_jobs.ts";
import { Output } from "../output.ts";
import { beginJournal, doubtsBefore } from "../run_journal.ts";
import { runOnBuses } from "../run_on_buses.ts";

/**
 * Updates a fleet; with `--dry-run` says what that would do.
 *
 * @param given The command line.
 * @param host The outside.
 * @returns 0 when every node is updated or was up to date, 1 when some is not, 130 when the person
 * at the terminal does not want it.
 */
export async function run(given: CommandArguments, host: Host): Promise<ExitStatus> {
  const args = withFailedNamed(given, host);
  const loaded = await loadSignedFleet(args.operands[0]!, args, host);
  noteImageWarnings(loaded.jobs, new Output(args, host));
  if (args.flags.has("dry-run")) {
    const parts = {
      loaded: withoutFunctionalSteps(loaded),
      args,
      host,
      createReporter: (busFigures: () => readonly BusFigures[]) =>
        new DryRunReporter(args, host, busFigures),
    };
    return (await runOnBuses(parts, surveyNode)).status;
  }
  const fleetPath = host.absolutePath(args.operands[0]!);
  const parts = { fleetPath, loaded, args, host };
  const { goesOn, areDoubtsTold } = askFirst(
    loaded,
    args,
    host,
    () => doubtsBefore({ ...parts, choices: chooseBuses(loaded.fleet, args) }),
  );
  if (!goesOn) return EXIT_STATUS.interrupted;
  const { status } = await runOnBuses({
    loaded,
    args,
    host,
    journal: (choices, adapters) => beginJournal({ ...parts, choices, adapters, areDoubtsTold }),
  }, updateNode);
  return status;
}
