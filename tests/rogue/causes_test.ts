/** The message names the cause. */
import {
  deepStrictEqual,
  doesNotMatch,
  match,
  notStrictEqual,
  ok,
  strictEqual,
} from "node:assert/strict";
import { judgeFlash, judgeSafe, judgeUntouched } from "./judgement.ts";
import { RogueBench, type RogueBenchOptions, type RogueRun } from "./rogue_bench.ts";
import type { RogueOptions } from "./rogue_options.ts";

/** A run that fails, safely. */
function fail(options: RogueBenchOptions): { readonly bench: RogueBench; readonly run: RogueRun } {
  const bench = new RogueBench(options);
  const run = bench.update();
  judgeSafe(bench, run);
  ok(["failed", "refused"].includes(run.node.phase), run.node.phase);
  return { bench, run };
}

const WRONG_KEY = '{ xor: "01 02 03 04" }';

Deno.test("causes: a wrong key on a static seed says 0x35, and the same key is not sent again", () => {
  const { bench, run } = fail({ rogue: { staticSeed: "11 22 33 44" }, security: WRONG_KEY });
  strictEqual(run.node.error?.response, "7F 27 35");
  strictEqual(bench.node.log.count("27 02"), 1);
  strictEqual(run.node.endState, "oldImage");
  judgeUntouched(bench);
});

Deno.test("causes: the final cause of two attempts is the first one's", () => {
  const rogue: RogueOptions = { wrongKeysMax: 2 };
  const { run } = fail({ rogue, security: WRONG_KEY });
  strictEqual(run.node.error?.response, "7F 27 35", run.node.error?.message);
});

// udsoncan#229: 01 means good there; PSA: 02; a supplier's notes: 04.
for (const [step, key] of [["FF 00", "erase"], ["02 02", "check"]] as const) {
  Deno.test(`causes: a status byte that the profile does not know is named, ${key}.good`, () => {
    for (const status of ["01", "04", "10"]) {
      if (key === "check" && status === "01") continue; // where 01 is its own word for "wrong"
      const reply = [{ on: `31 01 ${step}`, data: `71 01 ${step} ${status}` }];
      const { bench, run } = fail({ rogue: { reply } });
      const { code, message } = run.node.error!;
      notStrictEqual(code, "VERIFY_MISMATCH", message);
      match(message, new RegExp(`0x${status}`));
      match(message, /\bgood\b/);
      match(message, new RegExp(key));
      const erases = bench.node.log.count("31 01 FF 00");
      // A first erase may have failed once: one more tells that from a profile that does not fit.
      ok(erases <= (key === "erase" ? 2 : 1), `${erases} erases`);
    }
  });
}

Deno.test("causes: a seed of zeros that wanted a key all the same is named", () => {
  const { bench, run } = fail({ rogue: { zeroSeedWantsKey: true } });
  match(run.node.error!.message, /seed/i);
  match(run.node.error!.message, /zero/i);
  judgeUntouched(bench);
});

Deno.test("causes: a refused erase was never begun, so the old image is intact", () => {
  for (const nrc of [0x21, 0x22, 0x93]) {
    const { bench, run } = fail({ rogue: { refuse: [{ on: "31 01 FF 00", nrc }] } });
    const hex = nrc.toString(16);
    strictEqual(run.node.error?.response, `7F 31 ${hex}`, run.node.error?.message);
    strictEqual(run.node.endState, "oldImage", `0x${hex}`);
    judgeUntouched(bench);
  }
});

// iso14229's own default; "requestMsMax" is 30 s.
for (const on of ["10 02", "27 01", "31 01 FF 00", "34", "36", "37", "31 01 FF 01"]) {
  Deno.test(`causes: 0x78 without end ends after one requestMsMax: ${on}`, () => {
    const pending = [{ on, firstMs: 20, everyMs: 2000, answerMs: Infinity }];
    const bench = new RogueBench({ rogue: { pending } });
    const run = bench.update();
    judgeFlash(bench, run);
    strictEqual(run.node.phase, "failed");
    const [first] = bench.node.log.of(on);
    const early = bench.node.log.requests.filter(({ atMs, isOverlapping }) =>
      isOverlapping && atMs < first!.beganAtMs + 25_000
    );
    deepStrictEqual(early.map(({ text }) => text), [], "asked behind 0x78");
    const tookMs = run.node.endedAtMs! - first!.beganAtMs;
    ok(tookMs >= 25_000 && tookMs < 45_000, `it took ${tookMs.toFixed(0)} ms`);
    match(run.node.error!.message, /0x78/);
  });
}

Deno.test("causes: figures have at most three digits that mean something", () => {
  const rogues: readonly RogueOptions[] = [
    { lose: [{ on: "36", nth: 3, times: 2 }, { on: "22 F1 91", nth: 1 }, { on: "34", nth: 2 }] },
    { ignore: [{ on: "31 01 FF 00", nth: 2 }, { on: "36", nth: 4 }, { on: "37", nth: 1 }] },
    { ignore: [{ on: "" }] },
    { answerDelayMs: 33.333, lose: [{ on: "31 01 02 02", nth: 2 }, { on: "36", nth: 7 }] },
    { lateFlowControlEvery: 7, lateFlowControlMs: 1100 },
  ];
  const messages = rogues.flatMap((rogue) =>
    ["", "timing: { p2Ms: 33.3333, p2StarMs: 1234.5678 }"].flatMap((profile) => {
      const run = new RogueBench({ rogue, profile }).update();
      return [...run.retries(), run.node.error?.message ?? ""];
    })
  );
  ok(messages.length > 20);
  const long = messages.filter((text) => /(?:\d{3}\.\d|\d\d\.\d\d|\d\.\d{3})\d* ms/.test(text));
  deepStrictEqual(long, []);
});

/** Frames of somebody else on the bus, ten a second. */
function chatter(bench: RogueBench, id: number, data: readonly number[], fd = false): void {
  const port = bench.bus.attach("somebody else");
  const frame = { id, extended: false, fd, bitRateSwitch: false, data: Uint8Array.from(data) };
  bench.clock.schedule(function () {
    port.transmit(frame, () => {});
    if (bench.clock.now() < 120_000) this.schedule(undefined, 100);
  }, 50);
}

Deno.test("causes: silence tells what was heard meanwhile, and points to doctor", () => {
  const silent = () => new RogueBench({ rogue: { ignore: [{ on: "" }] } });
  const others = silent();
  chatter(others, 0x7E8, [0x03, 0x62, 0xF1, 0x91, 0, 0, 0, 0]);
  const heard = others.update();
  deepStrictEqual(heard.outcomes, ["failed: untouched"]);
  match(heard.node.error!.message, /0x7E8/, "other identifiers");

  const strange = silent();
  chatter(strange, 0x680, [0xF5, 1, 2, 3, 4, 5, 6, 7]);
  const noIsoTp = strange.update();
  deepStrictEqual(noIsoTp.outcomes, ["failed: untouched"]);
  match(noIsoTp.node.error!.message, /ISO-TP/, "frames that are none");

  const nobody = silent().update();
  deepStrictEqual(nobody.outcomes, ["failed: untouched"]);
  doesNotMatch(nobody.node.error!.message, /0x7E8|ISO-TP/);
});
