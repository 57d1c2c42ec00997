import { strictEqual } from "node:assert/strict";
import { newJournalPath } from "../../src/cli/journal_path.ts";
import { concatBytes } from "../../src/core/mod.ts";
import type { FleetEvent } from "../../src/fleet/mod.ts";
import {
  encodeJournalHeader,
  type FolderMemory,
  historyFor,
  type JournalNode,
  JournalWriter,
  readFolderMemory,
} from "../../src/journal/mod.ts";
import { DyingDisk } from "../campaign/host_kills.ts";
import { HEADER } from "../unit/journal/_support.ts";
import { F103, HostBench, imageFor } from "./host_bench.ts";

/** What a run calls a node, where it is, and which node of the bench is there. */
export interface PlacedNode {
  readonly name: string;
  readonly place: string;
  readonly node: number;
  /** The adapter that leads there, where it is known. */
  readonly adapter?: string;
}

/** How a run goes. */
export interface BenchRunOptions {
  readonly nodes?: readonly PlacedNode[];
  /** The machine that it runs on. */
  readonly machine?: string;
  /** The fleet file. */
  readonly fleet?: string;
  /** Kills the host when its journal holds so many records; never by default. */
  readonly records?: number;
  /** What the host's clock says when it begins, in ms since 1970; by default a second after the last. */
  readonly nowMs?: number;
  /** Kills the host as soon as that is so. */
  readonly killWhen?: (event: FleetEvent) => boolean;
}

/** `alpha` and `beta`, each at the place of its own node. */
export const ALPHA: PlacedNode = { name: "alpha", place: "0x700/0x780@socketcan:can0", node: 0 };
export const BETA: PlacedNode = { name: "beta", place: "0x701/0x781@socketcan:can0", node: 1 };

const IMAGE = imageFor(F103, 12 * 1024, 5);

/** Runs on two nodes, one after the other, with the journals that they leave in a state folder. */
export class BenchRuns {
  readonly bench: HostBench;
  /** Journals, by file name. */
  readonly files = new Map<string, Uint8Array>();
  #nowMs = Date.UTC(2026, 10, 30) - 1000;

  constructor(options: { readonly serials?: readonly (string | undefined)[] } = {}) {
    this.bench = new HostBench({
      part: F103,
      image: IMAGE,
      behaviours: [{}, {}],
      segmentSizeBytesMax: 4096,
      ...options,
    });
  }

  /** What the state folder holds. */
  memory(): FolderMemory {
    return readFolderMemory(
      [...this.files].sort(([left], [right]) => left < right ? 1 : -1)
        .map(([file, bytes]) => ({ file, read: () => bytes, isRunning: () => false })),
    );
  }

  /** Runs a flash, and gives its events. */
  run(options: BenchRunOptions = {}): readonly FleetEvent[] {
    const { nodes = [ALPHA, BETA], records = Infinity, killWhen = () => false } = options;
    const known = this.memory();
    const journalNodes = nodes.map((node) => toJournalNode(node, options));
    const claimsOf = (name: string) => journalNodes.find((node) => node.name === name)!.claims;
    const header = encodeJournalHeader({
      ...HEADER,
      args: ["flash", options.fleet ?? FLEET],
      nodes: journalNodes,
      memory: known.carriable,
      carried: known.carried,
    });
    const disk = new DyingDisk(records);
    const histories = new Map(journalNodes.flatMap(({ name, claims }) => {
      const history = historyFor(known.memory, claims);
      return history === undefined ? [] : [[name, history] as const];
    }));
    const host = this.bench.host({
      journal: new JournalWriter(disk, 0, journalNodes),
      wiring: nodes,
      histories,
      historyOfSerial: (name, serial) => historyFor(known.memory, { ...claimsOf(name), serial }),
    });
    const { clock } = this.bench;
    while (!host.isFinished && disk.lost.length === 0 && !host.events.some(killWhen)) {
      if (clock.run({ actionsMax: 1, untilMs: clock.now() + 600_000 }) === 0) break;
    }
    host.kill();
    clock.run({ untilMs: clock.now() + 12_000 });
    this.#nowMs = options.nowMs ?? this.#nowMs + 1000;
    const path = newJournalPath(
      { runFiles: { names: () => [...this.files.keys()] }, nowMs: () => this.#nowMs },
      { state: "", isDurable: true },
    );
    // Without what tells runs of one millisecond apart.
    const file = path.slice(path.lastIndexOf("/") + 1).replace(/-....\.cborseq$/, ".cborseq");
    this.files.set(file, concatBytes([header, ...disk.taken]));
    return host.events;
  }

  /** Kills a run of both while alpha's second segment is being written, and gives its journal. */
  tearAlpha(options: BenchRunOptions = {}): string {
    const events = this.run({
      nodes: [ALPHA],
      ...options,
      killWhen: (event) =>
        event.type === "segmentProgress" && event.node === "alpha" && event.segment === 1,
    });
    strictEqual(events.at(-1)?.type, "segmentProgress");
    return [...this.files.keys()].at(-1)!;
  }

  /** Changes a journal. */
  damage(file: string, change: (bytes: Uint8Array) => Uint8Array): void {
    this.files.set(file, change(this.files.get(file)!));
  }
}

/** The fleet file unless another is named. */
export const FLEET = "/bench/fleet.yaml";

function toJournalNode(
  { name, place, adapter }: PlacedNode,
  { machine = "m1", fleet = FLEET }: BenchRunOptions,
): JournalNode {
  return {
    name,
    claims: {
      ...(adapter === undefined ? {} : { adapter: `${machine} ${adapter}` }),
      machine: `${machine} ${place}`,
      spot: place,
      name: `${fleet} ${name}`,
    },
  };
}

/** What was first done with each segment of a node. */
export function firstPhases(events: readonly FleetEvent[], node: string): readonly string[] {
  const phases: string[] = [];
  for (const event of events) {
    if (event.type !== "segmentPhase" || event.node !== node) continue;
    if (event.phase !== "pending") phases[event.segment] ??= event.phase;
  }
  return phases;
}
