import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { bytesToHex, concatBytes, Prng, VirtualClock } from "../../../src/core/mod.ts";
import { IsoTpError } from "../../../src/isotp/mod.ts";
import {
  type BlockTemplate,
  createUdsClient,
  parseRequestTemplate,
  transferData,
  type TransferEvent,
  type TransferOptions,
  UdsNegativeResponseError,
  UdsTransferRestartError,
} from "../../../src/uds/mod.ts";
import { codeOf, record, type Recording } from "./recording.ts";
import { type Script, ScriptedLink, type ScriptStep } from "./scripted_link.ts";

/** What a server does with the counter that it took last (FIELD: four behaviours). */
type RepeatBehavior = "answerAgain" | "acceptSilently" | "wrongCounter" | "forgetTransfer";

/** A server that keeps what it writes; `loses` tells which of its answers are lost, from 0. */
class FlashServer {
  readonly written: Uint8Array[] = [];
  readonly #behavior: RepeatBehavior;
  readonly #loses: ReadonlySet<number>;
  #last = 0;
  #isOpen = true;

  constructor(behavior: RepeatBehavior, loses: readonly number[]) {
    this.#behavior = behavior;
    this.#loses = new Set(loses);
  }

  readonly script: Script = (request, index) => {
    const answer = this.#answer(request);
    return this.#loses.has(index) ? [] : [{ afterMs: 1, message: answer }];
  };

