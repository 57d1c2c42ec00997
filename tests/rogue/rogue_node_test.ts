/** The judge is judged: the rogue node by itself, asked by a transport layer of its own kind. */
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { VirtualClock } from "../../src/core/mod.ts";
import { VirtualBus } from "../../src/sim/mod.ts";
import { rogueCrc32, RogueFlash } from "./rogue_flash.ts";
import { RogueIsoTp, type RogueIsoTpOptions } from "./rogue_iso_tp.ts";
import { bytesOf, type RogueOptions, STOCK_ISO14229, textOf } from "./rogue_options.ts";
import { RogueServer } from "./rogue_server.ts";

const BASE = 0x0800_8000;
const OLD = new Uint8Array(64).fill(1);
const NEW = new Uint8Array(64).fill(2);
const LINK: RogueIsoTpOptions = {
  rxId: 0x680,
  txId: 0x600,
  functionalId: 0x7FF,
  blockSize: 0,
  stMin: 0,
  flowControlDelayMs: 0,
  lateFlowControlEvery: 0,
  lateFlowControlMs: 0,
  firstFlowControlLateMs: 0,
  nCrMs: 1000,
  nBsMs: 1000,
  dropsFunctionalInMessage: false,
  functionalTakenAfterMs: 0,
  waitsUntilMs: 0,
};

/** A rogue node and somebody who asks it. */
class Asked {
  readonly clock = new VirtualClock();
  readonly node: RogueServer;
  readonly heard: string[] = [];
  readonly #link: RogueIsoTp;
  readonly #functional: RogueIsoTp;

  constructor(options: RogueOptions = {}) {
    const { clock } = this;
    const bus = new VirtualBus({ name: "b", bitRates: { bitrateBps: 500_000 }, clock, seed: 1 });
    this.node = new RogueServer({
      port: bus.attach("node"),
      clock,
      options,
      rxId: 0x600,
      txId: 0x680,
      functionalId: 0x7DF,
      application: { start: BASE, end: 0x0810_0000 },
      applications: [
        { version: "1.0.0", address: BASE, data: OLD },
        { version: "2.0.0", address: BASE, data: NEW },
      ],
      heardBy: () => "tester",
    });
    const port = bus.attach("tester");
    const onMessage = (data: Uint8Array) => void this.heard.push(textOf(data));
    this.#link = new RogueIsoTp(port, clock, LINK, { onMessage });
    const functional = { ...LINK, rxId: 0x7FE, txId: 0x7DF };
    this.#functional = new RogueIsoTp(port, clock, functional, { onMessage });
  }

  /** Sends a request and gives what came within a time. */
  ask(text: string, withinMs = 40): string {
    const count = this.heard.length;
    this.#link.send(bytesOf(text));
    this.wait(withinMs);
    return this.heard.slice(count).join(" | ");
  }

  call(text: string): void {
    this.#functional.send(bytesOf(text));
  }

  wait(ms: number): void {
    this.clock.run({ untilMs: this.clock.now() + ms });
  }

  unlock(): void {
    strictEqual(this.ask("10 02"), "50 02 00 32 01 F4");
    const seed = bytesOf(this.ask("27 01").slice(6));
    const mask = bytesOf("A5 5A 12 34");
    strictEqual(this.ask(`27 02 ${textOf(seed.map((byte, i) => byte ^ mask[i]!))}`), "67 02");
  }

  erase(): void {
    const answers = this.ask("31 01 FF 00 44 08 00 80 00 00 00 00 40", 300);
    strictEqual(answers, "7F 31 78 | 71 01 FF 00 00");
  }
}

const DOWNLOAD = "34 00 44 08 00 80 00 00 00 00 40";

Deno.test("rogue: checks come in ISO 14229-1's order", () => {
  const asked = new Asked();
  strictEqual(asked.ask("BA 00"), "7F BA 11");
  strictEqual(asked.ask("36"), "7F 36 7F");
  strictEqual(asked.ask("10"), "7F 10 13");
  strictEqual(asked.ask("10 55"), "7F 10 12");
  strictEqual(asked.ask("10 03"), "50 03 00 32 01 F4");
  strictEqual(asked.ask("27 02 00 00 00 00"), "7F 27 24");
  strictEqual(asked.ask("10 02"), "50 02 00 32 01 F4");
  strictEqual(asked.ask("34"), "7F 34 33");
  asked.unlock();
  strictEqual(asked.ask("34"), "7F 34 13");
  strictEqual(asked.ask(DOWNLOAD), "7F 34 70", "not erased");
  strictEqual(asked.ask("37"), "7F 37 24");
  strictEqual(asked.ask("10 82"), "");
});

