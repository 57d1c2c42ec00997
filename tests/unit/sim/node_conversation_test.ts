import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { BUILT_IN_PROFILES } from "../../../src/update/profiles/mod.ts";
import type { NodeDialect } from "../../../src/sim/mod.ts";
import { findDevice } from "../../../src/stm32/mod.ts";
import { APPLICATION, applicationBytes, Lab, LAYOUT, word } from "./node_support.ts";

const OLD = applicationBytes(5000, { version: "1.4.2", seed: 7 });
const NEW = applicationBytes(20_000);
const delivered = { application: [{ start: APPLICATION, data: OLD }] };

Deno.test("createVirtualNode() makes a node that is off and silent", () => {
  const lab = new Lab(delivered);
  strictEqual(lab.node.mode, "off");
  strictEqual(lab.answer("3E 00", 500), "silence");
});

Deno.test("a node runs the application that it was delivered with, and says what it is", () => {
  const lab = new Lab(delivered).start();
  strictEqual(lab.node.mode, "application");
  deepStrictEqual(lab.node.jump, {
    stackPointer: 0x2002_0000,
    resetVector: APPLICATION + 0x101,
    vectorTable: APPLICATION,
  });
  const text = (hex: string): string =>
    String.fromCharCode(...hex.split(" ").slice(3).map((byte) => parseInt(byte, 16)));
  strictEqual(text(lab.answer("22 F1 91")), "LAB-1");
  strictEqual(text(lab.answer("22 F1 89")), "1.4.2");
  strictEqual(text(lab.answer("22 F1 80")), "canvoy-sim 1");
  strictEqual(lab.answer("22 F1 90"), "7F 22 31");
});

/** Bytes in, bytes out: the standard's examples of shape. */
const APPLICATION_ANSWERS = [
  ["10 03", "50 03 00 32 01 F4"],
  ["10 01", "50 01 00 32 01 F4"],
  ["10 05", "7F 10 12"],
  ["3E 00", "7E 00"],
  ["3E 80", "silence"],
  ["28 03 01", "68 03"],
  ["85 02", "C5 02"],
  ["14 FF FF FF", "54"],
  ["14 FF", "7F 14 13"],
  ["19 01 FF", "59 01 FF 00 00 00"],
  ["19 02 FF", "59 02 FF"],
  ["31 01 FF 00", "7F 31 31"],
  ["34 00 44 08 00 80 00 00 00 10 00", "7F 34 11"],
  ["36 01 00", "7F 36 11"],
  ["BA", "7F BA 11"],
] as const;

for (const [request, response] of APPLICATION_ANSWERS) {
  Deno.test(`an application answers ${request} with ${response}`, () => {
    strictEqual(new Lab(delivered).start().answer(request, 200), response);
  });
}

Deno.test("a functional request stops communication, and the default session resumes it", () => {
  const lab = new Lab(delivered).start();
  for (const request of ["10 83", "85 82", "28 83 01"]) {
    lab.send(request, "functional");
    lab.wait(5);
  }
  deepStrictEqual(lab.heard, []);
  strictEqual(lab.node.session, 3);
  ok(lab.node.isCommunicationStopped && lab.node.isDtcSettingStopped);
  lab.send("10 81", "functional");
  lab.wait(5);
  ok(!lab.node.isCommunicationStopped && !lab.node.isDtcSettingStopped);
});

Deno.test("10 02 gets 0x78 from the application and its answer from the bootloader", () => {
  const lab = new Lab(delivered).start();
  const heard = lab.ask("10 02");
  deepStrictEqual(heard.map(({ hex }) => hex), ["7F 10 78", "50 02 00 32 01 F4"]);
  ok(heard[1]!.atMs - heard[0]!.atMs >= 10, "the reset takes its time");
  strictEqual(lab.node.mode, "bootloader");
  strictEqual(lab.node.session, 2);
  const decision = lab.events.findLast((event) => event.type === "booted")!;
  deepStrictEqual(decision.decision, { mode: "bootloader", reason: "updateRequested" });
});

