import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import type { FleetEvent } from "../../src/fleet/mod.ts";
import type { FlashOperation, VirtualNode } from "../../src/sim/mod.ts";
import { findDevice, type MemoryLayout, planFlash } from "../../src/stm32/mod.ts";
import type { UpdateProfile } from "../../src/update/mod.ts";
import { ISO14229_PROFILE } from "../../src/update/profiles/mod.ts";
import { type BenchOptions, differingNodes, randomImage, runBench } from "../support/bench.ts";
import { dearTest } from "../support/dear.ts";

const HEADER_BYTES = 0x400;
/** A bootloader that keeps its mark "valid" in flash, in front of the vector table. */
const PROFILE: UpdateProfile = {
  ...ISO14229_PROFILE,
  erase: { ...ISO14229_PROFILE.erase, first: "vectors" },
};
/** Pages with a check code, sectors without one, sectors of 256-bit units. */
const PARTS: readonly (readonly [string, number, number])[] = [
  ["STM32G474RE", 0x0800_8000, 0x0804_0000],
  ["STM32F407VG", 0x0800_8000, 0x0808_0000],
  ["STM32H743ZI", 0x0802_0000, 0x0810_0000],
];

function benchOf([device, start, end]: typeof PARTS[number]) {
  const layout: MemoryLayout = {
    bootloader: { start: 0x0800_0000, end: start },
    application: { start, end },
    applicationHeader: { sizeBytes: HEADER_BYTES },
  };
  const sizeBytes = device.startsWith("STM32H7") ? 300_000 : 60_000;
  const old = randomImage(start + HEADER_BYTES, sizeBytes, 1, "1.0.0");
  const image = randomImage(start + HEADER_BYTES, sizeBytes, 2, "2.0.0");
  const run = (options: Partial<BenchOptions> = {}) =>
    runBench({
      image,
      application: old,
      device,
      layout,
      profile: PROFILE,
      behaviours: [{}, {}],
      ...options,
    });
  const plan = planFlash({ image, geometry: findDevice(device), layout });
  return { run, old, image, plan };
}

function endOf(events: readonly FleetEvent[], node = "node-0"): string {
  return events.find((event) =>
    "node" in event && event.node === node &&
    /^node(Done|Failed|Refused|Cancelled)$/.test(event.type)
  )!.type;
}

function watch(node: VirtualNode, see: (operation: FlashOperation) => void): void {
  node.onEvent = (event) => {
    if (event.type === "operationEnded") see(event.operation);
  };
}

for (const part of PARTS) {
  const { run, old, image, plan } = benchOf(part);
  const table = plan.segments.find(({ holdsVectorTable }) => holdsVectorTable)!;
  const isInTable = (address: number): boolean =>
    address >= table.range.start && address < table.range.end;

  Deno.test(`${part[0]}: the segment with vectors and mark is erased first and written last`, () => {
    const operations: FlashOperation[] = [];
    const { events, nodes: [node] } = run({
      prepare: (_clock, [node]) => watch(node!, (operation) => operations.push(operation)),
    });
    strictEqual(endOf(events), "nodeDone");
    deepStrictEqual(differingNodes([node!], image), []);
    ok(plan.segments.length > 1);
    const [first] = operations;
    ok(first?.kind === "erase" && first.unit.start === table.range.start);
    strictEqual(
      operations.filter(({ kind }) => kind === "erase").length,
      plan.segments
        .flatMap(({ eraseUnits }) => eraseUnits).length,
    );
    const programs = operations.flatMap((one) => one.kind === "program" ? [one.address] : []);
    const firstInTable = programs.findIndex(isInTable);
    ok(programs.slice(0, firstInTable).length > 0);
    ok(programs.slice(firstInTable).every(isInTable));
    // The mark itself is the last thing of all.
    strictEqual(programs.at(-1), part[1]);
  });

  dearTest(
    `${part[0]}: power that goes anywhere leaves the old image, the new one or a bootloader`,
    () => {
      const { operations } = run().nodes[0]!.statistics;
      const step = Math.ceil(operations / 12);
      const cuts = Array.from({ length: 12 }, (_, i) => 1 + i * step)
        .filter((operation) => operation <= operations);
      for (
        const operation of new Set([...cuts, 2, 3, operations - 2, operations - 1, operations])
      ) {
        const at = `${part[0]}, operation ${operation}`;
        const wrong: string[] = [];
        const { nodes: [node], clock } = run({
          prepare: (_clock, [node]) => {
            watch(node!, ({ kind }) => {
              if (node!.acceptedApplication === undefined) return;
              if (isWhole(node!, old) || isWhole(node!, image)) return;
              wrong.push(`${kind} leaves a mark on what is neither image`);
            });
            node!.powerOffAtOperation(operation);
          },
        });
        deepStrictEqual(wrong, [], at);
        node!.onEvent = undefined;
        node!.powerOn();
        clock.run({ untilMs: clock.now() + 1000 });
        ok(node!.mode === "bootloader" || isWhole(node!, old) || isWhole(node!, image), at);
        const { events, nodes: [again] } = run({
          prepare: (_clock, [second]) => {
            second!.restore(node!.snapshot());
            second!.powerOn();
          },
        });
        strictEqual(endOf(events), "nodeDone", at);
        ok(again!.mode === "application" && isWhole(again!, image), at);
      }
    },
  );

  Deno.test(`${part[0]}: an image that differs in another segment has that of the mark rewritten too`, () => {
    const first = run().nodes[0]!;
    const other = structuredClone(image);
    other.ranges[0]!.data[other.ranges[0]!.data.length - 5]! ^= 1;
    const erased: number[] = [];
    const { events, nodes: [node] } = run({
      image: other,
      prepare: (_clock, [second]) => {
        second!.restore(first.snapshot());
        watch(second!, (one) => one.kind === "erase" && erased.push(one.unit.start));
        second!.powerOn();
      },
    });
    strictEqual(endOf(events), "nodeDone");
    deepStrictEqual(differingNodes([node!], other), []);
    const last = plan.segments.at(-1)!;
    deepStrictEqual(erased, [...table.eraseUnits, ...last.eraseUnits].map(({ start }) => start));
  });
}

function isWhole(node: VirtualNode, image: ReturnType<typeof randomImage>): boolean {
  return differingNodes([node], image).length === 0;
}
