/** The judge of groups is judged: a rogue node against the document, and sequences of its own. */
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { docBlocks } from "../support/doc_blocks.ts";
import { AskedGroup, type AskedRegion, BASE } from "./asked_group.ts";
import { framesOf } from "./rogue_group_region.ts";
import type { RogueOptions } from "./rogue_options.ts";
import { textOf } from "./rogue_options.ts";

/** 16 blocks, 8 a generation. */
const SMALL: AskedRegion = { sizeBytes: 16 * 512, generationBlocks: 8 };

function opened(options: RogueOptions = {}, region: AskedRegion = SMALL): AskedGroup {
  const asked = new AskedGroup(options, region);
  asked.prepare();
  ok(asked.open().startsWith("71 01 47 52"));
  return asked;
}

function examples(language: string): string[][] {
  const text = Deno.readTextFileSync("docs/group-download.md");
  return docBlocks(text).filter((one) => one.language === language)
    .map((one) => one.text.trim().split("\n"));
}

Deno.test("rogue group: it says what the document's examples say", () => {
  const image = Uint8Array.from({ length: 1300 }, (_, n) => n % 251);
  const asked = new AskedGroup({ groupBufferBytes: 8192, groupProgramMsPerKib: 4.1 }, {}, image);
  asked.prepare();
  const [[opening], [cut]] = examples("group-open") as [[string], [string]];
  const [[answer]] = examples("group-opened") as [[string]];
  strictEqual(asked.opening(), opening);
  strictEqual(asked.ask(opening), answer);
  const [[data]] = examples("group-data") as [[string]];
  strictEqual(textOf(asked.data(2).subarray(0, 16)), data);
  asked.sayBlocks(0, 2);
  const [[ask, missing], [, mended]] = examples("group-map") as [[string, string], string[]];
  strictEqual(asked.ask(ask), missing);
  strictEqual(asked.ask(cut), "7F 31 22", "its third block is in flash");
  asked.say(asked.parity(0, 4));
  asked.wait(100);
  strictEqual(asked.ask(ask), mended);
  ok(asked.isWhole);
  asked.judge();
});

Deno.test("rogue group: with 12 buffers and 13 blocks missing, data takes a buffer of parity", () => {
  const asked = opened({}, { sizeBytes: 20 * 512, generationBlocks: 20 });
  strictEqual(asked.map(), "71 03 47 52 00 05 4D 00 00 00 FF FF 0F");
  asked.sayBlocks(0, 1, 2, 3, 4, 5, 6);
  for (let j = 0; j < 13; j++) asked.say(asked.parity(0, j));
  strictEqual(asked.map(), "71 03 47 52 00 05 4D 00 00 0C 80 FF 0F");
  asked.say(asked.data(8));
  strictEqual(asked.map(), "71 03 47 52 01 05 4D 00 00 0B 80 FE 0F");
  asked.wait(20);
  asked.say(asked.parity(0, 20));
  asked.wait(5);
  strictEqual(asked.map(), "71 03 47 52 01 05 4D", "it mends: nothing is missing, it is busy");
  asked.wait(400);
  strictEqual(asked.map(), "71 03 47 52 26 05 4D", "12 of 20: 19 of 31");
  ok(asked.isWhole);
  strictEqual(asked.node.group.log.buffersUsedMax, 12);
  asked.judge();
});

Deno.test("rogue group: mending takes the time of the document, and data of it is ignored", () => {
  const asked = opened({}, { sizeBytes: 72 * 512, generationBlocks: 64 });
  const missing = Array.from({ length: 12 }, (_, i) => 5 * i);
  asked.sayAllBut(64, ...missing);
  for (let j = 0; j < 12; j++) asked.say(asked.parity(0, j));
  const beganAtMs = asked.clock.now();
  const { log } = asked.node.group;
  asked.say(asked.data(0), asked.data(5), asked.data(64));
  strictEqual(log.ignored.get("not missing"), 2);
  strictEqual(log.ignored.get("no room"), 1, "all buffers are being mended");
  while (asked.node.group.isMending) asked.clock.run({ actionsMax: 1 });
  const tookMs = asked.clock.now() - beganAtMs;
  ok(tookMs > 235 && tookMs < 250, `${tookMs} ms`);
  asked.wait(200);
  asked.sayBlocks(64, 65, 66, 67, 68, 69, 70, 71);
  strictEqual(asked.map(), "71 03 47 52 0C 05 4D");
  ok(asked.isWhole);
  asked.judge();
});

Deno.test("rogue group: data that comes while it mends is programmed between two pieces", () => {
  const asked = opened({ groupCpuScale: 40 });
  asked.sayAllBut(8, 2, 6);
  asked.say(asked.parity(0, 3), asked.parity(0, 7));
  asked.say(asked.data(8), asked.data(9));
  asked.wait(50);
  ok(asked.node.group.isMending);
  strictEqual(asked.node.group.log.programmed.length, 8);
  strictEqual(asked.map(), "71 03 47 52 01 05 4D 00 01 00 FC");
  asked.wait(400);
  asked.sayBlocks(10, 11, 12, 13, 14, 15);
  strictEqual(asked.map(), "71 03 47 52 08 05 4D");
  ok(asked.isWhole);
  asked.judge();
});

