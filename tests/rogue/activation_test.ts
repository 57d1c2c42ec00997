/** Reset and activation are waited for, not guessed. */
import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { judgeDone, judgeSafe } from "./judgement.ts";
import { RogueBench } from "./rogue_bench.ts";
import type { RogueOptions } from "./rogue_options.ts";

/** Activated, after one reset. */
function judgeActivated(rogue: RogueOptions, profile = "", what = ""): RogueBench {
  const bench = new RogueBench({ rogue, profile });
  const run = bench.update();
  judgeDone(bench, run, what);
  strictEqual(bench.node.log.count("11 01"), 1, `${what}: reset once`);
  strictEqual(run.node.version, "2.0.0");
  return bench;
}

// iso14229#44: it resets before its answer is out.
Deno.test("activation: silence to a reset request means reset", () => {
  for (const bootMs of [20, 100, 500, 2000]) {
    judgeActivated({ resetUnanswered: true, bootMs }, "", `up after ${bootMs} ms`);
  }
});

Deno.test("activation: a node that hears no reset and tells no session is reset once more", () => {
  const ignore = [{ on: "11 01", nth: 1 }];
  for (const refuse of [[], [{ on: "22 F1 86", nrc: 0x31 }]]) {
    const bench = new RogueBench({ rogue: { ignore, refuse } });
    const run = bench.update();
    judgeDone(bench, run, `${refuse.length}`);
    strictEqual(bench.node.life.resets, 1);
  }
});

Deno.test("activation: a node that tells no session is reset once where it hears that", () => {
  for (const bootWindowMs of [0, 500]) {
    judgeActivated({
      resetUnanswered: true,
      bootWindowMs,
      refuse: [{ on: "22 F1 86", nrc: 0x31 }],
    });
  }
});

// nc-flash#50: 51, and then nothing for seconds.
Deno.test("activation: 51 and then silence for 2 s is waited out", () => {
  for (const bootMs of [500, 1500, 2500]) judgeActivated({ bootMs }, "", `up after ${bootMs} ms`);
});

// PurdueElectricRacing/monorepo#489: a boot window that answers before the application does.
Deno.test("activation: a boot window of 500 ms that answers 7F 22 31 decides nothing", () => {
  for (const resetUnanswered of [false, true]) {
    judgeActivated({ bootWindowMs: 500, resetUnanswered });
  }
});

Deno.test("activation: an application that still starts, 0x21 or 0x22, is asked again", () => {
  for (const startingNrc of [0x21, 0x22]) {
    for (const startingMs of [150, 800, 2000]) {
      judgeActivated({ startingNrc, startingMs }, "", `${startingNrc} for ${startingMs} ms`);
    }
  }
});

Deno.test("activation: an old version for a moment decides nothing", () => {
  for (const oldVersionMs of [200, 1500]) judgeActivated({ oldVersionMs });
});

Deno.test("activation: an answer for a second tester decides nothing", () => {
  for (const data of ["62 F1 90 57 30", "50 03 00 32 01 F4", "7F 31 31", "7F 22 31"]) {
    const stray = [{ on: "22 F1 89", phase: "afterReset", nth: 1, data } as const];
    judgeActivated({ stray }, "", data);
  }
});

Deno.test("activation: a long p2Ms costs it nothing", () => {
  for (const bootMs of [100, 300, 1000]) {
    judgeActivated({ bootMs }, "timing: { p2Ms: 2000 }", `up after ${bootMs} ms`);
  }
});

// PurdueElectricRacing/monorepo#489: whoever asks within the window holds the node in it.
Deno.test("activation: a quiet time of the profile keeps a node from being held in its bootloader", () => {
  const rogue: RogueOptions = { bootWindowMs: 500, bootWindowHolds: true };
  const bench = judgeActivated(rogue, "timing: { resetQuietMs: 700 }");
  const [resetMs] = bench.node.life.resetAtMs;
  const early = bench.node.log.requests.filter(({ atMs, isFunctional }) =>
    !isFunctional && atMs > resetMs! && atMs < resetMs! + 700
  );
  deepStrictEqual(early.map(({ text }) => text), []);
});

