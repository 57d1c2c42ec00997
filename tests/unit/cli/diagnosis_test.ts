import { deepStrictEqual, match, ok } from "node:assert/strict";
import {
  type BusEvidence,
  diagnose,
  type NodeEvidence,
} from "../../../src/cli/doctor/diagnosis.ts";
import type { HeardFrames } from "../../../src/tester/mod.ts";

const NODE: NodeEvidence = {
  name: "door",
  request: "0x7E0",
  response: "0x7E8",
  answeredOn: [],
  isHeard: false,
  wasLost: false,
};
const BUS: BusEvidence = {
  place: "socketcan:can0",
  state: { kind: "errorActive", tec: 0, rec: 0 },
  trafficFrames: 0,
  answeredToAll: [],
  nodes: [],
};

function codes(evidence: Partial<BusEvidence>): string[] {
  return diagnose({ ...BUS, ...evidence }).map(({ kind }) => kind);
}

Deno.test.each([
  ["answers", { answeredOn: ["0x7E8"] }, {}, "NODE_ANSWERS"],
  ["answers on another identifier", { answeredOn: ["0x7E9"] }, {}, "NODE_OTHER_IDENTIFIER"],
  [
    "answers again, and did not in its bootloader",
    { answeredOn: ["0x7E8"], wasLost: true },
    {},
    "NODE_APPLICATION_ONLY",
  ],
  ["does not answer since it was asked for its bootloader", { wasLost: true }, {}, "NODE_LOST"],
  ["sends, and does not answer", { isHeard: true }, {}, "NODE_HEARD_ONLY"],
  ["is silent amid traffic", {}, { trafficFrames: 9 }, "NODE_SILENT"],
  ["is silent where others answer", {}, { answeredToAll: ["0x7EF"] }, "NODE_SILENT"],
  ["is silent as all are", {}, {}, "NODE_SILENT_ON_QUIET_BUS"],
  [
    "answers twice",
    { answeredOn: ["0x7E8"], answeredTwiceOn: ["0x7E8"] },
    { answeredToAll: ["0x7E8"], answeredTwiceToAll: ["0x7E8"] },
    "NODE_TWINS",
  ],
  ["is disturbed when its answer is due", { errorFrames: 8 }, {
    wire: { busOffs: 1, disturbed: 8, unacknowledged: 0, overflows: 0 },
  }, "NODE_ANSWERS_COLLIDE"],
  ["is silent on a bus that is always disturbed", { errorFrames: 8 }, {
    wire: { busOffs: 0, disturbed: 80, unacknowledged: 0, overflows: 0 },
  }, "NODE_SILENT_ON_QUIET_BUS"],
  [
    "sends what is no ISO-TP",
    {
      meanwhile: { others: [], odd: { kind: "noIsoTp", count: 3, sample: "55 AA" } },
    },
    {},
    "NODE_SENDS_NO_ISO_TP",
  ],
])("diagnose() tells a node that $0", (_, node, bus, code) => {
  const evidence = { ...bus, nodes: [{ ...NODE, ...node }] };
  deepStrictEqual(codes(evidence).filter((one) => one.startsWith("NODE")), [code]);
});

Deno.test("diagnose() tells two nodes that answer a request to all on one identifier, once", () => {
  const twice = { answeredToAll: ["0x7E8"], answeredTwiceToAll: ["0x7E8"] };
  deepStrictEqual(codes(twice), ["BUS_SENDS", "BUS_QUIET", "TWO_ANSWER", "ALL_ANSWER"]);
});

Deno.test("diagnose() tells what was heard while a node was silent", () => {
  const texts = (meanwhile: HeardFrames): string =>
    diagnose({ ...BUS, trafficFrames: 1, nodes: [{ ...NODE, meanwhile }] })
      .find(({ kind }) => kind.startsWith("NODE"))!.text;
  match(texts({ others: ["0x123", "0x7EF"] }), /; heard meanwhile: 0x123, 0x7EF$/);
  match(
    texts({ others: [], odd: { kind: "classicLength", count: 2, sample: "03 7E 00" } }),
    /sends frames of CAN FD on 0x7E8 that begin with a classic length \(2 times\): 03 7E 00$/,
  );
});

Deno.test("diagnose() tells what the controller and the traffic show", () => {
  deepStrictEqual(codes({}), ["BUS_SENDS", "BUS_QUIET", "NOBODY_ANSWERS"]);
  deepStrictEqual(
    codes({
      state: { kind: "errorPassive", tec: 130 },
      trafficFrames: 3,
      answeredToAll: ["0x7E8"],
    }),
    ["BUS_ERROR_PASSIVE", "BUS_TRAFFIC", "ALL_ANSWER"],
  );
});

Deno.test("diagnose() tells what went wrong on the wire, and does not trust the bit rate then", () => {
  const wire = { busOffs: 3, disturbed: 1, unacknowledged: 2, overflows: 4 };
  const findings = diagnose({ ...BUS, wire, nodes: [NODE] });
  deepStrictEqual(findings.filter(({ isGood }) => !isGood).map(({ text }) => text), [
    "the controller went bus-off: 3 times",
    "frames are disturbed, as error frames say: once",
    "nobody acknowledged a frame, as error frames say: 2 times",
    "received frames were lost here: 4 times",
    "door does not answer 0x7E0, and nobody else is heard",
  ]);
  ok(findings.every(({ help }) => !help.includes("bit rate is right")));
  const fine = { busOffs: 0, disturbed: 0, unacknowledged: 0, overflows: 0 };
  deepStrictEqual(diagnose({ ...BUS, wire: fine }), diagnose(BUS));
});

Deno.test("diagnose() says what to do about each finding that is not good", () => {
  const nodes = [
    NODE,
    { ...NODE, isHeard: true },
    { ...NODE, answeredOn: ["0x7E9"] },
    { ...NODE, wasLost: true },
    { ...NODE, answeredOn: ["0x7E8"], wasLost: true },
  ];
  const wire = { busOffs: 1, disturbed: 1, unacknowledged: 1, overflows: 1 };
  const evidence = { ...BUS, wire, nodes, state: { kind: "errorPassive" } as const };
  for (const { isGood, help } of diagnose(evidence)) {
    ok(isGood === (help === ""));
  }
});