Deno.test("a node takes a new application: erase, download, check, finish, reset", () => {
  const lab = new Lab(delivered).start();
  const before = LAYOUT.configuration!.concat(LAYOUT.bootloader).map(({ start, end }) =>
    lab.node.flash.read(start, end - start)
  );
  strictEqual(lab.unlock(), "67 02");
  strictEqual(lab.answer("2E F1 5A 20 26 11 23"), "6E F1 5A");
  const erase = lab.ask(`31 01 FF 00 44 ${word(APPLICATION)} ${word(0x8000)}`);
  // Two sectors of 16 KiB, 250 ms each, and 5 ms to note that there is no application any more.
  deepStrictEqual(erase.map(({ hex }) => hex), ["7F 31 78", "71 01 FF 00 00"]);
  ok(Math.abs(erase[1]!.atMs - lab.sentAtMs - 505) < 2);
  strictEqual(lab.download(APPLICATION, NEW), "77");
  strictEqual(lab.check(APPLICATION, NEW), "71 01 02 02 00");
  strictEqual(lab.answer("31 01 FF 01"), "71 01 FF 01 00");
  deepStrictEqual(lab.held(NEW), NEW);
  strictEqual(lab.answer("11 01"), "51 01");
  strictEqual(lab.wait(20).node.mode, "application");
  ok(lab.answer("22 F1 89").endsWith("32 2E 30 2E 30"));
  deepStrictEqual(
    LAYOUT.configuration!.concat(LAYOUT.bootloader).map(({ start, end }) =>
      lab.node.flash.read(start, end - start)
    ),
    before,
  );
  deepStrictEqual(lab.node.writtenData.get(0xF15A), Uint8Array.of(0x20, 0x26, 0x11, 0x23));
});

Deno.test("a block's answer comes when its bytes are programmed", () => {
  const lab = new Lab().start();
  lab.unlock();
  lab.erase(APPLICATION, 0x4000);
  lab.ask(`34 00 44 ${word(APPLICATION)} ${word(2048)}`);
  const [answer] = lab.ask(Uint8Array.of(0x36, 1, ...NEW.subarray(0, 1024)));
  strictEqual(answer!.hex, "76 01");
  const { typicalUs } = lab.node.flash.geometry.program;
  const delayMs = answer!.atMs - lab.sentAtMs;
  ok(Math.abs(delayMs - 256 * typicalUs / 1000) < 0.3, `${delayMs} ms`);
});

/** What is refused, in the order in which it is sent to an unlocked bootloader. */
const REFUSALS: readonly { name: string; requests: readonly string[]; last: string }[] = [
  { name: "36 without 34", requests: ["36 01 AA BB CC DD"], last: "7F 36 24" },
  { name: "37 without 34", requests: ["37"], last: "7F 37 24" },
  {
    name: "34 to a range that is not erased",
    requests: [`34 00 44 ${word(APPLICATION)} ${word(16)}`],
    last: "7F 34 70",
  },
  {
    name: "34 into the bootloader",
    requests: [`34 00 44 ${word(0x0800_0000)} ${word(16)}`],
    last: "7F 34 31",
  },
  {
    name: "34 that ends in the configuration",
    requests: [`34 00 44 ${word(0x0801_FFFC)} ${word(8)}`],
    last: "7F 34 31",
  },
  {
    name: "34 to RAM where no driver belongs",
    requests: [`34 00 44 ${word(0x2000_0000)} ${word(8)}`],
    last: "7F 34 31",
  },
  { name: "34 of another shape", requests: ["34 00 33 00 80 00 00 10 00"], last: "7F 34 31" },
  {
    name: "an erase of the bootloader",
    requests: [`31 01 FF 00 44 ${word(0x0800_4000)} ${word(0x4000)}`],
    last: "7F 31 31",
  },
  {
    name: "an erase of the configuration",
    requests: [`31 01 FF 00 44 ${word(0x0802_0000)} ${word(4)}`],
    last: "7F 31 31",
  },
  {
    name: "an erase whose end wraps round",
    requests: [`31 01 FF 00 44 ${word(APPLICATION)} FF FF FF FF`],
    last: "7F 31 31",
  },
  {
    name: "bytes beyond the announced size",
    requests: [
      `31 01 FF 00 44 ${word(APPLICATION)} ${word(4)}`,
      `34 00 44 ${word(APPLICATION)} ${word(4)}`,
      "36 01 01 02 03 04 05 06 07 08",
    ],
    last: "7F 36 71",
  },
  {
    name: "a counter that skips one",
    requests: [
      `31 01 FF 00 44 ${word(APPLICATION)} ${word(4)}`,
      `34 00 44 ${word(APPLICATION)} ${word(4)}`,
      "36 02 01 02 03 04",
    ],
    last: "7F 36 73",
  },
  {
    name: "37 before all bytes have come",
    requests: [
      `31 01 FF 00 44 ${word(APPLICATION)} ${word(4)}`,
      `34 00 44 ${word(APPLICATION)} ${word(8)}`,
      "36 01 01 02 03 04",
      "37",
    ],
    last: "7F 37 24",
  },
  {
    name: "a wrong checksum, by its status",
    requests: [`31 01 02 02 44 ${word(APPLICATION)} ${word(16)} 00 00 00 00`],
    last: "71 01 02 02 01",
  },
  {
    name: "the final check of an erased application",
    requests: [`31 01 FF 00 44 ${word(APPLICATION)} ${word(0x4000)}`, "31 01 FF 01"],
    last: "71 01 FF 01 01",
  },
  { name: "an unknown data identifier to write", requests: ["2E F1 90 41"], last: "7F 2E 31" },
];