Deno.test("rogue: a download is closed by 37, a session and nothing else", () => {
  const asked = new Asked();
  asked.unlock();
  asked.erase();
  strictEqual(asked.ask(DOWNLOAD), "74 20 0F FF");
  strictEqual(asked.ask(DOWNLOAD), "7F 34 22");
  strictEqual(asked.ask("37"), "7F 37 24");
  strictEqual(asked.ask(DOWNLOAD), "7F 34 22");
  asked.unlock();
  strictEqual(asked.ask(DOWNLOAD), "74 20 0F FF");
  strictEqual(asked.ask(`36 01 ${textOf(NEW)}`), "76 01");
  strictEqual(asked.ask(`36 01 ${textOf(NEW)}`), "76 01", "repeated, not programmed");
  strictEqual(asked.ask("36 05 00"), "7F 36 73");
  strictEqual(asked.ask("36 02 00"), "7F 36 71");
  strictEqual(asked.ask("37"), "77");
  const crc = rogueCrc32(NEW).toString(16).padStart(8, "0");
  strictEqual(asked.ask(`31 01 02 02 44 08 00 80 00 00 00 00 40 ${crc}`), "71 01 02 02 00");
  strictEqual(asked.ask("11 01"), "51 01");
  strictEqual(asked.ask("22 F1 89"), "", "it boots");
  asked.wait(100);
  strictEqual(asked.ask("22 F1 89"), "62 F1 89 32 2E 30 2E 30");
  deepStrictEqual(asked.node.flash.violations, []);
  strictEqual(asked.node.log.count("31 01 FF 00"), 1);
});

Deno.test("rogue: stock S3 is kept by 10 and 3E only, and not by what comes in mid-message", () => {
  const asked = new Asked(STOCK_ISO14229);
  asked.ask("10 03", 4000);
  asked.ask("22 F1 91", 1000);
  strictEqual(asked.ask("22 F1 86"), "62 F1 86 03");
  asked.wait(200);
  strictEqual(asked.ask("22 F1 86"), "62 F1 86 01");
  strictEqual(asked.node.log.sessionEnds.length, 1);
  asked.ask("10 03", 4000);
  asked.call("3E 80");
  asked.wait(3000);
  strictEqual(asked.ask("22 F1 86", 100), "62 F1 86 03");
  asked.call("3E 80");
  strictEqual(asked.ask("22 F1 86", 2500), "62 F1 86 03", "the 3E 80 is lost before a request");
  strictEqual(asked.ask("22 F1 86", 100), "62 F1 86 01");
  strictEqual(asked.node.link.counts.functionalLost, 1);
});

Deno.test("rogue: 0x78, refusals, lost answers and overlapping questions come as they are told", () => {
  const asked = new Asked({
    pending: [{ on: "22 F1 91", firstMs: 8, everyMs: 60, answerMs: 100 }],
    refuse: [{ on: "22 F1 89", nrc: 0x21, nth: 2 }],
    lose: [{ on: "22 F1 80", nth: 1 }],
    answerGapMs: 5,
  });
  strictEqual(asked.ask("22 F1 91", 120), "7F 22 78 | 7F 22 78 | 62 F1 91 48 57 2D 41");
  strictEqual(asked.ask("22 F1 89"), "62 F1 89 31 2E 30 2E 30");
  strictEqual(asked.ask("22 F1 89"), "7F 22 21");
  strictEqual(asked.ask("22 F1 80"), "");
  strictEqual(asked.ask("22 F1 80"), "62 F1 80 42 4F 4F 54 2D 31");
  asked.ask("22 F1 91", 20);
  strictEqual(asked.ask("22 F1 80", 120), "7F 22 78 | 62 F1 91 48 57 2D 41");
  strictEqual(asked.node.log.overlaps().length, 1);
  deepStrictEqual(asked.node.log.repeats(), [], "questions are no steps");
});

Deno.test("rogue: a boot window holds who asks in it, and a start takes its time", () => {
  const asked = new Asked({ bootWindowMs: 500, startingMs: 200, bootWindowHolds: true });
  asked.ask("11 01", 200);
  strictEqual(asked.ask("22 F1 89"), "7F 22 31");
  asked.wait(2000);
  strictEqual(asked.ask("22 F1 89"), "7F 22 31", "held");
  asked.ask("11 01", 650);
  strictEqual(asked.ask("22 F1 89", 300), "7F 22 22", "its application starts");
  strictEqual(asked.ask("22 F1 89"), "62 F1 89 31 2E 30 2E 30");
});

Deno.test("rogue: its flash takes a unit once, aligned, within the application", () => {
  const flash = new RogueFlash({ start: BASE, end: 0x0810_0000 });
  ok(flash.program(BASE, NEW));
  ok(!flash.program(BASE + 32, NEW));
  ok(!flash.program(BASE + 65, NEW));
  ok(!flash.program(BASE - 4, NEW));
  ok(!flash.erase(BASE - 1, 4, 0));
  strictEqual(flash.violations.length, 4);
  ok(flash.erase(BASE, 4, 0));
  ok(flash.program(BASE, NEW) && flash.holds(BASE, NEW));
  strictEqual(rogueCrc32(new TextEncoder().encode("123456789")), 0xCBF4_3926);
});

Deno.test("rogue: its messages cross with any block size and STmin, both ways", () => {
  for (const blockSize of [0, 1, 8]) {
    const asked = new Asked({ blockSize, stMin: 1, serial: "S".repeat(100) });
    const answer = asked.ask("22 F1 8C", 100);
    strictEqual(answer.length, 3 * 103 - 1);
    asked.unlock();
    asked.erase();
    strictEqual(asked.ask(DOWNLOAD), "74 20 0F FF");
    strictEqual(asked.ask(`36 01 ${textOf(NEW)}`, 200), "76 01");
    ok(asked.node.flash.holds(BASE, NEW));
    strictEqual(asked.node.link.counts.brokenOff, 0);
  }
});
