import { deepStrictEqual, ok } from "node:assert/strict";
import { BUILT_IN_PROFILES } from "../../src/update/mod.ts";
import { twinWorld } from "./_one_node.ts";

// Those whose nodes exchange banks have a layout of their own.
const PROFILES = [...BUILT_IN_PROFILES.keys()].filter((name) => name !== "iso14229-banks");

for (const profile of PROFILES) {
  for (const responseDelayMs of [0, 4, 30]) {
    Deno.test(`${profile}: neither of two nodes is erased, one of which answers ${responseDelayMs} ms later`, () => {
      const { world, checkers } = twinWorld({ profile, responseDelayMs });
      const events = world.run();
      checkers.runEnded(events);
      deepStrictEqual(checkers.violations, []);
      ok(!events.some(({ type }) => type === "nodeDone"));
    });
  }
}
