import { deepStrictEqual, match, strictEqual } from "node:assert/strict";
import {
  csvReport,
  finalTable,
  fleetMap,
  htmlReport,
  jsonLine,
  junitReport,
  pageUpdate,
  paintNothing,
  plainLine,
  recordRun,
  summarize,
  terminalRows,
} from "../../../src/report/mod.ts";
import { at, MIXED_RUN, SEGMENTS, started, stateOf } from "./_support.ts";

const BUSES = [{ bus: "body", frames: 10, bits: 1250, busyRatio: 0.123456 }];

Deno.test("summarize() gives the keys of the contract, in their order", () => {
  const state = stateOf(at(
    [100, started("a", "b")],
    [110, { node: "a", type: "nodePlanned", segments: SEGMENTS, imageBytes: 24_576 }],
    [150, { node: "a", type: "segmentProgress", segment: 0, writtenBytes: 16_384 }],
    [160, {
      node: "a",
      type: "retry",
      scope: "request",
      attempt: 2,
      delayMs: 0,
      error: { code: "UDS_TIMEOUT", message: "" },
    }],
    [200, { node: "a", type: "nodeDone", upToDate: false }],
    [300, { node: "b", type: "nodeDone", upToDate: true }],
    [400.4, { type: "runFinished" }],
  ));
  strictEqual(
    jsonLine(summarize(state, { command: "demo", buses: BUSES })),
    '{"type":"summary","command":"demo","ok":true,"nodes":2,"done":1,"upToDate":1,"failed":0,' +
      '"refused":0,"endStates":{"newImage":2,"oldImage":0,"bootloader":0,"untouched":0,' +
      '"eraseUnconfirmed":0,"newImageUnconfirmed":0,"rolledBack":0},"elapsedMs":300,"bytesWritten":16384,"retries":1,' +
      '"buses":[{"bus":"body","frames":10,"bits":1250,"busyRatio":0.1235}]}\n',
  );
});

Deno.test("summarize() gives the first failure's code, message and help", () => {
  const state = stateOf([...MIXED_RUN, ...at([3000, { type: "runFinished" }])]);
  const { ok, failed, refused, done, error } = summarize(state, { command: "flash", buses: [] });
  deepStrictEqual({ ok, failed, refused, done }, { ok: false, failed: 1, refused: 1, done: 1 });
  deepStrictEqual(error, {
    code: "UDS_NEGATIVE_RESPONSE",
    message: "door: Cannot complete RoutineControl: generalProgrammingFailure (0x72)",
    help: "Its flash cannot be programmed: check the supply voltage; the flash may be worn out",
  });
});

Deno.test("summarize() counts nodes by the end that each is in, those at work in none", () => {
  const { endStates } = summarize(stateOf(MIXED_RUN), { command: "flash", buses: [] });
  const counts = Object.entries(endStates).filter(([, count]) => count > 0);
  deepStrictEqual(counts, [["newImage", 1], ["bootloader", 1], ["untouched", 1]]);
});

Deno.test("summarize() is not ok before the run is over, or when it was stopped", () => {
  const begun = at([0, started("a")]);
  const summary = (events: typeof begun): string | undefined =>
    summarize(stateOf(events), { command: "flash", buses: [] }).error?.code;
  strictEqual(summary(begun), "UNFINISHED");
  strictEqual(
    summary([
      ...begun,
      ...at([1, { type: "cancelRequested" }], [
        2,
        { node: "a", type: "nodeCancelled", state: "oldImage" },
      ], [3, { type: "runFinished" }]),
    ]),
    "CANCELLED",
  );
});

Deno.test("finalTable() tells failures first, each with cause, place and remedy", () => {
  const stopped = at([3100, { node: "gateway", type: "nodeCancelled", state: "bootloader" }]);
  deepStrictEqual(finalTable(stateOf([...MIXED_RUN, ...stopped]), paintNothing), [
    "FAILED     door    Cannot complete RoutineControl: generalProgrammingFailure (0x72)",
    "                   last request 31 01 FF 00 44 08 00 80 00 00 00 40 00, response 7F 31 72",
    "                   it waits in its bootloader: the same command helps once the cause is gone",
    "                   Its flash cannot be programmed: check the supply voltage; the flash " +
    "may be worn out",
    'REFUSED    lamp    Cannot update node: its hardware is "B"',
    "                   nothing was touched",
    "                   Check that the right node is on these identifiers, or correct hardware: in " +
    "the fleet file",
    "stopped    gateway it waits in its bootloader: the same command mends it",
    "done       engine  2.0.0, 16.0 KiB in 1.0 s, 1 retry",
    "4 nodes: 1 updated, 1 failed, 1 refused, 1 stopped in 2.1 s; 2 segments already there",
  ]);
});

