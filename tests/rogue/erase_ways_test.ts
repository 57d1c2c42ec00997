/** Bootloaders that erase within RequestDownload, or by several requests. */
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { rowProfile } from "../support/profile_rows.ts";
import { type BentNode, judgeBent } from "./bent_node.ts";
import { judgeDone } from "./judgement.ts";
import { RogueBench } from "./rogue_bench.ts";

const IN_DOWNLOAD: BentNode = {
  rogue: { erasesAtDownload: true },
  profile: rowProfile("erase-within-34"),
};
const BY_STEPS: BentNode = {
  isPolled: true,
  rogue: { eraseUnlockedBy: "31 01 FF 10", eraseToldBy: "31 01 FF 20" },
  profile: rowProfile("erase-by-steps"),
};

Deno.test("erase: none: 34 erases: lost answers, power cuts, resume", () => {
  judgeBent(IN_DOWNLOAD, [
    { on: "34", nth: 1 },
    { on: "34", nth: 3 },
    { on: "36", nth: 1 },
    { on: "37", nth: 2 },
  ]);
});

Deno.test("erase: unlocked before and told behind: lost answers, power cuts, resume", () => {
  judgeBent(BY_STEPS, [
    { on: "31 01 FF 10", nth: 1 },
    { on: "31 01 FF 00", nth: 2 },
    { on: "31 01 FF 20", nth: 3 },
    { on: "34", nth: 2 },
  ]);
});

// A part whose one bank is erased runs nothing meanwhile, and its controller takes no frame.
for (
  const [how, profile] of [
    ["polled", rowProfile("erase-polled")],
    ["polled by a step behind it", BY_STEPS.profile!],
  ] as const
) {
  Deno.test(`erase: ${how}: a node that is deaf while it erases`, () => {
    const told = how === "polled" ? { eraseToldBy: "31 01 FF 20" } : BY_STEPS.rogue;
    const rogue = { ...told, isDeafWhileErasing: true, eraseMs: 450 };
    const bench = new RogueBench({ rogue, profile });
    const run = bench.update();
    judgeDone(bench, run);
    deepStrictEqual([run.retries("node"), run.retries("segment")], [[], []]);
    ok(bench.node.flash.sectors.every(({ erasedAtMs }) => erasedAtMs.length <= 1), "erased once");
  });
}

Deno.test("erase: none: 34 gets the time of an erase, without 0x78", () => {
  const pending = [{ on: "34", firstMs: Infinity, answerMs: 400 }];
  const bench = new RogueBench({ ...IN_DOWNLOAD, rogue: { ...IN_DOWNLOAD.rogue, pending } });
  const run = bench.update();
  judgeDone(bench, run);
  deepStrictEqual(run.retries(), []);
});

Deno.test("erase: none: each erase is announced before the 34 that does it", () => {
  const bench = new RogueBench(IN_DOWNLOAD);
  const run = bench.update();
  judgeDone(bench, run);
  const erasing = run.events.flatMap((event) =>
    event.type === "segmentPhase" && event.phase === "erasing" ? [event.atMs] : []
  );
  const asked = bench.node.log.of("34").map(({ beganAtMs }) => beganAtMs);
  strictEqual(asked.length, 3);
  deepStrictEqual(asked.map((ms, i) => ms >= erasing[i]!), [true, true, true]);
});

Deno.test("erase: none: a node that refuses the first 34 at once is untouched", () => {
  const refuse = [{ on: "34", nrc: 0x31 }];
  const bench = new RogueBench({ ...IN_DOWNLOAD, rogue: { ...IN_DOWNLOAD.rogue, refuse } });
  const run = bench.update();
  deepStrictEqual(run.outcomes, ["failed: untouched"]);
  ok(bench.node.flash.sectors.every(({ erasedAtMs }) => erasedAtMs.length === 0));
});

Deno.test("erase: an unlock that is refused leaves the node untouched", () => {
  const refuse = [{ on: "31 01 FF 10", nrc: 0x31 }];
  const bench = new RogueBench({ ...BY_STEPS, rogue: { ...BY_STEPS.rogue, refuse } });
  const run = bench.update();
  deepStrictEqual(run.outcomes, ["failed: untouched"]);
  strictEqual(bench.node.log.count("31 01 FF 00"), 0);
});
