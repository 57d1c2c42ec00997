import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { bytesToHex } from "../../../src/core/mod.ts";
import { ISOTP_C_LIMITS, type NodeBehaviour } from "../../../src/sim/mod.ts";
import { APPLICATION, applicationBytes, delaysMs, Lab, word } from "./node_support.ts";

const IMAGE = applicationBytes(4096);
const ERASE = `31 01 FF 00 44 ${word(APPLICATION)} ${word(0x4000)}`;

/** A node in its bootloader, unlocked. */
function unlocked(behaviour: NodeBehaviour): Lab {
  const lab = new Lab({ behaviour, application: [{ start: APPLICATION, data: IMAGE }] }).start();
  strictEqual(lab.unlock(), "67 02");
  return lab;
}

/** The same with a download begun. */
function downloading(behaviour: NodeBehaviour, sizeBytes = 4096): Lab {
  const lab = unlocked(behaviour);
  lab.erase(APPLICATION, sizeBytes);
  ok(lab.answer(`34 00 44 ${word(APPLICATION)} ${word(sizeBytes)}`).startsWith("74"));
  return lab;
}

function block(counter: number, lengthBytes = 8): Uint8Array {
  const offset = (counter - 1) * lengthBytes;
  return Uint8Array.of(0x36, counter & 0xFF, ...IMAGE.subarray(offset, offset + lengthBytes));
}

/** When 0x78 goes out during an erase of 255 ms, and when its answer. */
const RESPONSE_PENDING: readonly {
  readonly name: string;
  readonly behaviour: NodeBehaviour;
  readonly pendingAtMs: readonly number[];
}[] = [
  { name: "within P2 (a good node)", behaviour: {}, pendingAtMs: [25] },
  { name: "at once", behaviour: { responsePendingAfterMs: 0 }, pendingAtMs: [0] },
  { name: "late, beyond P2", behaviour: { responsePendingAfterMs: 120 }, pendingAtMs: [120] },
  {
    name: "never: P2 is exceeded",
    behaviour: { responsePendingAfterMs: Infinity },
    pendingAtMs: [],
  },
  {
    name: "in a storm",
    behaviour: { responsePendingEveryMs: 50 },
    pendingAtMs: [25, 75, 125, 175, 225],
  },
  {
    name: "before the work of a deaf node, and not while it lasts",
    behaviour: { isDeafWhileBusy: true, responsePendingAfterMs: 0, responsePendingEveryMs: 50 },
    pendingAtMs: [0, 255],
  },
];

for (const { name, behaviour, pendingAtMs } of RESPONSE_PENDING) {
  Deno.test(`0x78 goes out ${name}`, () => {
    const lab = unlocked(behaviour);
    const heard = lab.ask(ERASE);
    const pending = delaysMs(lab, heard, /^7F 31 78$/).map((ms) => Math.floor(ms));
    deepStrictEqual(pending, pendingAtMs);
    strictEqual(heard.at(-1)!.hex, "71 01 FF 00 00");
    const [doneMs] = delaysMs(lab, heard, /^71/);
    ok(doneMs! >= 255 && doneMs! < 257, `done after ${doneMs} ms`);
  });
}

Deno.test("responseDelayMs makes answers slow, with 0x78 unless that is bent too", () => {
  const slow = new Lab({ behaviour: { responseDelayMs: 40 } }).start();
  deepStrictEqual(slow.ask("3E 00").map(({ hex }) => hex), ["7F 3E 78", "7E 00"]);
  const rude = new Lab({
    behaviour: { responseDelayMs: 400, responsePendingAfterMs: Infinity },
  }).start();
  const heard = rude.ask("3E 00");
  deepStrictEqual(delaysMs(rude, heard, /^7E 00$/).map(Math.floor), [400]);
});

Deno.test("flashTimeScale and flashTimeBound slow the flash down", () => {
  for (
    const [behaviour, ms] of [[{ flashTimeScale: 2 }, 510], [
      { flashTimeBound: "max" },
      505,
    ]] as const
  ) {
    const lab = unlocked(behaviour);
    const [doneMs] = delaysMs(lab, lab.ask(ERASE), /^71/);
    ok(Math.abs(doneMs! - ms) < 2, `${doneMs} ms`);
  }
});

