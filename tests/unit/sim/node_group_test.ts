import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { crc16Ccitt, Gf256Parity } from "../../../src/codec/mod.ts";
import { bytesToHex, Prng } from "../../../src/core/mod.ts";
import {
  encodeGroupMessage,
  encodeGroupOpen,
  generationChecksums,
  GROUP_ROUTINE_ID,
  type GroupOpening,
  type GroupRegion,
} from "../../../src/group/mod.ts";
import { GROUP_IDENTIFIER, GroupLab } from "./group_lab.ts";
import { APPLICATION, applicationBytes, Lab, word } from "./node_support.ts";

const KEY = Uint8Array.of(0xC0, 0xFF, 0xEE, 0x01);
/** 24 blocks of 512 bytes, the last one shorter, in generations of 16. */
const REGION: GroupRegion = {
  address: APPLICATION,
  sizeBytes: 24 * 512 - 100,
  blockBytes: 512,
  generationBlocks: 16,
};
const IMAGE = new Prng(5).bytes(REGION.sizeBytes);
const MAP = "31 03 47 52 00 00 00";
const CLOSE = "31 02 47 52";

function openingOf(change: Partial<GroupRegion> = {}): GroupOpening {
  const region = { ...REGION, ...change };
  return {
    identifier: GROUP_IDENTIFIER,
    key: KEY,
    region,
    checksums: generationChecksums(region, IMAGE),
  };
}

/** The request that opens a group, some of its bytes changed. */
function open(
  change: Partial<GroupRegion> = {},
  patch: Readonly<Record<number, number>> = {},
): Uint8Array {
  const request = encodeGroupOpen(GROUP_ROUTINE_ID, openingOf(change));
  for (const [at, value] of Object.entries(patch)) request[Number(at)] = value;
  return request;
}

/** All blocks but some, programmed. */
function sayAllBut(lab: GroupLab, missing: readonly number[], to = 24): GroupLab {
  for (let block = 0; block < to; block++) if (!missing.includes(block)) lab.say(data(block));
  return lab.wait(50);
}

function data(block: number): Uint8Array {
  const start = block * REGION.blockBytes;
  const bytes = IMAGE.subarray(start, start + REGION.blockBytes);
  return encodeGroupMessage({ kind: "data", address: APPLICATION + start, data: bytes }, KEY);
}

function parity(generation: number, index: number): Uint8Array {
  const sources = Array.from({ length: generation === 0 ? 16 : 8 }, (_, i) => {
    const start = (generation * 16 + i) * 512;
    return IMAGE.subarray(start, start + 512);
  });
  const bytes = new Gf256Parity(sources.length).encode(index, sources, 512);
  return encodeGroupMessage({ kind: "parity", generation, index, data: bytes }, KEY);
}

Deno.test("node in a group tells its versions, in the programming session only", () => {
  const lab = new GroupLab();
  strictEqual(lab.answer("22 47 52"), "62 47 52 02");
  strictEqual(lab.answer("22 47 52 F1 95"), "62 47 52 02");
  lab.answer("10 02");
  // Locked again, and told all the same.
  strictEqual(lab.answer("22 47 52"), "62 47 52 02");
  lab.answer("10 03");
  strictEqual(lab.answer("22 47 52"), "7F 22 31");
  strictEqual(new Lab().start().answer("22 47 52"), "7F 22 31");
});

