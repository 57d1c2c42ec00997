import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { bytesToHex, hexToBytes } from "../../../src/core/mod.ts";
import {
  decodePdu,
  FrameBuilder,
  IsoTpSender,
  type SenderOptions,
  type SenderResult,
} from "../../../src/isotp/mod.ts";
import { countingBytes, id11 } from "./_support.ts";

const FORMAT = { fd: false, bitRateSwitch: false, txDlBytes: 8 };

function makeSender(options: Partial<SenderOptions> = {}): IsoTpSender {
  const builder = new FrameBuilder(id11(0x7E0), undefined, FORMAT);
  return new IsoTpSender(builder, { nBsMs: 1000, waitFramesMax: 1, ...options }, "0x7E0/0x7E8");
}

function word(result: SenderResult | undefined): string {
  if (result === undefined) return "";
  return result.kind === "sent" ? "N_OK" : result.error.nResult;
}

/**
 * One line of a transition table: what happens at which ms, and what the sender then says:
 * its state, when it is ready, its deadline, and the message's result.
 */
type Line = readonly [
  input: string,
  atMs: number,
  state: string,
  ready: number,
  deadline: number,
  result?: string,
];

/** `take`: the next frame, `ok`: its confirmation, `due`: the deadline; other: a PDU that comes. */
function step(sender: IsoTpSender, input: string, atMs: number): string {
  if (input.startsWith("start ")) {
    sender.start(countingBytes(Number(input.slice(6))));
    return "";
  }
  if (input.startsWith("take ")) {
    strictEqual(bytesToHex(sender.takeFrame(atMs).data), input.slice(5));
    return "";
  }
  if (input === "ok") return word(sender.confirmed(atMs));
  if (input === "due") return word(sender.deadlinePassed(atMs));
  const pdu = decodePdu(hexToBytes(input), 0);
  ok(pdu.kind === "flowControl");
  return word(sender.flowControl(pdu, atMs));
}

function check(sender: IsoTpSender, lines: readonly Line[]): void {
  for (const [input, atMs, state, ready, deadline, result = ""] of lines) {
    const told = step(sender, input, atMs);
    deepStrictEqual(
      [input, atMs, sender.state, sender.readyAtMs, sender.deadlineMs, told],
      [input, atMs, state, ready, deadline, result],
    );
  }
}

const FF_20 = "take 10 14 01 02 03 04 05 06";
const CF_1 = "take 21 07 08 09 0A 0B 0C 0D";
const CF_2 = "take 22 0E 0F 10 11 12 13 14";

Deno.test("IsoTpSender sends a short message in one frame", () => {
  check(makeSender(), [
    ["start 3", 0, "first", 0, Infinity],
    ["take 03 01 02 03", 5, "draining", Infinity, Infinity],
    // Flow control for it makes no sense, and is ignored.
    ["32 00 00", 6, "draining", Infinity, Infinity],
    ["ok", 7, "idle", Infinity, Infinity, "N_OK"],
  ]);
});

Deno.test("IsoTpSender waits for flow control after the first frame and sends the rest", () => {
  check(makeSender(), [
    ["start 20", 0, "first", 0, Infinity],
    [FF_20, 1, "waitFlowControl", Infinity, Infinity],
    ["ok", 2, "waitFlowControl", Infinity, 1002],
    ["30 00 00", 10, "consecutive", 10, Infinity],
    // The second frame may be handed over before the first is confirmed.
    [CF_1, 10, "consecutive", 10, Infinity],
    [CF_2, 10, "draining", Infinity, Infinity],
    ["ok", 11, "draining", Infinity, Infinity],
    ["ok", 12, "idle", Infinity, Infinity, "N_OK"],
  ]);
});

Deno.test("IsoTpSender waits anew after each block", () => {
  check(makeSender(), [
    ["start 20", 0, "first", 0, Infinity],
    [FF_20, 1, "waitFlowControl", Infinity, Infinity],
    ["ok", 2, "waitFlowControl", Infinity, 1002],
    ["30 01 00", 10, "consecutive", 10, Infinity],
    [CF_1, 10, "waitFlowControl", Infinity, Infinity],
    ["ok", 11, "waitFlowControl", Infinity, 1011],
    ["30 05 00", 20, "consecutive", 20, Infinity],
    [CF_2, 20, "draining", Infinity, Infinity],
    ["ok", 21, "idle", Infinity, Infinity, "N_OK"],
  ]);
});