for (const { name, requests, last } of REFUSALS) {
  Deno.test(`a bootloader refuses ${name}`, () => {
    const lab = new Lab(delivered).start();
    strictEqual(lab.unlock(), "67 02");
    strictEqual(requests.map((request) => lab.answer(request)).at(-1), last);
  });
}

Deno.test("a bootloader touches no flash in another session, or locked", () => {
  const lab = new Lab(delivered).start();
  const erase = `31 01 FF 00 44 ${word(APPLICATION)} ${word(0x4000)}`;
  const download = `34 00 44 ${word(APPLICATION)} ${word(16)}`;
  lab.answer("10 02");
  deepStrictEqual([erase, download].map((r) => lab.answer(r)), ["7F 31 33", "7F 34 33"]);
  lab.answer("10 03");
  deepStrictEqual([erase, download].map((r) => lab.answer(r)), ["7F 31 7F", "7F 34 7F"]);
  deepStrictEqual(lab.held(OLD), OLD);
});

Deno.test("the final check refuses what was written and not checked", () => {
  const lab = new Lab(delivered).start();
  lab.unlock();
  lab.erase(APPLICATION, 0x8000);
  lab.download(APPLICATION, NEW);
  strictEqual(lab.answer("31 01 FF 01"), "71 01 FF 01 01");
  lab.check(APPLICATION, NEW);
  strictEqual(lab.answer("31 01 FF 01"), "71 01 FF 01 00");
});

Deno.test("the final check refuses an implausible vector table", () => {
  const lab = new Lab(delivered).start();
  const bad = applicationBytes(4096, { stackPointer: 0x1FFF_FFFC });
  lab.unlock();
  lab.erase(APPLICATION, 0x4000);
  lab.download(APPLICATION, bad);
  lab.check(APPLICATION, bad);
  strictEqual(lab.answer("31 01 FF 01"), "71 01 FF 01 01");
  lab.answer("11 01");
  strictEqual(lab.wait(50).node.mode, "bootloader");
  strictEqual(lab.answer("3E 00"), "7E 00");
});

Deno.test("blocks that do not fill program units are joined, and the end is filled up", () => {
  const geometry = { device: "STM32H743ZI", start: 0x0802_0000, end: 0x0804_0000 };
  const layout = {
    bootloader: { start: 0x0800_0000, end: geometry.start },
    application: { start: geometry.start, end: geometry.end },
  };
  const image = applicationBytes(1001, { start: geometry.start, stackPointer: 0x2400_8000 });
  const lab = new Lab({ geometry: findDevice(geometry.device), layout }).start();
  lab.unlock();
  lab.erase(geometry.start, image.length);
  strictEqual(lab.download(geometry.start, image, 37), "77");
  deepStrictEqual(lab.node.flash.read(geometry.start, image.length), image);
  strictEqual(lab.node.flash.read(geometry.start + 1001, 1)?.[0], 0xFF);
});

Deno.test("every built-in profile is a dialect that a node can be given as it is", () => {
  for (const [name, profile] of BUILT_IN_PROFILES) {
    const dialect: NodeDialect = profile;
    const lab = new Lab({ ...delivered, dialect }).start();
    strictEqual(lab.node.mode, "application", name);
    ok(lab.answer("10 02").startsWith("50 02"), name);
  }
});