Deno.test("activation: a node that is held in its bootloader is told so, or freed", () => {
  const bench = new RogueBench({ rogue: { bootWindowMs: 500, bootWindowHolds: true } });
  const run = bench.update();
  judgeSafe(bench, run);
  ok(bench.node.life.resets <= 3, `${bench.node.life.resets} resets`);
  if (run.node.phase !== "done") match(run.node.error!.message, /bootloader/i);
});

Deno.test("activation: only the end of its time decides, and then it says where the node is", () => {
  const bench = new RogueBench({ rogue: { neverStarts: true } });
  const run = bench.update();
  judgeSafe(bench, run);
  strictEqual(run.node.phase, "failed");
  match(run.node.error!.message, /bootloader/i);
  const [resetMs] = bench.node.life.resetAtMs;
  ok(run.node.endedAtMs! - resetMs! >= 3000, "activationMsMax is 3 s");
  ok(bench.node.life.resets <= 3, `${bench.node.life.resets} resets`);
});

Deno.test("activation: a node that never comes back is waited for once, not again and again", () => {
  for (const resetUnanswered of [false, true]) {
    const bench = new RogueBench({ rogue: { bootMs: 3_600_000, resetUnanswered } });
    const run = bench.update();
    deepStrictEqual(run.outcomes, ["failed: newImageUnconfirmed"]);
    const [resetMs] = bench.node.life.resetAtMs;
    ok(run.node.endedAtMs! - resetMs! >= 3000);
    ok(run.node.endedAtMs! - resetMs! < 20_000, `${run.node.endedAtMs! - resetMs!} ms`);
  }
});

Deno.test("activation: whenever a slow node answers within its P2, it is heard", () => {
  for (let answerDelayMs = 20; answerDelayMs <= 320; answerDelayMs += 10) {
    const rogue = { answerDelayMs, p2Ms: 2 * answerDelayMs };
    const profile = `timing: { p2Ms: ${rogue.p2Ms} }`;
    judgeActivated(rogue, profile, `after ${answerDelayMs} ms`);
  }
});

Deno.test("activation: what ends an update and is refused for the moment is asked for again", () => {
  for (const nrc of [0x21, 0x22]) {
    for (const times of [1, 5]) {
      for (const on of ["31 01 FF 01", "11"]) {
        const bench = new RogueBench({ rogue: { refuse: [{ on, nth: 1, times, nrc }] } });
        judgeDone(bench, bench.update(), `${on}: 0x${nrc.toString(16)}, ${times} times`);
        strictEqual(bench.node.life.resets, 1);
      }
    }
  }
  const bench = new RogueBench({ rogue: { refuse: [{ on: "11", nrc: 0x22 }] } });
  const run = bench.update();
  deepStrictEqual(run.outcomes, ["failed: newImageUnconfirmed"]);
  strictEqual(run.node.error?.response, "7F 11 22");
});

// A boot window's refusal is no last word wherever a node starts anew, not only behind 11.
for (const bootWindowNrc of [0x11, 0x12, 0x22, 0x31, 0x7E, 0x7F]) {
  const nrc = bootWindowNrc.toString(16).toUpperCase();
  Deno.test(`activation: a boot window that answers 7F 10 ${nrc} is waited out by who comes back`, () => {
    for (const bootWindowMs of [500, 1500]) {
      const rogue: RogueOptions = { bootWindowMs, bootWindowNrc };
      const cut = new RogueBench({ rogue });
      const run = cut.start();
      run.runTo(900);
      cut.node.powerCut();
      run.finish();
      judgeDone(cut, run, `power cut, ${bootWindowMs} ms`);
      const lose = [{ on: "34", nth: 1 }];
      const open = new RogueBench({ rogue: { ...rogue, downloadClosedBy: "reset", lose } });
      judgeDone(open, open.update(), `closed by a reset, ${bootWindowMs} ms`);
    }
  });
}
