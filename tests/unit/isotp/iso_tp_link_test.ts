import { deepStrictEqual, strictEqual, throws } from "node:assert/strict";
import { bytesToHex } from "../../../src/core/mod.ts";
import {
  CLASSIC_FORMAT,
  createIsoTpLink,
  FD_FORMAT,
  type IsoTpAddressing,
} from "../../../src/isotp/mod.ts";
import published from "../../vectors/isotp/isotp_published.json" with { type: "json" };
import { countingBytes, frame, handDriven, id11, words } from "./_support.ts";

const UNPADDED = { fd: false, bitRateSwitch: false, txDlBytes: 8 } as const;

Deno.test("send() tells when the first and the last frame were on the wire", () => {
  const { clock, port, send } = handDriven();
  const { told } = send(countingBytes(20));
  clock.run({ untilMs: 5 });
  port.end();
  deepStrictEqual(told, ["started 5"]);
  clock.run({ untilMs: 7 });
  port.receive(0x7E8, "30 00 00");
  deepStrictEqual(port.log, [
    "10 14 01 02 03 04 05 06",
    "21 07 08 09 0A 0B 0C 0D",
    "22 0E 0F 10 11 12 13 14",
  ]);
  port.end();
  clock.run({ untilMs: 9 });
  port.end();
  deepStrictEqual(told, ["started 5", "sent 9", "complete"]);
  // Nothing is left to wait for.
  strictEqual(clock.pendingCount, 0);
});

Deno.test("send() sends one message after the other", () => {
  const { port, send } = handDriven();
  const sent = [send(countingBytes(20)), send(countingBytes(1)), send(countingBytes(2))];
  port.end();
  strictEqual(port.log.length, 1);
  port.receive(0x7E8, "32 00 00");
  deepStrictEqual(sent[0]!.told, ["started 0", "N_BUFFER_OVFLW 0"]);
  port.endAll();
  deepStrictEqual(sent[1]!.told, ["started 0", "sent 0", "complete"]);
  deepStrictEqual(sent[2]!.told, ["started 0", "sent 0", "complete"]);
  deepStrictEqual(port.log.slice(1), ["01 01 CC CC CC CC CC CC", "02 01 02 CC CC CC CC CC"]);
});

Deno.test("send() refuses what cannot be sent", () => {
  const { send, link } = handDriven({ role: "functional" });
  deepStrictEqual(send(new Uint8Array(0)).told, ["RangeError 0"]);
  deepStrictEqual(send(countingBytes(8)).told, ["RangeError 0"]);
  link.close();
  deepStrictEqual(send(countingBytes(1)).told, ["N_ERROR 0"]);
  for (const role of ["functionalListener", "groupListener"] as const) {
    deepStrictEqual(handDriven({ role }).send(countingBytes(1)).told, ["RangeError 0"]);
  }
});

Deno.test("N_As: a frame that is not confirmed ends its message after exactly N_As", () => {
  const { clock, send, scheduler } = handDriven({}, { nAsMs: 70 });
  clock.run({ untilMs: 10 });
  const { told } = send(countingBytes(3));
  clock.run({ untilMs: 79.9 });
  deepStrictEqual(told, []);
  clock.run({ untilMs: 80 });
  deepStrictEqual(told, ["N_TIMEOUT_A 80"]);
  strictEqual(scheduler.statistics.framesTimedOut, 1);
});

Deno.test("N_As: a consecutive frame counts from its own hand-over", () => {
  const { clock, port, send } = handDriven();
  const { told } = send(countingBytes(20));
  port.end();
  clock.run({ untilMs: 300 });
  port.receive(0x7E8, "30 00 00");
  clock.run({ untilMs: 700 });
  port.end();
  clock.run({ untilMs: 1299 });
  deepStrictEqual(told, ["started 0"]);
  clock.run({ untilMs: 1300 });
  deepStrictEqual(told, ["started 0", "N_TIMEOUT_A 1300"]);
  // The frame gets on the wire after all: it belongs to nothing any more.
  port.end();
  deepStrictEqual(told.length, 2);
});

Deno.test("N_Bs: no flow control within exactly N_Bs of the first frame's confirmation", () => {
  const { clock, port, send } = handDriven();
  const { told } = send(countingBytes(20));
  clock.run({ untilMs: 4 });
  port.end();
  clock.run({ untilMs: 1003.9 });
  deepStrictEqual(told, ["started 4"]);
  clock.run({ untilMs: 1004 });
  deepStrictEqual(told, ["started 4", "N_TIMEOUT_Bs 1004"]);
  // Flow control that comes too late is ignored.
  port.receive(0x7E8, "30 00 00");
  strictEqual(port.log.length, 1);
});