Deno.test("node in a group looks at an opening in the document's order", () => {
  const lab = new GroupLab();
  const short = open().subarray(0, 23);
  strictEqual(lab.answer(short), "7F 31 13");
  // Not erased, wrong version, wrong length: the version comes first.
  strictEqual(lab.answer(Uint8Array.of(...open({}, { 4: 1 }), 0)), "7F 31 31");
  strictEqual(lab.answer(open().subarray(0, 24)), "7F 31 13");
  strictEqual(lab.answer(Uint8Array.of(...open(), 0)), "7F 31 13");
  // Nothing was erased yet on a part that is not blank there.
  lab.node.flash.load(APPLICATION, Uint8Array.of(0));
  strictEqual(lab.answer(open()), "7F 31 70");
  lab.erase(APPLICATION, 0x8000);
  const refused: (readonly [string, Uint8Array])[] = [
    ["version 1", open({}, { 4: 1 })],
    ["version 3", open({}, { 4: 3 })],
    ["identifier of 12 bits", open({}, { 7: 0x08 })],
    ["identifier of 30 bits", open({}, { 5: 0xA0 })],
    ["identifier of its requests", open({}, { 7: 0x07, 8: 0xE0 })],
    ["identifier of its answers", open({}, { 7: 0x07, 8: 0xE8 })],
    ["identifier of everybody's requests", open({}, { 7: 0x07, 8: 0xDF })],
    ["blocks of 0 bytes", open({}, { 21: 0, 22: 0 })],
    ["blocks of 33 bytes", open({}, { 21: 0, 22: 33 })],
    ["blocks of 4,096 bytes", open({}, { 21: 0x10, 22: 0 })],
    ["generations of 0 blocks", open({}, { 23: 0 })],
    ["generations of 255 blocks", open({}, { 23: 255 })],
    ["no bytes", open({}, { 17: 0, 18: 0, 19: 0, 20: 0 })],
    ["1,025 generations", open({ sizeBytes: 1025 * 32, blockBytes: 32, generationBlocks: 1 })],
    ["an odd address", open({}, { 16: 1 })],
    ["the bootloader", open({ address: 0x0800_0000 })],
    ["beyond the application", open({ address: 0x0802_0000 - 0x1000 })],
  ];
  for (const [what, request] of refused) strictEqual(lab.answer(request), "7F 31 31", what);
  strictEqual(lab.answer(open()).slice(0, 14), "71 01 47 52 10");
});

Deno.test("node in a group that is busy or has a download open refuses with 22, before 70", () => {
  const lab = new GroupLab();
  lab.erase(APPLICATION, 0x8000);
  lab.answer(`34 00 44 ${word(APPLICATION)} 00 00 02 00`);
  lab.node.flash.load(APPLICATION, Uint8Array.of(0));
  strictEqual(lab.answer(open()), "7F 31 22");
  const busy = new GroupLab().opened(open());
  busy.say(data(0));
  strictEqual(busy.answer(open({ sizeBytes: 1024 - 4 })), "7F 31 22");
  busy.wait(20);
  strictEqual(busy.answer(open({ sizeBytes: 1024 - 4 })), "7F 31 70");
});

Deno.test("node in a group answers an opening that is repeated, whatever its flash is doing", () => {
  const lab = new GroupLab().opened(open());
  const answer = lab.answer(open());
  lab.say(data(3));
  strictEqual(lab.answer(open()), answer);
  lab.wait(20);
  const map = lab.answer(MAP);
  ok(!/ F7 /.test(answer) && map.includes("F7 FF"), map);
});

Deno.test("node in a group keeps its group when it refuses another opening", () => {
  const lab = new GroupLab().opened(open());
  lab.say(data(0)).wait(20);
  for (const request of [open({}, { 4: 1 }), open({}, { 9: 0xC1 }), open().subarray(0, 27)]) {
    ok(lab.answer(request).startsWith("7F 31"));
  }
  lab.say(data(1)).wait(20);
  strictEqual(lab.answer(MAP).slice(21, 35), "00 00 00 FC FF");
});

Deno.test("node in a group mends as long as its core takes, and hears meanwhile", () => {
  // 12 of 16 blocks: (12 x 16 + 12 x 12) x 512 products of 24 cycles, and 8,192 bytes of 12, at 48 MHz.
  const mendMs = ((12 * 16 + 12 * 12) * 512 * 24 + 8192 * 12) / 48_000;
  const missing = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11];
  const lab = sayAllBut(new GroupLab({ groupBufferBlocks: 13 }).opened(open()), missing, 16);
  lab.say(...missing.map((index) => parity(0, index)));
  strictEqual(lab.answer(MAP).slice(0, 14), "71 03 47 52 01");
  strictEqual(lab.answer(MAP).slice(21), "00 01 00 FF");
  // Data of the next generation is held; data of what is being mended takes no buffer.
  lab.say(data(5), data(16));
  strictEqual(lab.answer(MAP).slice(21), "00 01 00 FE");
  lab.wait(mendMs - 40);
  deepStrictEqual(lab.held(IMAGE)!.subarray(0, 512).every((byte) => byte === 0xFF), true);
  lab.wait(40 + 13 * 20);
  strictEqual(lab.answer(MAP).slice(0, 14), "71 03 47 52 20");
  deepStrictEqual(lab.held(IMAGE)!.subarray(0, 17 * 512), IMAGE.subarray(0, 17 * 512));
});