Deno.test("rogue group: a block that is held and not programmed is read from its buffer", () => {
  const options = { groupProgramMsPerKib: 200, groupMendsWhileProgramming: true };
  const asked = opened(options, { sizeBytes: 4 * 512, generationBlocks: 4 });
  asked.say(asked.data(0));
  asked.wait(120);
  asked.say(asked.parity(0, 0), asked.parity(0, 1), asked.data(3));
  const { group } = asked.node;
  ok(group.isMending && group.isProgramming);
  while (group.isMending) asked.clock.run({ actionsMax: 1 });
  ok(group.isProgramming, "it still programs the block that it read");
  asked.wait(400);
  ok(asked.isWhole);
  strictEqual(group.log.mendedBlocks, 2);
  asked.judge();
});

Deno.test("rogue group: a short last block is mended with another one, and programmed short", () => {
  const asked = opened({}, { sizeBytes: 5 * 512 + 30, generationBlocks: 4 });
  asked.sayBlocks(0, 1, 2, 3);
  asked.say(asked.parity(1, 1), asked.parity(1, 2));
  asked.wait(100);
  ok(asked.isWhole);
  deepStrictEqual(asked.node.flash.read(BASE + 5 * 512 + 30, 4), new Uint8Array(4).fill(0xFF));
  ok(!asked.node.flash.isErased(BASE + 5 * 512 + 28, 4), "its last unit is filled up");
  ok(asked.node.flash.isErased(BASE + 5 * 512 + 32, 4));
  asked.judge();
});

Deno.test("rogue group: a group is cut, mended, and the rest opened with other blocks", () => {
  const asked = opened();
  asked.sayBlocks(0, 1, 3, 4, 5, 6, 7, 8, 9);
  const half = { sizeBytes: 9 * 512 };
  strictEqual(asked.ask(asked.opening(half)), "7F 31 22", "block 9 is there");
  strictEqual(asked.open({ sizeBytes: 10 * 512 }), "71 01 47 52 0C 05 4D");
  strictEqual(asked.map(), "71 03 47 52 00 05 4D 00 00 00 04");
  asked.say(asked.parity(0, 0));
  asked.wait(60);
  strictEqual(asked.map(), "71 03 47 52 08 05 4D");
  const rest = { offsetBytes: 10 * 512, sizeBytes: 6 * 512, blockBytes: 128, key: "00 00 00 02" };
  strictEqual(asked.open(rest), "71 01 47 52 30 01 54", "48 buffers of 128 bytes, 3.4 ms");
  asked.sayAllBut(24, 17);
  asked.say(asked.parity(2, 0));
  asked.wait(60);
  ok(asked.isWhole);
  strictEqual(asked.node.group.log.cuts, 1);
  asked.judge();
});

Deno.test("rogue group: a cut gives parity up, and its last generation has fewer blocks", () => {
  const asked = opened();
  asked.sayBlocks(0, 1, 2, 3, 4);
  asked.say(asked.parity(0, 0), asked.parity(0, 1));
  strictEqual(asked.map(), "71 03 47 52 00 05 4D 00 00 02 E0 00 01 00 FF");
  asked.open({ sizeBytes: 6 * 512 });
  strictEqual(asked.map(), "71 03 47 52 00 05 4D 00 00 00 20");
  asked.say(asked.parity(0, 0));
  asked.wait(60);
  ok(asked.node.flash.holds(BASE, asked.image.subarray(0, 6 * 512)));
  asked.judge();
});

Deno.test("rogue group: false parity shows as FF, and nothing of it is programmed", () => {
  const asked = opened();
  asked.sayAllBut(8, 1, 4);
  const { log } = asked.node.group;
  asked.say(asked.parity(0, 0), asked.parity(0, 9, true));
  asked.wait(60);
  strictEqual(asked.map(), "71 03 47 52 00 05 4D 00 00 FF 12 00 01 00 FF");
  strictEqual(log.programmed.length, 6);
  strictEqual(log.wrongMendings, 1);
  asked.say(asked.parity(0, 2));
  strictEqual(asked.map(), "71 03 47 52 00 05 4D 00 00 01 12 00 01 00 FF", "FF is cleared");
  asked.say(asked.parity(0, 9));
  asked.wait(60);
  strictEqual(asked.map(), "71 03 47 52 08 05 4D 00 01 00 FF");
  asked.sayBlocks(8, 9, 10, 11, 12, 13, 14, 15);
  ok(asked.isWhole);
  asked.judge();
});