Deno.test("N_Bs: counts anew after the last frame of a block and after each WAIT", () => {
  const { clock, port, send } = handDriven({ nBsMs: 100 });
  const { told } = send(countingBytes(40));
  port.end();
  clock.run({ untilMs: 90 });
  port.receive(0x7E8, "31 00 00");
  clock.run({ untilMs: 180 });
  port.receive(0x7E8, "30 02 00");
  clock.run({ untilMs: 185 });
  port.endAll();
  clock.run({ untilMs: 284.9 });
  deepStrictEqual(told, ["started 0"]);
  clock.run({ untilMs: 285 });
  deepStrictEqual(told, ["started 0", "N_TIMEOUT_Bs 285"]);
});

Deno.test("N_Cr: no consecutive frame within exactly N_Cr of our confirmed flow control", () => {
  const { clock, port, indications } = handDriven();
  port.receive(0x7E8, "10 14 01 02 03 04 05 06");
  clock.run({ untilMs: 6 });
  deepStrictEqual(port.log, ["30 00 00 CC CC CC CC CC"]);
  port.end();
  clock.run({ untilMs: 500 });
  port.receive(0x7E8, "21 07 08 09 0A 0B 0C 0D");
  clock.run({ untilMs: 1499.9 });
  deepStrictEqual(indications.map(words), ["firstFrame 20"]);
  clock.run({ untilMs: 1500 });
  deepStrictEqual(indications.map(words), ["firstFrame 20", "N_TIMEOUT_Cr"]);
  strictEqual(indications[1]!.atMs, 1500);
  strictEqual(clock.pendingCount, 0);
});

Deno.test("N_Ar: flow control that is not confirmed ends the reception after exactly N_Ar", () => {
  const { clock, port, indications } = handDriven();
  clock.run({ untilMs: 3 });
  port.receive(0x7E8, "10 14 01 02 03 04 05 06");
  clock.run({ untilMs: 1002.9 });
  deepStrictEqual(indications.map(words), ["firstFrame 20"]);
  clock.run({ untilMs: 1003 });
  deepStrictEqual(indications.map(words), ["firstFrame 20", "N_TIMEOUT_A"]);
});

Deno.test("a silent bus ends what waits behind the frame that it does not take", () => {
  const { clock, port, scheduler, indications, send } = handDriven({}, {
    nAsMs: 100,
    framesInFlightMax: 1,
  });
  const neighbour = createIsoTpLink({
    port,
    scheduler,
    clock,
    format: CLASSIC_FORMAT,
    addressing: { mode: "normal", tx: id11(0x601), rx: id11(0x581) },
  });
  neighbour.send(countingBytes(1)).subscribe({ error: () => {} });
  clock.run({ untilMs: 50 });
  const short = send(countingBytes(1));
  port.receive(0x7E8, "10 14 01 02 03 04 05 06");
  clock.run();
  deepStrictEqual(short.told, ["N_TIMEOUT_A 100"]);
  deepStrictEqual(indications.map(words), ["firstFrame 20", "N_TIMEOUT_A"]);
  strictEqual(clock.pendingCount, 0);
});

Deno.test("N_Br and N_Cs are measured", () => {
  const { clock, port, link, send } = handDriven();
  // Both places at the port are taken: our flow control has to wait.
  send(countingBytes(20));
  port.end();
  port.receive(0x7E8, "30 00 05");
  clock.run({ untilMs: 2 });
  port.end();
  clock.run({ untilMs: 7 });
  port.end();
  strictEqual(link.statistics.nCsMsMax, 5);
  port.receive(0x7E8, "10 14 01 02 03 04 05 06");
  strictEqual(link.statistics.nBrMsMax, 0);
});

Deno.test("N_Bs is longer by what our own frames that outrank the answer may take", () => {
  // Another link's message is cleared to send: 0x100 outranks the answer on 0x7E8.
  const { clock, port, scheduler, send } = handDriven({ nBsMs: 10 }, { yieldAfterMs: 20 });
  const other = createIsoTpLink({
    port,
    scheduler,
    clock,
    format: CLASSIC_FORMAT,
    addressing: { mode: "normal", tx: id11(0x100), rx: id11(0x700) },
  });
  other.send(countingBytes(4095)).subscribe({ error: () => {} });
  port.end();
  const { told } = send(countingBytes(20));
  port.end();
  port.receive(0x700, "30 00 00");
  // N_Bs, the two frames at the port, and the run that outranks the answer.
  clock.run({ untilMs: 30.2 });
  deepStrictEqual(told, ["started 0"]);
  clock.run({ untilMs: 30.3 });
  strictEqual(told[1]?.split(" ")[0], "N_TIMEOUT_Bs");
});

