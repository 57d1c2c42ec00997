import { match, ok, strictEqual, throws } from "node:assert/strict";
import * as fc from "fast-check";
import { CanvoyError } from "../../../src/core/mod.ts";
import { main } from "../../../src/cli/main.ts";
import { EventsFormatError, readEvents } from "../../../src/cli/read_events.ts";
import { finalTable, paintNothing, PastRun } from "../../../src/report/mod.ts";
import { MIXED_RUN } from "../report/_support.ts";
import { MemoryHost } from "./_host.ts";

const LINES = MIXED_RUN.map((event) => JSON.stringify(event));

function read(lines: readonly string[]) {
  const files = { "run.jsonl": lines.join("\n") + "\n" };
  return readEvents("run.jsonl", new MemoryHost([], { files }));
}

const MALFORMED: Readonly<Record<string, string>> = {
  "nodes that are text": '{"type":"runStarted","atMs":1,"nodes":"abc"}',
  "no nodes": '{"type":"runStarted","atMs":1}',
  "a node without a name": '{"type":"runStarted","atMs":1,"nodes":[{}]}',
  "a node that is null": '{"type":"runStarted","atMs":1,"nodes":[null]}',
  "segments that are a number": '{"type":"nodePlanned","atMs":1,"node":"door","segments":7,' +
    '"imageBytes":1}',
  "an error that is text": '{"type":"nodeFailed","atMs":1,"node":"door","error":"x",' +
    '"state":"untouched"}',
  "a version that is a map": '{"type":"nodeDone","atMs":1,"node":"door","upToDate":true,' +
    '"version":{}}',
  "a time that is text": '{"type":"runFinished","atMs":"1"}',
  "no time": '{"type":"runFinished"}',
  "a time without end": '{"type":"runFinished","atMs":1e999}',
  "levels without end": `{"type":"runFinished","atMs":${"[".repeat(99)}${"]".repeat(99)}}`,
};

for (const [what, line] of Object.entries(MALFORMED)) {
  Deno.test(`replay ends with a typed error at an event with ${what}`, async () => {
    throws(() => read([LINES[0]!, line, LINES[1]!]), (error: unknown) => {
      ok(error instanceof EventsFormatError);
      match(error.message, /^Cannot read events of run\.jsonl: line 2: event/);
      return true;
    });
    const files = { "run.jsonl": `${line}\n` };
    const host = new MemoryHost(["replay", "run.jsonl"], { files });
    strictEqual(await main(host), 2);
  });
}

Deno.test("replay passes over what a later version adds, and over what is no event", () => {
  const other = ['{"type":"later","atMs":3,"node":"door"}', '{"type":"toString","atMs":3}', "{}"];
  strictEqual(read([LINES[0]!, ...other, ...LINES.slice(1)]).length, LINES.length);
});

Deno.test("replay of events of which anything was changed shows them, or says what is wrong", () => {
  const value = fc.oneof(fc.jsonValue(), fc.integer(), fc.constantFrom(null, "", [], {}, -1));
  const change = fc.tuple(fc.nat(LINES.length - 1), fc.nat(), value);
  fc.assert(fc.property(fc.array(change, { minLength: 1, maxLength: 3 }), (changes) => {
    const lines = [...LINES];
    for (const [at, which, to] of changes) lines[at] = changed(lines[at]!, which, to);
    try {
      const past = new PastRun(read(lines));
      finalTable(past.stateAt(Infinity), paintNothing);
      past.tell(past.endMs);
    } catch (error) {
      ok(error instanceof CanvoyError, String(error));
    }
  }));
});

/** A line with another value at one of its places, at whatever depth. */
function changed(line: string, which: number, to: unknown): string {
  const root: unknown = JSON.parse(line);
  const places: (() => void)[] = [];
  const visit = (value: unknown): void => {
    if (typeof value !== "object" || value === null) return;
    for (const [key, inner] of Object.entries(value)) {
      places.push(() => (value as Record<string, unknown>)[key] = to);
      visit(inner);
    }
  };
  visit(root);
  if (places.length > 0) places[which % places.length]!();
  return JSON.stringify(root);
}
