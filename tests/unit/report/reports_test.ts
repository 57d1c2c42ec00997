import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import {
  type BusFigures,
  BusLoadLog,
  csvReport,
  groupIncidents,
  htmlReport,
  junitReport,
  recordRun,
  type RunInfo,
  type RunRecord,
  RunRecorder,
  timeTicks,
} from "../../../src/report/mod.ts";
import type { FleetEventBody } from "../../../src/fleet/mod.ts";
import { hasProgram, runProgram, withFolder } from "../../support/programs.ts";
import { at, eventsTo, MIXED_RUN, REFUSED_ERASE, started } from "./_support.ts";

const XSD = new URL("../../vectors/junit/jenkins-junit.xsd", import.meta.url).pathname;
const INFO: RunInfo = {
  command: "flash",
  commandLine: "canvoy flash fleet.yaml",
  fleetFile: "fleet.yaml",
  startedAt: "2026-11-24T21:00:00.000Z",
  images: [{
    name: "app",
    file: "app.hex",
    version: "2.0.0",
    bytes: 24_576,
    sha256: "ab".repeat(32),
  }],
  environment: [["canvoy", "0.1.0"]],
};
/** Text as the worst node could send it: markup, quotes, controls, a formula, half a character. */
const HOSTILE = `=cmd|' /C calc'!A0"><script>alert(1)</script>&\u0000\u001b[2J\uD800 ]]> -->`;

function record(): RunRecord {
  return recordRun(INFO, [...MIXED_RUN, ...at([3000, { type: "runFinished" }])], [
    { bus: "body", frames: 10, bits: 1250, busyRatio: 0.5 },
  ]);
}

function hostileRecord(text: string): RunRecord {
  const error = { ...REFUSED_ERASE, code: text, message: text, request: text, response: text };
  return recordRun(
    { ...INFO, command: text, commandLine: text, fleetFile: text, environment: [[text, text]] },
    at(
      [0, started(text, "done")],
      [1, { node: "done", type: "nodeIdentified", identity: { hardware: text, version: text } }],
      [2, { node: "done", type: "nodeDone", upToDate: false, version: text }],
      [3, { node: text, type: "retry", scope: "node", attempt: 2, delayMs: 1, error }],
      [4, { node: text, type: "nodeFailed", error, state: "bootloader" }],
      [5, { type: "busState", bus: text, state: "busOff" }],
      [6, { type: "runFinished" }],
    ),
    [{ bus: text, frames: 1, bits: 1, busyRatio: 1 }],
  );
}

Deno.test("csvReport() tells each node in a line, failures first", () => {
  const lines = csvReport(record()).split("\r\n");
  strictEqual(lines.length, 6);
  strictEqual(
    lines[1],
    `door,body,STM32F407VG,,app,failed,,,${"ab".repeat(32)},0,0,1090,bootloader,` +
      "UDS_NEGATIVE_RESPONSE,Cannot complete RoutineControl: generalProgrammingFailure (0x72)," +
      "Its flash cannot be programmed: check the supply voltage; the flash may be worn out",
  );
  strictEqual(
    lines[4],
    `engine,body,STM32F407VG,,app,done,1,2.0.0,${"ab".repeat(32)},16384,1,990,newImage,,,`,
  );
});

Deno.test("csvReport() keeps any text in its cell, and no formula a formula", () => {
  fc.assert(fc.property(fc.string({ unit: "binary" }), (text) => {
    const rows = parseCsv(csvReport(hostileRecord(text === "done" ? "x" : text)));
    strictEqual(rows.length, 3);
    for (const row of rows) strictEqual(row.length, 16);
    for (const cell of rows.flat()) ok(!/^[=+\-@\t\r]/.test(cell), cell);
  }));
});

Deno.test("junitReport() tells failures with cause, exchange and remedy", () => {
  const xml = junitReport(record());
  ok(xml.includes('<testsuite name="canvoy flash" tests="4" failures="2" errors="0" skipped="1"'));
  ok(xml.includes('timestamp="2026-11-24T21:00:00"'));
  ok(xml.includes('<testcase name="engine" classname="body.STM32F407VG" time="0.990"/>'));
  ok(xml.includes("response: 7F 31 72"));
  ok(xml.includes("check the supply voltage"));
});

Deno.test({
  name: "junitReport() is what CI systems read, whatever nodes are called",
  ignore: !hasProgram("xmllint"),
  fn: async () => {
    await withFolder((folder) => {
      const files = [record(), hostileRecord(HOSTILE), hostileRecord("")].map((one, i) => {
        Deno.writeTextFileSync(`${folder}/${i}.xml`, junitReport(one));
        return `${folder}/${i}.xml`;
      });
      runProgram("xmllint", ["--noout", "--nonet", "--schema", XSD, ...files]);
      const names = runProgram("xmllint", ["--xpath", "//testcase/@name", files[1]!]);
      ok(names.includes("&lt;script"), names);
    });
  },
});

