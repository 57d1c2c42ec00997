import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { bytesToHex, hexToBytes } from "../../../src/core/mod.ts";
import { IsoTpError } from "../../../src/isotp/mod.ts";
import {
  UdsNegativeResponseError,
  UdsProtocolError,
  UdsTimeoutError,
} from "../../../src/uds/mod.ts";
import { stepExchange } from "../../../src/uds/exchange_machine.ts";
import {
  EXCHANGE_START,
  exchangeDueMs,
  type ExchangeEffect,
  type ExchangeInput,
  type ExchangeSpec,
  type ExchangeState,
} from "../../../src/uds/exchange_state.ts";

const LIMITS = {
  responsePendingCountMax: 2,
  busyCountMax: 1,
  busyDelayMs: 200,
  totalMsMax: 9000,
};

function specOf(request: string): ExchangeSpec {
  return {
    request: hexToBytes(request),
    times: { p2Ms: 50, p2StarMs: 5000 },
    statedP2StarMs: 5000,
    limits: LIMITS,
  };
}

const READ = specOf("22 F1 90");
const QUIET = specOf("3E 80");

/** States that the rows begin in; the request was sent first at 1000 ms. */
const STATES = {
  sending: { ...EXCHANGE_START, started: true },
  waiting: { ...EXCHANGE_START, phase: "waiting", waitSinceMs: 1000, firstSentMs: 1000 },
  pending: {
    ...EXCHANGE_START,
    phase: "waiting",
    wait: "P2*",
    waitSinceMs: 2000,
    firstSentMs: 1000,
    responsePendingCount: 1,
  },
  receiving: {
    ...EXCHANGE_START,
    phase: "receiving",
    waitSinceMs: 1000,
    receivingSinceMs: 1040,
    firstSentMs: 1000,
  },
  busyPause: {
    ...EXCHANGE_START,
    phase: "busyPause",
    waitSinceMs: 1030,
    firstSentMs: 1000,
    busyCount: 1,
  },
  ended: { ...EXCHANGE_START, phase: "ended" },
} as const satisfies Record<string, ExchangeState>;

interface Row {
  readonly from: keyof typeof STATES;
  readonly input: ExchangeInput | string;
  readonly atMs: number;
  readonly to: ExchangeState["phase"];
  readonly effects: readonly string[];
  readonly dueMs: number;
  readonly spec?: ExchangeSpec;
  readonly queueingDelayMs?: number;
}

const wrongSn = new IsoTpError("N_WRONG_SN", "lost a frame");
const unexpected = new IsoTpError("N_UNEXP_PDU", "another message began");
const noFlowControl = new IsoTpError("N_TIMEOUT_Bs", "no flow control");