Deno.test("queueingDelayMs() counts frames ahead, and those that outrank the answer", () => {
  const { port, link, scheduler, send } = handDriven();
  strictEqual(link.queueingDelayMs(), 0);
  send(countingBytes(100));
  const oneFrameMs = link.queueingDelayMs();
  strictEqual(oneFrameMs > 0.1 && oneFrameMs < 0.15, true, `${oneFrameMs} ms a frame`);
  port.end();
  port.receive(0x7E8, "30 0A 00");
  // 10 are cleared; of them 2 are in flight.
  strictEqual(Math.round(link.queueingDelayMs() / oneFrameMs), 2 + 8);
  strictEqual(Math.round(scheduler.queueingDelayMs() / oneFrameMs), 2);
});

Deno.test("indications$ tells each message with its first frame, and goes on after errors", () => {
  const { port, indications } = handDriven({ messageBytesMax: 30, blockSize: 1, stMin: 0x14 });
  port.receive(0x7E8, "02 7E 00");
  port.receive(0x7E8, "10 14 01 02 03 04 05 06");
  port.endAll();
  port.receive(0x7E8, "21 07 08 09 0A 0B 0C 0D");
  port.endAll();
  port.receive(0x7E8, "24 0E 0F 10 11 12 13 14");
  port.receive(0x7E8, "10 1F 01 02 03 04 05 06");
  port.endAll();
  port.receive(0x7E8, "01 55");
  deepStrictEqual(indications.map(words), [
    "message 2",
    "firstFrame 20",
    "N_WRONG_SN",
    "N_BUFFER_OVFLW",
    "message 1",
  ]);
  deepStrictEqual(port.log, [
    "30 01 14 CC CC CC CC CC",
    "30 01 14 CC CC CC CC CC",
    "32 01 14 CC CC CC CC CC",
  ]);
});

Deno.test("mayContinue holds the sender with WAIT frames, and N_WFTmax bounds them", () => {
  let hasRoom = false;
  const { clock, port, indications } = handDriven({
    mayContinue: () => hasRoom,
    waitMs: 50,
    waitFramesMax: 3,
  });
  port.receive(0x7E8, "10 14 01 02 03 04 05 06");
  port.endAll();
  clock.run({ untilMs: 50 });
  port.endAll();
  clock.run({ untilMs: 99 });
  const wait = "31 00 00 CC CC CC CC CC";
  deepStrictEqual(port.log, [wait, wait]);
  hasRoom = true;
  clock.run({ untilMs: 100 });
  port.endAll();
  deepStrictEqual(port.log, [wait, wait, "30 00 00 CC CC CC CC CC"]);
  port.receive(0x7E8, "21 07 08 09 0A 0B 0C 0D");
  port.receive(0x7E8, "22 0E 0F 10 11 12 13 14");
  deepStrictEqual(indications.map(words), ["firstFrame 20", "message 20"]);

  hasRoom = false;
  port.receive(0x7E8, "10 14 01 02 03 04 05 06");
  for (let untilMs = 100; untilMs <= 400; untilMs += 10) {
    clock.run({ untilMs });
    port.endAll();
  }
  strictEqual(port.log.filter((data) => data === wait).length, 2 + 3);
  deepStrictEqual(indications.slice(2).map(words), ["firstFrame 20", "N_WFT_OVRN"]);
});

Deno.test("full duplex: a message comes in while another goes out", () => {
  const { port, indications, send } = handDriven();
  const { told } = send(countingBytes(20));
  port.end();
  port.receive(0x7E8, "10 14 01 02 03 04 05 06");
  port.end();
  port.receive(0x7E8, "30 00 00");
  port.receive(0x7E8, "21 07 08 09 0A 0B 0C 0D");
  port.receive(0x7E8, "22 0E 0F 10 11 12 13 14");
  port.endAll();
  deepStrictEqual(told, ["started 0", "sent 0", "complete"]);
  deepStrictEqual(indications.map(words), ["firstFrame 20", "message 20"]);
});

