import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { type CandumpRecord, parseCandump } from "../../../src/can/mod.ts";
import { hexToBytes } from "../../../src/core/mod.ts";
import {
  conversationSummary,
  describeRequest,
  describeResponse,
  explainConversation,
  guessPairs,
  readConversations,
  type TracePair,
} from "../../../src/trace/mod.ts";

const PAIR: TracePair = {
  name: "door",
  request: { id: 0x7E0, extended: false },
  response: { id: 0x7E8, extended: false },
};

function records(...lines: readonly string[]): readonly CandumpRecord[] {
  return lines.map((line, i) =>
    parseCandump(`(0.${String(i * 1000).padStart(6, "0")}) can0 ${line}`)!
  );
}

Deno.test("explainConversation() tells a conversation in plain words", () => {
  const talk = records(
    "7E0#0210020000000000",
    "7E8#037F107800000000",
    "7E8#065002003201F400",
    "7E0#100B360148656C6C",
    "7E8#3000000000000000",
    "7E0#216F20776F726C00",
    "7E8#0276010000000000",
    "7E0#0436024142000000",
    "7E8#0276020000000000",
    "7E0#100B360148656C6C",
    "7E0#0431010203000000",
    "7E8#037F313100000000",
    "7E0#023E800000000000",
    "7E0#0211010000000000",
  );
  const conversation = readConversations(talk, [PAIR]).get("door")!;
  const { exchanges } = conversation;
  deepStrictEqual(explainConversation(exchanges, { isVerbose: false, startMs: 0 }), [
    "     0.000  DiagnosticSessionControl: programming session -> positive in 2.0 ms, after 1 times " +
    "0x78",
    "     0.003  TransferData: 2 blocks 0x01..0x02, 11 bytes in 5.0 ms, 2.1 KiB/s -> all positive, " +
    "slowest in 1.0 ms",
    "     0.010  broke off: a request: it ended after 6 of 11 bytes",
    "     0.010  RoutineControl: start 0x0203 -> negative 0x31 requestOutOfRange in 1.0 ms " +
    "[31 01 02 03]",
    "     0.013  ECUReset: hard reset -> NO RESPONSE",
  ]);
  strictEqual(
    conversationSummary(conversation),
    "6 requests, 1 negative, 1 unanswered, 1 times 0x78, 1 broken off",
  );
  strictEqual(explainConversation(exchanges, { isVerbose: true, startMs: 0 }).length, 7);
});

Deno.test("readConversations() tells buses and address bytes apart", () => {
  const other = records("7E0#0210020000000000").map((one) => ({ ...one, interfaceName: "can1" }));
  const pair = { ...PAIR, interfaceName: "can0" };
  strictEqual(readConversations(other, [pair]).get("door")!.exchanges.length, 0);
  const extended = records("7E0#F10210030000", "7E8#06025003");
  const prefixed = { ...PAIR, requestPrefix: 0xF1, responsePrefix: 0x06 };
  const [exchange] = readConversations(extended, [prefixed]).get("door")!.exchanges;
  deepStrictEqual([...exchange!.request.data], [0x10, 0x03]);
  deepStrictEqual([...exchange!.response!.data], [0x50, 0x03]);
});

Deno.test("guessPairs() finds who talks to whom, also when two talk at once", () => {
  const talk = records(
    "7DF#0210830000000000",
    "7E0#0322F18900000000",
    "601#0322F18900000000",
    "681#0562F18941420000",
    "7E8#0562F18943440000",
    "601#0210020000000000",
    "681#0250020000000000",
    "7E0#100B360148656C6C",
    "601#0227010000000000",
    "7E8#3000000000000000",
    "681#0467010102000000",
  );
  deepStrictEqual(guessPairs(talk).map(({ name }) => name), [
    "can0 0x601/0x681",
    "can0 0x7DF, without answers",
    "can0 0x7E0/0x7E8",
  ]);
});

Deno.test("describeRequest() and describeResponse() name what a flasher does", () => {
  const request = (hex: string): string => describeRequest(hexToBytes(hex));
  strictEqual(
    request("34 00 44 08 00 80 00 00 00 40 00"),
    "RequestDownload: 16384 bytes at 0x08008000",
  );
  strictEqual(request("27 02 AA"), "SecurityAccess: send key, level 0x01");
  strictEqual(request("22 F1 90"), "ReadDataByIdentifier: 0xF190 (VIN)");
  strictEqual(request("31 01 FF 00"), "RoutineControl: start 0xFF00 (erase memory)");
  strictEqual(
    describeResponse(hexToBytes("74 20 0F FF")),
    "positive, blocks of 4095 bytes at most",
  );
  strictEqual(describeResponse(hexToBytes("62 F1 89 32 2E 30")), '"2.0"');
  strictEqual(describeResponse(hexToBytes("7F 27 35")), "negative 0x35 invalidKey");
});

Deno.test("describing and assembling take any bytes", () => {
  const frames = fc.array(fc.uint8Array({ maxLength: 64 }));
  fc.assert(fc.property(frames, fc.uint8Array(), (list, bytes) => {
    describeRequest(bytes);
    describeResponse(bytes);
    const talk = list.map((data, i): CandumpRecord => ({
      atMs: i,
      interfaceName: "a",
      frame: { id: 0x7E0 + 8 * (i % 2), extended: false, fd: true, bitRateSwitch: false, data },
    }));
    const { exchanges } = readConversations(talk, [PAIR, ...guessPairs(talk)]).get("door")!;
    explainConversation(exchanges, { isVerbose: false, startMs: 0 });
  }));
});

Deno.test("readConversations() takes as much room as what comes, not as what is announced", () => {
  const announced = records("7E0#1000FFFFFFF03401", "7E0#21AABBCCDDEEFF00");
  const before = Deno.memoryUsage().external;
  let held = 0;
  function* watched(): Generator<CandumpRecord> {
    for (const record of announced) {
      yield record;
      held = Math.max(held, Deno.memoryUsage().external - before);
    }
  }
  deepStrictEqual(readConversations(watched(), [PAIR]).get("door")!.exchanges, []);
  ok(held < 1024 * 1024, `${held} bytes for two frames`);
});

Deno.test("explainConversation() tells more blocks together than a call takes arguments", () => {
  const message = { data: Uint8Array.of(0x36, 1, 2), frames: 1, startMs: 0, endMs: 1 };
  const response = { data: Uint8Array.of(0x76, 1), frames: 1, startMs: 4, endMs: 5 };
  const block = { name: "door", request: message, response, pendingCount: 0, broken: [] };
  const lines = explainConversation(Array.from({ length: 300_000 }, () => block), {
    isVerbose: false,
    startMs: 0,
  });
  strictEqual(lines.length, 1);
  ok(lines[0]!.includes("300000 blocks"), lines[0]);
  ok(lines[0]!.includes("slowest in 4.0 ms"), lines[0]);
});

Deno.test("explainConversation() misses the answer to a data identifier with its high bit set", () => {
  const talk = records("7E0#0322F19000000000", "7E0#023E800000000000");
  const { exchanges } = readConversations(talk, [PAIR]).get("door")!;
  deepStrictEqual(explainConversation(exchanges, { isVerbose: true, startMs: 0 }), [
    "     0.000  ReadDataByIdentifier: 0xF190 (VIN) -> NO RESPONSE",
    "     0.001  TesterPresent -> no response wanted",
  ]);
});