Deno.test("IsoTpSender keeps STmin from the end of one frame to the next, also 100 us", () => {
  check(makeSender(), [
    ["start 20", 0, "first", 0, Infinity],
    [FF_20, 1, "waitFlowControl", Infinity, Infinity],
    ["ok", 2, "waitFlowControl", Infinity, 1002],
    ["30 00 14", 10, "consecutive", 10, Infinity],
    [CF_1, 10, "consecutive", Infinity, Infinity],
    ["ok", 12, "consecutive", 32, Infinity],
    [CF_2, 32, "draining", Infinity, Infinity],
    ["ok", 33, "idle", Infinity, Infinity, "N_OK"],
  ]);
  const sender = makeSender();
  check(sender, [
    ["start 20", 0, "first", 0, Infinity],
    [FF_20, 1, "waitFlowControl", Infinity, Infinity],
    ["ok", 2, "waitFlowControl", Infinity, 1002],
    ["30 00 F1", 10, "consecutive", 10, Infinity],
    [CF_1, 10, "consecutive", Infinity, Infinity],
  ]);
  sender.confirmed(12);
  strictEqual(sender.readyAtMs, 12.1);
});

Deno.test("IsoTpSender bears WAIT frames up to its limit, each with a new N_Bs", () => {
  check(makeSender({ waitFramesMax: 2 }), [
    ["start 20", 0, "first", 0, Infinity],
    [FF_20, 1, "waitFlowControl", Infinity, Infinity],
    ["ok", 2, "waitFlowControl", Infinity, 1002],
    ["31 00 00", 500, "waitFlowControl", Infinity, 1500],
    ["31 00 00", 1400, "waitFlowControl", Infinity, 2400],
    // CTS sets the count back.
    ["30 01 00", 1500, "consecutive", 1500, Infinity],
    [CF_1, 1500, "waitFlowControl", Infinity, Infinity],
    ["ok", 1501, "waitFlowControl", Infinity, 2501],
    ["31 00 00", 1600, "waitFlowControl", Infinity, 2600],
    ["31 00 00", 1700, "waitFlowControl", Infinity, 2700],
    ["31 00 00", 1800, "idle", Infinity, Infinity, "N_WFT_OVRN"],
  ]);
});

/** A message of 20 bytes whose flow control comes so long after its first frame. */
function heardAfter(
  sender: IsoTpSender,
  fromMs: number,
  tookMs: number,
  flowControl = "30 00 00",
): void {
  step(sender, "start 20", fromMs);
  step(sender, FF_20, fromMs);
  step(sender, "ok", fromMs);
  step(sender, flowControl, fromMs + tookMs);
  for (let i = 0; i < 2; i++) {
    sender.takeFrame(fromMs + tookMs);
    step(sender, "ok", fromMs + tookMs);
  }
  strictEqual(sender.state, "idle");
}

/** A sender whose receiver has answered four first frames within 1 ms. */
function makeSeasonedSender(): IsoTpSender {
  const sender = makeSender();
  for (let i = 0; i < 4; i++) heardAfter(sender, 10 * i, 1);
  return sender;
}

Deno.test("IsoTpSender repeats a first frame where flow control has always come soon", () => {
  const sender = makeSeasonedSender();
  check(sender, [
    ["start 20", 100, "first", 0, Infinity],
    [FF_20, 100, "waitFlowControl", Infinity, Infinity],
    ["ok", 100, "waitFlowControl", Infinity, 200],
    ["due", 200, "first", 0, Infinity],
    [FF_20, 201, "waitFlowControl", Infinity, Infinity],
    // Then N_Bs in full, before it is given up.
    ["ok", 201, "waitFlowControl", Infinity, 1201],
    ["30 00 00", 1200, "consecutive", 1200, Infinity],
    [CF_1, 1200, "consecutive", 1200, Infinity],
    [CF_2, 1200, "draining", Infinity, Infinity],
    ["ok", 1201, "draining", Infinity, Infinity],
    ["ok", 1202, "idle", Infinity, Infinity, "N_OK"],
  ]);
  // That answer may belong to either: N_Bs holds in full until four clean ones came.
  for (let i = 0; i < 4; i++) {
    check(sender, [
      ["start 20", 2000 + i, "first", 0, Infinity],
      [FF_20, 2000 + i, "waitFlowControl", Infinity, Infinity],
      ["ok", 2000 + i, "waitFlowControl", Infinity, 3000 + i],
      ["30 00 00", 2001 + i, "consecutive", 2001 + i, Infinity],
    ]);
    sender.abort("N_ERROR", "it was withdrawn");
  }
  check(sender, [
    ["start 20", 3000, "first", 0, Infinity],
    [FF_20, 3000, "waitFlowControl", Infinity, Infinity],
    ["ok", 3000, "waitFlowControl", Infinity, 3100],
  ]);
});

