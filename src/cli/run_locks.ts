import { type Host, stateFolder } from "../adapters/mod.ts";
import type { BusChoice } from "./bus_choice.ts";
import { StateFolderError } from "./state_folder_error.ts";

/**
 * Tells whether nodes of a run may outlive it: those of a bus within its own process do not.
 *
 * @param choices The buses of the run.
 * @returns Whether anybody else can be on them.
 */
export function isShared(choices: readonly BusChoice[]): boolean {
  return sharedBuses(choices).length > 0;
}

/**
 * Keeps other runs of this user and machine off a fleet and its buses: two testers at once mistake
 * each other's answers for their own, also where nothing is written.
 *
 * Limitations: locks of buses lie in the user's state folder, so another user, root for one, is kept
 * off a fleet file that both use, and not off its buses.
 *
 * @param choices The buses of the run.
 * @param parts The fleet file, where there is one; the outside.
 * @returns The locks; nothing where nobody else can be on the buses.
 * @throws {RunInProgressError} If another run has one of them; none is held then.
 * @throws {StateFolderError} If nothing tells where locks of buses are.
 */
export function lockRun(
  choices: readonly BusChoice[],
  parts: {
    readonly fleetPath?: string | undefined;
    readonly host: Pick<Host, "runFiles" | "env">;
    /** Where locks of buses are when nothing tells where the user's own state folder is. */
    readonly state?: string | undefined;
  },
): Disposable {
  const { fleetPath, host } = parts;
  const { runFiles } = host;
  const locks = new DisposableStack();
  const shared = sharedBuses(choices);
  if (shared.length === 0) return locks;
  // Runs that keep their journals apart still share buses.
  const state = stateFolder((name) => host.env(name)) ?? parts.state;
  if (state === undefined) throw new StateFolderError("lock a bus");
  try {
    if (fleetPath !== undefined) {
      locks.use(runFiles.lock(fleetPath, `the fleet of ${fleetPath}`, { create: false }));
    }
    // Always in the same order, so that two runs never hold half of each other's.
    const places = new Map(shared.map(({ name, url }) => [placeOf(url), name]));
    for (const [place, name] of [...places].sort(([left], [right]) => left < right ? -1 : 1)) {
      const path = `${state}/buses/${encodeURIComponent(place)}.lock`;
      locks.use(runFiles.lock(path, `bus "${name}"`, { create: true }));
    }
    return locks;
  } catch (error) {
    locks.dispose();
    throw error;
  }
}

function sharedBuses(choices: readonly BusChoice[]): readonly BusChoice[] {
  return choices.filter(({ url }) => url.kind !== "virtual" || url.listen !== undefined);
}

/** What two URLs of one bus have in common: of loopback the port, as its hosts are one machine. */
function placeOf(url: BusChoice["url"]): string {
  switch (url.kind) {
    case "virtual":
      return `listen ${url.listen?.port ?? 0}`;
    case "loopback":
      return `connect ${url.connect.port}`;
    default:
      return `${url.kind} ${url.name}`;
  }
}
