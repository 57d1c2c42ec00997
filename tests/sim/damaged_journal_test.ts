import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { Prng } from "../../src/core/mod.ts";
import type { FleetEvent } from "../../src/fleet/mod.ts";
import {
  causesOf,
  encodeJournalHeader,
  encodeJournalRecord,
  readJournal,
  settleJournal,
} from "../../src/journal/mod.ts";
import { concatBytes } from "../../src/core/mod.ts";
import { BenchRuns, BETA, firstPhases } from "../support/bench_runs.ts";
import { encodeFirstHeader, withBitFlipped } from "../unit/journal/_support.ts";

/** What a node was torn in is erased whatever it reads; what was verified before that is asked. */
const TORN = ["checking", "erasing", "checking"];
const EVERY_SEGMENT = ["erasing", "erasing", "erasing"];
/** What was verified behind the damage is known; what was not begun may have been. */
const IN_DOUBT = ["checking", "erasing", "erasing"];
const NONE = ["checking", "checking", "checking"];

/** Alpha torn, beta well. */
function tornAlpha(): { readonly runs: BenchRuns; readonly j1: string } {
  const runs = new BenchRuns();
  const j1 = runs.tearAlpha();
  return { runs, j1 };
}

function assertTorn(events: readonly FleetEvent[], at: string): void {
  const [first, second] = firstPhases(events, "alpha");
  ok(second === "erasing", `${at}: alpha's torn segment began with ${second}`);
  ok(first === "checking" || first === "erasing", at);
}

Deno.test("a bit flipped in the journal of a later run of others makes nobody forget a torn node", () => {
  const whole = tornAlpha();
  whole.runs.run({ nodes: [BETA] });
  const [, j2] = [...whole.runs.files.keys()];
  const bytes = whole.runs.files.get(j2!)!;
  for (let at = 0; at < bytes.length; at += 61) {
    const { runs } = tornAlpha();
    runs.run({ nodes: [BETA] });
    runs.damage(j2!, (bytes) => withBitFlipped(bytes, at * 8 + at % 8));
    const events = runs.run();
    assertTorn(events, `byte ${at}`);
    deepStrictEqual(runs.bench.differing(), []);
    deepStrictEqual(firstPhases(runs.run(), "beta"), NONE, `byte ${at}: erased for ever`);
  }
});

Deno.test("a bit flipped in the header of a torn run is mended by its copy", () => {
  const { runs, j1 } = tornAlpha();
  runs.damage(j1, (bytes) => withBitFlipped(bytes, 8 * 200));
  runs.run({ nodes: [BETA] });
  const events = runs.run();
  deepStrictEqual(firstPhases(events, "alpha"), TORN);
  deepStrictEqual(firstPhases(events, "beta"), NONE);
});

Deno.test("a torn run whose header is gone, or whose journal is empty, counts against everybody once", () => {
  const cases: Readonly<Record<string, (bytes: Uint8Array) => Uint8Array>> = {
    "both headers": (bytes) => {
      const once = encodedHeaderBytes(bytes);
      return withBitFlipped(withBitFlipped(bytes, 40), (once + 60) * 8);
    },
    "empty": () => new Uint8Array(0),
    "zeros": (bytes) => new Uint8Array(bytes.length),
  };
  for (const [name, change] of Object.entries(cases)) {
    const { runs, j1 } = tornAlpha();
    runs.damage(j1, change);
    deepStrictEqual(causesOf(runs.memory().memory, { spot: "anywhere" }), [j1]);
    const beta = runs.run({ nodes: [BETA] });
    ok(firstPhases(beta, "beta").every((phase) => phase === "erasing"), name);
    const events = runs.run();
    deepStrictEqual(firstPhases(events, "alpha"), EVERY_SEGMENT, name);
    deepStrictEqual(firstPhases(events, "beta"), NONE, `${name}: it was brought through since`);
    const again = runs.run();
    deepStrictEqual(firstPhases(again, "alpha"), NONE, name);
    deepStrictEqual(firstPhases(again, "beta"), NONE, name);
  }
});

Deno.test("a journal that cannot be read counts no more once a person has settled it", () => {
  const { runs, j1 } = tornAlpha();
  runs.damage(j1, () => new Uint8Array(0));
  const { memory } = runs.memory();
  const settled = settleJournal(memory, j1);
  deepStrictEqual(causesOf(settled, { spot: "anywhere" }), []);
  deepStrictEqual(settled.records, []);
});

Deno.test("what the header of a damaged journal carried of others still counts", () => {
  const { runs, j1 } = tornAlpha();
  runs.run({ nodes: [BETA] });
  const [, j2] = [...runs.files.keys()];
  runs.files.delete(j1);
  // A hole that a whole erase fits into.
  runs.damage(j2!, (bytes) => {
    const middle = (encodedHeaderBytes(bytes) * 2 + bytes.length) >> 1;
    return concatBytes([bytes.subarray(0, middle), bytes.subarray(middle + 700)]);
  });
  strictEqual(readJournal(runs.files.get(j2!)!).tail, "damaged");
  const events = runs.run();
  deepStrictEqual(firstPhases(events, "alpha"), TORN);
});

Deno.test("journals of the first format count, also damaged ones", () => {
  for (const isDamaged of [false, true]) {
    const { runs, j1 } = tornAlpha();
    const { events } = readJournal(runs.files.get(j1)!);
    const records = events.map((event, i) => encodeJournalRecord(i, { type: "event", event }));
    const header = encodeFirstHeader(["alpha"], [], ["flash", "/bench/fleet.yaml"]);
    const bytes = concatBytes([header, ...records]);
    runs.files.set(j1, isDamaged ? withBitFlipped(bytes, 8 * (header.length + 300)) : bytes);
    const all = runs.run();
    deepStrictEqual(firstPhases(all, "alpha"), isDamaged ? IN_DOUBT : TORN);
    deepStrictEqual(firstPhases(runs.run(), "alpha"), NONE);
  }
});

Deno.test("a host killed at any record, its journal damaged at a chance place: nothing torn is trusted", () => {
  const seed = 20_261_130;
  const prng = new Prng(seed);
  for (let records = 12; records < 100; records += 3) {
    for (let i = 0; i < 3; i++) {
      const runs = new BenchRuns();
      runs.run({ records });
      const [j1] = [...runs.files.keys()];
      const torn = runs.memory().memory.records;
      const { length } = runs.files.get(j1!)!;
      const bit = prng.below(length * 8);
      runs.damage(j1!, (bytes) => withBitFlipped(bytes, bit));
      const at = `seed ${seed}, ${records} records, bit ${bit} of ${length * 8}`;
      const events = runs.run();
      for (const { name, distrusted } of torn) {
        const phases = firstPhases(events, name);
        distrusted.forEach(({ start }) => {
          const segment = (start - 0x0800_4000) / 4096;
          strictEqual(phases[segment], "erasing", `${at}: ${name}, segment ${segment}`);
        });
      }
      deepStrictEqual(runs.bench.differing(), [], at);
      const again = runs.run();
      deepStrictEqual(firstPhases(again, "alpha"), NONE, `${at}: erased for ever`);
      deepStrictEqual(firstPhases(again, "beta"), NONE, `${at}: erased for ever`);
    }
  }
});

function encodedHeaderBytes(bytes: Uint8Array): number {
  return encodeJournalHeader(readJournal(bytes).header).length / 2;
}
