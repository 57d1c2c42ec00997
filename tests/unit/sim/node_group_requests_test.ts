/** What a node that takes groups makes of requests that come at odd times: docs/group-download.md, 3 and 5. */
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import type { CanPort } from "../../../src/can/mod.ts";
import { bytesToHex, hexToBytes, Prng } from "../../../src/core/mod.ts";
import {
  encodeGroupMessage,
  encodeGroupOpen,
  generationChecksums,
  GROUP_ROUTINE_ID,
} from "../../../src/group/mod.ts";
import { GROUP_IDENTIFIER, GroupLab } from "./group_lab.ts";
import { APPLICATION, applicationBytes, type Heard, word } from "./node_support.ts";

const KEY = Uint8Array.of(0xC0, 0xFF, 0xEE, 0x01);
const BLOCK_BYTES = 512;
const IMAGE = new Prng(5).bytes(8 * BLOCK_BYTES);
const ERASE = `31 01 FF 00 44 ${word(APPLICATION)} ${word(0x8000)}`;
const MAP = "31 03 47 52 00 00 00";
const VERSIONS = "22 47 52";

/** A group of eight blocks; on flash that need not be the application's beginning. */
function open(address = APPLICATION): Uint8Array {
  const region = {
    address,
    sizeBytes: IMAGE.length,
    blockBytes: BLOCK_BYTES,
    generationBlocks: 8,
  };
  const checksums = generationChecksums(region, IMAGE);
  return encodeGroupOpen(GROUP_ROUTINE_ID, {
    identifier: GROUP_IDENTIFIER,
    key: KEY,
    region,
    checksums,
  });
}

function data(block: number, address = APPLICATION): Uint8Array {
  const start = block * BLOCK_BYTES;
  const bytes = IMAGE.subarray(start, start + BLOCK_BYTES);
  return encodeGroupMessage({ kind: "data", address: address + start, data: bytes }, KEY);
}

function download(start: number, sizeBytes: number): string {
  return `34 00 44 ${word(start)} ${word(sizeBytes)}`;
}

/** What is answered to a functional request. */
function askAll(lab: GroupLab, request: string, waitMs = 60): readonly string[] {
  const from = lab.heard.length;
  lab.send(request, "functional");
  lab.wait(waitMs);
  return lab.heard.slice(from).map(({ hex }: Heard) => hex);
}

Deno.test("node in a group answers an erase again whose answer ended before its first 78", () => {
  const lab = new GroupLab();
  lab.send(ERASE);
  lab.wait(5);
  strictEqual(lab.answer(VERSIONS), "62 47 52 02");
  const fromMs = lab.clock.now();
  const heard = lab.ask(ERASE);
  ok(heard[0]!.atMs - fromMs < 50, `${heard[0]!.atMs - fromMs}`);
  strictEqual(heard[0]!.hex, "7F 31 78");
  strictEqual(heard.at(-1)!.hex, "71 01 FF 00 00");
  // Asked twice at once it is not said twice.
  const other = new GroupLab();
  other.send(ERASE);
  other.wait(5);
  strictEqual(other.answer(ERASE), "71 01 FF 00 00");
});

Deno.test("node in a group keeps it though a download is refused where it programs", () => {
  const lab = new GroupLab({ programTimeScale: 20 }).opened(open());
  lab.say(data(0), data(1));
  strictEqual(lab.answer(download(APPLICATION, 0x400)), "7F 34 70", "at once, not behind it");
  strictEqual(lab.answer(MAP).slice(0, 14), "71 03 47 52 01");
  strictEqual(lab.answer(download(0x0800_0000, 0x400)), "7F 34 31");
  lab.wait(500);
  strictEqual(lab.answer(MAP).slice(21), "00 00 00 FC");
  deepStrictEqual(lab.held(IMAGE)!.subarray(0, 1024), IMAGE.subarray(0, 1024));
  // What is held and not programmed yet is dropped by one that is accepted.
  lab.say(data(2), data(3));
  strictEqual(lab.answer(download(APPLICATION + 3 * BLOCK_BYTES, BLOCK_BYTES)), "74 20 0F FF");
  strictEqual(lab.answer(MAP), "7F 31 24");
  lab.wait(500);
  deepStrictEqual(lab.held(IMAGE)!.subarray(1024, 1536), IMAGE.subarray(1024, 1536));
  ok(lab.held(IMAGE)!.subarray(1536).every((byte) => byte === 0xFF));
});

Deno.test("node in a group keeps it though an erase is refused, or has come in part only", () => {
  const lab = new GroupLab().opened(open());
  strictEqual(lab.answer(ERASE.slice(0, -3)), "7F 31 13");
  strictEqual(lab.answer(`31 01 FF 00 44 ${word(0x0800_0000)} ${word(0x8000)}`), "7F 31 31");
  ok(lab.answer(MAP).startsWith("71 03"));
  const raw = lab.bus.attach("raw");
  transmit(raw, 0x7E0, `10 0D ${ERASE.slice(0, 17)}`);
  lab.wait(1500);
  ok(lab.answer(MAP).startsWith("71 03"));
});

