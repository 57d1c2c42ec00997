import { deepStrictEqual, match } from "node:assert/strict";
import type { SendEvidence } from "../../../src/adapters/mod.ts";
import { sendingFindings } from "../../../src/cli/doctor/sending.ts";

const FULL: SendEvidence = {
  waitingMs: 10_000,
  framesPerSecond: 4312.345,
  wireShare: 0.99,
  lagMs: 0.1,
  queuedMax: 8,
  queueFrames: 8,
  limit: "none",
  isBlind: false,
};

Deno.test("sendingFindings() is silent where the wire is the limit, or nothing is known", () => {
  deepStrictEqual(sendingFindings("socketcan:can0", FULL), []);
  deepStrictEqual(sendingFindings("socketcan:can0", undefined), []);
});

Deno.test("sendingFindings() says that the adapter is the limit, with the rate found", () => {
  const slow: SendEvidence = {
    ...FULL,
    limit: "adapter",
    framesPerSecond: 1234.567,
    wireShare: 0.28654,
  };
  const [finding] = sendingFindings("socketcan:can0", slow);
  match(finding!.text, /the adapter is the limit: it sent 1230 frames\/s, 28\.7 % of what the bit/);
});

Deno.test("sendingFindings() says what to type where the queue is the limit", () => {
  const short: SendEvidence = { ...FULL, limit: "queue", wireShare: 0.5, lagMs: 4.98765 };
  const [finding] = sendingFindings("socketcan:can3", short);
  match(finding!.text, /confirmed 4\.99 ms late, and its queue has room for 8 of canvoy's/);
  deepStrictEqual(finding!.help, "sudo ip link set can3 txqueuelen 1000");
});

Deno.test("sendingFindings() tells of an adapter that loses frames in silence", () => {
  const [finding] = sendingFindings("socketcan:slcan0", { ...FULL, isBlind: true });
  match(finding!.text, /loses frames in silence/);
});