Deno.test("node in a group with a faster core mends faster", () => {
  const doneAfterMs = [48, 168].map((groupCoreMhz) => {
    const lab = sayAllBut(new GroupLab({ groupCoreMhz }).opened(open()), [0, 1], 16);
    lab.say(parity(0, 0), parity(0, 1));
    const sinceMs = lab.clock.now();
    while (lab.answer(MAP).slice(12, 14) === "01") lab.wait(0.1);
    return lab.clock.now() - sinceMs;
  });
  const savedMs = ((2 * 16 + 2 * 2) * 512 * 24 + 8192 * 12) * (1 / 48_000 - 1 / 168_000);
  ok(Math.abs(doneAfterMs[0]! - doneAfterMs[1]! - savedMs) < 2, `${doneAfterMs}`);
});

Deno.test("node in a group that is reset while it mends programs nothing of it afterwards", () => {
  const lab = sayAllBut(new GroupLab().opened(open()), [0, 1], 16);
  lab.say(parity(0, 0), parity(0, 1));
  lab.node.reset();
  lab.wait(1000);
  ok(lab.held(IMAGE)!.subarray(0, 1024).every((byte) => byte === 0xFF));
  // And one whose group was closed.
  const closed = sayAllBut(new GroupLab().opened(open()), [0, 1], 16);
  closed.say(parity(0, 0), parity(0, 1));
  strictEqual(closed.answer(CLOSE), "71 02 47 52");
  closed.wait(1000);
  ok(closed.held(IMAGE)!.subarray(0, 1024).every((byte) => byte === 0xFF));
  strictEqual(closed.answer(MAP), "7F 31 24");
});

Deno.test("node in a group programs nothing of a forged mending", () => {
  const lab = sayAllBut(new GroupLab().opened(open()), [0, 1], 16);
  const bytes = new Prng(1).bytes(512);
  lab.say(encodeGroupMessage({ kind: "parity", generation: 0, index: 0, data: bytes }, KEY));
  lab.say(parity(0, 1)).wait(200);
  strictEqual(lab.answer(MAP).slice(0, 14), "71 03 47 52 00");
  strictEqual(lab.answer(MAP).slice(21, 35), "00 00 FF 03 00");
  ok(lab.held(IMAGE)!.subarray(0, 1024).every((byte) => byte === 0xFF));
  lab.say(parity(0, 2), parity(0, 3)).wait(200);
  deepStrictEqual(lab.held(IMAGE)!.subarray(0, 16 * 512), IMAGE.subarray(0, 16 * 512));
});

Deno.test("node in a group cuts it, and takes the rest as a group of its own", () => {
  const lab = sayAllBut(new GroupLab().opened(open()), [3], 12);
  strictEqual(lab.answer(open({ sizeBytes: 11 * 512 })), "7F 31 22");
  const cut = open({ sizeBytes: 12 * 512 });
  const answer = lab.answer(cut);
  ok(answer.startsWith("71 01 47 52 10"), answer);
  strictEqual(lab.answer(cut), answer);
  strictEqual(lab.answer(MAP).slice(21), "00 00 00 08 00");
  // What is behind the end is nothing any more.
  lab.say(data(12)).wait(20);
  lab.say(data(3)).wait(20);
  strictEqual(lab.answer(MAP).slice(0, 14), "71 03 47 52 00");
  // The rest, in blocks of 128 bytes: four times as many fit the buffers.
  const rest = { address: APPLICATION + 12 * 512, sizeBytes: 12 * 512 - 100 };
  const image = IMAGE.subarray(12 * 512);
  const region = { ...rest, blockBytes: 128, generationBlocks: 16 };
  const checksums = generationChecksums(region, image);
  strictEqual(checksums.at(-1), crc16Ccitt(image.subarray(2 * 2048)));
  const opening = { ...openingOf(), region, checksums };
  ok(lab.answer(encodeGroupOpen(GROUP_ROUTINE_ID, opening)).startsWith("71 01 47 52 40"));
  for (let offset = 0; offset < image.length; offset += 128) {
    const bytes = image.subarray(offset, offset + 128);
    lab.say(encodeGroupMessage({ kind: "data", address: rest.address + offset, data: bytes }, KEY));
  }
  lab.wait(50);
  deepStrictEqual(lab.held(IMAGE), IMAGE);
  strictEqual(lab.check(APPLICATION, IMAGE), "71 01 02 02 00");
});

