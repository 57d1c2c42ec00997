import { BUS_WAIT_MS } from "../update/mod.ts";
import { type CommandArguments, optionNumber } from "./command_spec.ts";
import type { LoadedFleet } from "./load_jobs.ts";

/** The bus is given up a moment after its nodes are: each of them says what it was left in. */
const AFTER_NODES_MS = 2000;

/**
 * Reads how long the operator has nodes wait for a bus that is away.
 *
 * @param args The command line.
 * @returns In ms; `undefined` where the profiles decide.
 */
export function busWaitOption(args: CommandArguments): number | undefined {
  const seconds = optionNumber(args, "bus-wait");
  return seconds === undefined ? undefined : seconds * 1000;
}

/**
 * Decides how long an interface that is away is kept open for.
 *
 * @param args The command line.
 * @param loaded The fleet: its profiles say how long, where the operator does not.
 * @returns In ms; never less than any node waits.
 */
export function interfaceWaitMs(args: CommandArguments, { jobs }: LoadedFleet): number {
  const waits = jobs.map(({ job }) => job.profile.timing.busWaitMs ?? BUS_WAIT_MS);
  return (busWaitOption(args) ?? Math.max(0, ...waits)) + AFTER_NODES_MS;
}
