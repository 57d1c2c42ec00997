import { type Host, startPageServer } from "../../adapters/mod.ts";
import { EMPTY_FLEET, type FleetEvent, type FleetState, reduceFleet } from "../../fleet/mod.ts";
import { finalTable, pageUpdate, paintNothing, plainLine } from "../../report/mod.ts";
import type { CommandArguments } from "../command_spec.ts";
import { EXIT_STATUS, type ExitStatus } from "../exit_status.ts";
import { Output } from "../output.ts";
import { readEvents } from "../read_events.ts";
import { pageFiles, pagePort, untilSeen } from "../web_page.ts";

/** States are kept so many events apart, and folded on from there. */
const KEPT_EVERY = 500;
/** Lines of the log that a moment is told with. */
const LOG_MAX = 100;

/**
 * Shows a finished run again, from the events that `--json` wrote: its table, or with `--web` the
 * page with a slider over time.
 *
 * @param args The command line.
 * @param host The outside.
 * @returns 0.
 */
export async function run(args: CommandArguments, host: Host): Promise<ExitStatus> {
  const output = new Output(args, host);
  const [name = ""] = args.operands;
  const past = new PastRun(readEvents(name, host));
  for (const line of finalTable(past.stateAt(Infinity), paintNothing)) output.result(line);
  if (args.flags.has("web")) {
    const server = startPageServer({
      port: pagePort(args),
      files: pageFiles({ title: name, isReplay: true, endMs: past.endMs }),
      snapshot: (query) => past.tell(Number(query.get("atMs") ?? past.endMs)),
      connect: () => () => {},
      actions: new Map(),
      token: crypto.randomUUID(),
    });
    host.stderr.write(`canvoy: the page is http://127.0.0.1:${server.port}/\n`);
    await untilSeen(host);
    await server.close();
  }
  output.summary({ file: name, nodes: past.stateAt(Infinity).nodes.size });
  return EXIT_STATUS.ok;
}

/** A run that is over, at any of its moments. */
class PastRun {
  readonly #events: readonly FleetEvent[];
  readonly #kept: FleetState[] = [];
  readonly endMs: number;

  constructor(events: readonly FleetEvent[]) {
    this.#events = events;
    let state = EMPTY_FLEET;
    events.forEach((event, i) => {
      if (i % KEPT_EVERY === 0) this.#kept.push(state);
      state = reduceFleet(state, event);
    });
    this.endMs = Math.max(0, Math.round(state.atMs - state.startedAtMs));
  }

  stateAt(atMs: number): FleetState {
    const count = this.#countAt(atMs);
    const from = Math.min(this.#kept.length - 1, Math.floor(count / KEPT_EVERY));
    return this.#events.slice(from * KEPT_EVERY, count)
      .reduce(reduceFleet, this.#kept[from] ?? EMPTY_FLEET);
  }

  tell(atMs: number): string {
    const state = this.stateAt(atMs);
    const count = this.#countAt(atMs);
    const log = this.#events.slice(Math.max(0, count - LOG_MAX), count)
      .map((event) => plainLine(event, state, { isVerbose: false }))
      .filter((line) => line !== undefined);
    return JSON.stringify(pageUpdate(state, { isTold: () => true, buses: [], log }));
  }

  /** How many events had happened; the first always has. */
  #countAt(atMs: number): number {
    const first = this.#events[0];
    if (first === undefined) return 0;
    const at = this.#events.findIndex((event) => event.atMs - first.atMs > atMs);
    return Math.max(1, at < 0 ? this.#events.length : at);
  }
}