Deno.test("node in a group has as many buffers as fit its bytes, 255 at most", () => {
  const lab = new GroupLab({ groupBufferBlocks: 12 });
  lab.erase(APPLICATION, 0x8000);
  const roomOf = (blockBytes: number): string =>
    lab.answer(open({ blockBytes, generationBlocks: 100 })).slice(12, 14);
  deepStrictEqual([512, 128, 64, 32, 1024, 4064].map(roomOf), ["0C", "30", "60", "C0", "06", "01"]);
  const large = new GroupLab();
  large.erase(APPLICATION, 0x8000);
  strictEqual(large.answer(open({ blockBytes: 32, generationBlocks: 100 })).slice(12, 14), "FF");
  // Not one block fits.
  const small = new GroupLab({ groupBufferBlocks: 1 });
  small.erase(APPLICATION, 0x8000);
  strictEqual(small.answer(open({ blockBytes: 1024 })), "7F 31 31");
});

Deno.test("node in a group keeps its session by the group's messages, and by no others", () => {
  const lab = new GroupLab().opened(open());
  for (let second = 0; second < 9; second++) lab.wait(1000).say(data(second));
  strictEqual(lab.node.session, 2);
  const other = data(9).slice();
  other[2]! ^= 1;
  for (let second = 0; second < 6; second++) lab.wait(1000).say(other);
  strictEqual(lab.node.session, 1);
});

Deno.test("node in a group ends its map where its answer is full", () => {
  const lab = new GroupLab({ groupMapBytesMax: 12 }).opened(open());
  const whole = lab.answer(MAP);
  strictEqual(whole.slice(12, 14), "40");
  strictEqual(whole.slice(21), "00 00 00 FF FF");
  const rest = lab.answer("31 03 47 52 00 01 00");
  strictEqual(rest.slice(12, 14), "00");
  strictEqual(rest.slice(21), "00 01 00 FF");
  strictEqual(lab.answer("31 03 47 52 00 02 00").length, 20);
  strictEqual(lab.answer("31 03 47 52 00"), "7F 31 13");
});

Deno.test("node in a group states a P2* of 500 ms, and asks for patience before it is over", () => {
  const lab = new GroupLab();
  strictEqual(lab.answer("10 02"), "50 02 00 32 00 32");
  lab.unlock();
  const from = lab.clock.now();
  const heard = lab.ask(`31 01 FF 00 44 ${word(APPLICATION)} ${word(0x8000)}`);
  const times = heard.map(({ atMs }) => atMs - from);
  ok(times.length > 2 && times[0]! < 50, `${times}`);
  times.slice(1).forEach((atMs, i) => ok(atMs - times[i]! <= 500 / 3, `${times}`));
  const told = new GroupLab({ p2StarServerMaxMs: 1000 });
  strictEqual(told.answer("10 02"), "50 02 00 32 00 64");
  strictEqual(new Lab().start().answer("10 02"), "50 02 00 32 01 F4");
});

Deno.test("node in a group is closed at once, open or not, while it programs", () => {
  const lab = new GroupLab().opened(open());
  lab.say(data(0));
  strictEqual(lab.answer(CLOSE), "71 02 47 52");
  strictEqual(lab.answer(CLOSE), "71 02 47 52");
  lab.wait(20);
  // What was being programmed ends by itself.
  deepStrictEqual(
    bytesToHex(lab.held(IMAGE)!.subarray(0, 512)),
    bytesToHex(IMAGE.subarray(0, 512)),
  );
  lab.say(data(1)).wait(20);
  ok(lab.held(IMAGE)!.subarray(512, 1024).every((byte) => byte === 0xFF));
});

