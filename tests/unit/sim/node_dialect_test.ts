import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { checksum } from "../../../src/codec/mod.ts";
import { bytesToHex } from "../../../src/core/mod.ts";
import {
  buildProfile,
  changeProfile,
  ISO14229_TEXT,
  type ProfileChange,
} from "../../../src/update/profiles/mod.ts";
import { NXP_S32K_UNIFIED_TEXT } from "../../../src/update/profiles/nxp_s32k_unified.ts";
import { VW_LIKE_TEXT } from "../../../src/update/profiles/vw_like.ts";
import { createXorKeySource } from "../../../src/uds/mod.ts";
import { APPLICATION, applicationBytes, KEY_MASK, Lab, LAYOUT, word } from "./node_support.ts";

const IMAGE = applicationBytes(2000);
const ERASE = `31 01 FF 00 44 ${word(APPLICATION)} ${word(0x4000)}`;
const POLL = "31 03 FF 00";
const keySource = createXorKeySource(KEY_MASK);

/** A node in its bootloader, unlocked, that speaks another dialect. */
function unlocked(change: ProfileChange, base = ISO14229_TEXT, level = 1): Lab {
  const { profile } = buildProfile("test", changeProfile(base, change));
  const lab = new Lab({
    dialect: profile,
    application: [{ start: APPLICATION, data: IMAGE }],
    security: [{ level, keySource }],
  }).start();
  strictEqual(lab.unlock(level).slice(0, 2), "67");
  return lab;
}

function sumOf(algorithm: Parameters<typeof checksum>[0], data: Uint8Array): string {
  return bytesToHex(checksum(algorithm, data));
}

Deno.test("an erase that is polled answers at once, 0x24 while busy, then its status", () => {
  const poll = { request: POLL, always: true, notReadyNrcs: [0x24] };
  const lab = unlocked({ erase: { poll } });
  const begun = lab.ask(ERASE);
  deepStrictEqual(begun.map(({ hex }) => hex), ["71 01 FF 00 00"]);
  ok(begun[0]!.atMs - lab.sentAtMs < 1);
  strictEqual(lab.answer(POLL), "7F 31 24");
  strictEqual(lab.answer("3E 00"), "7E 00", "it answers others meanwhile");
  strictEqual(lab.answer(`34 00 44 ${word(APPLICATION)} ${word(4)}`), "7F 34 22");
  strictEqual(lab.answer(ERASE), "7F 31 22");
  lab.wait(300);
  strictEqual(lab.answer(POLL), "71 03 FF 00 00");
  strictEqual(lab.answer(POLL), "71 03 FF 00 00");
});

Deno.test("an erase with a busy status shows it until it is done, a bad one if it fails", () => {
  const erase = { good: [0x02], busy: [0x01], poll: { request: POLL } };
  const lab = unlocked({ erase });
  lab.node.flash.failEraseOnce(APPLICATION);
  deepStrictEqual([ERASE, POLL].map((r) => lab.answer(r)), ["71 01 FF 00 01", "71 03 FF 00 01"]);
  lab.wait(300);
  strictEqual(lab.answer(POLL), "71 03 FF 00 03");
  strictEqual(lab.answer(ERASE), "71 01 FF 00 01");
  lab.wait(300);
  strictEqual(lab.answer(POLL), "71 03 FF 00 02");
});

Deno.test("a poll of nothing is out of sequence", () => {
  const poll = { request: POLL, always: true };
  strictEqual(unlocked({ erase: { poll } }).answer(POLL), "7F 31 24");
});

Deno.test("where every status is good, a failure is a negative response", () => {
  const lab = unlocked({ erase: { good: "any" } });
  lab.node.flash.failEraseOnce(APPLICATION);
  strictEqual(lab.answer(ERASE), "7F 31 72");
});

Deno.test("a check that reports answers the checksum itself", () => {
  const lab = unlocked({
    check: {
      request: "31 01 02 02 {address:4} {size:4}",
      algorithm: "crc16-ccitt",
      mode: "report",
    },
  });
  strictEqual(
    lab.answer(`31 01 02 02 ${word(APPLICATION)} ${word(2000)}`),
    `71 01 02 02 ${sumOf("crc16-ccitt", IMAGE)}`,
  );
});

