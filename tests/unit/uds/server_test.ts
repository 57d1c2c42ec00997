import { deepStrictEqual, strictEqual, throws } from "node:assert/strict";
import { bytesToHex, hexToBytes } from "../../../src/core/mod.ts";
import {
  decodeRoutineControlRequest,
  dispatch,
  encodeResponsePending,
  finalResponse,
  type HandlerResult,
  type ServerContext,
  type ServerService,
  type SubFunctionRule,
} from "../../../src/uds/mod.ts";

const PHYSICAL: ServerContext = { addressing: "physical", session: 1, securityLevel: 0 };

function serviceOf(
  sid: number,
  result: HandlerResult,
  rules: Partial<ServerService> = {},
): readonly [number, ServerService] {
  return [sid, { sid, handle: () => result, ...rules }];
}

const positive = (hex: string): HandlerResult => ({ type: "positive", response: hexToBytes(hex) });

const SERVICES = new Map<number, ServerService>([
  serviceOf(0x3E, positive("7E 00"), { subFunctions: new Map([[0, {}]]) }),
  serviceOf(0x22, positive("62 F1 90 41"), { lengthBytesMin: 3 }),
  serviceOf(0x31, positive("71 01 FF 00"), {
    sessions: [2],
    lengthBytesMin: 4,
    subFunctions: new Map([[1, { securityLevels: [1, 3] }], [3, {}], [2, { sessions: [3] }]]),
  }),
  serviceOf(0x27, positive("67 01"), {
    sessions: [2],
    subFunctions: new Map<number, SubFunctionRule>([
      [1, { lengthBytesMax: 2 }],
      [2, { isInSequence: ({ securityLevel }) => securityLevel === 9, lengthBytesMin: 6 }],
      [3, { sessions: [3], securityLevels: [1], isInSequence: () => false }],
    ]),
  }),
  serviceOf(0x28, positive("68 00"), {
    lengthBytesMin: 3,
    subFunctions: new Map([[0, { lengthBytesMax: 3 }], [4, { lengthBytesMin: 5 }]]),
  }),
  serviceOf(0x34, positive("74 20 0F FF"), { sessions: [2], securityLevels: [1] }),
  serviceOf(0x2E, { type: "negative", nrc: 0x31 }),
  serviceOf(0x11, { type: "silence" }),
  serviceOf(0x36, { type: "later" }),
  serviceOf(0x10, {
    type: "timed",
    responsePendingAtMs: [0, 4000],
    afterMs: 6000,
    result: { type: "positive", response: hexToBytes("50 02") },
  }, { subFunctions: new Map([[2, {}]]) }),
  serviceOf(0x85, {
    type: "timed",
    responsePendingAtMs: [],
    afterMs: 30,
    result: { type: "positive", response: hexToBytes("C5 02") },
  }, { subFunctions: new Map([[2, {}]]) }),
]);

function answers(request: string, context: Partial<ServerContext> = {}): string[] {
  const reply = dispatch(SERVICES, hexToBytes(request), { ...PHYSICAL, ...context });
  return reply.type === "later"
    ? ["later"]
    : reply.responses.map(({ afterMs, response }) => `${afterMs}: ${bytesToHex(response)}`);
}

const functional = { addressing: "functional" } as const;

