import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import type { FleetEvent, NodeHistory } from "../../src/fleet/mod.ts";
import { parseRequestTemplate } from "../../src/uds/mod.ts";
import type { UpdateProfile } from "../../src/update/mod.ts";
import { ISO14229_PROFILE } from "../../src/update/profiles/iso14229.ts";
import { F103, G474, HostBench, imageFor } from "../support/host_bench.ts";

const START = G474.layout.application.start;
const SEGMENT_BYTES = 16 * 1024;

/** What one run cost and asked for. */
interface Cost {
  readonly busyMs: number;
  readonly events: readonly FleetEvent[];
  /** Requests of the first node, as their first four bytes. */
  readonly requests: readonly string[];
}

function measure(bench: HostBench, run: () => readonly FleetEvent[]): Cost {
  const requests: string[] = [];
  bench.nodes[0]!.onEvent = (event) => {
    if (event.type !== "request" || event.addressing === "functional") return;
    requests.push([...event.data.subarray(0, 4)].map((byte) => byte.toString(16)).join(" "));
  };
  const before = bench.bus.statistics.busyMs;
  const events = run();
  return { busyMs: bench.bus.statistics.busyMs - before, events, requests };
}

const ERASE = "31 1 ff 0";
const CHECK = "31 1 2 2";

function count(cost: Cost, request: string): number {
  return cost.requests.filter((one) => one === request).length;
}

Deno.test("the same 256 KiB again: no erase, under 2 % of the first run's bus time", () => {
  const image = imageFor(G474, 256 * 1024, 1);
  const bench = new HostBench({ part: G474, image, behaviours: [{}] });
  const first = measure(bench, () => bench.update());
  const again = measure(bench, () => bench.update());
  strictEqual(count(first, ERASE), 16);
  strictEqual(count(again, ERASE), 0);
  strictEqual(count(again, CHECK), 1, "neighbours are asked about in one question");
  ok(again.busyMs < 0.02 * first.busyMs, `${again.busyMs} of ${first.busyMs} ms`);
  deepStrictEqual(
    again.events.filter((event) => event.type === "nodeDone" && event.upToDate).length,
    1,
  );
  deepStrictEqual(bench.differing(), []);
});

Deno.test("one of sixteen segments different: under 10 % of the first run's bus time", () => {
  const image = imageFor(G474, 256 * 1024, 1);
  const bench = new HostBench({ part: G474, image, behaviours: [{}] });
  const first = measure(bench, () => bench.update());
  for (const segment of [0, 7, 15]) {
    const other = structuredClone(image);
    other.ranges[0]!.data[segment * SEGMENT_BYTES + 5000]! ^= 0x10;
    const cost = measure(bench, () => bench.update({ image: other }));
    strictEqual(count(cost, ERASE), 1);
    ok(count(cost, CHECK) <= 1 + 2 * 4 + 1, "a difference is found by halves");
    ok(cost.busyMs < 0.1 * first.busyMs, `${cost.busyMs} of ${first.busyMs} ms`);
    const skipped = cost.events.filter((event) =>
      event.type === "segmentPhase" && event.phase === "skipped"
    );
    strictEqual(skipped.length, 15);
    deepStrictEqual(bench.differing(other), []);
    bench.update();
  }
});

Deno.test("segments are asked about one by one where the question does not say how much", () => {
  const check = {
    ...ISO14229_PROFILE.check!,
    request: parseRequestTemplate("31 01 02 02 44 {address:4} {size:2} {checksum:4}"),
  };
  const profile: UpdateProfile = { ...ISO14229_PROFILE, check };
  const image = imageFor(F103, 40 * 1024, 1);
  const bench = new HostBench({ part: F103, image, behaviours: [{}], profile });
  bench.update();
  // 40 KiB fit two bytes of size; 64 KiB and more are asked about in parts.
  strictEqual(count(measure(bench, () => bench.update()), CHECK), 1);
  const large = imageFor(F103, 80 * 1024, 1);
  const other = new HostBench({ part: F103, image: large, behaviours: [{}], profile });
  other.update();
  strictEqual(count(measure(other, () => other.update()), CHECK), 2);
});

Deno.test("what may be torn is erased again, whatever its checksum says", () => {
  const image = imageFor(G474, 4 * SEGMENT_BYTES, 1);
  const bench = new HostBench({ part: G474, image, behaviours: [{}] });
  bench.update();
  // The node's second segment reads right, by chance: a cut erase that left every cell as it was.
  const torn = { start: START + SEGMENT_BYTES, end: START + SEGMENT_BYTES + 2048 };
  const history: NodeHistory = { distrusted: [torn], endState: "bootloader" };
  const cost = measure(bench, () => bench.update({ histories: new Map([["node-0", history]]) }));
  strictEqual(count(cost, ERASE), 1);
  const erased = cost.events.filter((event) =>
    event.type === "segmentPhase" && event.phase === "erasing"
  );
  deepStrictEqual(erased.map((event) => event.type === "segmentPhase" && event.segment), [1]);
  deepStrictEqual(bench.differing(), []);
});

Deno.test("a node that was left half-written and cannot be reached is not called intact", () => {
  const image = imageFor(G474, SEGMENT_BYTES, 1);
  const bench = new HostBench({ part: G474, image, behaviours: [{ isDead: true }] });
  const history: NodeHistory = { distrusted: [], endState: "bootloader" };
  const events = bench.update({ histories: new Map([["node-0", history]]) });
  const failed = events.find((event) => event.type === "nodeFailed");
  strictEqual(failed?.type === "nodeFailed" && failed.state, "bootloader");
});
