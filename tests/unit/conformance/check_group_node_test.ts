import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { tryNode } from "./trial_lab.ts";
import { rowTest } from "../../support/dear.ts";

Deno.test("checkGroupNode() finds nothing wrong with the virtual node", () => {
  const { findings, error, wrong } = tryNode({}, true);
  strictEqual(error, undefined);
  deepStrictEqual(wrong, []);
  deepStrictEqual(findings.filter(({ result }) => result === "skipped"), []);
  ok(findings.length >= 95, `${findings.length}`);
  const sections = new Set(findings.map(({ section }) => section));
  deepStrictEqual([...sections].sort(), [
    "1.1",
    "3",
    "3.0",
    "3.1",
    "3.1, S3",
    "3.1, cut",
    "3.2",
    "3.3",
    "4.1",
    "4.2",
    "4.3",
    "5",
  ]);
});

Deno.test("checkGroupNode() names each rule once", () => {
  const names = tryNode().findings.map(({ section, rule }) => `${section}: ${rule}`);
  deepStrictEqual(names.filter((name, i) => names.indexOf(name) !== i), []);
});

Deno.test("checkGroupNode() lets a repeated opening tell the mean of what was programmed", () => {
  const { error, wrong } = tryNode({
    onAnswer: (answer, request, { notes }) => {
      if (answer[0] !== 0x71 || answer[1] !== 0x01 || answer[2] !== 0x47) return answer;
      const isMeasured = notes.get("hasBlock") === request.join();
      return isMeasured ? Uint8Array.of(...answer.subarray(0, 5), 0x01, 0x00) : answer;
    },
    onRequest: (request, { notes }) => {
      if (request[0] === 0x31 && request[1] === 0x01) notes.set("last", request.join());
      return false;
    },
    onMessage: (message, { notes }) => {
      notes.set("hasBlock", notes.get("last"));
      return message;
    },
  });
  strictEqual(error, undefined);
  deepStrictEqual(wrong, []);
});

for (
  const [row, behaviour] of [
    "groupBufferBlocks: 1",
    "groupBufferBlocks: 12",
    "groupBufferBlocks: 4",
    "groupMapBytesMax: 20",
    "groupCoreMhz: 8",
    "programTimeScale: 20",
    "flashTimeBound: max",
    "keepsSessionByPhysicalOnly: true",
  ].entries()
) {
  rowTest(row, `checkGroupNode() finds nothing wrong with a node of { ${behaviour} }`, () => {
    const { error, wrong } = tryNode({ behaviour });
    strictEqual(error, undefined);
    deepStrictEqual(wrong, []);
  });
}

Deno.test("checkGroupNode() asks nothing beside an erase that is over at once, and says so", () => {
  const { findings, error, wrong } = tryNode({ behaviour: "flashTimeScale: 0.02" });
  strictEqual(error, undefined);
  deepStrictEqual(wrong, []);
  const skipped = findings.filter(({ result }) => result === "skipped");
  deepStrictEqual(skipped.map(({ rule }) => rule), ["answers requests while it erases"]);
});
