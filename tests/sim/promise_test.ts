/**
 * The kernel of the promise, read off the wire: what reaches a node, whatever else happens. The
 * tester's requests go to 0x400 and up and functionally to 0x7DF; answers come from 0x200 and up.
 */
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { Subject } from "rxjs";
import { bytesToHex, type Clock } from "../../src/core/mod.ts";
import type { WireRecord } from "../../src/sim/mod.ts";
import { type BenchOptions, differingNodes, randomImage, runBench } from "../support/bench.ts";

const IMAGE = randomImage(0x0800_8000, 40_000, 3);
const FUNCTIONAL_ID = 0x7DF;
const TESTER_PRESENT = "3E 80";

type Run = ReturnType<typeof runBench>;

/** Requests to one node, by their first bytes: those in one frame, and the heads of longer ones. */
function requestsTo(records: readonly WireRecord[], id: number): readonly string[] {
  return records.filter(({ frame, intact }) => intact && frame.id === id).flatMap(({ frame }) => {
    const [pci, second] = frame.data;
    if (pci! >> 4 === 0) return [bytesToHex(frame.data.subarray(1, 1 + pci!))];
    return pci! >> 4 === 1 && second !== undefined ? [bytesToHex(frame.data.subarray(2, 4))] : [];
  });
}

function functional({ records }: Run): readonly string[] {
  return requestsTo(records, FUNCTIONAL_ID);
}

/** An operator who asks to stop at a time. */
function cutShort(atMs: number): Pick<BenchOptions, "cancellation" | "prepare"> {
  const requested$ = new Subject<void>();
  const cancellation = { requested: false, requested$ };
  const prepare = (clock: Clock): void => {
    clock.schedule(() => {
      cancellation.requested = true;
      requested$.next();
      requested$.complete();
    }, atMs);
  };
  return { cancellation, prepare };
}

const REST = ["28 80 01", "85 81", "10 81"];

Deno.test("wrong hardware is refused by reading alone: no other request reaches the node", () => {
  const run = runBench({ image: IMAGE, behaviours: [{}, {}], expectedHardware: "OTHER" });
  strictEqual(run.events.filter(({ type }) => type === "nodeRefused").length, 2);
  for (const id of [0x400, 0x401]) {
    const requests = requestsTo(run.records, id);
    ok(requests.length > 0);
    deepStrictEqual(requests.filter((request) => !request.startsWith("22 ")), []);
  }
  const good = runBench({ image: IMAGE, behaviours: [{}] });
  ok(requestsTo(good.records, 0x400).some((request) => !request.startsWith("22 ")));
});

/** Runs that must all leave the bus as they found it. */
const ENDINGS: readonly (readonly [string, () => Run])[] = [
  ["when all goes well", () => runBench({ image: IMAGE, behaviours: [{}, {}] })],
  ["when every node is dead", () => runBench({ image: IMAGE, behaviours: [{ isDead: true }] })],
  [
    "when one node is stuck and one has another key",
    () =>
      runBench({
        image: IMAGE,
        behaviours: [{}, { flashTimeScale: 100_000 }, {}],
        otherKeyNodes: [2],
      }),
  ],
  [
    "when every node is refused",
    () => runBench({ image: IMAGE, behaviours: [{}], expectedHardware: "OTHER" }),
  ],
  ...[30, 400, 900].map((atMs) =>
    [
      `when it is cut short after ${atMs} ms`,
      () => runBench({ image: IMAGE, behaviours: [{}, {}], ...cutShort(atMs) }),
    ] as const
  ),
];

for (const [when, make] of ENDINGS) {
  Deno.test(`the job ends with functional 28, 85 and 10 01 ${when}`, () => {
    const run = make();
    strictEqual(run.events.at(-1)?.type, "runFinished");
    deepStrictEqual(functional(run).filter((r) => r !== TESTER_PRESENT).slice(-3), REST);
    const lastOfAll = run.records.findLast(({ frame }) => frame.id === FUNCTIONAL_ID)!;
    const physical = run.records.filter(({ frame }) => frame.id >= 0x400 && frame.id < 0x420);
    ok(physical.every(({ startMs }) => startMs < lastOfAll.startMs), "nothing follows");
    // One that is still at work on a request takes no other.
    for (const node of run.nodes.filter(({ options }) => !options.behaviour?.flashTimeScale)) {
      strictEqual(node.isCommunicationStopped, false, node.options.name);
      strictEqual(node.isDtcSettingStopped, false, node.options.name);
    }
  });
}

Deno.test("a run that is cut short in its midst leaves a node in its bootloader, not half-new", () => {
  const run = runBench({ image: IMAGE, behaviours: [{}, {}], ...cutShort(900) });
  deepStrictEqual(
    run.events.flatMap((event) => event.type === "nodeCancelled" ? [event.state] : []),
    ["bootloader", "bootloader"],
  );
  strictEqual(differingNodes(run.nodes, IMAGE).length, 2);
  deepStrictEqual(run.nodes.map(({ mode }) => mode), ["bootloader", "bootloader"]);
});

Deno.test("sessions are kept by functional TesterPresent alone, every 2.5 s at least", () => {
  const run = runBench({ image: IMAGE, behaviours: [{ flashTimeScale: 8 }, {}] });
  strictEqual(run.events.filter(({ type }) => type === "nodeDone").length, 2);
  for (const id of [0x400, 0x401]) {
    deepStrictEqual(requestsTo(run.records, id).filter((request) => request.startsWith("3E")), []);
  }
  const present = run.records.filter(({ frame }) =>
    frame.id === FUNCTIONAL_ID && frame.data[1] === 0x3E
  );
  ok(present.length > 2);
  for (const [i, { startMs }] of present.entries()) {
    if (i > 0) ok(startMs - present[i - 1]!.startMs < 2600, `${startMs}`);
  }
});

Deno.test("an erase is waited for however often 0x78 comes, as long as its time is not over", () => {
  const run = runBench({
    image: IMAGE,
    behaviours: [{ responsePendingAfterMs: 1, responsePendingEveryMs: 1, flashTimeScale: 50 }],
  });
  deepStrictEqual(run.events.filter(({ type }) => type === "retry"), []);
  const count = run.events.filter(({ type }) => type === "responsePending").length;
  ok(count > 10_000, `${count}`);
  strictEqual(run.events.filter(({ type }) => type === "nodeDone").length, 1);
});

Deno.test("a node that refuses the key gets one more try, and none after it has locked", () => {
  const run = runBench({ image: IMAGE, behaviours: [{ wrongKeysMax: 2 }], otherKeyNodes: [0] });
  const answers = requestsTo(run.records, 0x200);
  const locked = answers.indexOf("7F 27 36");
  ok(locked >= 0, answers.join("\n"));
  const keys = requestsTo(run.records, 0x400).filter((request) => request.startsWith("27 02"));
  strictEqual(keys.length, 2);
  const lockedAt = run.records.find(({ frame }) =>
    bytesToHex(frame.data).startsWith("03 7F 27 36")
  )!;
  const later = run.records.filter(({ frame, startMs }) =>
    frame.id === 0x400 && startMs > lockedAt.startMs
  );
  deepStrictEqual(later.filter(({ frame }) => frame.data[1] === 0x27), []);
  strictEqual(run.events.filter(({ type }) => type === "nodeFailed").length, 1);
});
