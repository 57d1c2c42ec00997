import { deviceName, type FlashGeometry } from "../../src/stm32/mod.ts";
import type { VirtualNode, VirtualNodeSnapshot } from "../../src/sim/mod.ts";
import { Checkers, holds } from "./checkers.ts";
import { imageOf, layoutOf } from "./images.ts";
import { type NodeSpec, World, type WorldSpec } from "./world.ts";

/** Where in an erase power goes: start, middle, end. */
const ERASE_FRACTIONS = [0.02, 0.5, 0.98];
/** Every so many cuts the host stays and sees the node fail; else it dies with the node. */
const HOST_SURVIVES_EVERY = 8;
/**
 * How the node gets its image: by itself, with another one, in the bank that does not run, or with the
 * segment of its vectors erased first and written last, and checksums that it tells itself.
 */
export type CutMode = "alone" | "group" | "banks" | "vectors";

const CUT_PROFILES: Readonly<Record<CutMode, string>> = {
  alone: "iso14229",
  group: "iso14229-group",
  banks: "iso14229-banks",
  vectors: "iso14229-vectors-report",
};
/** Image bytes: three erase units at least, 4 to 8 KiB. */
const UNITS = 3;
const IMAGE_BYTES = 4 * 1024;

/** One cut: which memory operation of a clean update, and how far it had come. */
export interface Cut {
  readonly operation: number;
  readonly fraction: number;
}

/** Something that went wrong, with what makes it again. */
export interface Finding {
  readonly command: string;
  readonly what: string;
}

/** The state of the node at the start of a segment of a clean update. */
interface Checkpoint {
  readonly operationsBefore: number;
  readonly snapshot: VirtualNodeSnapshot;
}

/** The clean update of one part, from which all cuts are made. */
export class PowerCutSweep {
  readonly device: string;
  readonly mode: CutMode;
  /** Every cut to be made, in order. */
  readonly cuts: readonly Cut[];
  readonly #spec: WorldSpec;
  readonly #checkpoints: readonly Checkpoint[];

  /**
   * Runs an update without any cut and counts its memory operations.
   *
   * @param geometry The part.
   * @param seed What images, noise and seeds are drawn from.
   * @param mode How it gets its image; one that takes it with another one must not hold that up.
   */
  constructor(geometry: FlashGeometry, seed: number, mode: CutMode = "alone") {
    this.device = deviceName(geometry);
    this.mode = mode;
    this.#spec = mode === "group" ? twoOfAGroup(geometry, seed) : oneNode(geometry, seed, mode);
    const world = new World(this.#spec);
    const node = world.nodes[0]!;
    const checkpoints: Checkpoint[] = [];
    const erases: number[] = [];
    const watch = new Checkers(world);
    const checker = node.onEvent;
    node.onEvent = (event) => {
      checker?.(event);
      if (event.type !== "operationEnded" || event.operation.kind !== "erase") return;
      erases.push(node.statistics.operations);
    };
    world.powerOn();
    const events = world.run({
      onEvent: (event) => {
        // Where several are erased before one is written, a new run has another order from there on.
        if (mode === "group" || mode === "vectors") return;
        if (event.type !== "segmentPhase" || event.phase !== "erasing") return;
        const operationsBefore = node.statistics.operations;
        checkpoints.push({ operationsBefore, snapshot: node.snapshot() });
      },
    });
    watch.runEnded(events);
    if (watch.violations.length > 0 || !holdsAll(world)) {
      throw new Error(`${this.device}: the clean update fails: ${watch.violations.join("; ")}`);
    }
    if (mode === "group" && world.nodes.some(({ statistics }) => statistics.blocks > 0)) {
      throw new Error(`${this.device}: a node of the group got blocks of its own`);
    }
    this.#checkpoints = checkpoints;
    this.cuts = listCuts(node.statistics.operations, new Set(erases));
  }

  /**
   * Makes one cut, gives power back, and runs the update once more.
   *
   * @param cut The cut.
   * @returns What went wrong; nothing where the node ended with the new image, byte by byte.
   */
  make(cut: Cut): readonly string[] {
    const from = this.#checkpoints.findLast((one) => one.operationsBefore < cut.operation) ??
      undefined;
    const world = new World(this.#spec, from === undefined ? [] : [from.snapshot]);
    const node = world.nodes[0]!;
    const checkers = new Checkers(world);
    world.powerOn();
    node.powerOffAtOperation(cut.operation - (from?.operationsBefore ?? 0), cut.fraction);
    const hostSurvives = cut.operation % HOST_SURVIVES_EVERY === 0;
    const first = world.run({ isKilled: () => !hostSurvives && node.mode === "off" });
    checkers.runEnded(first, { isKilled: !hostSurvives });
    if (hostSurvives && !world.nodes.slice(1).every((other, i) => holdsNew(world, other, i + 1))) {
      checkers.violations.push("the node that lost its power held up another one of its group");
    }
    if (node.mode !== "off") checkers.violations.push("power was never cut");
    node.powerOn();
    const second = world.run();
    checkers.runEnded(second);
    checkers.checkListening();
    if (!holdsAll(world)) {
      checkers.violations.push("the second run left something else than the new image");
    }
    if (node.mode !== "application") checkers.violations.push("the node does not run");
    return checkers.violations;
  }
}

function holdsNew(world: World, node: VirtualNode, index: number): boolean {
  return holds(node, world.spec.nodes[index]!.newImage);
}

function holdsAll(world: World): boolean {
  return world.nodes.every((node, i) => holdsNew(world, node, i));
}

function listCuts(operations: number, erases: ReadonlySet<number>): readonly Cut[] {
  const cuts: Cut[] = [];
  for (let operation = 1; operation <= operations; operation++) {
    const fractions = erases.has(operation) ? ERASE_FRACTIONS : [0.5];
    for (const fraction of fractions) cuts.push({ operation, fraction });
  }
  return cuts;
}

function oneNode(geometry: FlashGeometry, seed: number, mode: CutMode): WorldSpec {
  const layout = layoutOf(geometry, { inOneBank: mode === "banks" });
  const unitBytes = geometry.eraseUnitRuns[0]!.sizeBytes;
  const unitCount = Math.max(UNITS, Math.ceil(4096 / unitBytes));
  const shape = { unitCount, bytesPerUnit: Math.floor(IMAGE_BYTES / unitCount) };
  const node: NodeSpec = {
    name: "node",
    bus: 0,
    device: deviceName(geometry),
    layout,
    profile: CUT_PROFILES[mode],
    oldImage: imageOf(geometry, layout, { ...shape, seed: seed + 1, version: "1.0.0" }),
    newImage: imageOf(geometry, layout, { ...shape, seed, version: "2.0.0" }),
    behaviour: {},
  };
  return { seed, buses: [{ bitRates: { bitrateBps: 1_000_000 }, faults: {} }], nodes: [node] };
}

/** Two nodes that take the same image in one transmission. */
function twoOfAGroup(geometry: FlashGeometry, seed: number): WorldSpec {
  const alone = oneNode(geometry, seed, "group");
  const node = alone.nodes[0]!;
  return { ...alone, nodes: [node, { ...node, name: "other" }] };
}