Deno.test("a check of what cannot be read has a bad status", () => {
  const lab = unlocked({});
  lab.node.flash.unlock();
  lab.node.flash.cutErase(lab.node.flash.unitAt(APPLICATION), 0.5);
  strictEqual(lab.check(APPLICATION, IMAGE), "71 01 02 02 01");
});

Deno.test("an erase waits for its flash driver: downloaded to RAM, and checked", () => {
  const lab = unlocked({}, NXP_S32K_UNIFIED_TEXT);
  const driver = new Uint8Array(100).fill(0x5A);
  const check = (sum: string): string => `31 01 02 02 00 00 ${sum}`;
  strictEqual(lab.answer("31 01 FF 00"), "7F 31 22");
  strictEqual(lab.download(0x2000_0010, driver, 64), "77");
  strictEqual(lab.answer("31 01 FF 00"), "7F 31 22");
  strictEqual(lab.answer(check("12 34")), "71 01 02 02 01");
  strictEqual(lab.answer(check(sumOf("crc16-dnp", driver))), "71 01 02 02 00");
  strictEqual(lab.answer("31 01 FF 00"), "71 01 FF 00 00");
  ok(lab.node.flash.isErased(LAYOUT.application), "no operand: the whole application");
  strictEqual(lab.download(APPLICATION, IMAGE), "77");
  strictEqual(lab.answer(check(sumOf("crc16-dnp", IMAGE))), "71 01 02 02 00");
});

Deno.test("a block number means the application: erase, download and check name no address", () => {
  const lab = unlocked({}, VW_LIKE_TEXT, 0x11);
  const check = `31 01 02 02 01 03 00 04 ${sumOf("crc32", IMAGE)}`;
  strictEqual(lab.answer(check), "7F 31 24", "nothing was downloaded yet");
  strictEqual(lab.answer("31 01 FF 00 01 03"), "71 01 FF 00 00");
  ok(lab.answer(`34 00 41 03 ${word(IMAGE.length)}`).startsWith("74"));
  strictEqual(lab.answer(Uint8Array.of(0x36, 1, ...IMAGE)), "76 01");
  strictEqual(lab.answer("37"), "77");
  strictEqual(lab.answer(check), "71 01 02 02 00");
  deepStrictEqual(lab.held(IMAGE), IMAGE);
});

Deno.test("a precondition routine is answered by the application and the bootloader", () => {
  const { profile } = buildProfile("test", VW_LIKE_TEXT);
  const lab = new Lab({
    dialect: profile,
    application: [{ start: APPLICATION, data: IMAGE }],
    security: [],
  }).start();
  deepStrictEqual(
    ["10 03", "31 01 02 03", "10 02", "10 03", "31 01 02 03"].map((r) => lab.answer(r)),
    [
      "50 03 00 32 01 F4",
      "71 01 02 03 00",
      "50 02 00 32 01 F4",
      "50 03 00 32 01 F4",
      "71 01 02 03 00",
    ],
  );
});

Deno.test("what is written by data identifier is kept without power, and can be read", () => {
  const lab = unlocked({});
  strictEqual(lab.answer("2E F1 5A 01 02 03"), "6E F1 5A");
  lab.node.powerOff();
  lab.start();
  strictEqual(lab.answer("22 F1 5A"), "62 F1 5A 01 02 03");
});

Deno.test("where only the reset ends an update, it accepts what was checked", () => {
  for (const isChecked of [true, false]) {
    const lab = unlocked({ finish: ["11 01"] });
    lab.erase(APPLICATION, 4);
    lab.download(APPLICATION, IMAGE);
    if (isChecked) lab.check(APPLICATION, IMAGE);
    strictEqual(lab.answer("11 01"), "51 01");
    strictEqual(lab.wait(20).node.mode, isChecked ? "application" : "bootloader");
  }
});