Deno.test("a deaf node keeps three frames while its flash is busy and loses the rest", () => {
  const lab = unlocked({ isDeafWhileBusy: true, responsePendingAfterMs: Infinity });
  const before = lab.node.statistics.requests;
  lab.send(ERASE);
  lab.wait(20);
  for (let i = 0; i < 8; i++) {
    lab.send("3E 80", "functional");
    lab.wait(1);
  }
  strictEqual(lab.node.statistics.requests, before + 1);
  lab.wait(400);
  strictEqual(lab.node.statistics.requests, before + 4);
});

Deno.test("answersBusy gives 0x21 to a request that comes too early; else it is ignored", () => {
  for (const answersBusy of [true, false]) {
    const lab = unlocked({ answersBusy, responsePendingAfterMs: Infinity });
    lab.send(ERASE);
    lab.wait(20);
    strictEqual(lab.answer("22 F1 91", 100), answersBusy ? "7F 22 21" : "silence");
  }
});

Deno.test("isDead answers nothing, unansweredServices only those", () => {
  strictEqual(new Lab({ behaviour: { isDead: true } }).start().answer("3E 00", 100), "silence");
  const lab = unlocked({ unansweredServices: [0x31] });
  strictEqual(lab.answer(ERASE, 1000), "silence");
  strictEqual(lab.answer("3E 00"), "7E 00");
  ok(lab.node.flash.isErased({ start: APPLICATION, end: APPLICATION + 0x4000 }), "it was done");
});

/** maxNumberOfBlockLength as it is stated. */
const BLOCK_LENGTHS = [
  [{}, "74 20 0F FF"],
  [{ maxNumberOfBlockLengthSizeBytes: 0 }, "74 00"],
  [{ maxNumberOfBlockLength: 0x82, maxNumberOfBlockLengthSizeBytes: 1 }, "74 10 82"],
  [{ maxNumberOfBlockLength: 0x402, maxNumberOfBlockLengthSizeBytes: 4 }, "74 40 00 00 04 02"],
  [{ maxNumberOfBlockLengthSizeBytes: 1 }, "74 10 FF"],
  [{ maxNumberOfBlockLength: 0, maxNumberOfBlockLengthSizeBytes: 1 }, "74 10 00"],
] as const;

for (const [behaviour, response] of BLOCK_LENGTHS) {
  Deno.test(`RequestDownload states ${response}`, () => {
    const lab = unlocked(behaviour);
    lab.erase(APPLICATION, 4096);
    strictEqual(lab.answer(`34 00 44 ${word(APPLICATION)} ${word(4096)}`), response);
  });
}

Deno.test("a block longer than maxNumberOfBlockLength gets 0x13, SID and counter counted", () => {
  const lab = downloading({ maxNumberOfBlockLength: 18 });
  strictEqual(lab.answer(block(1, 17)), "7F 36 13");
  strictEqual(lab.answer(block(1, 16)), "76 01");
});

/** What the four servers of the field do when the last block comes again, and then the next. */
const REPEATED = [
  ["positive", ["76 02", "76 03"]],
  ["silent", ["silence", "76 03"]],
  ["wrongCounter", ["7F 36 73", "76 03"]],
  ["sequenceError", ["7F 36 24", "76 03"]],
  ["sequenceErrorAndReset", ["7F 36 24", "7F 36 24"]],
] as const;

for (const [repeatedBlock, answers] of REPEATED) {
  Deno.test(`a repeated block gets ${answers[0]} from a server that is ${repeatedBlock}`, () => {
    const lab = downloading({ repeatedBlock });
    deepStrictEqual([block(1), block(2)].map((b) => lab.answer(b)), ["76 01", "76 02"]);
    deepStrictEqual([block(2), block(3)].map((b) => lab.answer(b, 300)), answers);
    const kept = lab.node.flash.read(APPLICATION, 16);
    deepStrictEqual(kept, IMAGE.slice(0, 16));
  });
}

