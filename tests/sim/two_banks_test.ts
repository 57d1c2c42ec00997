import { defer, mergeMap, throwError, timer } from "rxjs";
import { BusLostError } from "../../src/tester/mod.ts";
import type { VirtualClock } from "../../src/core/mod.ts";
import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import type { FleetEvent } from "../../src/fleet/mod.ts";
import type { NodeBehaviour, VirtualNode } from "../../src/sim/mod.ts";
import type { MemoryLayout } from "../../src/stm32/mod.ts";
import { BUILT_IN_PROFILES, updateNode, type UpdateProfile } from "../../src/update/mod.ts";
import { type BenchOptions, differingNodes, randomImage, runBench } from "../support/bench.ts";
import { dearTest } from "../support/dear.ts";

const PROFILE = BUILT_IN_PROFILES.get("iso14229-banks")!;
const START = 0x0800_8000;
/** A G474 with a 32 KiB bootloader, and a configuration at the end of the bank. */
const LAYOUT: MemoryLayout = {
  bootloader: { start: 0x0800_0000, end: START },
  application: { start: START, end: 0x0803_F000 },
  configuration: [{ start: 0x0803_F000, end: 0x0804_0000 }],
};
const OLD = randomImage(START, 40_000, 1, "1.0.0");
const NEW = randomImage(START, 40_000, 2, "2.0.0");

function run(behaviour: NodeBehaviour, options: Partial<BenchOptions> = {}) {
  return runBench({
    image: NEW,
    application: OLD,
    device: "STM32G474RE",
    layout: LAYOUT,
    profile: PROFILE,
    behaviours: [behaviour],
    ...options,
  });
}

function endOf(events: readonly FleetEvent[]): string {
  const end = events.find((event) => /^node(Done|Failed|Refused|Cancelled)$/.test(event.type))!;
  return "state" in end ? `${end.type} ${end.state}` : end.type;
}

function phasesOf(events: readonly FleetEvent[]): readonly string[] {
  return events.flatMap((event) => event.type === "nodePhase" ? [event.phase] : []);
}

function runs(node: VirtualNode, image: typeof OLD): boolean {
  return node.mode === "application" && differingNodes([node], image).length === 0;
}

Deno.test("updateNode() writes the inactive bank, exchanges the banks and confirms", () => {
  const { events, nodes: [node] } = run({});
  strictEqual(endOf(events), "nodeDone");
  ok(runs(node!, NEW));
  deepStrictEqual(node!.bankStatus, { hasTwoBanks: true, isSwapped: true, isOnTrial: false });
  deepStrictEqual(phasesOf(events), [
    "found",
    "entering",
    "unlocked",
    "updating",
    "imageVerified",
    "swapping",
    "activating",
    "confirming",
  ]);
  // The old image stands whole where the new one was written.
  const { start, data } = OLD.ranges[0]!;
  deepStrictEqual(node!.flash.read(start + 0x4_0000, data.length), data);
});

Deno.test("updateNode() comes back to the first bank with the next update", () => {
  const first = run({}).nodes[0]!;
  const { events, nodes: [node] } = run({}, {
    image: OLD,
    expectedVersion: "1.0.0",
    prepare: (_clock, [second]) => restoreInto(second!, first),
  });
  strictEqual(endOf(events), "nodeDone");
  ok(runs(node!, OLD));
  strictEqual(node!.bankStatus?.isSwapped, false);
});

Deno.test("updateNode() finds the image in the bank that runs, and writes nothing", () => {
  const first = run({}).nodes[0]!;
  const { events, nodes: [node] } = run({}, {
    prepare: (_clock, [second]) => restoreInto(second!, first),
  });
  const done = events.find((event) => event.type === "nodeDone");
  ok(done?.type === "nodeDone" && done.upToDate);
  strictEqual(node!.bankStatus?.isSwapped, true);
  ok(!events.some((event) => event.type === "segmentPhase" && event.phase === "erasing"));
});

Deno.test("updateNode() tells truly that a node went back from an application that died", () => {
  const { events, nodes: [node] } = run({ deadVersion: "2.0.0" });
  strictEqual(endOf(events), "nodeFailed rolledBack");
  ok(runs(node!, OLD));
  deepStrictEqual(node!.bankStatus, { hasTwoBanks: true, isSwapped: false, isOnTrial: false });
  deepStrictEqual(phasesOf(events).slice(-3), ["swapping", "activating", "rollingBack"]);
  const failed = events.find((event) => event.type === "nodeFailed");
  strictEqual(failed?.type === "nodeFailed" && failed.error.code, "ACTIVATION");
});

Deno.test("updateNode() confirms no application that tells another version; the node goes back", () => {
  const image = randomImage(START, 20_000, 3, "2.0.1");
  const { events, nodes: [node] } = run({}, { image });
  strictEqual(endOf(events), "nodeFailed rolledBack");
  ok(runs(node!, OLD));
});