Deno.test("node in a group answers functional requests, but for refusals that are not sent there", () => {
  const lab = new GroupLab().opened(open());
  deepStrictEqual(askAll(lab, MAP).map((hex) => hex.slice(0, 11)), ["71 03 47 52"]);
  deepStrictEqual(askAll(lab, VERSIONS), ["62 47 52 02"]);
  deepStrictEqual(askAll(lab, "31 04 47 52"), [], "12");
  deepStrictEqual(askAll(lab, "22 12 34"), [], "31");
  deepStrictEqual(askAll(lab, "31 03 47 52"), ["7F 31 13"]);
  deepStrictEqual(askAll(lab, "31 02 47 52"), ["71 02 47 52"]);
  deepStrictEqual(askAll(lab, MAP), ["7F 31 24"]);
  lab.answer("10 03");
  deepStrictEqual(askAll(lab, MAP), [], "7F");
});

Deno.test("node in a group ends the answer to an erase by a 22 that it refuses in silence", () => {
  const lab = new GroupLab();
  lab.send(ERASE);
  lab.wait(60);
  deepStrictEqual(askAll(lab, "22 12 34", 1000), []);
  deepStrictEqual(lab.ask(ERASE).map(({ hex }) => hex).at(-1), "71 01 FF 00 00");
  const other = new GroupLab();
  other.send(ERASE);
  other.wait(60);
  strictEqual(other.answer("22 12 34"), "7F 22 31");
  const from = other.heard.length;
  other.wait(1000);
  strictEqual(other.heard.length, from);
});

/** Frames of the node, and a tester that sends no flow control by itself. */
function withoutLink(lab: GroupLab): { readonly port: CanPort; readonly said: string[] } {
  lab.link.close();
  const port = lab.bus.attach("raw");
  const said: string[] = [];
  port.listen({ id: 0x7E8, extended: false }, ({ data: bytes }) => said.push(bytesToHex(bytes)));
  return { port, said };
}

function transmit(port: CanPort, id: number, text: string): void {
  const bytes = new Uint8Array(8).fill(0xAA);
  bytes.set(hexToBytes(text));
  port.transmit(
    { id, extended: false, fd: false, bitRateSwitch: false, data: bytes },
    () => {},
  );
}

Deno.test("node in a group sends a functional request's answer behind one that is in part out", () => {
  const lab = new GroupLab().opened(open());
  const { port, said } = withoutLink(lab);
  transmit(port, 0x7E0, `07 ${MAP}`);
  lab.wait(20);
  strictEqual(said.length, 1);
  strictEqual(said[0]!.slice(0, 17), "10 0B 71 03 47 52");
  transmit(port, 0x7DF, `03 ${VERSIONS}`);
  lab.wait(200);
  strictEqual(said.length, 1, "not in the midst of it");
  transmit(port, 0x7E0, "30 00 00");
  lab.wait(20);
  deepStrictEqual(said.slice(1).map((hex) => hex.slice(0, 14)), [
    "21 CD 00 00 00",
    "04 62 47 52 02",
  ]);
});

Deno.test("node in a group ends an answer that waits when a request begins to come, whole or not", () => {
  const lab = new GroupLab().opened(open());
  const { port, said } = withoutLink(lab);
  for (const request of [`03 ${VERSIONS}`, `10 0D ${ERASE.slice(0, 17)}`]) {
    said.length = 0;
    transmit(port, 0x7E0, `07 ${MAP}`);
    lab.wait(20);
    transmit(port, 0x7E0, request);
    lab.wait(20);
    transmit(port, 0x7E0, "30 00 00");
    lab.wait(1500);
    deepStrictEqual(said.map((hex) => hex.slice(0, 2)), [
      "10",
      request.startsWith("03") ? "04" : "30",
    ]);
  }
});

Deno.test("node in a group that programs behind its application stays valid, in a gap of it not", () => {
  const behind = APPLICATION + 0x8000;
  for (
    const [address, mode] of [[behind, "application"], [
      APPLICATION + 0x2000,
      "bootloader",
    ]] as const
  ) {
    const lab = new GroupLab();
    // Delivered with an application that has a gap of erased flash.
    const image = applicationBytes(0x1000);
    lab.erase(APPLICATION, 0x10000);
    for (const [start, bytes] of [[APPLICATION, image], [APPLICATION + 0x4000, image]] as const) {
      strictEqual(lab.download(start, bytes), "77");
      strictEqual(lab.check(start, bytes), "71 01 02 02 00");
    }
    strictEqual(lab.answer("31 01 FF 01"), "71 01 FF 01 00");
    // No erase: what is erased already is opened.
    ok(lab.answer(open(address)).startsWith("71 01 47 52"));
    lab.say(data(0, address)).wait(50);
    lab.answer("11 01");
    lab.wait(200);
    strictEqual(lab.node.mode, mode);
  }
});