Deno.test("the counter wraps from 0xFF to 0x00, unless a server compares it as an integer", () => {
  for (const hasCounterWithoutWrap of [false, true]) {
    const lab = downloading({ hasCounterWithoutWrap });
    for (let counter = 1; counter <= 255; counter++) {
      strictEqual(lab.answer(block(counter)), `76 ${bytesToHex(Uint8Array.of(counter))}`);
    }
    strictEqual(lab.answer(block(256)), hasCounterWithoutWrap ? "7F 36 73" : "76 00");
  }
});

Deno.test("blockWithoutDownload gets 0x70 from some servers", () => {
  const lab = unlocked({ blockWithoutDownload: "uploadDownloadNotAccepted" });
  strictEqual(lab.answer(block(1)), "7F 36 70");
});

Deno.test("lostBlockResponse carries the n-th block out and says nothing, once", () => {
  const lab = downloading({ lostBlockResponse: 2 });
  deepStrictEqual([1, 2, 2, 3].map((counter) => lab.answer(block(counter), 300)), [
    "76 01",
    "silence",
    "76 02",
    "76 03",
  ]);
  deepStrictEqual(lab.node.flash.read(APPLICATION, 24), IMAGE.slice(0, 24));
});

Deno.test("resetAtBlock restarts the node in the midst of a transfer, once", () => {
  const lab = downloading({ resetAtBlock: 2 });
  deepStrictEqual([1, 2].map((counter) => lab.answer(block(counter), 300)), ["76 01", "silence"]);
  strictEqual(lab.node.mode, "bootloader");
  strictEqual(lab.answer(block(2)), "7F 36 7F");
  lab.unlock();
  lab.erase(APPLICATION, 4096);
  strictEqual(lab.download(APPLICATION, IMAGE), "77");
});

Deno.test("failProgramAt gives 0x72 once and ends the transfer; failEraseAt a bad status", () => {
  const lab = downloading({ failProgramAt: APPLICATION + 8, failEraseAt: APPLICATION + 0x4000 });
  deepStrictEqual([1, 2, 3].map((counter) => lab.answer(block(counter))), [
    "76 01",
    "7F 36 72",
    "7F 36 24",
  ]);
  strictEqual(lab.erase(APPLICATION + 0x4000, 4), "71 01 FF 00 01");
  strictEqual(lab.erase(APPLICATION + 0x4000, 4), "71 01 FF 00 00");
});

Deno.test("wrong keys get 0x35, then 0x36, then 0x37 until the delay is over, reset or not", () => {
  const lab = new Lab({ behaviour: { wrongKeysMax: 2, lockedMs: 3000 } }).start();
  const wrong = (): string => {
    const seed = lab.answer("27 01");
    return seed.startsWith("67") ? lab.answer("27 02 00 00 00 00") : seed;
  };
  lab.answer("10 02");
  strictEqual(lab.answer("27 02 00 00 00 00"), "7F 27 24");
  deepStrictEqual([wrong(), wrong(), wrong()], ["7F 27 35", "7F 27 36", "7F 27 37"]);
  lab.answer("11 01");
  lab.wait(20).answer("10 02");
  strictEqual(wrong(), "7F 27 37");
  lab.wait(3000).answer("10 02");
  strictEqual(lab.unlock(), "67 02");
  strictEqual(lab.answer("27 01"), "67 01 00 00 00 00", "an unlocked level gives a zero seed");
});

Deno.test("seedBytes makes seeds longer, and each one another", () => {
  const lab = new Lab({ behaviour: { seedBytes: 16 } }).start();
  lab.answer("10 02");
  const seeds = [lab.answer("27 01"), lab.answer("27 01")];
  ok(seeds.every((seed) => seed.split(" ").length === 18));
  ok(seeds[0] !== seeds[1]);
});

Deno.test("S3 ends a session that nothing keeps alive, and any request does", () => {
  const lab = unlocked({ s3Ms: 1000 });
  for (let i = 0; i < 3; i++) {
    lab.wait(900);
    strictEqual(lab.answer("22 F1 91").slice(0, 2), "62");
  }
  lab.wait(1100);
  strictEqual(lab.node.mode, "application");
});

