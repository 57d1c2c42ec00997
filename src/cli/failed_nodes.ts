import type { Host } from "../adapters/mod.ts";
import { isMeantBy, SelectionError } from "../fleet/mod.ts";
import { type CommandArguments, optionList } from "./command_spec.ts";
import { readFleet } from "./load_jobs.ts";
import { pastRuns, stateOfPastRun } from "./past_runs.ts";
import { stateFolderOf } from "./state_folder_of.ts";

/** What `--only` takes for the nodes that the last run did not bring through. */
const FAILED = "failed";

/**
 * Puts names for `failed` in `--only`: those of the nodes that the last run of the same fleet file
 * did not bring through. A node or group of that name comes first.
 *
 * @param args The command line; its first operand is the fleet file.
 * @param host The outside.
 * @returns The same, names instead of `failed`: a journal that is resumed means the same nodes.
 * @throws {SelectionError} If there is no such run, or it brought every node through.
 */
export function withFailedNamed(args: CommandArguments, host: Host): CommandArguments {
  const only = optionList(args, "only");
  if (!only.includes(FAILED)) return args;
  const [path = ""] = args.operands;
  const values = new Map([...args.values].filter(([name]) => name !== "only"));
  const all = { ...args, values: new Map([...values].filter(([name]) => name !== "except")) };
  const { fleet } = readFleet(path, all, host);
  if (fleet.nodes.some((node) => isMeantBy(FAILED, node))) return args;
  const state = stateFolderOf(args, host, fleet);
  const failed = state === undefined ? undefined : failedIn(state, host.absolutePath(path), host);
  if (failed === undefined) {
    throw new SelectionError(`no run of ${path} is kept in ${state ?? "a state folder"}`);
  }
  const names = fleet.nodes.map(({ name }) => name).filter((name) => failed.has(name));
  if (names.length === 0) throw new SelectionError("the last run brought every node through");
  const words = only.flatMap((word) => word === FAILED ? names : [word]);
  return { ...args, values: values.set("only", words) };
}

/** Names of the nodes that the newest run of a fleet file did not bring through. */
function failedIn(state: string, path: string, host: Host): ReadonlySet<string> | undefined {
  const journals = pastRuns(state, host)
    .filter(({ glance }) => glance?.args[0] === "flash" && glance.args[1] === path);
  for (const journal of journals) {
    const run = stateOfPastRun(journal, host);
    if (run === undefined) continue;
    const left = [...run.nodes.values()].filter(({ phase }) => phase !== "done");
    return new Set(left.map(({ name }) => name));
  }
  return undefined;
}