/** `input` as a string is a message. */
const ROWS: readonly Row[] = [
  row("sending", { type: "started" }, 990, "sending", [], Infinity),
  row("sending", { type: "sent" }, 1000, "waiting", ["sent"], 1050),
  row("sending", { type: "sent" }, 1000, "waiting", ["sent"], 1057, { queueingDelayMs: 7 }),
  row(
    "sending",
    { type: "sendFailed", error: noFlowControl },
    1000,
    "ended",
    ["IsoTpError"],
    Infinity,
  ),
  row("sending", { type: "firstFrame" }, 999, "sending", [], Infinity),
  row("sending", { type: "linkError", error: wrongSn }, 999, "sending", [], Infinity),
  row("sending", "62 F1 90 41", 999, "sending", [], Infinity),
  row("waiting", { type: "sent" }, 1010, "waiting", [], 1050),
  row("waiting", "62 F1 90 41", 1010, "ended", ["62 F1 90 41", "complete"], Infinity),
  row("waiting", "62 F1 89 41", 1010, "waiting", [], 1050),
  row("waiting", "76 04", 1010, "waiting", [], 1050),
  row("waiting", "62 F1", 1010, "ended", ["UdsProtocolError"], Infinity),
  row("waiting", "7F 22 31", 1010, "ended", ["UdsNegativeResponseError 31"], Infinity),
  row("waiting", "7F 22 78", 1010, "waiting", ["responsePending 1"], 6010),
  row("waiting", "7F 22 21", 1010, "busyPause", ["busy 1"], 1210),
  row("waiting", "7F 22 21", 9799, "busyPause", ["busy 1"], 9999),
  row("waiting", "7F 22 21", 9800, "ended", ["UdsNegativeResponseError 21"], Infinity),
  row("waiting", { type: "firstFrame" }, 1040, "receiving", [], 10000),
  row("waiting", { type: "linkError", error: wrongSn }, 1010, "waiting", [], 1050),
  row("waiting", { type: "due" }, 1049, "waiting", [], 1050),
  row("waiting", { type: "due" }, 1050, "ended", ["P2 50"], Infinity),
  row("waiting", { type: "due" }, 1050, "waiting", [], 1053, { queueingDelayMs: 3 }),
  row("waiting", { type: "due" }, 1050, "ended", ["complete"], Infinity, { spec: QUIET }),
  row("pending", "62 F1 90 41", 6000, "ended", ["62 F1 90 41", "complete"], Infinity),
  row("pending", "7F 22 78", 5000, "waiting", ["responsePending 2"], 10000),
  row("pending", { type: "firstFrame" }, 3000, "receiving", [], 10000),
  row("pending", { type: "due" }, 7000, "ended", ["P2* 5000"], Infinity),
  row("pending", { type: "due" }, 7000, "ended", ["P2* 5000"], Infinity, { spec: QUIET }),
  row("receiving", "62 F1 90 41", 1100, "ended", ["62 F1 90 41", "complete"], Infinity),
  row("receiving", "62 F1 89 41", 1100, "waiting", [], 1110),
  row("receiving", { type: "firstFrame" }, 1100, "receiving", [], 10000),
  row("receiving", { type: "linkError", error: wrongSn }, 1100, "ended", ["IsoTpError"], Infinity),
  row("receiving", { type: "linkError", error: unexpected }, 1100, "waiting", [], 1110),
  row("receiving", { type: "due" }, 10000, "ended", ["responseEnd 8960"], Infinity),
  row("busyPause", { type: "due" }, 1230, "sending", ["send"], Infinity),
  row("busyPause", "62 F1 90 41", 1100, "busyPause", [], 1230),
  row("ended", "62 F1 90 41", 1100, "ended", [], Infinity),
  row("ended", { type: "due" }, 1100, "ended", [], Infinity),
];

for (
  const [index, { from, input, atMs, to, effects, dueMs, spec, queueingDelayMs }] of ROWS.entries()
) {
  const named = typeof input === "string" ? input : input.type;
  Deno.test(`stepExchange() row ${index}: ${from}, ${named} at ${atMs} -> ${to}`, () => {
    const used = spec ?? READ;
    const moment = { nowMs: atMs, queueingDelayMs: queueingDelayMs ?? 0 };
    const step = stepExchange(used, STATES[from], toInput(input), moment);
    strictEqual(step.state.phase, to);
    deepStrictEqual(step.effects.map(nameOf), effects);
    strictEqual(exchangeDueMs(used, step.state, moment.queueingDelayMs), dueMs);
  });
}

Deno.test("stepExchange() fails at the 0x78 beyond its bound, and says how many came", () => {
  let state: ExchangeState = STATES.waiting;
  for (const nowMs of [1010, 2000]) {
    state = stepExchange(READ, state, toInput("7F 22 78"), { nowMs, queueingDelayMs: 0 }).state;
  }
  const step = stepExchange(READ, state, toInput("7F 22 78"), { nowMs: 3000, queueingDelayMs: 0 });
  const [effect] = step.effects;
  ok(effect?.type === "fail" && effect.error instanceof UdsTimeoutError);
  strictEqual(effect.error.wait, "total");
  strictEqual(effect.error.responsePendingCount, 3);
  strictEqual(effect.error.waitedMs, 2000);
});

Deno.test("stepExchange() ends at the bound of the whole, be P2* longer or not", () => {
  const late: ExchangeState = { ...STATES.pending, waitSinceMs: 9000 };
  strictEqual(exchangeDueMs(READ, late, 0), 10_000);
  const step = stepExchange(READ, late, { type: "due" }, { nowMs: 10_000, queueingDelayMs: 0 });
  deepStrictEqual(step.effects.map(nameOf), ["total 9000"]);
});

