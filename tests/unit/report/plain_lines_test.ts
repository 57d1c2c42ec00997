import { deepStrictEqual } from "node:assert/strict";
import { EMPTY_FLEET, type FleetEvent, reduceFleet } from "../../../src/fleet/mod.ts";
import { jsonLine, plainLine } from "../../../src/report/mod.ts";
import { at, MIXED_RUN, started } from "./_support.ts";

function lines(events: readonly FleetEvent[], isVerbose = false): readonly string[] {
  let state = EMPTY_FLEET;
  return events.flatMap((event) => {
    state = reduceFleet(state, event);
    return plainLine(event, state, { isVerbose }) ?? [];
  });
}

Deno.test("plainLine() tells what an operator waits for, from the run's begin on", () => {
  deepStrictEqual(lines(MIXED_RUN), [
    "    0.000 4 nodes",
    "    0.020 engine: found, hardware A?[2J, version 1",
    "    0.030 engine: in its bootloader",
    "    0.210 engine: segment 1 of 2 verified, 0x08008000..0x0800BFFF",
    "    0.220 engine: segment 2 again, try 2 after 0.1 s: Cannot get a response to " +
    "TransferData: none in 150 ms",
    "    0.400 engine: segment 2 of 2 already there, 0x0800C000..0x0800FFFF, try 2",
    "    0.500 engine: image verified",
    "    1.000 engine: done, version 2.0.0 runs, 16.0 KiB in 1.0 s, 1 retry",
    "    1.100 door: FAILED: Cannot complete RoutineControl: generalProgrammingFailure (0x72)",
    '    1.200 lamp: REFUSED: Cannot update node: its hardware is "B"',
    "    1.300 gateway: segment 1 of 2 already there, 0x08008000..0x0800BFFF",
  ]);
});

Deno.test("plainLine() tells every step when verbose", () => {
  const events = at(
    [0, started("a")],
    [1, { node: "a", type: "nodePlanned", segments: [], imageBytes: 2048 }],
    [2, { node: "a", type: "nodePhase", phase: "entering" }],
    [3, { node: "a", type: "responsePending", service: 0x31, count: 2 }],
    [4, { type: "busState", bus: "body", state: "errorPassive" }],
    [5, { type: "cancelRequested" }],
    [6, { node: "a", type: "nodeCancelled", state: "oldImage" }],
    [7, { type: "runFinished" }],
  );
  deepStrictEqual(lines(events, true), [
    "    0.000 1 node",
    "    0.001 a: 0 segments, 2.0 KiB",
    "    0.002 a: entering its bootloader",
    "    0.003 a: asks for patience, 2",
    "    0.004 bus body: errorPassive",
    "    0.005 stopping: every node is led to a safe place first",
    "    0.006 a: stopped",
  ]);
});

Deno.test("jsonLine() writes each event on a line of its own", () => {
  for (const event of MIXED_RUN) {
    const line = jsonLine(event);
    deepStrictEqual(line.split("\n").length, 2);
    deepStrictEqual(JSON.parse(line), event);
  }
});
