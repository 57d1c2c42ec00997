import { deepStrictEqual, ok } from "node:assert/strict";
import {
  type BusEvidence,
  diagnose,
  type NodeEvidence,
} from "../../../src/cli/doctor/diagnosis.ts";

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
])("diagnose() tells a node that $0", (_, node, bus, code) => {
  const evidence = { ...bus, nodes: [{ ...NODE, ...node }] };
  deepStrictEqual(codes(evidence).filter((one) => one.startsWith("NODE")), [code]);
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