// Bounds that an estimate lengthens: P2* was stated as 5 s, and 60 s are waited for an erase.
Deno.test("stepExchange() tells silence behind 0x78 from patience without end, at the same bound", () => {
  const patient: ExchangeSpec = { ...READ, times: { p2Ms: 50, p2StarMs: 60_000 } };
  const ends = (waitSinceMs: number, queueingDelayMs = 0): readonly string[] => {
    const state: ExchangeState = { ...STATES.pending, waitSinceMs };
    const moment = { nowMs: 10_000, queueingDelayMs };
    return stepExchange(patient, state, { type: "due" }, moment).effects.map(nameOf);
  };
  deepStrictEqual(ends(5001), ["total 9000"], "it said 4,999 ms ago that it is at work");
  deepStrictEqual(ends(5000), ["P2* 5000"]);
  deepStrictEqual(ends(4950, 51), ["total 9000"], "our frames wait for the bus as long");
  deepStrictEqual(ends(2000), ["P2* 8000"]);
});

Deno.test("stepExchange() gives 0x21 up at its bounds of count and of time", () => {
  const busy = toInput("7F 22 21");
  const counted: ExchangeState = { ...STATES.waiting, busyCount: 1 };
  const byCount = stepExchange(READ, counted, busy, { nowMs: 1010, queueingDelayMs: 0 });
  deepStrictEqual(byCount.effects.map(nameOf), ["UdsNegativeResponseError 21"]);
  const byTime = stepExchange(READ, STATES.waiting, busy, { nowMs: 9900, queueingDelayMs: 0 });
  deepStrictEqual(byTime.effects.map(nameOf), ["UdsNegativeResponseError 21"]);
});

Deno.test("stepExchange() keeps what outran the transmit confirmation, and drops what came before", () => {
  const at = (nowMs: number) => ({ nowMs, queueingDelayMs: 0 });
  const stale = stepExchange(READ, EXCHANGE_START, toInput("62 F1 90 00"), at(900)).state;
  deepStrictEqual(stale.early, []);
  let state = stepExchange(READ, stale, { type: "started" }, at(910)).state;
  state = stepExchange(READ, state, toInput("62 F1 90 41"), at(920)).state;
  const sent = stepExchange(READ, state, { type: "sent" }, at(921));
  deepStrictEqual(sent.effects.map(nameOf), ["sent", "62 F1 90 41", "complete"]);
  const failed = stepExchange(READ, state, { type: "sendFailed", error: noFlowControl }, at(921));
  deepStrictEqual(failed.effects.map(nameOf), ["62 F1 90 41", "complete"]);
  for (let i = 0; i < 100; i++) {
    state = stepExchange(READ, state, toInput("62 00 00"), at(921)).state;
  }
  strictEqual(state.early.length, 8);
});

function row(
  from: Row["from"],
  input: Row["input"],
  atMs: number,
  to: Row["to"],
  effects: Row["effects"],
  dueMs: number,
  more: Pick<Row, "spec" | "queueingDelayMs"> = {},
): Row {
  return { from, input, atMs, to, effects, dueMs, ...more };
}

function toInput(input: Row["input"]): ExchangeInput {
  return typeof input === "string" ? { type: "message", data: hexToBytes(input) } : input;
}

function nameOf(effect: ExchangeEffect): string {
  if (effect.type === "fail") return nameOfError(effect.error);
  if (effect.type !== "emit") return effect.type;
  const { event } = effect;
  if (event.type === "response") return bytesToHex(event.data);
  return "count" in event ? `${event.type} ${event.count}` : event.type;
}

function nameOfError(error: unknown): string {
  if (error instanceof UdsTimeoutError) return `${error.wait} ${error.waitedMs}`;
  if (error instanceof UdsNegativeResponseError) {
    return `UdsNegativeResponseError ${error.nrc.toString(16)}`;
  }
  ok(error instanceof UdsProtocolError || error instanceof IsoTpError);
  return error.name;
}

Deno.test("stepExchange() bears 0x21 for as long as is stated, however often it comes", () => {
  const busyMsMax = 20_000;
  const patient = { ...READ, limits: { ...LIMITS, busyMsMax } };
  const counted: ExchangeState = { ...STATES.waiting, busyCount: 70 };
  const at = (nowMs: number) =>
    stepExchange(patient, counted, toInput("7F 22 21"), { nowMs, queueingDelayMs: 0 });
  strictEqual(at(20_800).state.phase, "busyPause");
  strictEqual(at(20_801).state.phase, "ended");
  // The time that it was busy is not the request's own.
  const answering: ExchangeState = { ...counted, waitSinceMs: 20_900 };
  strictEqual(exchangeDueMs(patient, answering, 0), 20_950);
  strictEqual(
    exchangeDueMs(patient, { ...answering, wait: "P2*", waitSinceMs: 29_000 }, 0),
    30_000,
  );
});