Deno.test("htmlReport() begins with what failed, why and what to do", () => {
  const html = htmlReport(record());
  const places = [
    "3 nodes of 4 did not get through.",
    "What did not get through",
    "Cannot complete RoutineControl: generalProgrammingFailure (0x72)",
    "<code>7F 31 72</code>",
    "check the supply voltage",
    "<h2>Nodes</h2>",
    "<h2>Timeline</h2>",
    "<h2>Buses</h2>",
    "<h2>Retries and faults</h2>",
    "canvoy flash fleet.yaml",
    "ab".repeat(32),
    "Failures in detail",
  ].map((text) => [text, html.indexOf(text)] as const);
  for (const [text, place] of places) ok(place > 0, text);
  const order = places.map(([, place]) => place);
  deepStrictEqual(order.slice(0, 9), order.slice(0, 9).toSorted((a, b) => a - b));
});

Deno.test("reports have the fleet file's title and fields, and the serial numbers that nodes told", () => {
  const one = recordRun(
    { ...INFO, title: "Line 4", fields: [["operator", "Anna"], ["order", ""]] },
    at(
      [0, started("engine")],
      [1, { node: "engine", type: "nodeIdentified", identity: { serial: "4711-0815" } }],
      [2, { node: "engine", type: "nodeDone", upToDate: true }],
      [3, { type: "runFinished" }],
    ),
  );
  const html = htmlReport(one);
  ok(html.includes("<h1>Line 4</h1>"));
  ok(html.includes('<th scope="row">operator</th><td>Anna</td>'));
  ok(html.includes('<th scope="row">order</th><td class="blank"></td>'));
  ok(html.includes("<th>Serial number</th>") && html.includes("<td>4711-0815</td>"));
  strictEqual(htmlReport(record()).includes("Serial number"), false);
  ok(csvReport(one).includes("engine,body,STM32F407VG,4711-0815,app,up to date,"));
  ok(junitReport(one).includes('<property name="operator" value="Anna"/>'));
});