Deno.test("half duplex: what comes in the middle of a segmented message out is ignored", () => {
  const { port, indications, send } = handDriven({ duplex: "half" });
  const { told } = send(countingBytes(20));
  port.end();
  port.receive(0x7E8, "01 55");
  port.receive(0x7E8, "10 14 01 02 03 04 05 06");
  port.receive(0x7E8, "21 07 08 09 0A 0B 0C 0D");
  strictEqual(port.waiting.length, 0);
  port.receive(0x7E8, "30 00 00");
  port.endAll();
  deepStrictEqual(told, ["started 0", "sent 0", "complete"]);
  deepStrictEqual(indications, []);
  port.receive(0x7E8, "01 55");
  deepStrictEqual(indications.map(words), ["message 1"]);
});

Deno.test("half duplex: a message waits until the one coming in has ended", () => {
  const { clock, port, indications, send } = handDriven({ duplex: "half" });
  port.receive(0x7E8, "10 08 01 02 03 04 05 06");
  port.endAll();
  const { told } = send(countingBytes(1));
  strictEqual(port.waiting.length, 0);
  port.receive(0x7E8, "21 07 08");
  port.endAll();
  deepStrictEqual(told, ["started 0", "sent 0", "complete"]);
  // Also when it breaks off.
  port.receive(0x7E8, "10 08 01 02 03 04 05 06");
  port.endAll();
  const second = send(countingBytes(1));
  clock.run({ untilMs: 1000 });
  port.endAll();
  deepStrictEqual(second.told, ["started 1000", "sent 1000", "complete"]);
  deepStrictEqual(indications.map(words), [
    "firstFrame 8",
    "message 8",
    "firstFrame 8",
    "N_TIMEOUT_Cr",
  ]);
});

Deno.test("unsubscribing takes the unsent rest back; frames in flight confirm nothing else", () => {
  const { port, scheduler, send } = handDriven();
  const first = send(countingBytes(100));
  port.end();
  port.receive(0x7E8, "30 00 00");
  strictEqual(port.waiting.length, 2);
  first.cancel();
  const second = send(countingBytes(1));
  port.end();
  port.end();
  deepStrictEqual(second.told, []);
  port.end();
  deepStrictEqual(second.told, ["started 0", "sent 0", "complete"]);
  deepStrictEqual(first.told, ["started 0"]);
  strictEqual(port.waiting.length, 0);
  strictEqual(scheduler.queueingDelayMs(), 0);
});

Deno.test("unsubscribing takes back what waits, and what nobody began", () => {
  const { port, send } = handDriven();
  const sent = [send(countingBytes(1)), send(countingBytes(2)), send(countingBytes(3))];
  sent[1]!.cancel();
  port.endAll();
  deepStrictEqual(port.log.map((data) => data.slice(0, 2)), ["01", "03"]);
});

Deno.test("unsubscribing at the first word leaves no trace of the message", () => {
  const { port, link } = handDriven();
  const told: string[] = [];
  const subscription = link.send(countingBytes(20)).subscribe(({ type }) => {
    told.push(type);
    subscription.unsubscribe();
  });
  port.end();
  port.receive(0x7E8, "30 00 00");
  deepStrictEqual(told, ["started"]);
  strictEqual(port.waiting.length, 0);
});

Deno.test("a frame that the bus takes back ends its message with N_ERROR", () => {
  const { port, send, scheduler } = handDriven();
  const { told } = send(countingBytes(20));
  port.end("aborted");
  deepStrictEqual(told, ["N_ERROR 0"]);
  strictEqual(scheduler.statistics.framesAborted, 1);
});

Deno.test("flow control that the bus takes back ends the reception with N_ERROR", () => {
  const { port, indications } = handDriven();
  port.receive(0x7E8, "10 14 01 02 03 04 05 06");
  port.end("aborted");
  deepStrictEqual(indications.map(words), ["firstFrame 20", "N_ERROR"]);
});

Deno.test("close() ends what is under way and listens no more", () => {
  const { clock, port, link, indications, send } = handDriven();
  let isComplete = false;
  link.indications$.subscribe({ complete: () => (isComplete = true) });
  const sent = [send(countingBytes(20)), send(countingBytes(1))];
  port.end();
  link.close();
  link.close();
  strictEqual(isComplete, true);
  deepStrictEqual(sent.map(({ told }) => told.at(-1)), ["N_ERROR 0", "N_ERROR 0"]);
  port.receive(0x7E8, "01 55");
  port.receive(0x7E8, "30 00 00");
  deepStrictEqual(indications, []);
  strictEqual(port.waiting.length, 0);
  strictEqual(clock.pendingCount, 0);
});

