/** Sessions live on nodes that count only physical traffic, or only some services. */
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { judgeDone, judgeFirstTry } from "./judgement.ts";
import { RogueBench, type RogueBenchOptions } from "./rogue_bench.ts";
import { type RogueOptions, STOCK_ISO14229 } from "./rogue_options.ts";

/** One segment that takes longer than the S3 of each of these nodes. */
const LONG: RogueBenchOptions = { base: 0x0802_0000, imageBytes: 128 * 1024 };
/** Functional traffic does not keep its session, and it is quick to forget. */
const PHYSICAL_ONLY: RogueOptions = { s3Ms: 2000, s3RefreshedBy: "physicalSessionServices" };

/** TesterPresent that a node got, by how it was addressed. */
function testerPresent(
  bench: RogueBench,
): { readonly physical: number; readonly functional: number } {
  const all = bench.node.log.of("3E");
  const functional = all.filter(({ isFunctional }) => isFunctional).length;
  return { physical: all.length - functional, functional };
}

/** The longest time without a 10 or 3E that a node answered, from its 10 02 to its reset. */
function longestSilenceMs(bench: RogueBench): number {
  const { requests } = bench.node.log;
  const begin = requests.findIndex(({ text }) => text.startsWith("10 02"));
  const end = requests.findIndex(({ text }) => text.startsWith("11"));
  const times = requests.slice(begin, end)
    .filter(({ data, isFunctional }) => !isFunctional && (data[0] === 0x10 || data[0] === 0x3E))
    .map(({ atMs }) => atMs);
  return Math.max(...[...times, requests[end]!.atMs].map((ms, i) => ms - (times[i - 1] ?? ms)));
}

// CDA#412: physical TesterPresent only.
Deno.test("keep alive: physical, an answered 3E 00 between two requests, due at half of S3", () => {
  for (const rogue of [STOCK_ISO14229, { ...STOCK_ISO14229, blockSize: 0 }]) {
    const bench = new RogueBench({ ...LONG, rogue, profile: "keepAlive: physical" });
    judgeFirstTry(bench, bench.update());
    const { physical, functional } = testerPresent(bench);
    ok(physical > 0);
    strictEqual(functional, 0);
    const { log, link } = bench.node;
    ok(log.of("3E").every(({ text, answers }) => text === "3E 00" && answers[0]?.text === "7E 00"));
    ok(longestSilenceMs(bench) <= 0.75 * 5100, `${longestSilenceMs(bench)} ms without one`);
    strictEqual(link.counts.brokenOff, 0, "never in the middle of a message");
    deepStrictEqual(log.sessionEnds, []);
  }
});

Deno.test("keep alive: both, a node that counts physical ones alone keeps its session", () => {
  const rogue = { ...PHYSICAL_ONLY, s3Ms: 5100 };
  const bench = new RogueBench({ ...LONG, rogue, profile: "keepAlive: both" });
  judgeFirstTry(bench, bench.update());
  const { physical, functional } = testerPresent(bench);
  ok(physical > 0 && functional > 0);
});

// udsoncan#255: no TesterPresent at all.
Deno.test("keep alive: none, no 3E is sent at all", () => {
  const bench = new RogueBench({ ...LONG, profile: "keepAlive: none" });
  judgeFirstTry(bench, bench.update());
  deepStrictEqual(testerPresent(bench), { physical: 0, functional: 0 });
});

Deno.test("keep alive: functional, no physical 3E is sent", () => {
  const bench = new RogueBench({ ...LONG, profile: "keepAlive: functional" });
  judgeFirstTry(bench, bench.update());
  const { physical, functional } = testerPresent(bench);
  strictEqual(physical, 0);
  ok(functional > 0);
});

Deno.test("keep alive: a bus without a functional identifier carries no functional frame", () => {
  for (const profile of ["", "keepAlive: physical", "keepAlive: none"]) {
    const bench = new RogueBench({ ...LONG, bus: "functional: none", profile });
    judgeFirstTry(bench, bench.update(), profile);
    deepStrictEqual(bench.node.log.requests.filter(({ isFunctional }) => isFunctional), []);
  }
});