Deno.test("IsoTpSender takes late flow control while the first frame waits to be repeated", () => {
  check(makeSeasonedSender(), [
    ["start 20", 100, "first", 0, Infinity],
    [FF_20, 100, "waitFlowControl", Infinity, Infinity],
    ["ok", 100, "waitFlowControl", Infinity, 200],
    ["due", 200, "first", 0, Infinity],
    ["30 00 00", 250, "consecutive", 250, Infinity],
    [CF_1, 250, "consecutive", 250, Infinity],
  ]);
});

Deno.test("IsoTpSender waits for N_Bs behind a WAIT frame, and gives up behind a repetition", () => {
  check(makeSeasonedSender(), [
    ["start 20", 100, "first", 0, Infinity],
    [FF_20, 100, "waitFlowControl", Infinity, Infinity],
    ["ok", 100, "waitFlowControl", Infinity, 200],
    ["31 00 00", 150, "waitFlowControl", Infinity, 1150],
    ["due", 1150, "idle", Infinity, Infinity, "N_TIMEOUT_Bs"],
  ]);
  check(makeSeasonedSender(), [
    ["start 20", 100, "first", 0, Infinity],
    [FF_20, 100, "waitFlowControl", Infinity, Infinity],
    ["ok", 100, "waitFlowControl", Infinity, 200],
    ["due", 200, "first", 0, Infinity],
    [FF_20, 200, "waitFlowControl", Infinity, Infinity],
    ["ok", 200, "waitFlowControl", Infinity, 1200],
    ["due", 1200, "idle", Infinity, Infinity, "N_TIMEOUT_Bs"],
  ]);
});

Deno.test("IsoTpSender repeats a first frame four times the longest answer after it", () => {
  const sender = makeSender();
  for (let i = 0; i < 4; i++) heardAfter(sender, 100 * i, 60);
  check(sender, [
    ["start 20", 1300, "first", 0, Infinity],
    [FF_20, 1300, "waitFlowControl", Infinity, Infinity],
    ["ok", 1300, "waitFlowControl", Infinity, 1540],
  ]);
});

Deno.test("IsoTpSender repeats no first frame to a receiver that grants blocks", () => {
  const sender = makeSender();
  for (let i = 0; i < 4; i++) heardAfter(sender, 10 * i, 1, "30 08 00");
  check(sender, [
    ["start 20", 100, "first", 0, Infinity],
    [FF_20, 100, "waitFlowControl", Infinity, Infinity],
    ["ok", 100, "waitFlowControl", Infinity, 1100],
  ]);
});

Deno.test("IsoTpSender takes late flow control of a message given up for no block's", () => {
  check(makeSender(), [
    ["start 20", 0, "first", 0, Infinity],
    [FF_20, 0, "waitFlowControl", Infinity, Infinity],
    ["ok", 0, "waitFlowControl", Infinity, 1000],
    ["due", 1000, "idle", Infinity, Infinity, "N_TIMEOUT_Bs"],
    ["start 20", 1000, "first", 0, Infinity],
    [FF_20, 1000, "waitFlowControl", Infinity, Infinity],
    ["ok", 1000, "waitFlowControl", Infinity, 2000],
    // It answers the first one.
    ["30 01 00", 1100, "consecutive", 1100, Infinity],
    [CF_1, 1100, "waitFlowControl", Infinity, Infinity],
    // This one the second; the block is not sent yet.
    ["30 01 00", 1101, "waitFlowControl", Infinity, Infinity],
    ["ok", 1102, "waitFlowControl", Infinity, 2102],
    ["30 01 00", 1103, "consecutive", 1103, Infinity],
  ]);
});

Deno.test("IsoTpSender repeats a first frame to a receiver that promised to be prompt", () => {
  const sender = makeSender({ firstFrameRepeatMs: 100 });
  check(sender, [
    ["start 20", 0, "first", 0, Infinity],
    [FF_20, 0, "waitFlowControl", Infinity, Infinity],
    ["ok", 0, "waitFlowControl", Infinity, 100],
    ["due", 100, "first", 0, Infinity],
  ]);
});