Deno.test("node in a group refuses to be closed by five bytes", () => {
  const lab = new GroupLab().opened(open());
  strictEqual(lab.answer(`${CLOSE} 00`), "7F 31 13");
  ok(lab.answer(MAP).startsWith("71 03"));
});

Deno.test("node in a group lets a block end that it programs before it erases", () => {
  const lab = new GroupLab({ programTimeScale: 20 }).opened(open());
  lab.say(data(0), data(1), data(2));
  strictEqual(lab.erase(APPLICATION, 0x8000), "71 01 FF 00 00");
  strictEqual(lab.answer(MAP), "7F 31 24");
  lab.wait(500);
  // What waited was dropped, what was programmed was erased.
  ok(lab.held(IMAGE)!.every((byte) => byte === 0xFF));
});

Deno.test("node in a group lets a block end that it programs before it downloads", () => {
  const lab = new GroupLab({ programTimeScale: 20 }).opened(open());
  lab.say(data(0), data(1));
  strictEqual(lab.answer(`34 00 44 ${word(APPLICATION + 0x4000)} 00 00 02 00`), "74 20 0F FF");
  strictEqual(lab.answer(MAP), "7F 31 24");
  lab.wait(500);
  deepStrictEqual(lab.held(IMAGE)!.subarray(0, 512), IMAGE.subarray(0, 512));
  ok(lab.held(IMAGE)!.subarray(512, 1024).every((byte) => byte === 0xFF));
});

Deno.test("node in a group keeps its group when it refuses a download", () => {
  const lab = new GroupLab().opened(open());
  strictEqual(lab.answer(`34 00 44 ${word(0x0800_0000)} 00 00 02 00`), "7F 34 31");
  ok(lab.answer(MAP).startsWith("71 03"));
});

Deno.test("node in a group answers what it may while it erases, whose answer then ends", () => {
  const erase = `31 01 FF 00 44 ${word(APPLICATION)} ${word(0x8000)}`;
  const lab = new GroupLab();
  const from = lab.heard.length;
  const said = (): string[] => lab.heard.slice(from).map(({ hex }) => hex);
  lab.send(erase);
  lab.wait(60);
  deepStrictEqual(said(), ["7F 31 78"]);
  // Asked again it says so again, and begins nothing.
  lab.send(erase);
  lab.wait(5);
  deepStrictEqual(said().slice(1), ["7F 31 78"]);
  strictEqual(lab.answer("10 03"), "7F 10 21");
  strictEqual(lab.answer("3E 80", 30), "silence");
  strictEqual(lab.answer("22 47 52"), "62 47 52 02");
  strictEqual(lab.answer("3E 00"), "7E 00");
  strictEqual(lab.answer(MAP), "7F 31 24");
  strictEqual(lab.answer(CLOSE), "71 02 47 52");
  // It goes on, and does not say how it ended.
  strictEqual(lab.answer(`34 00 44 ${word(APPLICATION)} 00 00 02 00`), "7F 34 21");
  const until = lab.heard.length;
  lab.wait(3000);
  strictEqual(lab.heard.length, until);
  strictEqual(lab.answer(`34 00 44 ${word(APPLICATION)} 00 00 02 00`), "74 20 0F FF");
});

Deno.test("node in a group that is asked again for an erase whose answer ended tells its end", () => {
  const erase = `31 01 FF 00 44 ${word(APPLICATION)} ${word(0x8000)}`;
  const lab = new GroupLab();
  const before = lab.node.statistics.operations;
  lab.send(erase);
  lab.wait(60);
  strictEqual(lab.answer("3E 00"), "7E 00");
  const heard = lab.ask(erase).map(({ hex }) => hex);
  strictEqual(heard[0], "7F 31 78");
  strictEqual(heard.at(-1), "71 01 FF 00 00");
  // Two sectors, once.
  strictEqual(lab.node.statistics.operations - before, 2);
});