// iso14229 over isotp-c, stock, and CDA#412: nothing in the fleet file says what keeps a session.
const STRICT_SESSIONS: readonly (readonly [string, RogueOptions])[] = [
  ["stock iso14229", STOCK_ISO14229],
  ["physical 10 and 3E only", { ...PHYSICAL_ONLY, s3Ms: 4000 }],
  ["7F .. 70", { ...STOCK_ISO14229, lostSessionNrc: 0x70 }],
  ["7F .. 24", { ...STOCK_ISO14229, lostSessionNrc: 0x24 }],
  ["7F .. 33", { ...STOCK_ISO14229, lostSessionNrc: 0x33 }],
];
for (const [name, rogue] of STRICT_SESSIONS) {
  Deno.test(`keep alive: a session that dies in mid-segment is noticed, by default: ${name}`, () => {
    const bench = new RogueBench({ ...LONG, imageBytes: 256 * 1024, rogue });
    const run = bench.update();
    judgeDone(bench, run);
    ok(bench.node.log.sessionEnds.length <= 1, "it dies once at the most");
    ok(run.retries("segment").length <= 1);
  });
}

// An erase that is asked about for longer than S3 takes: 31 keeps no session here.
Deno.test("keep alive: a node that starts anew at the end of S3 and is deaf meanwhile", () => {
  const rogue: RogueOptions = {
    ...STOCK_ISO14229,
    s3RefreshedBy: "physicalSessionServices",
    eraseToldBy: "31 01 FF 20",
    eraseMs: 6000,
    rebootsAtS3Ms: 500,
  };
  const profile = `erase: { busy: [0x01], poll: { request: "31 01 FF 20", intervalMs: 100 } }`;
  const bench = new RogueBench({ ...LONG, rogue, profile });
  judgeDone(bench, bench.update());
  ok(bench.node.log.sessionEnds.length <= 2, `${bench.node.log.sessionEnds.length} times`);
});

Deno.test("keep alive: a session that other things end is not blamed on keep-alive", () => {
  const rogue: RogueOptions = { refuse: [{ on: "36", nth: 3, nrc: 0x24 }] };
  const bench = new RogueBench({ ...LONG, rogue });
  judgeDone(bench, bench.update());
  strictEqual(testerPresent(bench).physical, 0, "it died long before S3");
});

Deno.test("keep alive: a server that answers 3E between two blocks with 0x24 is not asked so again", () => {
  const rogue: RogueOptions = { testerPresentInDownloadNrc: 0x24 };
  const bench = new RogueBench({
    ...LONG,
    imageBytes: 256 * 1024,
    rogue,
    profile: "keepAlive: physical",
  });
  const run = bench.update();
  judgeDone(bench, run);
  deepStrictEqual(run.retries("segment"), []);
  const refused = bench.node.log.of("3E").filter(({ answers }) => answers[0]?.text === "7F 3E 24");
  strictEqual(refused.length, 1);
});

Deno.test("keep alive: a physical 3E 00 never comes while a question is open", () => {
  const rogue: RogueOptions = {
    s3Ms: 2000,
    pending: [{ on: "31 01 FF 00", firstMs: 20, everyMs: 1000, answerMs: 4500 }],
  };
  const bench = new RogueBench({ rogue, profile: "keepAlive: physical, timing: { s3Ms: 2000 }" });
  judgeFirstTry(bench, bench.update());
});

Deno.test("keep alive: verify notices a session that dies, and says what it inferred", () => {
  const rogue: RogueOptions = { ...PHYSICAL_ONLY, s3Ms: 4000, checkMs: 1500 };
  const bench = new RogueBench({ rogue, imageBytes: 90 * 1024 });
  const run = bench.start({ isVerify: true });
  run.finish();
  strictEqual(run.node.error?.code, "VERIFY_MISMATCH");
  strictEqual(bench.node.log.sessionEnds.length, 1, "it dies once");
  const findings = run.events.filter(({ type }) => type === "sessionFinding");
  strictEqual(findings.length, 1);
});
