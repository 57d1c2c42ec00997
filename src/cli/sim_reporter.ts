import type { Clock } from "../core/mod.ts";
import type { VirtualNodeEvent } from "../sim/mod.ts";
import type { Output } from "./output.ts";
import type { RunBus } from "./run_bus.ts";

/** Says where virtual nodes can be reached, and with `--verbose` or `--json` what becomes of them. */
export class SimReporter {
  readonly #output: Output;
  readonly #clock: Clock;
  readonly #startMs: number;

  /**
   * Begins with nothing said.
   *
   * @param output Where it goes.
   * @param clock The nodes' time.
   */
  constructor(output: Output, clock: Clock) {
    this.#output = output;
    this.#clock = clock;
    this.#startMs = clock.now();
  }

  /**
   * Says which nodes run where, and how to reach them.
   *
   * @param fleetFile The fleet file, as it was named.
   * @param buses The buses.
   * @param nodeCount How many nodes.
   */
  started(fleetFile: string, buses: ReadonlyMap<string, RunBus>, nodeCount: number): void {
    const all = [...buses.values()];
    for (const { name, place, endpoint } of all) {
      this.#output.event({ type: "busOpened", bus: name, place, endpoint });
    }
    const places = all.map(({ name, place }) => `${name} is ${place}`).join(", ");
    this.#output.progress(`${nodeCount} virtual nodes run: ${places}`);
    const options = all.map((bus) => joinOption(bus)).filter((option) => option !== "");
    if (options.length > 0) {
      this.#output.progress(`canvoy flash ${[fleetFile, ...options].join(" ")}`);
    }
  }

  /**
   * Says what became of a node; requests and single flash operations are not told.
   *
   * @param node Its name.
   * @param event What happened.
   */
  nodeEvent(node: string, event: VirtualNodeEvent): void {
    const words = wordsOf(event);
    if (words === undefined) return;
    const atMs = event.atMs - this.#startMs;
    this.#output.event({ type: event.type, node, atMs, ...fieldsOf(event) });
    if (this.#output.isVerbose) {
      this.#output.progress(`${(atMs / 1000).toFixed(3).padStart(9)} ${node}: ${words}`);
    }
  }

  /**
   * Says that a process was not let onto a bus any longer.
   *
   * @param error Why.
   */
  clientGivenUp(error: Error): void {
    this.#output.note(`canvoy: ${error.message}`);
  }

  /**
   * Says what the buses carried.
   *
   * @param buses The buses.
   * @param nodeCount How many nodes ran.
   */
  stopped(buses: ReadonlyMap<string, RunBus>, nodeCount: number): void {
    const figures = [...buses.values()].map((bus) => bus.figures());
    for (const { bus, frames } of figures) this.#output.progress(`${bus}: ${frames} frames`);
    this.#output.summary({
      nodes: nodeCount,
      elapsedMs: Math.round(this.#clock.now() - this.#startMs),
      buses: figures,
    });
  }
}

/** The option by which another command joins a bus. */
function joinOption({ name, endpoint }: RunBus): string {
  return endpoint === undefined ? "" : `--bus '${name}=virtual:${name}?connect=${endpoint}'`;
}

function wordsOf(event: VirtualNodeEvent): string | undefined {
  switch (event.type) {
    case "booted":
      return event.decision.mode === "application"
        ? "runs its application"
        : `waits in its bootloader (${STAY_WORDS[event.decision.reason]})`;
    case "reset":
      return "resets";
    case "powerLost":
      return "has lost its power";
    default:
      return undefined;
  }
}

const STAY_WORDS = {
  updateRequested: "an update was requested",
  noApplication: "it has no application",
  corrupt: "its application is not what was accepted",
  implausibleVectors: "its application's vectors make no sense",
  resetLoop: "its application does not come up",
  held: "a request came before it had started its application",
} as const;

function fieldsOf(event: VirtualNodeEvent): Readonly<Record<string, unknown>> {
  if (event.type !== "booted") return {};
  const { decision } = event;
  return decision.mode === "application"
    ? { mode: decision.mode }
    : { mode: decision.mode, reason: decision.reason };
}
