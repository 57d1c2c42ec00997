/** Each remedy that says "run it again", or lets a cause go first, is run again and works. */
import { match, ok, strictEqual } from "node:assert/strict";
import { remedyFor } from "../../src/report/mod.ts";
import { endWords } from "../../src/report/final_table.ts";
import { judgeDone } from "./judgement.ts";
import { RogueBench, type RogueBenchOptions } from "./rogue_bench.ts";

/** A run that fails with a code and advice; then, `waitMs` later, one that is through. */
function judgeAgain(
  options: RogueBenchOptions,
  expected: { readonly code: string; readonly response?: string; readonly advice: RegExp },
  meanwhile: (bench: RogueBench) => void = () => {},
): void {
  const bench = new RogueBench(options);
  const first = bench.update();
  const { error } = first.node;
  strictEqual(error?.code, expected.code, error?.message);
  if (expected.response !== undefined) strictEqual(error.response, expected.response);
  match(`${endWords(first.node)}; ${remedyFor(error)}`, expected.advice);
  meanwhile(bench);
  judgeDone(bench, bench.update());
}

const AGAIN = /run it again|same command/i;

Deno.test("run again: a node that wants a pause (0x37) is updated after it", () => {
  const refuse = [{ on: "27 01", nth: 1, times: 3, nrc: 0x37 }];
  judgeAgain({ rogue: { refuse } }, {
    code: "UDS_NEGATIVE_RESPONSE",
    response: "7F 27 37",
    advice: AGAIN,
  }, (bench) => bench.wait(10_000));
});

Deno.test("run again: a node that stays busy (0x21) is updated once it is not", () => {
  const refuse = [{ on: "31 01 FF 00", nth: 1, times: 200, nrc: 0x21 }];
  const bench = new RogueBench({ rogue: { refuse } });
  const first = bench.update();
  strictEqual(first.node.error?.response, "7F 31 21");
  match(remedyFor(first.node.error!), AGAIN);
  let last = first;
  for (let i = 0; i < 8 && last.node.phase !== "done"; i++) last = bench.update();
  judgeDone(bench, last);
});

Deno.test("run again: a transfer that was lost again and again is done by the next run", () => {
  const ignore = [{ on: "36", nth: 1, times: 400 }];
  const bench = new RogueBench({ rogue: { ignore } });
  let last = bench.update();
  const { error } = last.node;
  ok(["UDS_TRANSFER_RESTART", "UDS_TIMEOUT"].includes(error!.code), error!.message);
  match(`${endWords(last.node)}; ${remedyFor(error!)}`, AGAIN);
  for (let i = 0; i < 12 && last.node.phase !== "done"; i++) last = bench.update();
  judgeDone(bench, last);
});

Deno.test("run again: of two nodes on one pair of identifiers the one that is left is updated", () => {
  judgeAgain({ rogue: { hardware: "HW-A" }, twin: { hardware: "HW-B", answerDelayMs: 5 } }, {
    code: "TWIN_NODES",
    advice: AGAIN,
  }, ({ twin }) => twin!.unplug());
});

Deno.test("run again: an erase that was refused (0x22, 0x93) works once its conditions are met", () => {
  for (const nrc of [0x22, 0x93]) {
    const refuse = [{ on: "31 01 FF 00", nth: 1, times: 30, nrc }];
    const bench = new RogueBench({ rogue: { refuse } });
    let last = bench.update();
    strictEqual(last.node.endState, "oldImage");
    for (let i = 0; i < 4 && last.node.phase !== "done"; i++) last = bench.update();
    judgeDone(bench, last);
  }
});

Deno.test("run again: a node that says WAIT without end is updated once it takes messages", () => {
  judgeAgain(
    { rogue: { waitsUntilMs: 60_000 } },
    { code: "ISOTP_N_WFT_OVRN", advice: AGAIN },
    (bench) => bench.wait(60_000),
  );
});

Deno.test("run again: is not said of an image that does not start, nor of flash that is worn out", () => {
  const dead = new RogueBench({ rogue: { neverStarts: true } }).update();
  strictEqual(dead.node.error?.code, "ACTIVATION");
  ok(!AGAIN.test(`${endWords(dead.node)}; ${remedyFor(dead.node.error)}`), endWords(dead.node));

  const refuse = [{ on: "36", nrc: 0x72 }];
  const worn = new RogueBench({ rogue: { refuse } }).update();
  const words = `${endWords(worn.node)}; ${remedyFor(worn.node.error!)}`;
  ok(!/mends it|run it again/.test(words), words);

  const reply = [{ on: "31 01 02 02", data: "71 01 02 02 01" }];
  const wrong = new RogueBench({ rogue: { reply } }).update();
  strictEqual(wrong.node.error?.code, "VERIFY_MISMATCH");
  const wrongWords = `${endWords(wrong.node)}; ${remedyFor(wrong.node.error)}`;
  ok(!/mends it|run it again/.test(wrongWords), wrongWords);
});
