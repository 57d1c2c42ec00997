import { ok } from "node:assert/strict";
import { concatBytes, Prng } from "../../src/core/mod.ts";
import type { FleetEvent } from "../../src/fleet/mod.ts";
import { ALPHA, BenchRuns, BETA, firstPhases, type PlacedNode } from "../support/bench_runs.ts";

const STEPS = 6;
const SEGMENT_BYTES = 4096;
const APPLICATION_START = 0x0800_4000;
/** Keeps these worlds apart from other chance with the same seed. */
const STREAM = 0x6D65;
const CLOCK_STREAM = 0x6D66;
const DAY_MS = 86_400_000;
const FLEETS = ["/bench/fleet.yaml", "/link/fleet.yaml", "/copy.yaml"];
/** Runs that nobody kills and nothing damages: by then a node is asked and not erased. */
const QUIET_RUNS = 2;

/**
 * Plays one state folder over several runs of two nodes: hosts are killed, nodes renamed and, where
 * they tell serial numbers of their own, exchanged; journals are damaged; the host's clock is set. What is torn is told by the
 * nodes themselves.
 *
 * @param seed What is drawn.
 * @throws {AssertionError} If a run asks for a segment that is torn, or erases healthy nodes for ever.
 */
export function playMemoryWorld(seed: number): void {
  const prng = new Prng(seed, STREAM);
  const clock = new HostClock(new Prng(seed, CLOCK_STREAM));
  const kind = prng.below(3);
  const serials = [["S0", "S1"], [undefined, undefined], ["0000", "0000"]][kind]!;
  const runs = new BenchRuns({ serials });
  const torn = [new Set<number>(), new Set<number>()];
  let isExchanged = false;
  for (let step = 0; step < STEPS; step++) {
    if (kind === 0 && prng.chance(0.2)) isExchanged = !isExchanged;
    const nodes = drawNodes(prng, isExchanged);
    const records = prng.chance(0.7) ? 10 + prng.below(110) : Infinity;
    const options = { nodes, records, fleet: FLEETS[prng.below(3)]!, nowMs: clock.next() };
    runOnce(runs, torn, options, `seed ${seed}, ${step}`);
    if (prng.chance(0.5)) damageOne(runs, prng, kind === 0 ? SMALL_DAMAGE : ANY_DAMAGE);
  }
  const nodes = [ALPHA, BETA].map((one, i) => ({ ...one, node: isExchanged ? 1 - i : i }));
  for (let i = 0; i < QUIET_RUNS; i++) {
    runOnce(runs, torn, { nodes, nowMs: clock.next() }, `seed ${seed}, quiet`);
  }
  const last = runOnce(runs, torn, { nodes, nowMs: clock.next() }, `seed ${seed}, last`);
  for (const { name } of nodes) {
    ok(!firstPhases(last, name).includes("erasing"), `seed ${seed}: ${name} is erased for ever`);
  }
  ok(runs.bench.differing().length === 0, `seed ${seed}: all are updated`);
}

/** What a host's clock says at each run: somebody sets it, or it begins in 1970 at each start. */
class HostClock {
  readonly #prng: Prng;
  #nowMs = Date.UTC(2026, 10, 30);

  constructor(prng: Prng) {
    this.#prng = prng;
  }

  next(): number {
    this.#nowMs += this.#prng.below(DAY_MS);
    if (this.#prng.chance(0.3)) this.#nowMs += (this.#prng.next() - 0.5) * 20_000 * DAY_MS;
    if (this.#prng.chance(0.1)) this.#nowMs = this.#prng.below(DAY_MS);
    return Math.floor(this.#nowMs);
  }
}

/** Runs once, judges what is done first with torn segments, and takes in what is torn then. */
function runOnce(
  runs: BenchRuns,
  torn: readonly Set<number>[],
  options: {
    readonly nodes: readonly PlacedNode[];
    readonly records?: number;
    readonly fleet?: string;
    readonly nowMs: number;
  },
  at: string,
): readonly FleetEvent[] {
  const erased = [new Set<number>(), new Set<number>()];
  runs.bench.nodes.forEach((node, i) => {
    node.onEvent = (event) => {
      const isErase = event.type === "request" &&
        [0x31, 0x01, 0xFF, 0x00, 0x44].every((byte, at) => event.data[at] === byte);
      if (!isErase) return;
      const view = new DataView(event.data.buffer, event.data.byteOffset);
      erased[i]!.add((view.getUint32(5) - APPLICATION_START) / SEGMENT_BYTES);
    };
  });
  const events = runs.run(options);
  for (const { name, node } of options.nodes) {
    firstPhases(events, name).forEach((phase, segment) => {
      const isTrusted = torn[node]!.has(segment) && phase === "checking";
      ok(!isTrusted, `${at}: segment ${segment} of ${name}, node ${node}, is trusted`);
    });
    for (const segment of erased[node]!) torn[node]!.add(segment);
    for (const event of events) {
      if (event.type !== "segmentPhase" || event.node !== name) continue;
      if (event.phase === "verified") torn[node]!.delete(event.segment);
      // Its erase may have been asked for again since.
      if (event.phase === "writing") torn[node]!.add(event.segment);
    }
  }
  return events;
}

function drawNodes(prng: Prng, isExchanged: boolean): readonly PlacedNode[] {
  const isRenamed = prng.chance(0.3);
  const both = [ALPHA, BETA].map((one, i) => ({
    ...one,
    name: isRenamed ? [BETA, ALPHA][i]!.name : one.name,
    node: isExchanged ? 1 - i : i,
  }));
  const choice = prng.below(3);
  return choice === 2 ? both : [both[choice]!];
}

/** One bit, and all of a journal. */
const SMALL_DAMAGE = [0, 4];
/** A part of it too: where that hides a serial number, only the place is known, as without one. */
const ANY_DAMAGE = [0, 1, 2, 3, 4];

/** Not at the end: zeros there, or a file that is shorter, are what was never written. */
function damageOne(runs: BenchRuns, prng: Prng, kinds: readonly number[]): void {
  const files = [...runs.files.keys()];
  const file = files[prng.below(files.length)]!;
  const kind = kinds[prng.below(kinds.length)]!;
  const [place, length] = [prng.next(), prng.next()];
  runs.damage(file, (bytes) => {
    const at = Math.floor(place * bytes.length);
    const end = at + 1 + Math.floor(length * Math.min(1500, bytes.length - at));
    switch (kind) {
      case 0:
        return bytes.length === 0 ? bytes : bytes.with(at, bytes[at]! ^ (1 << (end & 7)));
      case 1:
        return bytes.slice().fill(0xA5, at, end);
      case 2:
        return bytes.slice().fill(0, at, Math.min(end, bytes.length - 400));
      case 3:
        return end > bytes.length - 400
          ? bytes
          : concatBytes([bytes.subarray(0, at), bytes.subarray(end)]);
      default:
        return new Uint8Array(0);
    }
  });
}
