import { deepStrictEqual } from "node:assert/strict";
import { hexToBytes } from "../../../src/core/mod.ts";
import { DEFAULT_CLIENT_TIMING, timesAfterResponse } from "../../../src/uds/mod.ts";

const timing = {
  p2Ms: 100,
  p2StarMs: 5000,
  adoptServerTiming: true,
  p2ServerMsMin: 40,
  p2StarServerMsMin: 900,
  p2MarginMs: 20,
};
const present = { p2Ms: 70, p2StarMs: 2020 };

const ROWS: readonly (readonly [response: string, times: unknown, why: string])[] = [
  ["50 02 00 32 01 F4", { p2Ms: 70, p2StarMs: 5020 }, "adopts what is stated, and the margin"],
  ["50 02 00 19 01 F4", { p2Ms: 60, p2StarMs: 5020 }, "takes a P2 for the least that is told"],
  ["50 02 13 88 00 64", { p2Ms: 5020, p2StarMs: 1020 }, "adopts a P2* below P2"],
  ["50 02 00 32 00 0A", { p2Ms: 70, p2StarMs: 920 }, "takes a P2* for the least that is told"],
  ["50 02 00 00 00 00", present, "passes a stated 0 over"],
  ["50 02", present, "leaves what is not stated"],
  ["50 02 00", present, "leaves what cannot be read"],
  ["51 01", timing, "returns to its own times after a reset"],
  ["62 F1 90 00", present, "leaves other responses alone"],
];

for (const [response, times, why] of ROWS) {
  Deno.test(`timesAfterResponse() ${why}: ${response}`, () => {
    const { p2Ms, p2StarMs } = timesAfterResponse(present, hexToBytes(response), timing);
    const expected = times as typeof present;
    deepStrictEqual([p2Ms, p2StarMs], [expected.p2Ms, expected.p2StarMs]);
  });
}

Deno.test("timesAfterResponse() adopts nothing when told not to", () => {
  const stubborn = { ...DEFAULT_CLIENT_TIMING, adoptServerTiming: false };
  deepStrictEqual(timesAfterResponse(present, hexToBytes("50 02 13 88 00 64"), stubborn), present);
  deepStrictEqual(timesAfterResponse(present, hexToBytes("51 01"), stubborn), present);
});