Deno.test("node in a group needs no check of what the group had room for and sent nothing to", () => {
  const region = { ...REGION, sizeBytes: 0x1_8000, generationBlocks: 96 };
  const whole = new Uint8Array(region.sizeBytes);
  const opening = { ...openingOf(), region, checksums: generationChecksums(region, whole) };
  const last = APPLICATION + region.sizeBytes - region.blockBytes;
  const block = { kind: "data", address: last, data: whole.subarray(-region.blockBytes) } as const;
  const image = applicationBytes(0x2000);
  for (const isWritten of [false, true]) {
    const lab = new GroupLab();
    lab.erase(APPLICATION, region.sizeBytes);
    const opened = lab.answer(encodeGroupOpen(GROUP_ROUTINE_ID, opening));
    ok(opened.startsWith("71 01 47 52"), opened);
    if (isWritten) lab.say(encodeGroupMessage(block, KEY)).wait(50);
    strictEqual(lab.answer(CLOSE), "71 02 47 52");
    lab.erase(APPLICATION, 0x4000);
    strictEqual(lab.download(APPLICATION, image), "77");
    strictEqual(lab.check(APPLICATION, image), "71 01 02 02 00");
    strictEqual(lab.answer("31 01 FF 01"), `71 01 FF 01 0${isWritten ? 1 : 0}`);
  }
});

for (const [request, answer] of [["11 01", "51 01"], ["10 01", "50 01 00 32 00 32"]] as const) {
  Deno.test(`node in a group lets a block end that it programs before ${request} resets it`, () => {
    const lab = new GroupLab({ programTimeScale: 20 }).opened(open());
    lab.say(data(0), data(1));
    strictEqual(lab.answer(request), answer);
    lab.wait(500);
    strictEqual(lab.events.filter(({ type }) => type === "reset").length, 1);
    deepStrictEqual(lab.held(IMAGE)!.subarray(0, 512), IMAGE.subarray(0, 512));
    // What waited was dropped.
    ok(lab.held(IMAGE)!.subarray(512, 1024).every((byte) => byte === 0xFF));
  });
}

Deno.test("node in a group that waits for a block resets though another answer ended its own", () => {
  const lab = new GroupLab({ programTimeScale: 100 }).opened(open());
  lab.say(data(0));
  lab.send("11 01");
  lab.wait(30);
  strictEqual(lab.answer("3E 00"), "7E 00");
  strictEqual(lab.events.filter(({ type }) => type === "reset").length, 0);
  lab.wait(500);
  strictEqual(lab.events.filter(({ type }) => type === "reset").length, 1);
  deepStrictEqual(lab.held(IMAGE)!.subarray(0, 512), IMAGE.subarray(0, 512));
});

Deno.test("node in a group tells nothing of flash that is still to be programmed", () => {
  const lab = sayAllBut(new GroupLab().opened(open()), [3]);
  lab.say(parity(0, 0));
  // It mends: nothing is being programmed yet, and the block is blank.
  strictEqual(lab.check(APPLICATION, IMAGE), "7F 31 22");
  strictEqual(lab.answer("31 01 FF 01"), "7F 31 22");
  lab.wait(500);
  strictEqual(lab.check(APPLICATION, IMAGE), "71 01 02 02 00");
  strictEqual(lab.answer(CLOSE), "71 02 47 52");
});

Deno.test("node in a group believes no check of what is programmed behind it", () => {
  const blank = new Uint8Array(512).fill(0xFF);
  const image = applicationBytes(REGION.sizeBytes);
  const opening = { ...openingOf(), checksums: generationChecksums(REGION, image) };
  for (const isChecked of [false, true]) {
    const lab = new GroupLab().opened(encodeGroupOpen(GROUP_ROUTINE_ID, opening));
    const say = (block: number): void => {
      const bytes = image.subarray(block * 512, (block + 1) * 512);
      const address = APPLICATION + block * 512;
      lab.say(encodeGroupMessage({ kind: "data", address, data: bytes }, KEY)).wait(10);
    };
    for (let block = 0; block < 23; block++) say(block);
    const before = Uint8Array.of(...image.subarray(0, 23 * 512), ...blank.subarray(100));
    strictEqual(lab.check(APPLICATION, before), "71 01 02 02 00");
    say(23);
    if (isChecked) strictEqual(lab.check(APPLICATION, image), "71 01 02 02 00");
    strictEqual(lab.answer("31 01 FF 01"), "71 01 FF 01 01", "the group is open");
    strictEqual(lab.answer(CLOSE), "71 02 47 52");
    strictEqual(lab.answer("31 01 FF 01"), `71 01 FF 01 0${isChecked ? 0 : 1}`);
  }
});
