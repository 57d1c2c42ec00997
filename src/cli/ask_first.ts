import type { Host } from "../adapters/mod.ts";
import { type BusChoice, chooseBuses } from "./bus_choice.ts";
import type { CommandArguments } from "./command_spec.ts";
import type { LoadedFleet } from "./load_jobs.ts";

/**
 * Asks the person at the terminal once, before anything is sent, where nodes outside of this process
 * would be erased. Nobody is asked with `--yes`, or where standard input is no terminal.
 *
 * @param loaded The fleet.
 * @param args The command line.
 * @param host The outside.
 * @returns Whether to go on.
 */
export function askFirst(loaded: LoadedFleet, args: CommandArguments, host: Host): boolean {
  const buses = chooseBuses(loaded.fleet, args).filter(isOutside);
  const nodeCount = loaded.nodes.filter(({ bus }) => buses.some(({ name }) => name === bus)).length;
  if (nodeCount === 0 || args.flags.has("yes") || !host.canAsk) return true;
  const places = buses.map(({ urlText }) => urlText).join(", ");
  const nodes = nodeCount === 1 ? "1 node" : `${nodeCount} nodes`;
  if (host.confirm(`Erase and write ${nodes} on ${places}?`)) return true;
  host.stderr.write("canvoy: nothing was sent\n");
  return false;
}

function isOutside({ url }: BusChoice): boolean {
  return url.kind !== "virtual";
}