Deno.test("updateNode() says what it does not know: a node that does not go back within the bound", () => {
  const profile = { ...PROFILE, banks: { ...PROFILE.banks!, rollbackMsMax: 2000 } };
  const { events } = run({ deadVersion: "2.0.0", watchdogMs: 60_000 }, { profile });
  strictEqual(endOf(events), "nodeFailed newImageUnconfirmed");
});

dearTest("updateNode() goes on when power goes at any operation around the exchange", () => {
  const image = randomImage(START, 4096, 2);
  const { nodes: [clean] } = run({}, { image });
  const { operations } = clean!.statistics;
  // Record, trial, option; then in the new bank the counted boot and the confirmation.
  for (let operation = operations - 5; operation <= operations; operation++) {
    for (const powerLossFraction of [0, 0.5, 0.99]) {
      for (const seed of [1, 2, 3]) {
        const at = `operation ${operation}, fraction ${powerLossFraction}, seed ${seed}`;
        const behaviour = { powerLossAtOperation: operation, powerLossFraction, powerLossMs: 200 };
        const { events, nodes: [node] } = run(behaviour, { image, seed });
        strictEqual(endOf(events), "nodeDone", at);
        ok(runs(node!, image), at);
        strictEqual(node!.bankStatus?.isOnTrial, false, at);
      }
    }
  }
});

dearTest("updateNode() ends in the old image or the new one wherever power goes for good", () => {
  const image = randomImage(START, 4096, 2);
  const { operations } = run({}, { image }).nodes[0]!.statistics;
  for (let operation = 1; operation <= operations; operation += operation < 512 ? 97 : 1) {
    const { nodes: [node], clock } = run({}, {
      image,
      // The other node acknowledges on the bus once this one is off.
      behaviours: [{}, {}],
      prepare: (_clock, [node]) => node!.powerOffAtOperation(operation),
    });
    strictEqual(node!.mode, "off");
    node!.powerOn();
    clock.run({ untilMs: clock.now() + 60_000 });
    ok(runs(node!, OLD) || runs(node!, image), `operation ${operation}`);
    // Nobody confirmed it: what was not confirmed is gone from by now.
    strictEqual(node!.bankStatus?.isOnTrial, false, `operation ${operation}`);
    const { events, nodes: [again] } = run({}, {
      image,
      prepare: (_clock, [second]) => restoreInto(second!, node!),
    });
    strictEqual(endOf(events), "nodeDone", `operation ${operation}`);
    ok(runs(again!, image), `operation ${operation}`);
  }
});

Deno.test("updateNode() confirms what a run before it could not, as long as the node is on trial", () => {
  const image = randomImage(START, 4096, 2);
  const { operations } = run({}, { image }).nodes[0]!.statistics;
  const { nodes: [node] } = run({}, {
    image,
    behaviours: [{}, {}],
    // The confirmation is the last thing that is written; half of it is.
    prepare: (_clock, [node]) => node!.powerOffAtOperation(operations),
  });
  strictEqual(node!.bankStatus?.isOnTrial, true);
  const { events, nodes: [again] } = run({}, {
    image,
    prepare: (_clock, [second]) => restoreInto(second!, node!),
  });
  strictEqual(endOf(events), "nodeDone");
  ok(runs(again!, image));
  strictEqual(again!.bankStatus?.isOnTrial, false);
});

Deno.test("updateNode() waits for a trial of another image to end before it writes the way back", () => {
  const image = randomImage(START, 4096, 2);
  const { operations } = run({}, { image }).nodes[0]!.statistics;
  const { nodes: [node] } = run({}, {
    image,
    behaviours: [{}, {}],
    prepare: (_clock, [node]) => node!.powerOffAtOperation(operations),
  });
  strictEqual(node!.bankStatus?.isOnTrial, true);
  const third = randomImage(START, 9000, 3, "3.0.0");
  let isWayBackWhole = true;
  const { events, nodes: [again] } = run({}, {
    image: third,
    expectedVersion: "3.0.0",
    prepare: (_clock, [second]) => {
      restoreInto(second!, node!);
      second!.onEvent = (event) => {
        if (event.type !== "operationEnded" || event.operation.kind !== "erase") return;
        isWayBackWhole &&= second!.bankStatus?.isOnTrial === false;
      };
    },
  });
  strictEqual(endOf(events), "nodeDone");
  ok(isWayBackWhole, "the old image was erased while it was the way back");
  ok(runs(again!, third));
  const retries = events.filter((event) => event.type === "retry" && event.scope === "node");
  ok(retries.some((event) => event.type === "retry" && event.error.code === "BANK_TRIAL"));
});

Deno.test("updateNode() swaps no banks whose bootloader or configuration differ", () => {
  for (const address of [0x0804_0010, 0x0807_F010]) {
    const { events, nodes: [node] } = run({}, {
      prepare: (_clock, [node]) => node!.flash.load(address, Uint8Array.of(0x5A)),
    });
    strictEqual(endOf(events), "nodeFailed oldImage");
    strictEqual(node!.bankStatus?.isSwapped, false);
  }
});

function restoreInto(node: VirtualNode, from: VirtualNode): void {
  node.restore(from.snapshot());
  node.powerOn();
}

