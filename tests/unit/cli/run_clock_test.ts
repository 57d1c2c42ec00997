import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import type { CommandArguments } from "../../../src/cli/command_spec.ts";
import { createRunClock } from "../../../src/cli/run_clock.ts";
import { VirtualClock } from "../../../src/core/mod.ts";

function argsOf(...flags: readonly string[]): CommandArguments {
  return { command: "flash", operands: [], flags: new Set(flags), values: new Map() };
}

for (const flags of [[], ["virtual-time"]]) {
  const name = flags[0] ?? "paced";
  Deno.test(`createRunClock() lets others have their turn, whatever is due: ${name}`, async () => {
    using runClock = createRunClock([], argsOf(...flags));
    let isOver = false;
    // A machine that never catches up: there is always something that was due before now.
    runClock.clock.schedule(function () {
      this.schedule(undefined, 0);
    });
    // A signal, a page that asks, a file that was written: whatever the run does not do by itself.
    setTimeout(() => isOver = true, 0);
    await runClock.run({ isOver: () => isOver, onTurn: () => {} });
    ok(isOver);
  });
}

Deno.test("createRunClock() ends an unpaced run after the same actions, however slow the machine", async () => {
  const counts: number[] = [];
  for (const isSlow of [false, true]) {
    using runClock = createRunClock([], argsOf("virtual-time"));
    const { clock } = runClock;
    ok(clock instanceof VirtualClock);
    let count = 0;
    clock.schedule(function () {
      count++;
      if (isSlow && count === 7000) burn();
      this.schedule(undefined, 1);
    });
    await runClock.run({ isOver: () => count >= 12_345, onTurn: () => {} });
    strictEqual(clock.now(), count - 1);
    counts.push(count);
  }
  deepStrictEqual(counts, [15_000, 15_000]);
});

/** Longer than a turn may take. */
function burn(): void {
  for (const endMs = performance.now() + 110; performance.now() < endMs;);
}
