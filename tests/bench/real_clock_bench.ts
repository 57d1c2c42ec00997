/**
 * How fine the real clock is beside the timers of the system: 20 steps of 0.5 ms each.
 *
 *     deno bench -A tests/bench/real_clock_bench.ts
 */
import { RealClock } from "../../src/adapters/mod.ts";

const STEPS = 20;
const STEP_MS = 0.5;

Deno.bench("20 steps of 0.5 ms, RealClock", { group: "clock" }, async () => {
  using clock = new RealClock();
  const { promise, resolve } = Promise.withResolvers<void>();
  let count = 0;
  clock.schedule<undefined>(function () {
    if (++count === STEPS) resolve();
    else this.schedule(undefined, STEP_MS);
  }, STEP_MS);
  await promise;
});

Deno.bench("20 steps of 0.5 ms, setTimeout", { group: "clock", baseline: true }, async () => {
  for (let i = 0; i < STEPS; i++) {
    await new Promise((resolve) => setTimeout(resolve, STEP_MS));
  }
});