Deno.test("IsoTpSender ends a message by overflow, invalid flow status and N_Bs", () => {
  const table: readonly (readonly [string, string])[] = [
    ["32 00 00", "N_BUFFER_OVFLW"],
    ["33 00 00", "N_INVALID_FS"],
    ["3F 00 00", "N_INVALID_FS"],
    ["due", "N_TIMEOUT_Bs"],
  ];
  for (const [input, result] of table) {
    check(makeSender(), [
      ["start 20", 0, "first", 0, Infinity],
      [FF_20, 1, "waitFlowControl", Infinity, Infinity],
      ["ok", 2, "waitFlowControl", Infinity, 1002],
      [input, 1002, "idle", Infinity, Infinity, result],
      ["start 1", 1003, "first", 0, Infinity],
    ]);
  }
});

Deno.test("IsoTpSender ignores flow control that nobody waits for", () => {
  check(makeSender(), [
    ["30 00 00", 0, "idle", Infinity, Infinity],
    ["start 20", 0, "first", 0, Infinity],
    ["32 00 00", 0, "first", 0, Infinity],
    [FF_20, 1, "waitFlowControl", Infinity, Infinity],
    ["30 00 00", 2, "consecutive", 2, Infinity],
    ["32 00 00", 3, "consecutive", 2, Infinity],
    ["31 00 00", 3, "consecutive", 2, Infinity],
  ]);
});

Deno.test("IsoTpSender sends to a group without flow control, with the gap it is told", () => {
  check(makeSender({ groupGapMs: 0.5 }), [
    ["start 20", 0, "first", 0, Infinity],
    [FF_20, 1, "consecutive", Infinity, Infinity],
    ["ok", 2, "consecutive", 2.5, Infinity],
    [CF_1, 2.5, "consecutive", Infinity, Infinity],
    ["ok", 3, "consecutive", 3.5, Infinity],
    [CF_2, 4, "draining", Infinity, Infinity],
    ["ok", 5, "idle", Infinity, Infinity, "N_OK"],
  ]);
  check(makeSender({ groupGapMs: 0 }), [
    ["start 20", 0, "first", 0, Infinity],
    [FF_20, 1, "consecutive", 1, Infinity],
    [CF_1, 1, "consecutive", 1, Infinity],
    [CF_2, 1, "draining", Infinity, Infinity],
  ]);
});

Deno.test("IsoTpSender.clearedFrames counts what may go without the other end", () => {
  const sender = makeSender();
  strictEqual(sender.clearedFrames, 0);
  sender.start(countingBytes(100));
  strictEqual(sender.clearedFrames, 0);
  sender.takeFrame(0);
  strictEqual(sender.clearedFrames, 0);
  const flow = { kind: "flowControl", flowStatus: "continueToSend" } as const;
  sender.flowControl({ ...flow, blockSize: 8, stMin: 0 }, 1);
  strictEqual(sender.clearedFrames, 8);
  for (let i = 0; i < 8; i++) sender.takeFrame(1);
  strictEqual(sender.clearedFrames, 0);
  sender.flowControl({ ...flow, blockSize: 0, stMin: 0 }, 2);
  strictEqual(sender.clearedFrames, 6);
  sender.abort("N_ERROR", "enough");
  strictEqual(sender.clearedFrames, 0);
});

Deno.test("IsoTpSender.nCsMsMax is the longest time that a frame waited for its turn", () => {
  const sender = makeSender();
  check(sender, [
    ["start 20", 0, "first", 0, Infinity],
    [FF_20, 1, "waitFlowControl", Infinity, Infinity],
    ["ok", 2, "waitFlowControl", Infinity, 1002],
    ["30 00 00", 10, "consecutive", 10, Infinity],
    [CF_1, 14, "consecutive", 10, Infinity],
    ["ok", 15, "consecutive", 15, Infinity],
    [CF_2, 17, "draining", Infinity, Infinity],
  ]);
  strictEqual(sender.nCsMsMax, 4);
});

Deno.test("IsoTpSender errors say what was sent where, and how much of it", () => {
  const sender = makeSender();
  sender.start(countingBytes(20));
  sender.takeFrame(0);
  const result = sender.deadlinePassed(1000);
  ok(result?.kind === "failed");
  strictEqual(result.error.code, "ISOTP_N_TIMEOUT_BS");
  strictEqual(
    result.error.message,
    "Cannot send 20 bytes on 0x7E0/0x7E8: no flow control frame within 1000 ms (after 6 bytes)",
  );
});
