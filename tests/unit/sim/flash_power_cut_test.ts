import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { VirtualClock } from "../../../src/core/mod.ts";
import {
  decideBoot,
  type FlashOperation,
  FlashWorker,
  recordOf,
  RecordStore,
  VirtualFlash,
} from "../../../src/sim/mod.ts";
import { findDevice, type FlashGeometry, type MemoryLayout } from "../../../src/stm32/mod.ts";
import { applicationBytes } from "./node_support.ts";
import { nameOf, PARTS_BY_RULE } from "./flash_support.ts";

/** How far into each operation power goes: begun, midway, nearly done. */
const FRACTIONS = [0, 0.5, 0.99];

interface Device {
  readonly geometry: FlashGeometry;
  readonly layout: MemoryLayout;
  readonly image: Uint8Array;
  readonly store: RecordStore;
  readonly flash: VirtualFlash;
  readonly clock: VirtualClock;
  readonly worker: FlashWorker;
}

/** A part whose second and third erase units are the application: a few program units in each. */
function deviceOf(geometry: FlashGeometry, seed: number): Device {
  const clock = new VirtualClock();
  const flash = new VirtualFlash({ geometry, seed });
  const store = new RecordStore();
  const [, second, third] = flash.units;
  const application = { start: second!.start, end: third!.end };
  const ram = geometry.ram[0]!;
  return {
    geometry,
    layout: { bootloader: { start: geometry.flashStart, end: second!.start }, application },
    image: applicationBytes(256, { start: application.start, stackPointer: ram.end, seed: 3 }),
    store,
    flash,
    clock,
    worker: new FlashWorker({ flash, store, clock, seed }),
  };
}

/** What a bootloader does for an update: invalid first, valid last. */
function update({ flash, layout, image, worker, clock }: Device): "ok" | "failed" | "cut" {
  const [, second, third] = flash.units;
  const operations: FlashOperation[] = [
    { kind: "record", record: undefined },
    { kind: "erase", unit: second! },
    { kind: "erase", unit: third! },
    { kind: "program", address: second!.start, data: image },
    { kind: "program", address: third!.start, data: image },
  ];
  let result: "ok" | "failed" | "cut" = "cut";
  flash.unlock();
  worker.start(operations, (written) => {
    if (written === "failed") return void (result = written);
    const record = recordOf(flash, layout.application, third!.start + image.length);
    worker.start([{ kind: "record", record }], (noted) => result = noted);
  });
  clock.run();
  flash.lock();
  return result;
}

function boots({ flash, layout, store }: Device): boolean {
  const record = store.record;
  return decideBoot({ flash, layout, record, isUpdateRequested: false }).mode === "application";
}

function holdsImage({ flash, image }: Device): boolean {
  return [1, 2].every((unit) => {
    const held = flash.read(flash.units[unit]!.start, image.length);
    return held !== undefined && held.every((byte, i) => byte === image[i]);
  });
}

for (const geometry of PARTS_BY_RULE) {
  Deno.test(`power cut at every operation of an update of ${nameOf(geometry)}`, () => {
    const clean = deviceOf(geometry, 1);
    strictEqual(update(clean), "ok");
    ok(boots(clean) && holdsImage(clean));
    const total = clean.worker.operationCount;
    strictEqual(total, 2 + 2 + 2 * clean.image.length / geometry.program.unitBytes);
    const delivered = { cells: clean.flash.snapshot(), record: clean.store.snapshot() };

    for (let operation = 1; operation <= total; operation++) {
      for (const fraction of FRACTIONS) {
        const where = `seed ${operation}, operation ${operation} of ${total} at ${fraction}`;
        const device = deviceOf(geometry, operation);
        device.flash.restore(delivered.cells);
        device.store.restore(delivered.record);
        device.worker.cutAt(operation, fraction);
        strictEqual(update(device), "cut", where);
        strictEqual(device.worker.operationCount, operation, where);
        // Only an application that is whole ever starts.
        if (boots(device)) ok(holdsImage(device), where);
        strictEqual(update(device), "ok", where);
        ok(boots(device) && holdsImage(device), where);
      }
    }
  });
}

Deno.test("FlashWorker takes the part's times, operation by operation", () => {
  const device = deviceOf(findDevice("STM32F407VG"), 1);
  const ended: [string, number][] = [];
  device.worker.onEnd = ({ kind }) => ended.push([kind, device.clock.now()]);
  update(device);
  deepStrictEqual(ended.map(([kind, atMs]) => [kind, Math.round(atMs * 1000) / 1000]), [
    ["record", 5],
    ["erase", 255],
    ["erase", 505],
    ["program", 506.024],
    ["program", 507.048],
    ["record", 512.048],
  ]);
});

Deno.test("FlashWorker ends at the first failure", () => {
  const device = deviceOf(findDevice("STM32F407VG"), 1);
  const [, second, third] = device.flash.units;
  device.flash.failProgramOnce(second!.start);
  strictEqual(update(device), "failed");
  strictEqual(device.worker.isBusy, false);
  ok(device.flash.isErased(third!));
  ok(!boots(device));
});

Deno.test("FlashWorker cut without an order leaves the unit at hand undefined", () => {
  const device = deviceOf(findDevice("STM32F407VG"), 1);
  const { start } = device.flash.units[1]!;
  device.flash.unlock();
  const data = device.image;
  device.worker.start([{ kind: "program", address: start, data }], () => {});
  device.clock.run({ untilMs: device.clock.now() + 16.5 * 0.016 });
  device.worker.cut();
  strictEqual(device.worker.operationCount, 17);
  deepStrictEqual(device.flash.read(start, 64), data.slice(0, 64));
  ok(!device.flash.isErased({ start: start + 64, end: start + 68 }));
  ok(device.flash.isErased({ start: start + 68, end: start + 256 }));
});

Deno.test("RecordStore keeps what it is given, and nothing", () => {
  const store = new RecordStore();
  strictEqual(store.record, undefined);
  const record = { start: 0x0800_8000, sizeBytes: 4096, crc: 0xDEADBEEF };
  store.write(record);
  deepStrictEqual(store.record, record);
  store.write(undefined);
  strictEqual(store.record, undefined);
});
