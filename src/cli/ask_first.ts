import type { Host } from "../adapters/mod.ts";
import { printableLines } from "../core/mod.ts";
import { type BusChoice, chooseBuses } from "./bus_choice.ts";
import type { CommandArguments } from "./command_spec.ts";
import type { LoadedFleet } from "./load_jobs.ts";

/**
 * Asks the person at the terminal once, before anything is sent, where nodes outside of this process
 * would be erased, or nodes are erased again because a journal cannot be read. Nobody is asked with
 * `--yes`, or where standard input is no terminal.
 *
 * @param loaded The fleet.
 * @param args The command line.
 * @param host The outside.
 * @param doubts Tells why nodes are erased again, a line for each journal.
 * @returns Whether to go on, and whether the doubts were told.
 */
export function askFirst(
  loaded: LoadedFleet,
  args: CommandArguments,
  host: Host,
  doubts: () => readonly string[],
): { readonly goesOn: boolean; readonly areDoubtsTold: boolean } {
  const buses = chooseBuses(loaded.fleet, args).filter(isOutside);
  const nodeCount = loaded.nodes.filter(({ bus }) => buses.some(({ name }) => name === bus)).length;
  if (args.flags.has("yes") || !host.canAsk) return { goesOn: true, areDoubtsTold: false };
  const lines = doubts();
  if (nodeCount === 0 && lines.length === 0) return { goesOn: true, areDoubtsTold: false };
  for (const line of lines) host.stderr.write(printableLines(`${line}\n`));
  const places = buses.map(({ urlText }) => urlText).join(", ");
  const nodes = nodeCount === 1 ? "1 node" : `${nodeCount} nodes`;
  const question = nodeCount === 0 ? "Go on?" : `Erase and write ${nodes} on ${places}?`;
  const goesOn = host.confirm(question);
  if (!goesOn) host.stderr.write("canvoy: nothing was sent\n");
  return { goesOn, areDoubtsTold: true };
}

function isOutside({ url }: BusChoice): boolean {
  return url.kind !== "virtual";
}