  #answer(request: Uint8Array): string {
    const counter = request[1]!;
    const positive = `76 ${bytesToHex(Uint8Array.of(counter))}`;
    if (!this.#isOpen) return "7F 36 24";
    if (counter === this.#last && this.written.length > 0) {
      if (this.#behavior === "forgetTransfer") this.#isOpen = false;
      return {
        answerAgain: positive,
        acceptSilently: positive,
        wrongCounter: "7F 36 73",
        forgetTransfer: "7F 36 24",
      }[
        this.#behavior
      ];
    }
    // One of the small stacks compares in int: 0xFF + 1 is never 0x00.
    const expected = this.#behavior === "acceptSilently" ? this.#last + 1 : (this.#last + 1) % 256;
    if (counter !== expected) return "7F 36 73";
    this.written.push(request.slice(2));
    this.#last = counter;
    return positive;
  }
}

interface Outcome extends Recording<TransferEvent> {
  readonly counters: readonly number[];
}

function transfer(
  script: Script,
  data: Uint8Array,
  blockBytes: number,
  options: Partial<TransferOptions> = {},
): Outcome {
  const clock = new VirtualClock();
  const link = new ScriptedLink(clock, script);
  const client = createUdsClient({ link, clock, timing: { p2Ms: 50 } });
  const recording = record(
    transferData(client, {
      data,
      maxNumberOfBlockLength: blockBytes + 2,
      capBytes: 4095,
      multipleBytes: 1,
      ...options,
    }),
    clock,
  );
  clock.run();
  return { ...recording, counters: link.sent.map(({ request }) => request[1]!) };
}

const DATA = new Prng(7).bytes(10);

Deno.test("transferData() writes every byte once, in order, and tells each block", () => {
  const server = new FlashServer("answerAgain", []);
  const outcome = transfer(server.script, DATA, 4);
  deepStrictEqual(concatBytes(server.written), DATA);
  deepStrictEqual(outcome.values.map(({ value }) => value), [
    { type: "blockWritten", blockSequenceCounter: 1, offset: 0, lengthBytes: 4, repeated: false },
    { type: "blockWritten", blockSequenceCounter: 2, offset: 4, lengthBytes: 4, repeated: false },
    { type: "blockWritten", blockSequenceCounter: 3, offset: 8, lengthBytes: 2, repeated: false },
  ]);
});

Deno.test("transferData() of nothing completes and sends nothing", () => {
  const outcome = transfer(() => [], new Uint8Array(0), 4);
  deepStrictEqual([outcome.counters, outcome.error], [[], undefined]);
});

/** The answer to the second block is lost: what each kind of server comes to. */
const LOST: readonly (readonly [RepeatBehavior, "through" | "restart"])[] = [
  ["answerAgain", "through"],
  ["acceptSilently", "through"],
  ["wrongCounter", "through"],
  ["forgetTransfer", "restart"],
];

for (const [behavior, end] of LOST) {
  Deno.test(`transferData() with a lost response on a server of "${behavior}": ${end}`, () => {
    const server = new FlashServer(behavior, [1]);
    const outcome = transfer(server.script, DATA, 4);
    const kinds = outcome.values.map(({ value }) => value.type);
    if (end === "through") {
      deepStrictEqual(outcome.counters, [1, 2, 2, 3]);
      deepStrictEqual(kinds, ["blockWritten", "blockRepeated", "blockWritten", "blockWritten"]);
      deepStrictEqual(concatBytes(server.written), DATA);
      const second = outcome.values[2]!.value;
      strictEqual(second.type === "blockWritten" && second.repeated, true);
      return;
    }
    deepStrictEqual(outcome.counters, [1, 2, 2]);
    const { error } = outcome;
    ok(error instanceof UdsTransferRestartError);
    deepStrictEqual([error.code, error.blockSequenceCounter, error.offset], [
      "UDS_TRANSFER_RESTART",
      2,
      4,
    ]);
    ok(error.cause instanceof UdsNegativeResponseError);
    strictEqual(error.cause.nrc, 0x24);
  });
}

Deno.test("transferData() sends the repetition exactly P2 after the lost block", () => {
  const server = new FlashServer("answerAgain", [0]);
  const outcome = transfer(server.script, DATA, 10);
  deepStrictEqual(outcome.values.map(({ atMs, value }) => [atMs, value.type]), [
    [60, "blockRepeated"],
    [71, "blockWritten"],
  ]);
});

Deno.test("transferData() asks for a restart when the repetition is lost too", () => {
  const outcome = transfer(new FlashServer("answerAgain", [1, 2]).script, DATA, 4);
  deepStrictEqual(outcome.counters, [1, 2, 2]);
  strictEqual(codeOf(outcome.error), "UDS_TRANSFER_RESTART");
  strictEqual(codeOf((outcome.error as UdsTransferRestartError).cause), "UDS_TIMEOUT");
});

for (const nrc of ["70", "7F", "71", "72", "73", "31"]) {
  Deno.test(`transferData() asks for a restart at 0x${nrc} to a first try`, () => {
    const outcome = transfer(() => [{ afterMs: 1, message: `7F 36 ${nrc}` }], DATA, 4);
    deepStrictEqual(outcome.counters, [1]);
    strictEqual(codeOf(outcome.error), "UDS_TRANSFER_RESTART");
  });
}

Deno.test("transferData() repeats a block that could not be sent, and does not assume it written", () => {
  const failure = new IsoTpError("N_TIMEOUT_Bs", "no flow control");
  const server = new FlashServer("wrongCounter", []);
  const good = transfer(
    (request, index) => index === 1 ? failure : server.script(request, index),
    DATA,
    4,
  );
  deepStrictEqual(good.counters, [1, 2, 2, 3]);
  deepStrictEqual(concatBytes(server.written), DATA);
  const bad = transfer(
    (_, index) => index === 0 ? failure : [{ afterMs: 1, message: "7F 36 73" }],
    DATA,
    4,
  );
  strictEqual(codeOf(bad.error), "UDS_TRANSFER_RESTART");
  deepStrictEqual(bad.counters, [1, 1], "at once, not at the next block");
});

Deno.test("transferData() takes a last frame without confirmation for sent", () => {
  const failure = new IsoTpError("N_TIMEOUT_A", "no confirmation");
  const server = new FlashServer("wrongCounter", []);
  const outcome = transfer(
    (request, index) => {
      const steps = server.script(request, index);
      return index === 1 ? failure : steps;
    },
    DATA,
    4,
  );
  deepStrictEqual(outcome.counters, [1, 2, 2, 3]);
  deepStrictEqual(concatBytes(server.written), DATA);
});

Deno.test("transferData() assumes a block written whose response broke off and whose counter went on", () => {
  const error = new IsoTpError("N_TIMEOUT_Cr", "the response broke off");
  const server = new FlashServer("wrongCounter", []);
  const outcome = transfer(
    (request, index) => {
      const steps = server.script(request, index);
      return index === 1 ? [{ afterMs: 1, firstFrame: 20 }, { afterMs: 30, error }] : steps;
    },
    DATA,
    4,
  );
  deepStrictEqual(outcome.counters, [1, 2, 2, 3]);
  deepStrictEqual(concatBytes(server.written), DATA);
});

Deno.test("transferData() does not assume a block written that a busy node threw away", () => {
  const script: Script = (_, index) =>
    [
      [{ afterMs: 1, message: "7F 36 21" }],
      new IsoTpError("N_TIMEOUT_Bs", "no flow control"),
      [{ afterMs: 1, message: "7F 36 73" }],
    ][index]!;
  const outcome = transfer(script, DATA, 10);
  deepStrictEqual(outcome.counters, [1, 1, 1]);
  strictEqual(codeOf(outcome.error), "UDS_TRANSFER_RESTART");
});

Deno.test("transferData() counts from FF to 00", () => {
  const data = new Prng(1).bytes(600);
  const server = new FlashServer("wrongCounter", [254, 256]);
  const outcome = transfer(server.script, data, 2);
  deepStrictEqual(outcome.counters.slice(253, 259), [0xFE, 0xFF, 0xFF, 0x00, 0x00, 0x01]);
  deepStrictEqual(concatBytes(server.written), data);
});

Deno.test("transferData() asks for a restart where a server cannot count beyond FF", () => {
  const outcome = transfer(new FlashServer("acceptSilently", []).script, new Uint8Array(600), 2);
  const { error } = outcome;
  ok(error instanceof UdsTransferRestartError);
  deepStrictEqual([error.blockSequenceCounter, error.offset], [0x00, 510]);
});

Deno.test("transferData() writes each block's address, length and checksum as the template says", () => {
  const template: BlockTemplate = {
    request: parseRequestTemplate("36 {counter:1} {address:4} {data} {size:1} {checksum:2}"),
    algorithm: "crc16-x25",
  };
  const sent: string[] = [];
  const { values, error } = transfer(
    (request) => {
      sent.push(bytesToHex(request));
      return [{ afterMs: 1, message: `76 0${request[1]} 02` }];
    },
    DATA,
    11,
    { template, address: 0x0800_8000 },
  );
  strictEqual(error, undefined);
  deepStrictEqual(values.map(({ value }) => "offset" in value ? value.offset : -1), [0, 4, 8]);
  // Four bytes of data: a message of 13 bytes is what the node asked for.
  deepStrictEqual(sent.map((hex) => hex.slice(0, 17)), [
    "36 01 08 00 80 00",
    "36 02 08 00 80 04",
    "36 03 08 00 80 08",
  ]);
  deepStrictEqual(sent.map((hex) => hex.slice(-8, -6)), ["04", "04", "02"]);
});

Deno.test("transferData() counts offsets of blocks from a base, and has answers judged by them", () => {
  const judged: unknown[] = [];
  const template = { request: parseRequestTemplate("36 {counter:1} {offset:2} {data}") };
  const sent: string[] = [];
  const { error } = transfer(
    (request) => {
      sent.push(bytesToHex(request));
      return [{ afterMs: 1, message: `76 0${request[1]}` }];
    },
    DATA,
    8,
    {
      template,
      address: 0x0800_8000,
      offsetBase: 0x0800_0000,
      judge: (_response, { offset, address, size }) => {
        judged.push([offset, address, size]);
        return undefined;
      },
    },
  );
  strictEqual(error, undefined);
  deepStrictEqual(sent.map((hex) => hex.slice(0, 11)), [
    "36 01 80 00",
    "36 02 80 06",
  ]);
  deepStrictEqual(judged, [
    [0x8000, 0x0800_8000, 6],
    [0x8006, 0x0800_8006, 4],
  ]);
});

Deno.test("transferData() asks for a restart when a positive response says that it was not taken", () => {
  const { error, counters } = transfer(
    (request) => [{ afterMs: 1, message: `76 0${request[1]} 0${request[1]}` }],
    DATA,
    4,
    { judge: (response) => response[2] === 1 ? undefined : `status ${response[2]}` },
  );
  ok(error instanceof UdsTransferRestartError);
  strictEqual(error.cause.code, "UDS_BLOCK_STATUS");
  strictEqual(error.cause.message, "Cannot take the block for written: the node answered status 2");
  deepStrictEqual(counters, [1, 2]);
});

Deno.test("transferData() passes 0x78 on at once", () => {
  const steps: readonly ScriptStep[] = [
    { afterMs: 5, message: "7F 36 78" },
    { afterMs: 800, message: "76 01" },
  ];
  const outcome = transfer(() => steps, DATA, 10);
  deepStrictEqual(outcome.values.map(({ atMs, value }) => [atMs, value.type]), [
    [15, "responsePending"],
    [810, "blockWritten"],
  ]);
});

Deno.test("transferData() unsubscribed sends no further block", () => {
  const clock = new VirtualClock();
  const link = new ScriptedLink(clock, new FlashServer("answerAgain", []).script);
  const client = createUdsClient({ link, clock });
  const options = { data: DATA, maxNumberOfBlockLength: 4, capBytes: 4095, multipleBytes: 1 };
  const recording = record(transferData(client, options), clock);
  clock.run({ untilMs: 12 });
  recording.subscription.unsubscribe();
  clock.run();
  strictEqual(link.sent.length, 2);
  strictEqual(recording.values.length, 1);
});

Deno.test("transferData() passes on what is no answer of the node", () => {
  const clock = new VirtualClock();
  const client = createUdsClient({
    link: new ScriptedLink(clock, () => []),
    clock,
    limits: { queueMax: 0 },
  });
  record(client.exchange(Uint8Array.of(0x3E, 0)), clock);
  const options = { data: DATA, maxNumberOfBlockLength: 4, capBytes: 4095, multipleBytes: 1 };
  strictEqual(codeOf(record(transferData(client, options), clock).error), "UDS_QUEUE_FULL");
});

Deno.test("transferData() sends a block that meets silence as often as it is told, then restarts", () => {
  const server = new FlashServer("answerAgain", [0, 1, 2]);
  const through = transfer(server.script, DATA, 10, { triesMax: 4 });
  deepStrictEqual(through.counters, [1, 1, 1, 1]);
  deepStrictEqual(concatBytes(server.written), DATA);
  const given = transfer(() => [], DATA, 10, { triesMax: 3 });
  deepStrictEqual(given.counters, [1, 1, 1]);
  ok(given.error instanceof UdsTransferRestartError);
});

Deno.test("transferData() takes 0x73 for written once any try met silence", () => {
  const server = new FlashServer("wrongCounter", [0, 1]);
  const outcome = transfer(server.script, DATA, 10, { triesMax: 4 });
  strictEqual(outcome.error, undefined);
  deepStrictEqual(concatBytes(server.written), DATA);
});

Deno.test("transferData() asks how long each message should be, and tells what became of it", () => {
  const server = new FlashServer("answerAgain", [1]);
  const ended: [number, boolean][] = [];
  const sizes = [8, 5, 4095];
  const outcome = transfer(server.script, DATA, 8, {
    multipleBytes: 2,
    sizer: {
      messageBytes: (most) => Math.min(most, sizes.shift()!),
      ended: (bytes, isThrough) => ended.push([bytes, isThrough]),
    },
  });
  strictEqual(outcome.error, undefined);
  // Data in whole multiples: 6 bytes; 3 become 4; the rest is none.
  deepStrictEqual(server.written.map(({ length }) => length), [6, 4]);
  deepStrictEqual(ended, [[8, true], [6, false], [6, true]]);
});

Deno.test("transferData() counts no refusal as a loss", () => {
  const ended: boolean[] = [];
  const sizer = {
    messageBytes: (most: number) => most,
    ended: (_: number, isThrough: boolean) => ended.push(isThrough),
  };
  transfer(() => [{ afterMs: 1, message: "7F 36 72" }], DATA, 10, { sizer });
  deepStrictEqual(ended, []);
});

Deno.test("transferData() waits for an announced answer as long as P2* says, each time", () => {
  const pending: ScriptStep[] = [{ afterMs: 1, message: "7F 36 78" }];
  const outcome = transfer(() => pending, DATA, 10, { triesMax: 3 });
  const repeatedAtMs = outcome.values
    .filter(({ value }) => value.type === "blockRepeated")
    .map(({ atMs }) => atMs);
  // Sending takes 10 ms, the 0x78 one more; then P2* (5050 ms), which no estimate shortens.
  deepStrictEqual(repeatedAtMs, [5061, 10_122]);
});
