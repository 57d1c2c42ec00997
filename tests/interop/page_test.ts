import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { hasProgram } from "../support/programs.ts";

const SCRIPT = new URL("../support/page_browser.ts", import.meta.url).pathname;

Deno.test({
  name: "the live page in Chromium: 500 nodes at full rate, by keyboard, with no axe violation",
  ignore: !hasProgram("chromium"),
  fn: async () => {
    // A process of its own: the browser's driver needs rights that no other test has.
    const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "--allow-all", SCRIPT],
    }).output();
    const decoder = new TextDecoder();
    ok(success, decoder.decode(stderr));
    const seen = JSON.parse(decoder.decode(stdout).trimEnd().split("\n").at(-1)!);
    deepStrictEqual([seen.light, seen.dark, seen.narrow], [[], [], []]);
    deepStrictEqual([seen.failures, seen.foreign], [[], []]);
    ok(seen.measured.updatesPerSecond <= 10.5, JSON.stringify(seen.measured));
    ok(seen.eventsPerSecond > 100, `${seen.eventsPerSecond} events/s`);
    strictEqual(seen.searched, 10);
    strictEqual(seen.failed.length, 1);
    ok(seen.failed[0].includes("no response within 120 ms"));
    ok(seen.failed[0].includes("Check power, wiring"));
    strictEqual(seen.overflow, 0);
    deepStrictEqual(seen.refused, [0, "Not done: the token is wrong."]);
    strictEqual(seen.stops, 1);
  },
});