Deno.test("htmlReport() fetches nothing, runs nothing, and shows any text as text", () => {
  for (const html of [htmlReport(record()), htmlReport(hostileRecord(HOSTILE))]) {
    ok(!/<script|<link|<img|\bon[a-z]+=|url\(|@import|https?:/i.test(html.replaceAll("&lt;", "")));
    ok(html.includes("default-src 'none'"));
  }
  ok(htmlReport(hostileRecord(HOSTILE)).includes("&lt;script&gt;alert(1)&lt;/script&gt;"));
});

Deno.test({
  name: "htmlReport() is well-formed, whatever nodes are called",
  ignore: !hasProgram("xmllint"),
  fn: async () => {
    await withFolder((folder) => {
      for (const [i, one] of [record(), hostileRecord(HOSTILE)].entries()) {
        // All but the void elements and the doctype is XML; a stray < would end it.
        const html = htmlReport(one).replace(/<meta ([^>]*)>/g, "<meta $1/>")
          .replace("<!DOCTYPE html>\n", "").replace(/ tabindex="0"/g, "");
        Deno.writeTextFileSync(`${folder}/${i}.xml`, html);
        runProgram("xmllint", ["--noout", "--nonet", `${folder}/${i}.xml`]);
      }
    });
  },
});

Deno.test("groupIncidents() folds by node: failures first, then retries, the main cause told", () => {
  const retry = (node: string, attempt: number, message: string): FleetEventBody => ({
    node,
    type: "retry",
    scope: "request",
    attempt,
    delayMs: 0,
    error: { code: "UDS_TIMEOUT", message },
  });
  const blocks = [`"36 01 AB 00 .."`, `"36 02 CD ..", after 0x72`, `"36 03"`];
  const { incidents, state } = recordRun(
    INFO,
    at(
      [0, started("calm", "dead", "bad", "busy")],
      [1, retry("busy", 2, "Cannot ask: no response within 80.5 ms")],
      [2, retry("bad", 2, "Cannot ask: no")],
      [3, retry("busy", 3, "Cannot ask: no response within 80 ms")],
      ...blocks.map((block, i): [number, FleetEventBody] => [
        4 + i,
        retry("busy", 2, `Cannot complete TransferData ${block}: no response within 9${i} ms`),
      ]),
      [7, { node: "busy", type: "nodeDone", upToDate: false }],
      [8, { type: "busState", bus: "body", state: "busOff" }],
      [9, { node: "bad", type: "nodeFailed", error: REFUSED_ERASE, state: "bootloader" }],
    ),
  );
  const groups = groupIncidents(incidents, state);
  deepStrictEqual(
    groups.map(({ subject, retries, mainCause }) => [subject, retries, mainCause]),
    [
      ["bad", 1, { words: "Cannot ask: no", count: 1 }],
      ["body", 0, { words: "busOff", count: 1 }],
      ["busy", 5, { words: "Cannot ask: no response within 80 ms", count: 2 }],
    ],
  );
  deepStrictEqual(
    groups[2]!.runs.map(({ first, lastMs, count }) => [first.atMs, lastMs, count]),
    [[1, 3, 2], [4, 4, 1], [5, 5, 1], [6, 6, 1]],
  );
});

Deno.test("htmlReport() tells every failure, and how many retries it does not list", () => {
  const error = REFUSED_ERASE;
  const retries = Array.from({ length: 2500 }, (_, i): [number, FleetEventBody] => [
    i,
    { node: "a", type: "retry", scope: "node", attempt: i, delayMs: 0, error },
  ]);
  const html = htmlReport(recordRun(
    INFO,
    at(
      [0, started("a", "b")],
      ...retries,
      [3000, { node: "b", type: "nodeFailed", error, state: "bootloader" }],
    ),
  ));
  ok(html.includes("2500 retries"));
  ok(html.includes("500 more retries."));
  ok(/<details class="incidents" open=""><summary><b>b<\/b>/.test(html));
});

Deno.test("RunRecorder() tells how each node spent its time", () => {
  const { timeline } = record();
  deepStrictEqual(
    timeline.get("engine")!.map(({ activity, startMs, endMs }) => [activity, startMs, endMs]),
    [
      ["waiting", 1010, 1030],
      ["entering", 1030, 1040],
      ["waiting", 1040, 1050],
      ["erasing", 1050, 1100],
      ["writing", 1100, 1210],
      ["waiting", 1210, 1500],
      ["verifying", 1500, 2000],
    ],
  );
  const gateway = timeline.get("gateway")!.at(-1)!;
  deepStrictEqual(gateway, { activity: "writing", startMs: 2400, endMs: 3000 });
});

Deno.test("RunRecorder() stays bounded, however much is retried", () => {
  const recorder = new RunRecorder();
  let buses: readonly BusFigures[] = [];
  const take = eventsTo({ next: (moment) => recorder.next(moment, buses) });
  take(at([0, started("a")])[0]!);
  const error = REFUSED_ERASE;
  for (let i = 1; i <= 12_000; i++) {
    const phase = i % 2 === 0 ? "waitingToRetry" : "entering";
    const [phased, retried] = at(
      [i, { node: "a", type: "nodePhase", phase }],
      [i, { node: "a", type: "retry", scope: "node", attempt: i, delayMs: 0, error }],
    );
    buses = [{ bus: "b", frames: i, bits: i, busyRatio: 0.5 }];
    take(phased!);
    buses = [];
    take(retried!);
  }
  const { timeline, incidents, incidentsLeftOut } = recorder.record(INFO, []);
  strictEqual(incidents.length, 2000);
  strictEqual(incidentsLeftOut, 10_000);
  ok(timeline.get("a")!.length <= 4000);
  strictEqual(timeline.get("a")!.at(-1)!.endMs, 12_000);
});

Deno.test("BusLoadLog() keeps the mean while it halves what it holds", () => {
  const log = new BusLoadLog();
  let busyMs = 0;
  for (let atMs = 0; atMs <= 1_000_000; atMs += 100) {
    log.sample(atMs, [{ bus: "b", frames: 0, bits: 0, busyRatio: atMs === 0 ? 0 : busyMs / atMs }]);
    busyMs += atMs < 500_000 ? 100 : 0;
  }
  const { points } = log.series()[0]!;
  ok(points.length <= 800, `${points.length} points`);
  const totalMs = points.reduce((sum, { durationMs }) => sum + durationMs, 0);
  const sumMs = points.reduce((sum, { durationMs, load }) => sum + durationMs * load, 0);
  ok(Math.abs(sumMs / totalMs - 0.5) < 0.01, `${sumMs / totalMs}`);
  ok(points[0]!.load > 0.99 && points.at(-1)!.load < 0.01);
});

Deno.test("timeTicks() are few and round, however long the run", () => {
  deepStrictEqual(timeTicks(29_900, 10), [0, 5000, 10_000, 15_000, 20_000, 25_000]);
  fc.assert(fc.property(fc.double({ min: 0, max: 1e9, noNaN: true }), (ms) => {
    const ticks = timeTicks(ms, 10);
    ok(
      ticks.length >= 1 && ticks.length <= 12 && ticks.every((tick) => tick <= ms + 1),
      `${ticks}`,
    );
  }));
});

/** RFC 4180, by the book. */
function parseCsv(text: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  for (let i = 0; i < text.length;) {
    let cell = "";
    if (text[i] === '"') {
      for (i++; text[i] !== '"' || text[i + 1] === '"'; i++) {
        if (text[i] === '"') i++;
        cell += text[i];
      }
      i++;
    } else {
      while (text[i] !== "," && !(text[i] === "\r" && text[i + 1] === "\n")) cell += text[i++];
    }
    row.push(cell);
    if (text[i] === ",") i++;
    else {
      i += 2;
      rows.push(row);
      row = [];
    }
  }
  return rows;
}
