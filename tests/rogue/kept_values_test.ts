/** Bootloaders that want to see again what they told: a nonce, a token, their serial number. */
import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { dearTest } from "../support/dear.ts";
import { rowProfile } from "../support/profile_rows.ts";
import { type BentNode, judgeBent } from "./bent_node.ts";
import { judgeUntouched } from "./judgement.ts";
import { RogueBench } from "./rogue_bench.ts";
import { textOf } from "./rogue_options.ts";

const SHORT = { maxNumberOfBlockLength: 1026 };
const SERIAL = "SN-0042";
const LOST = [
  { on: "31 01 FF 00", nth: 1 },
  { on: "31 01 FF 00", nth: 2 },
  { on: "27 02", nth: 1 },
  { on: "36", nth: 3 },
];

const NONCE: BentNode = {
  rogue: { ...SHORT, eraseNonceBy: "22 DD 07" },
  profile: rowProfile("session-nonce"),
};
const TOKEN: BentNode = {
  rogue: { ...SHORT, eraseNonceBy: "31 01 FF 10" },
  profile: rowProfile("erase-token"),
};
const WITH_SEED: BentNode = {
  rogue: { ...SHORT, serial: SERIAL, seedRecord: textOf(new TextEncoder().encode(SERIAL)) },
  profile: rowProfile("serial-with-seed"),
};

Deno.test("kept values: a nonce of the session: lost answers, power cuts, resume", () => {
  judgeBent(NONCE, [{ on: "22 DD 07", nth: 1 }, ...LOST]);
});

dearTest("kept values: a token for each erase: lost answers, power cuts, resume", () => {
  judgeBent(TOKEN, [{ on: "31 01 FF 10", nth: 1 }, { on: "31 01 FF 10", nth: 2 }, ...LOST]);
});

dearTest(
  "kept values: a serial number with the seed's request: lost answers, power cuts, resume",
  () => {
    judgeBent(WITH_SEED, [{ on: "22 F1 8C", nth: 2 }, { on: "27 01", nth: 1 }, ...LOST]);
  },
);

Deno.test("kept values: they are read anew whenever the node is brought in", () => {
  const bench = new RogueBench(NONCE);
  const run = bench.start();
  run.runTo(2_000);
  bench.node.powerCut();
  run.finish();
  const told = bench.node.log.of("22 DD 07").map(({ answers }) => answers[0]!.text.slice(9));
  strictEqual(new Set(told).size, told.length);
  ok(told.length >= 2);
  const used = bench.node.log.of("31 01 FF 00").map(({ data }) => textOf(data.slice(-4)));
  deepStrictEqual([...new Set(used)], told);
});

for (const bytes of [0, 3]) {
  Deno.test(`kept values: ${bytes} bytes where four are kept end it before anything is touched`, () => {
    const bench = new RogueBench({ ...NONCE, rogue: { ...NONCE.rogue, toldNonceBytes: bytes } });
    const { error } = bench.update().node;
    strictEqual(error?.code, "ROUTINE_STATUS");
    match(error.message, /answers other than the profile's enter\[2\]\.answer/);
    strictEqual(bench.node.log.count("22 DD 07"), 1);
    judgeUntouched(bench);
  });
}

Deno.test("kept values: what is longer than four bytes is cut to them", () => {
  const bench = new RogueBench({ ...NONCE, rogue: { ...NONCE.rogue, toldNonceBytes: 4000 } });
  deepStrictEqual(bench.update().outcomes, ["done"]);
});

for (const bytes of [0, 256, 4090]) {
  Deno.test(`kept values: ${bytes} bytes of open length are not kept`, () => {
    const profile = NONCE.profile!.replaceAll("{nonce:4}", "{nonce}");
    const bench = new RogueBench({
      ...NONCE,
      profile,
      rogue: { ...NONCE.rogue, toldNonceBytes: bytes },
    });
    const { error } = bench.update().node;
    strictEqual(error?.code, "ROUTINE_STATUS");
    match(error.message, new RegExp(`${bytes} bytes for \\{nonce\\}, 1 to 255 were expected`));
    match(error.message, /enter\[2\] of profile mine/);
    judgeUntouched(bench);
  });
}