Deno.test("rogue group: parity of a late generation makes room for an earlier one, and for data", () => {
  const region = { sizeBytes: 16 * 512, generationBlocks: 4 };
  const asked = opened({ groupBufferBytes: 3 * 512 }, region);
  asked.say(asked.parity(2, 0), asked.parity(3, 0), asked.parity(3, 1));
  asked.say(asked.parity(1, 0));
  const held = "71 03 47 52 00 05 4D 00 00 00 0F 00 01 01 0F 00 02 01 0F 00 03 01 0F";
  strictEqual(asked.map(), held);
  asked.say(asked.parity(3, 2));
  strictEqual(asked.map(), held, "parity of the last generation finds no room");
  asked.say(asked.data(15));
  strictEqual(
    asked.map(),
    "71 03 47 52 01 05 4D 00 00 00 0F 00 01 01 0F 00 02 01 0F 00 03 00 07",
    "data of the last one does",
  );
  asked.wait(20);
  strictEqual(asked.node.group.log.buffersUsedMax, 3);
  asked.judge();
});

Deno.test("rogue group: a missing block that comes frees the parity that it makes needless", () => {
  const asked = opened({ groupProgramMsPerKib: 200 });
  asked.sayAllBut(8, 0, 1, 7);
  asked.say(asked.parity(0, 0), asked.parity(0, 1), asked.data(7));
  strictEqual(asked.map().slice(21, 32), "00 00 02 03");
  asked.say(asked.data(1));
  strictEqual(asked.map().slice(21, 32), "00 00 01 01");
  asked.say(asked.data(0));
  strictEqual(asked.map().slice(21), "00 01 00 FF");
  asked.wait(1000);
  strictEqual(asked.node.group.log.mendedBlocks, 0);
  asked.judge();
});

Deno.test("rogue group: a message whose tag, size, address or sequence does not fit is ignored", () => {
  const asked = opened();
  const { log } = asked.node.group;
  const wrongTag = asked.data(0);
  wrongTag[20]! ^= 1;
  asked.say(wrongTag);
  const frames = framesOf(asked.data(1));
  asked.sayFrames([...frames.slice(0, 10), ...frames.slice(11)]);
  asked.sayFrames([...frames.slice(0, 10), ...frames.slice(26)]);
  const { key } = asked.region;
  asked.region = { ...asked.region, key: "01 02 03 04" };
  asked.say(asked.data(2));
  asked.region = { ...asked.region, key, offsetBytes: 32 };
  asked.say(asked.data(2));
  asked.region = { ...asked.region, offsetBytes: 0, blockBytes: 256 };
  asked.say(asked.data(2));
  asked.region = { ...asked.region, sizeBytes: 80 * 512, blockBytes: 512 };
  asked.say(asked.parity(7, 0));
  deepStrictEqual([...log.ignored], [["tag", 2], ["address", 1], ["size", 1], ["generation", 1]]);
  strictEqual(asked.node.group.tornMessages, 2);
  strictEqual(log.messages, 0);
  asked.sayFrames(frames.slice(0, 10));
  asked.wait(1100);
  asked.sayFrames(frames.slice(10));
  strictEqual(asked.node.group.tornMessages, 3, "N_Cr");
  asked.judge();
});

Deno.test("rogue group: a block that cannot be programmed shows, and its generation is not mended", () => {
  const asked = opened({ groupFailsAtBlock: 3 });
  asked.sayAllBut(8, 7);
  strictEqual(asked.map(), "71 03 47 52 80 05 4D 00 00 00 80 00 01 00 FF");
  asked.say(asked.parity(0, 0));
  asked.wait(60);
  strictEqual(asked.map(), "71 03 47 52 80 05 4D 00 00 00 80 00 01 00 FF");
  strictEqual(asked.node.group.log.mendings.length, 0);
  asked.judge();
});

Deno.test("rogue group: a mending ends where a block of its generation fails, or a cut comes", () => {
  const failing = opened({
    groupProgramMsPerKib: 200,
    groupMendsWhileProgramming: true,
    groupCpuScale: 40,
    groupFailsAtBlock: 7,
  });
  failing.say(...[0, 1, 2, 3, 4].map((i) => failing.data(i)));
  failing.wait(500);
  failing.sayBlocks(5);
  failing.wait(100);
  failing.say(failing.parity(0, 0), failing.data(6));
  ok(failing.node.group.isMending && failing.node.group.isProgramming);
  failing.wait(150);
  ok(!failing.node.group.isMending);
  strictEqual(failing.map(), "71 03 47 52 80 27 10 00 00 00 80 00 01 00 FF");
  failing.judge();

  const cut = opened({ groupCpuScale: 40 });
  cut.sayAllBut(8, 3);
  cut.say(cut.parity(0, 0));
  cut.wait(10);
  ok(cut.node.group.isMending);
  cut.open({ sizeBytes: 8 * 512 });
  strictEqual(cut.map(), "71 03 47 52 00 05 4D 00 00 00 08");
  cut.say(cut.parity(0, 0));
  cut.wait(300);
  strictEqual(cut.map(), "71 03 47 52 08 05 4D");
  cut.judge();
});
