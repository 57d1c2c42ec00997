import { deepStrictEqual, notDeepStrictEqual } from "node:assert/strict";
import type { FleetNodeJob } from "../../../src/fleet/mod.ts";
import { planDigest } from "../../../src/journal/mod.ts";

interface Plan {
  readonly name: string;
  readonly bus: string;
  readonly device: string;
  readonly image: string;
  readonly start: number;
  readonly end: number;
  readonly writeStart: number;
  readonly writeEnd: number;
  readonly inactive?: boolean;
}

const PLAN: Plan = {
  name: "a",
  bus: "can",
  device: "STM32F103RB",
  image: "app",
  start: 0x0800_4000,
  end: 0x0800_5000,
  writeStart: 0x0800_4000,
  writeEnd: 0x0800_4F00,
};

/** As much of a job as says what is erased and written where. */
function jobOf({ name, bus, device, image, inactive, ...at }: Plan): FleetNodeJob {
  const range = { start: at.start, end: at.end };
  const write = { start: at.writeStart, end: at.writeEnd, data: new Uint8Array(0) };
  const plan = { segments: [{ range, write }] };
  const job = inactive === true ? { plan: { segments: [] }, inactivePlan: plan } : { plan };
  return { name, bus, device, image, job } as unknown as FleetNodeJob;
}

Deno.test("planDigest() is another one for each other place, bus, device, image and node", () => {
  const digest = planDigest([jobOf(PLAN)]);
  deepStrictEqual(planDigest([jobOf({ ...PLAN })]), digest);
  const others: readonly Partial<Plan>[] = [
    { name: "b" },
    { bus: "can2" },
    { device: "STM32F103RC" },
    { image: "other" },
    { start: 0x0800_3000 },
    { end: 0x0800_6000 },
    { writeStart: 0x0800_4008 },
    { writeEnd: 0x0800_4F08 },
  ];
  for (const other of others) {
    notDeepStrictEqual(planDigest([jobOf({ ...PLAN, ...other })]), digest, JSON.stringify(other));
  }
  notDeepStrictEqual(planDigest([jobOf(PLAN), jobOf({ ...PLAN, name: "b" })]), digest);
});

Deno.test("planDigest() tells the bank that is written, where a node has two", () => {
  deepStrictEqual(planDigest([jobOf({ ...PLAN, inactive: true })]), planDigest([jobOf(PLAN)]));
});
