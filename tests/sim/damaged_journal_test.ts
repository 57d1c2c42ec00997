import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { Prng, rangeIntersection } from "../../src/core/mod.ts";
import type { FleetEvent } from "../../src/fleet/mod.ts";
import {
  causesOf,
  encodeJournalHeader,
  encodeJournalRecord,
  type Memory,
  type NodeClaims,
  readJournal,
  settleJournal,
} from "../../src/journal/mod.ts";
import { concatBytes } from "../../src/core/mod.ts";
import { ALPHA, BenchRuns, BETA, firstPhases, type PlacedNode } from "../support/bench_runs.ts";
import { encodeFirstHeader, withBitFlipped } from "../unit/journal/_support.ts";
import { dearTest } from "../support/dear.ts";

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

dearTest(
  "a bit flipped in the journal of a later run of others makes nobody forget a torn node",
  () => {
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
  },
);

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

/** Two nodes whose update's host was killed, and what its whole journal says. */
interface KilledRun {
  readonly runs: BenchRuns;
  readonly j1: string;
  readonly torn: Memory["records"];
  /** Segments that an erase was announced for, as `node segment`. */
  readonly announced: ReadonlySet<string>;
}

function killedAt(records: number): KilledRun {
  const runs = new BenchRuns();
  runs.run({ records });
  const [j1] = [...runs.files.keys()];
  const { events } = readJournal(runs.files.get(j1!)!);
  const announced = events.flatMap((event) =>
    event.type === "segmentPhase" && event.phase === "erasing"
      ? [`${event.node} ${event.segment}`]
      : []
  );
  return { runs, j1: j1!, torn: runs.memory().memory.records, announced: new Set(announced) };
}

/** Segments that a run erased without having asked for them. */
function erasedUnasked(events: readonly FleetEvent[]): readonly string[] {
  return ["alpha", "beta"].flatMap((node) =>
    firstPhases(events, node).flatMap((phase, segment) =>
      phase === "erasing" ? [`${node} ${segment}`] : []
    )
  );
}

function tornSegments(torn: Memory["records"]): readonly string[] {
  return torn.flatMap(({ name, distrusted }) =>
    [0, 1, 2].flatMap((segment) => {
      const start = 0x0800_4000 + 4096 * segment;
      const range = { start, end: start + 4096 };
      return distrusted.some((one) => rangeIntersection(one, range) !== undefined)
        ? [`${name} ${segment}`]
        : [];
    })
  );
}

/**
 * Damages the journal of a killed run, flashes all and judges that: what was torn is erased whatever it
 * reads, and nothing else but what an erase was announced for, unless so much cannot be read that an
 * announcement may be missing, which is told.
 */
function damageAndFlash(
  records: number,
  change: (bytes: Uint8Array) => Uint8Array,
  at: string,
): boolean {
  const { runs, j1, torn, announced } = killedAt(records);
  runs.damage(j1, change);
  const { memory } = runs.memory();
  const isInDoubt = causesOf(memory, claimsOf(ALPHA)).length > 0 ||
    causesOf(memory, claimsOf(BETA)).length > 0;
  const events = runs.run();
  const erased = new Set(erasedUnasked(events));
  for (const segment of tornSegments(torn)) ok(erased.has(segment), `${at}: ${segment} is trusted`);
  if (!isInDoubt) {
    for (const segment of erased) ok(announced.has(segment), `${at}: ${segment} was not begun`);
  }
  deepStrictEqual(runs.bench.differing(), [], at);
  deepStrictEqual(erasedUnasked(runs.run()), [], `${at}: erased for ever`);
  return isInDoubt;
}

function claimsOf({ place }: PlacedNode): NodeClaims {
  return { machine: `m1 ${place}`, spot: place };
}

const SEED = 20_261_130;

Deno.test("a host killed at any record, a bit of its journal flipped: nothing torn is trusted, little is in doubt", () => {
  const prng = new Prng(SEED);
  let count = 0;
  let inDoubt = 0;
  for (let records = 12; records < 100; records += 2) {
    for (let i = 0; i < 3; i++) {
      const share = prng.next();
      const flip = prng.below(8);
      const at = `seed ${SEED}, ${records} records, at ${share}`;
      const change = (bytes: Uint8Array): Uint8Array =>
        withBitFlipped(bytes, 8 * Math.floor(share * bytes.length) + flip);
      count++;
      if (damageAndFlash(records, change, at)) inDoubt++;
    }
  }
  ok(inDoubt < count / 20, `${inDoubt} of ${count} leave nodes in doubt`);
});

dearTest(
  "a host killed at any record, a part of its journal lost or overwritten: nothing torn is trusted",
  () => {
    const prng = new Prng(SEED, 1);
    for (let records = 12; records < 100; records += 4) {
      const share = prng.next();
      const lengthBytes = 1 + prng.below(2000);
      const filling = [0x00, 0xFF, 0xA5, 0x83][prng.below(4)]!;
      const at = `seed ${SEED}, ${records} records, ${lengthBytes} bytes of ${filling} at ${share}`;
      const change = (bytes: Uint8Array): Uint8Array => {
        // Zeros up to the end, or a shorter file, are what was never written: such is not damage.
        const begin = Math.floor(share * (bytes.length - lengthBytes - 200));
        if (begin < 0) return bytes.slice().fill(filling, 0, bytes.length - 200);
        return filling === 0xFF
          ? concatBytes([bytes.subarray(0, begin), bytes.subarray(begin + lengthBytes)])
          : bytes.slice().fill(filling, begin, begin + lengthBytes);
      };
      damageAndFlash(records, change, at);
    }
  },
);

function encodedHeaderBytes(bytes: Uint8Array): number {
  return encodeJournalHeader(readJournal(bytes).header).length / 2;
}