/** One row a rule: request, what differs in the context, what is sent. */
const ROWS: readonly (readonly [string, Partial<ServerContext>, readonly string[], string])[] = [
  ["", {}, [], "passes an empty message over"],
  ["3E 00", {}, ["0: 7E 00"], "answers"],
  ["3E 80", {}, [], "leaves a suppressed positive response out"],
  ["3E 81", {}, ["0: 7F 3E 12"], "answers negatively although suppressed"],
  ["3E 81", functional, [], "leaves 0x12 out when asked functionally"],
  ["3E", {}, ["0: 7F 3E 13"], "wants a sub-function"],
  ["3E", functional, ["0: 7F 3E 13"], "answers 0x13 even when asked functionally"],
  ["23 00", {}, ["0: 7F 23 11"], "does not know the service"],
  ["23 00", functional, [], "leaves 0x11 out when asked functionally"],
  ["22 F1", {}, ["0: 7F 22 13"], "wants the least length"],
  ["22 F1 90", {}, ["0: 62 F1 90 41"], "gives data"],
  ["31 01 FF 00", {}, ["0: 7F 31 7F"], "puts 0x7F before all the service's own"],
  ["31 09", {}, ["0: 7F 31 7F"], "puts 0x7F before 0x12"],
  ["31 01 FF 00", functional, [], "leaves 0x7F out when asked functionally"],
  ["31", { session: 2 }, ["0: 7F 31 13"], "wants a sub-function before all else of it"],
  ["31 09", { session: 2 }, ["0: 7F 31 13"], "puts the least length before 0x12"],
  ["31 09 FF 00", { session: 2 }, ["0: 7F 31 12"], "does not know the sub-function"],
  ["31 02", { session: 2 }, ["0: 7F 31 13"], "puts the least length before 0x7E"],
  ["31 02 FF 00", { session: 2 }, ["0: 7F 31 7E"], "knows sub-functions of other sessions"],
  ["31 02 FF 00", { session: 2, ...functional }, [], "leaves 0x7E out when asked functionally"],
  ["31 01 FF 00", { session: 2 }, ["0: 7F 31 33"], "wants a level for the sub-function"],
  ["31 01 FF", { session: 2 }, ["0: 7F 31 13"], "puts the least length before its 0x33"],
  ["31 01 FF", { session: 2, securityLevel: 3 }, ["0: 7F 31 13"], "wants the least length"],
  ["31 01 FF 00", { session: 2, securityLevel: 3 }, ["0: 71 01 FF 00"], "takes either level"],
  ["31 03 FF 00", { session: 2 }, ["0: 71 01 FF 00"], "wants no level where none is named"],
  ["27 03", { session: 2 }, ["0: 7F 27 7E"], "puts 0x7E before the sub-function's 0x33"],
  ["27 02", { session: 2 }, ["0: 7F 27 24"], "puts 0x24 before the sub-function's length"],
  ["27 02", { session: 2, securityLevel: 9 }, ["0: 7F 27 13"], "wants the sub-function's length"],
  ["27 02 01 02 03 04", { session: 2, securityLevel: 9 }, ["0: 67 01"], "goes on when in sequence"],
  ["27 01", { session: 2 }, ["0: 67 01"], "asks for no sequence where none is named"],
  ["27 01 00", { session: 2 }, ["0: 7F 27 13"], "takes no longer request than there is"],
  ["27", { session: 1 }, ["0: 7F 27 7F"], "puts 0x7F before 0x13"],
  ["28", {}, ["0: 7F 28 13"], "wants the service's least length"],
  ["28 07", {}, ["0: 7F 28 13"], "puts the service's least length before 0x12"],
  ["28 07 01", {}, ["0: 7F 28 12"], "knows no such sub-function"],
  ["28 04 01", {}, ["0: 7F 28 13"], "wants what this sub-function needs"],
  ["28 00 01", {}, ["0: 68 00"], "takes a sub-function with less"],
  ["34 00", { session: 2 }, ["0: 7F 34 33"], "wants a level for the service"],
  ["34 00", { session: 1, securityLevel: 1 }, ["0: 7F 34 7F"], "puts 0x7F before 0x33"],
  ["34 00", { session: 2, securityLevel: 1 }, ["0: 74 20 0F FF"], "goes on when unlocked"],
  ["2E F1 99 01", {}, ["0: 7F 2E 31"], "answers what its handler says"],
  ["2E F1 99 01", functional, [], "leaves 0x31 out when asked functionally"],
  ["11 01", {}, [], "stays silent when bent"],
  ["36 01", {}, ["later"], "goes on working"],
  ["10 02", {}, ["0: 7F 10 78", "4000: 7F 10 78", "6000: 50 02"], "asks for patience"],
  [
    "10 82",
    {},
    ["0: 7F 10 78", "4000: 7F 10 78", "6000: 50 02"],
    "sends a suppressed response after 0x78",
  ],
  ["85 02", {}, ["30: C5 02"], "answers late"],
  ["85 82", {}, [], "leaves a late suppressed response out"],
];

for (const [request, context, expected, why] of ROWS) {
  Deno.test(`dispatch() ${why}: "${request}" ${JSON.stringify(context)}`, () => {
    deepStrictEqual(answers(request, context), expected);
  });
}

Deno.test("dispatch() answers what a decoder says of a broken request", () => {
  const services = new Map<number, ServerService>([[0x31, {
    sid: 0x31,
    handle: (request) => {
      decodeRoutineControlRequest(request);
      return positive("71 01 FF 00");
    },
  }]]);
  const reply = dispatch(services, hexToBytes("31 01 FF"), PHYSICAL);
  deepStrictEqual(reply, {
    type: "responses",
    responses: [{ afterMs: 0, response: hexToBytes("7F 31 13") }],
  });
});

Deno.test("dispatch() lets mistakes of a handler through", () => {
  const broken: ServerService = {
    sid: 0x31,
    handle: () => {
      throw new RangeError("ours");
    },
  };
  throws(() => dispatch(new Map([[0x31, broken]]), hexToBytes("31"), PHYSICAL), RangeError);
});

Deno.test("finalResponse() suppresses nothing once 0x78 was sent", () => {
  const request = hexToBytes("31 81 FF 00");
  const result = { type: "positive", response: hexToBytes("71 01 FF 00") } as const;
  const physical = { addressing: "physical", responsePendingSent: false } as const;
  const patient = { addressing: "functional", responsePendingSent: true } as const;
  strictEqual(finalResponse(request, result, physical), undefined);
  deepStrictEqual(finalResponse(request, result, patient), hexToBytes("71 01 FF 00"));
  const refused = { type: "negative", nrc: 0x31 } as const;
  deepStrictEqual(finalResponse(request, refused, patient), hexToBytes("7F 31 31"));
  deepStrictEqual(encodeResponsePending(request), hexToBytes("7F 31 78"));
});