Deno.test("keepsSessionByTesterPresentOnly lets a session end under other requests", () => {
  const behaviour = { s3Ms: 1000, keepsSessionByTesterPresentOnly: true };
  for (const [keepAlive, mode] of [["22 F1 91", "application"], ["3E 00", "bootloader"]] as const) {
    const lab = unlocked(behaviour);
    for (let i = 0; i < 3; i++) {
      lab.wait(400);
      lab.answer(keepAlive, 100);
    }
    strictEqual(lab.node.mode, mode, keepAlive);
  }
});

Deno.test("programmingSessionAnsweredBy the application: its answer, then the reset", () => {
  const lab = new Lab({
    application: [{ start: APPLICATION, data: IMAGE }],
    behaviour: { programmingSessionAnsweredBy: "application", bootMs: 200 },
  }).start().wait(300);
  strictEqual(lab.node.mode, "application");
  deepStrictEqual(lab.ask("10 02").map(({ hex }) => hex), ["50 02 00 32 01 F4"]);
  strictEqual(lab.answer("27 01", 100), "silence");
  lab.wait(200);
  strictEqual(lab.node.mode, "bootloader");
  strictEqual(lab.node.session, 2);
});

Deno.test("powerLossAtOperation cuts there, once, and its bootloader comes back", () => {
  // Operation 1 notes that there is no application, 2 erases the first sector.
  const lab = unlocked({ powerLossAtOperation: 2, powerLossFraction: 0.1, powerLossMs: 500 });
  strictEqual(lab.answer(ERASE, 200), "7F 31 78");
  strictEqual(lab.node.mode, "off");
  strictEqual(lab.node.statistics.operations, 2);
  strictEqual(lab.answer("3E 00", 300), "silence");
  lab.wait(200);
  strictEqual(lab.node.mode, "bootloader");
  lab.unlock();
  strictEqual(lab.answer(ERASE), "71 01 FF 00 00");
});

Deno.test("powerOff() in the midst of a block leaves only the unit at hand undefined", () => {
  const lab = downloading({});
  lab.node.powerOffAtOperation(lab.node.statistics.operations + 100);
  strictEqual(lab.answer(block(1, 1024), 500), "silence");
  strictEqual(lab.node.mode, "off");
  const { flash } = lab.node;
  deepStrictEqual(flash.read(APPLICATION, 396), IMAGE.slice(0, 396));
  ok(!flash.isErased({ start: APPLICATION + 396, end: APPLICATION + 400 }));
  ok(flash.isErased({ start: APPLICATION + 400, end: APPLICATION + 1024 }));
});

Deno.test("ISOTP_C_LIMITS state BS 8, and drop a message that pauses for 100 ms", () => {
  const lab = downloading(ISOTP_C_LIMITS);
  const flowControls: string[] = [];
  const port = lab.bus.attach("sniffer");
  const unlisten = port.listen({ id: 0x7E8, extended: false }, (frame) => {
    if (frame.data[0]! >> 4 === 3) flowControls.push(bytesToHex(frame.data.subarray(0, 3)));
  });
  strictEqual(lab.answer(block(1, 126)), "76 01");
  deepStrictEqual(flowControls, ["30 08 00", "30 08 00", "30 08 00"]);
  unlisten();

  // A first frame, and no consecutive frame for 101 ms: what comes then is not taken.
  const raw = lab.bus.attach("raw");
  const send = (...data: number[]): void =>
    raw.transmit(
      {
        id: 0x7E0,
        extended: false,
        fd: false,
        bitRateSwitch: false,
        data: Uint8Array.from(data),
      },
      () => {},
    );
  const requests = lab.node.statistics.requests;
  send(0x10, 0x0A, 0x36, 2, 1, 2, 3, 4);
  lab.wait(103);
  send(0x21, 5, 6, 7, 8);
  lab.wait(50);
  strictEqual(lab.node.statistics.requests, requests);
});
