import { deepStrictEqual, strictEqual } from "node:assert/strict";
import type { NodeBehaviour } from "../../../src/sim/mod.ts";
import { APPLICATION, applicationBytes, Lab } from "./node_support.ts";

const OLD = applicationBytes(4096, { version: "1.0.0" });
const NEW = applicationBytes(4096, { version: "2.0.0", seed: 7 });
const VERSION = "22 F1 89";

function told(version: string): string {
  const bytes = [...new TextEncoder().encode(version)].map((byte) => byte.toString(16));
  return `62 F1 89 ${bytes.join(" ")}`.toUpperCase();
}

function lab(behaviour: NodeBehaviour): Lab {
  const made = new Lab({ behaviour, application: [{ start: APPLICATION, data: OLD }] });
  made.node.powerOn();
  return made.wait(15);
}

/** What it answers to the version question, every so many ms. */
function asked(one: Lab, everyMs: number, count: number): readonly string[] {
  return Array.from({ length: count }, () => {
    const answer = one.answer(VERSION, 5);
    one.clock.run({ untilMs: one.clock.now() + everyMs });
    return answer;
  });
}

Deno.test("bootWindowMs: the bootloader answers first, then starts the application", () => {
  const one = lab({ bootWindowMs: 500 });
  deepStrictEqual(asked(one, 200, 4), ["7F 22 31", "7F 22 31", "7F 22 31", told("1.0.0")]);
  strictEqual(one.node.mode, "application");
  const booted = one.events.filter(({ type }) => type === "booted");
  strictEqual(booted.length, 1);
});

Deno.test("a request that is worked on at the window's end is answered, and holds nothing", () => {
  const one = lab({ bootWindowMs: 100, responseDelayMs: 15 });
  one.wait(85);
  strictEqual(one.answer(VERSION, 20), "7F 22 31");
  strictEqual(one.clock.now() > 110, true);
  one.wait(5);
  strictEqual(one.node.mode, "application");
});

Deno.test("isHeldInBootWindow: a request within it keeps the bootloader, none does not", () => {
  const held = lab({ bootWindowMs: 500, isHeldInBootWindow: true });
  strictEqual(held.answer(VERSION, 5), "7F 22 31");
  held.wait(1000);
  strictEqual(held.node.mode, "bootloader");
  const booted = held.events.findLast((event) => event.type === "booted");
  deepStrictEqual(booted?.decision, { mode: "bootloader", reason: "held" });
  held.answer("11 01");
  held.wait(1000);
  strictEqual(held.node.mode, "application", "the next reset opens it anew");
});

Deno.test("a session that is entered in the boot window keeps the bootloader", () => {
  const one = lab({ bootWindowMs: 500, s3Ms: 2000 });
  strictEqual(one.unlock(), "67 02");
  one.wait(1000);
  strictEqual(one.node.mode, "bootloader");
  one.wait(3000);
  strictEqual(one.node.mode, "application", "it ends by S3, and the window after it");
});

Deno.test("an application that is asked for its bootloader has no window before it", () => {
  const one = lab({ bootWindowMs: 100 }).wait(200);
  strictEqual(one.unlock(), "67 02");
  one.wait(1000);
  strictEqual(one.node.mode, "bootloader");
});

for (const [startingNrc, nrc] of [["busyRepeatRequest", "21"], ["conditionsNotCorrect", "22"]]) {
  Deno.test(`startingMs: an application that starts answers 0x${nrc}`, () => {
    const one = lab({ startingMs: 300, startingNrc: startingNrc as "busyRepeatRequest" });
    deepStrictEqual(asked(one, 200, 3), [`7F 22 ${nrc}`, `7F 22 ${nrc}`, told("1.0.0")]);
    one.answer("11 01");
    one.wait(20);
    strictEqual(one.answer(VERSION, 5), `7F 22 ${nrc}`);
  });
}

Deno.test("oldVersionMs: a new application tells the old version for a moment, once", () => {
  const one = lab({ oldVersionMs: 300 });
  strictEqual(one.answer(VERSION), told("1.0.0"));
  one.unlock();
  one.erase(APPLICATION, 0x4000);
  strictEqual(one.download(APPLICATION, NEW), "77");
  strictEqual(one.check(APPLICATION, NEW), "71 01 02 02 00");
  strictEqual(one.answer("31 01 FF 01"), "71 01 FF 01 00");
  one.answer("11 01");
  one.wait(20);
  deepStrictEqual(asked(one, 200, 3), [told("1.0.0"), told("1.0.0"), told("2.0.0")]);
  one.node.powerOff();
  one.node.powerOn();
  one.wait(20);
  strictEqual(one.answer(VERSION, 5), told("2.0.0"));
});

Deno.test("a reset may be silent: carried out, never answered", () => {
  const one = lab({ unansweredServices: [0x11] });
  strictEqual(one.answer("11 01", 50), "silence");
  strictEqual(one.events.filter(({ type }) => type === "reset").length, 1);
  strictEqual(one.answer(VERSION), told("1.0.0"));
});