Deno.test("updateNode() leaves the old image or the new one whenever the host is gone for good", () => {
  const image = randomImage(START, 4096, 2);
  const clean = run({}, { image });
  const wholeMs = clean.events.at(-1)!.atMs;
  const ends = new Set<string>();
  for (let atMs = 20; atMs < wholeMs; atMs += 5) {
    const at = `gone at ${atMs} ms`;
    let clock: VirtualClock;
    const { events, nodes: [node] } = run({}, {
      image,
      prepare: (theirs) => clock = theirs,
      lost$: defer(() => timer(atMs - clock.now(), clock)).pipe(
        mergeMap(() => throwError(() => new BusLostError("bench", "it is gone"))),
      ),
    });
    const isNew = runs(node!, image);
    ok(isNew || runs(node!, OLD), at);
    strictEqual(node!.bankStatus?.isOnTrial, false, at);
    strictEqual(node!.bankStatus?.isSwapped, isNew, at);
    ends.add(`${endOf(events)}, runs ${isNew ? "new" : "old"}`);
    const { events: again, nodes: [second] } = run({}, {
      image,
      prepare: (_clock, [other]) => restoreInto(other!, node!),
    });
    strictEqual(endOf(again), "nodeDone", at);
    ok(runs(second!, image), at);
  }
  deepStrictEqual([...ends].sort(), [
    "nodeDone, runs new",
    "nodeFailed newImageUnconfirmed, runs new",
    "nodeFailed newImageUnconfirmed, runs old",
    "nodeFailed oldImage, runs old",
    "nodeFailed untouched, runs old",
  ]);
});

Deno.test("updateNode() writes a node in place whose option bits say one bank, where that was left open", () => {
  const { events, nodes: [node] } = run({}, {
    nodeDevice: "STM32G474RE/single-bank",
    isModeOpen: true,
  });
  strictEqual(endOf(events), "nodeDone");
  ok(runs(node!, NEW));
  const plans = events.filter((event) => event.type === "nodePlanned");
  deepStrictEqual(plans.map(({ bank, segments }) => [bank, segments[0]!.start]), [
    ["inactive", START + 0x4_0000],
    [undefined, START],
  ]);
});

Deno.test("updateNode() refuses a node whose option bits say two banks where one was said", () => {
  const { events, nodes: [node] } = run({}, {
    device: "STM32G474RE/single-bank",
    nodeDevice: "STM32G474RE/dual-bank",
  });
  const refused = events.find((event) => event.type === "nodeRefused");
  strictEqual(refused?.type === "nodeRefused" && refused.error.code, "BANK_MODE");
  ok(runs(node!, OLD));
});

Deno.test("updateNode() refuses a node whose option bits say one bank, and touches nothing", () => {
  const { events, nodes: [node] } = run({}, { nodeDevice: "STM32G474RE/single-bank" });
  const refused = events.find((event) => event.type === "nodeRefused");
  strictEqual(refused?.type === "nodeRefused" && refused.error.code, "BANK_MODE");
  ok(runs(node!, OLD));
});

function failureOf(events: readonly FleetEvent[]): string {
  const end = events.find(({ type }) => type === "nodeFailed");
  return end?.type === "nodeFailed" ? end.error.message : "no failure";
}

/** Another image that calls itself by the same name, as a rebuild does. */
const REBUILT = randomImage(START, 40_000, 3, "2.0.0");

Deno.test("updateNode() does not confirm a bank whose node tells other hardware, and lets it go back", () => {
  let hardware: { hardware: string } | undefined;
  const { events, nodes: [node] } = run({}, {
    prepare: (_clock, [node]) => hardware = node!.options as { hardware: string },
    talk: (context) =>
      updateNode({
        ...context,
        job: { ...context.job, release: { sequenceNumber: 7, allowDowngrade: false } },
      }),
    onEvent: (event) => {
      if (event.type === "nodePhase" && event.phase === "swapping") hardware!.hardware = "OTHER";
    },
  });
  match(failureOf(events), /hardware "OTHER", "BENCH-F407" was expected/);
  ok(!phasesOf(events).includes("confirming"), phasesOf(events).join());
  strictEqual(endOf(events), "nodeFailed rolledBack");
  deepStrictEqual(node!.bankStatus, { hasTwoBanks: true, isSwapped: false, isOnTrial: false });
});

Deno.test("updateNode() believes no node to be through that runs its old bank, whatever it calls itself", () => {
  // It is reset, and does not exchange its banks.
  const profile: UpdateProfile = { ...PROFILE, banks: { ...PROFILE.banks!, swap: PROFILE.finish } };
  const { events, nodes: [node] } = run({}, {
    application: REBUILT,
    talk: (context) => updateNode({ ...context, job: { ...context.job, profile } }),
  });
  match(failureOf(events), /runs its old bank/);
  ok(!phasesOf(events).includes("confirming"), phasesOf(events).join());
  match(endOf(events), /^nodeFailed (oldImage|rolledBack)$/);
  strictEqual(node!.bankStatus?.isSwapped, false);
});