const DIFFERS = {
  code: "VERIFY_MISMATCH",
  message: "Cannot verify 0x08008000..0x0800BFFF: checksum differs",
};

/** Three nodes compared: one holds its image, two hold another. */
const COMPARED = at(
  [0, {
    type: "runStarted",
    nodes: ["left", "right", "roof"].map((name) => ({
      ...{ name, bus: "body", device: "STM32F407VG", image: "app", imageVersion: "2.0.0" },
    })),
  }],
  ...["left", "right"].flatMap((node) =>
    [
      [10, { node, type: "nodePlanned", segments: SEGMENTS, imageBytes: 24_576 }],
      [20, { node, type: "nodeIdentified", identity: { version: "1.0.0" } }],
      [30, { node, type: "segmentPhase", segment: 0, phase: "failed", attempt: 1 }],
      [40, { node, type: "nodeFailed", error: DIFFERS, state: "untouched" }],
    ] as const
  ),
  [50, { node: "roof", type: "nodeDone", upToDate: true }],
  [400, { type: "runFinished" }],
);

Deno.test("finalTable() says which nodes need an update, and shows none of them as failed", () => {
  const tones = new Set<string>();
  const lines = finalTable(stateOf(COMPARED), (text, tone) => (tones.add(tone), text));
  deepStrictEqual(lines, [
    "update due 1.0.0 -> 2.0.0, 2 nodes: left, right",
    "up to date roof",
    "3 nodes: 2 need an update (1.0.0 -> 2.0.0), 1 up to date in 0.4 s",
  ]);
  strictEqual(tones.has("bad"), false);
  const { ok, failed, due, error } = summarize(stateOf(COMPARED), { command: "verify", buses: [] });
  deepStrictEqual({ ok, failed, due }, { ok: false, failed: 0, due: 2 });
  deepStrictEqual(error, {
    code: "UPDATES_DUE",
    message: "3 nodes compared: 2 need an update (1.0.0 -> 2.0.0)",
    help: "Update them by canvoy flash",
  });
});

Deno.test("a node whose image does not verify after it was written has failed", () => {
  const state = stateOf(at(
    [0, started("a")],
    [1, { node: "a", type: "nodeFailed", error: DIFFERS, state: "bootloader" }],
    [2, { type: "runFinished" }],
  ));
  const { failed, error } = summarize(state, { command: "flash", buses: [] });
  deepStrictEqual([failed, error?.code], [1, "VERIFY_MISMATCH"]);
  strictEqual(finalTable(state, paintNothing)[0]?.startsWith("FAILED "), true);
});

Deno.test("every report shows nodes that need an update without calling them failed", () => {
  const state = stateOf(COMPARED);
  const info = { command: "verify", commandLine: "", fleetFile: "f", images: [], environment: [] };
  const record = recordRun(info, COMPARED);
  const page = pageUpdate(state, { isTold: () => true, buses: [], log: [] });
  deepStrictEqual(page.counts, { done: 1, failed: 0, due: 2 });
  deepStrictEqual(page.nodes.map(([, { kind, segments }]) => [kind, segments]), [
    ["due", "dp"],
    ["due", "dp"],
    ["done", ""],
  ]);
  const view = { columns: 80, rows: 20, nowMs: 400, paint: paintNothing, buses: [] };
  const shown = [
    terminalRows(state, view).join("\n"),
    fleetMap(state, 9, paintNothing).join(),
    COMPARED.map((event) => plainLine(event, state, { isVerbose: false })).join("\n"),
    htmlReport(record).replace(/<style>.*<\/style>/s, ""),
    csvReport(record),
  ];
  for (const text of shown) {
    strictEqual(/failed\b(?!<\/li>)|✗|class="bad"/i.test(text), false, text);
  }
  deepStrictEqual(shown.map((text) => text.includes("1.0.0 -> 2.0.0") || text === "!!✓"), [
    ...[true, true, true],
    false,
    false,
  ]);
  match(shown[3]!, /Of 3, 2 need an update \(1\.0\.0 -&gt; 2\.0\.0\)/);
  match(junitReport(record), /failures="2"/);
});
