/** A stated time is a promise; an estimate may only lengthen it. */
import { deepStrictEqual, ok } from "node:assert/strict";
import { judgeDone, judgeFirstTry } from "./judgement.ts";
import { RogueBench } from "./rogue_bench.ts";

const STEPS = ["10 02", "27 01", "31 01 02 02", "31 01 FF 00", "34", "36", "37", "31 01 FF 01"];
const LARGE = { base: 0x0802_0000, imageBytes: 128 * 1024 };

/** Runs a node that takes its time with one service, and has it done at the first try. */
function runPending(
  on: string,
  times: { readonly firstMs: number; readonly everyMs?: number; readonly answerMs: number },
  stated: { readonly p2Ms?: number; readonly p2StarMs?: number } = {},
  profile = "",
): void {
  const bench = new RogueBench({ rogue: { ...stated, pending: [{ on, ...times }] }, profile });
  judgeFirstTry(bench, bench.update(), `${on} ${JSON.stringify({ ...times, ...stated })}`);
}

// udsoncan#82: the answer comes 200 ms behind the first 0x78.
for (const on of STEPS) {
  Deno.test(`stated times: 0x78 at 8 ms and the answer at 210 ms is waited for: ${on}`, () => {
    runPending(on, { firstMs: 8, answerMs: 210 });
  });
}

// udsoncan#232: one 0x78 a second during a long routine; udsoncan#229: P2* of 1 s.
Deno.test("stated times: 0x78 once a second for a check of 4.5 s, P2* 1 s and 5 s", () => {
  for (const p2StarMs of [1000, 5000]) {
    for (const on of ["31 01 02 02", "31 01 FF 00"]) {
      runPending(on, { firstMs: 20, everyMs: 1000, answerMs: 4500 }, { p2StarMs });
    }
  }
});

// udsoncan#82: one 0x78, and P2* is used up to its end.
for (const on of STEPS.slice(2)) {
  Deno.test(`stated times: one 0x78, P2* 5 s, the answer 4.9 s behind it: ${on}`, () => {
    const pending = [{ on, firstMs: 20, answerMs: 4920, nth: 1, times: 2 }];
    const bench = new RogueBench({ rogue: { p2StarMs: 5000, pending } });
    judgeFirstTry(bench, bench.update(), on);
  });
}

// What a node has shown shortens nothing: quick so far, and then as slow as it may be.
Deno.test("stated times: a node that was quick so far may use P2* and P2 to their end", () => {
  for (const on of ["36", "31 01 02 02", "31 01 FF 00", "34"]) {
    const nth = on === "36" ? 6 : 3;
    for (const times of [{ firstMs: 20, answerMs: 4920 }, { firstMs: Infinity, answerMs: 48 }]) {
      const bench = new RogueBench({ rogue: { pending: [{ on, nth, times: 2, ...times }] } });
      judgeFirstTry(bench, bench.update(), `${on} ${JSON.stringify(times)}`);
    }
  }
});

Deno.test("stated times: a P2 of the node, longer than the profile's, holds", () => {
  const late = { firstMs: Infinity, answerMs: 400 };
  for (const on of STEPS.slice(1)) runPending(on, late, { p2Ms: 500 });
});

Deno.test("stated times: a P2 and a P2* of the profile, longer than the node's, hold", () => {
  const p2 = "timing: { p2Ms: 500 }";
  for (const on of STEPS) runPending(on, { firstMs: Infinity, answerMs: 400 }, {}, p2);
  const p2Star = "timing: { p2StarMs: 10000 }";
  for (const on of STEPS) {
    const pending = [{ on, firstMs: 20, answerMs: 8020, nth: 1, times: 2 }];
    const bench = new RogueBench({ rogue: { pending }, profile: p2Star });
    judgeFirstTry(bench, bench.update(), on);
  }
});

// Field: servers that answer a repeated block with 0x73 or 0x24 though it was programmed.
for (const repeatedBlock of ["wrongCounter", "sequenceError", "sequenceErrorAndClose"] as const) {
  Deno.test(`stated times: a slow block is not asked for again, ${repeatedBlock}`, () => {
    const pending = [{ on: "36", firstMs: 8, answerMs: 210 }];
    const bench = new RogueBench({ rogue: { repeatedBlock, pending } });
    judgeFirstTry(bench, bench.update());
  });

  Deno.test(`stated times: a block whose answer was lost ends well, ${repeatedBlock}`, () => {
    for (const nth of [1, 2, 5, 9]) {
      const bench = new RogueBench({ rogue: { repeatedBlock, lose: [{ on: "36", nth }] } });
      judgeDone(bench, bench.update(), `block ${nth}`);
    }
  });
}

/** TransferData messages that a node got, and the longest of them. */
function blocks(rogue: ConstructorParameters<typeof RogueBench>[0]): {
  readonly bench: RogueBench;
  readonly count: number;
} {
  const bench = new RogueBench({ ...rogue, ...LARGE });
  judgeFirstTry(bench, bench.update());
  return { bench, count: bench.node.log.count("36") };
}

// Laboratory: a node whose every 40th flow control takes 150 ms; ISO 15765-2 gives it 1,000.
Deno.test("stated times: N_Bs, every 40th flow control 150 ms late costs no block", () => {
  for (const blockSize of [0, 8]) {
    const clean = blocks({ rogue: { blockSize } });
    const late = blocks({ rogue: { blockSize, lateFlowControlEvery: 40, lateFlowControlMs: 150 } });
    ok(late.count <= 1.1 * clean.count, `BS ${blockSize}: ${late.count} blocks, ${clean.count}`);
    const { nCrTimeouts, wrongSequenceNumbers } = late.bench.node.link.counts;
    deepStrictEqual({ nCrTimeouts, wrongSequenceNumbers }, {
      nCrTimeouts: 0,
      wrongSequenceNumbers: 0,
    });
  }
});

Deno.test("stated times: N_Bs, a flow control 900 ms late is no failure, the first or a later one", () => {
  for (const blockSize of [0, 8]) {
    const first = new RogueBench({ rogue: { blockSize, firstFlowControlLateMs: 900 } });
    judgeFirstTry(first, first.update(), `the first, BS ${blockSize}`);
    const rogue = { blockSize, lateFlowControlEvery: 25, lateFlowControlMs: 900 };
    const later = new RogueBench({ rogue });
    judgeFirstTry(later, later.update(), `every 25th, BS ${blockSize}`);
  }
});
