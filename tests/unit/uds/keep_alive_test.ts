import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { bytesToHex, VirtualClock } from "../../../src/core/mod.ts";
import { IsoTpError } from "../../../src/isotp/mod.ts";
import { keepBusAlive } from "../../../src/uds/mod.ts";
import { record } from "./recording.ts";
import { ScriptedLink } from "./scripted_link.ts";

Deno.test("keepBusAlive() sends 3E 80 at once and every half of S3", () => {
  const clock = new VirtualClock();
  const functionalLink = new ScriptedLink(clock, () => []);
  const recording = record(keepBusAlive({ functionalLink, clock, s3Ms: 5000 }), clock);
  clock.run({ untilMs: 7600 });
  deepStrictEqual(
    functionalLink.sent.map(({ atMs, request }) => `${atMs}: ${bytesToHex(request)}`),
    ["0: 3E 80", "2500: 3E 80", "5000: 3E 80", "7500: 3E 80"],
  );
  deepStrictEqual(recording.values.map(({ atMs }) => atMs), [10, 2510, 5010, 7510]);
  recording.subscription.unsubscribe();
  strictEqual(clock.pendingCount, 0);
});

Deno.test("keepBusAlive() lives through failures to send", () => {
  const clock = new VirtualClock();
  const busOff = new IsoTpError("N_TIMEOUT_A", "bus off");
  const functionalLink = new ScriptedLink(clock, (_, index) => index === 1 ? busOff : []);
  const recording = record(keepBusAlive({ functionalLink, clock, s3Ms: 100 }), clock);
  clock.run({ untilMs: 149 });
  deepStrictEqual(recording.values.map(({ value }) => value), [
    { type: "sent", atMs: 10 },
    { type: "failed", error: busOff },
    { type: "sent", atMs: 110 },
  ]);
  recording.subscription.unsubscribe();
});

Deno.test("keepBusAlive() adds none while one still waits for the bus", () => {
  const clock = new VirtualClock();
  const functionalLink = new ScriptedLink(clock, () => [], { sendMs: 130 });
  const recording = record(keepBusAlive({ functionalLink, clock, s3Ms: 100 }), clock);
  clock.run({ untilMs: 301 });
  deepStrictEqual(functionalLink.sent.map(({ atMs }) => atMs), [0, 150, 300]);
  recording.subscription.unsubscribe();
});
