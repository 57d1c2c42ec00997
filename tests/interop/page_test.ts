import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { dearTest } from "../support/dear.ts";
import { hasProgram } from "../support/programs.ts";

/** Runs a script that prints what it saw: the browser's driver needs rights that no other test has. */
async function seenBy(script: string): Promise<ReturnType<typeof JSON.parse>> {
  const path = new URL(`../support/${script}`, import.meta.url).pathname;
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--allow-all", path],
  }).output();
  const decoder = new TextDecoder();
  ok(success, decoder.decode(stderr));
  return JSON.parse(decoder.decode(stdout).trimEnd().split("\n").at(-1)!);
}

dearTest(
  "the live page in Chromium: 500 nodes at full rate, by keyboard, with no axe violation",
  async () => {
    const seen = await seenBy("page_browser.ts");
    deepStrictEqual([seen.light, seen.dark, seen.narrow], [[], [], []]);
    deepStrictEqual([seen.failures, seen.foreign], [[], []]);
    // pumpPage() sends ten a second at the most, as its own test shows in virtual time.
    ok(seen.measured.changes > 0 && seen.measured.changes <= seen.updates, JSON.stringify(seen));
    ok(seen.eventsPerUpdate > 10, `${seen.eventsPerUpdate} events in an update`);
    strictEqual(seen.searched, 10);
    strictEqual(seen.failed.length, 1);
    ok(seen.failed[0].includes("no response within 120 ms"));
    ok(seen.failed[0].includes("Check power, wiring"));
    strictEqual(seen.overflow, 0);
    deepStrictEqual(seen.tilesThatOverflow, []);
    deepStrictEqual(seen.refused, [0, "Not done: the token is wrong."]);
    strictEqual(seen.stops, 1);
  },
  { ignore: !hasProgram("chromium") },
);

dearTest(
  "canvoy's own pages in Chromium: try again with the token, replay by slider, watch sim",
  async () => {
    const { retry, replay, sim } = await seenBy("page_program_browser.ts");
    deepStrictEqual(retry, {
      first: "bad", // what needs somebody stands on top
      violations: [],
      controls: false,
      journals: 1, // the second try went on in the first one's journal
      saysResume: false,
      reportsFailure: false,
    });
    ok(replay.end > 0);
    ok(/^bench: [\d.]+ [KM]iB acknowledged/.test(replay.buses.join()), replay.buses.join());
    strictEqual(replay.played, replay.endText);
    deepStrictEqual([replay.controls, replay.violations], [false, []]);
    deepStrictEqual(sim, {
      bar: "3 of 3 segments through",
      other: 0,
      controls: false,
      violations: [],
      status: 0,
    });
  },
  { ignore: !hasProgram("chromium") || !hasProgram("script") },
);

dearTest(
  "the report of sixty nodes in Chromium: folded by node, failures open, on paper all of it",
  async () => {
    const { lines, rows, folded, opened, printed, ...seen } = await seenBy("report_browser.ts");
    deepStrictEqual(lines.slice(0, 5), [
      "open drive-09 failed 141 retries 120 of them: Cannot complete TransferData: " +
      "no response within P2 of 80 ms",
      "open valve-05 failed 23 retries Cannot complete ReadDataByIdentifier: " +
      "no response within P2 of 100 ms",
      "open valve-11 failed 1 retry Cannot complete routine 0xFF00: status 0x01 is none that the " +
      "profile knows: its erase.good is [0x00]",
      'open valve-17 refused Cannot update node: its hardware is "VALVE-103-A", ' +
      'the fleet file says "VALVE-103-B"',
      "valve-23 done 91 retries 87 of them: Cannot complete TransferData: " +
      "no response within P2 of 80 ms",
    ]);
    ok(lines.length <= 60 && !lines.slice(4).some((line: string) => line.startsWith("open")));
    ok(folded < opened && opened < rows, `${folded} rows, ${opened} of ${rows} by keyboard`);
    strictEqual(printed, rows);
    deepStrictEqual([seen.light, seen.dark, seen.narrow], [[], [], [[], 0]]);
    strictEqual(seen.wide, 0);
    strictEqual(seen.requests.length, 1);
  },
  { ignore: !hasProgram("chromium") },
);