Deno.test("close() by whoever hears of a first frame leaves it without flow control", () => {
  const { port, link } = handDriven();
  link.indications$.subscribe(() => link.close());
  port.receive(0x7E8, "10 14 01 02 03 04 05 06");
  deepStrictEqual(port.log, []);
});

Deno.test("role functional: single frames out, nothing heard", () => {
  const { port, indications, send } = handDriven({ role: "functional" });
  const { told } = send(countingBytes(7));
  port.end();
  deepStrictEqual(told, ["started 0", "sent 0", "complete"]);
  port.receive(0x7E8, "01 55");
  deepStrictEqual(indications, []);
});

Deno.test("role functionalListener: single frames in, segmented messages ignored", () => {
  const { port, indications } = handDriven({ role: "functionalListener" });
  port.receive(0x7E8, "10 14 01 02 03 04 05 06");
  port.receive(0x7E8, "02 3E 80");
  deepStrictEqual(indications.map(words), ["message 2"]);
  deepStrictEqual(port.log, []);
});

Deno.test("roles groupSender and groupListener: segments without flow control", () => {
  const sender = handDriven({ role: "groupSender", groupGapMs: 2 });
  const { told } = sender.send(countingBytes(20));
  const times: number[] = [];
  for (let untilMs = 0; untilMs <= 10; untilMs++) {
    sender.clock.run({ untilMs });
    if (sender.port.waiting.length > 0) times.push(untilMs);
    sender.port.endAll();
  }
  deepStrictEqual(times, [0, 2, 4]);
  deepStrictEqual(told, ["started 0", "sent 4", "complete"]);

  const listener = handDriven({ role: "groupListener" });
  for (const data of sender.port.log) listener.port.receive(0x7E8, data);
  deepStrictEqual(listener.indications.map(words), ["firstFrame 20", "message 20"]);
  deepStrictEqual(listener.port.log, []);
});

Deno.test("links that share an identifier are told apart by the address byte", () => {
  const { clock, port, scheduler } = handDriven();
  const received: string[] = [];
  const ids = { tx: id11(0x600), rx: id11(0x601) };
  const link = createIsoTpLink({
    port,
    scheduler,
    clock,
    format: UNPADDED,
    addressing: { mode: "extended", ...ids, source: 0xF1, target: 0x10 },
  });
  link.indications$.subscribe((indication) => received.push(words(indication)));
  port.receive(0x601, "F2 01 55");
  port.receive(0x601, "F1 01 55");
  port.receive(0x601, "F1 F1 55");
  port.receive(0x601, "");
  deepStrictEqual(received, ["message 1"]);
  strictEqual(link.statistics.ignoredFrames, 3);
});

Deno.test("each addressing mode sends the frames that python-can-isotp sends", () => {
  for (const { addressing: mode, out, flowControlIn } of published.exchanges) {
    const entry = published.addressing.find(({ addressing }) => addressing.mode === mode)!;
    const { port, send } = handDriven({
      addressing: entry.addressing as IsoTpAddressing,
      format: UNPADDED,
    });
    send(countingBytes(8).map((byte) => byte + 3));
    port.end();
    const extended = entry.rx.length === 8;
    port.receiveFrame({ ...frame(parseInt(entry.rx, 16), flowControlIn), extended });
    deepStrictEqual(port.waiting.map(({ frame }) => [frame.id, frame.extended]), [
      [parseInt(entry.tx, 16), extended],
    ]);
    port.endAll();
    deepStrictEqual(port.log, out);
  }
});

Deno.test("createIsoTpLink() refuses options that cannot work", () => {
  throws(() => handDriven({ blockSize: 256 }), RangeError);
  throws(() => handDriven({ stMin: -1 }), RangeError);
  throws(() => handDriven({ format: { ...CLASSIC_FORMAT, txDlBytes: 64 } }), RangeError);
  // The port of the tests is a classic one.
  throws(() => handDriven({ format: FD_FORMAT }), RangeError);
});

Deno.test("a message of the largest classic length without escape takes 586 frames", () => {
  const { port, send } = handDriven();
  const { told } = send(countingBytes(4095));
  port.end();
  port.receive(0x7E8, "30 00 00");
  port.endAll();
  strictEqual(port.log.length, 586);
  strictEqual(port.log.at(-1), bytesToHex(Uint8Array.of(0x29, 0xFF, ...Array(6).fill(0xCC))));
  strictEqual(told.at(-1), "complete");
});
