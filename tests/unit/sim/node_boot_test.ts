import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { decideBoot, readVectors, recordOf, VirtualFlash } from "../../../src/sim/mod.ts";
import { findDevice, type MemoryLayout } from "../../../src/stm32/mod.ts";
import { APPLICATION, applicationBytes, Lab, LAYOUT, word } from "./node_support.ts";

const IMAGE = applicationBytes(3000);
const REGION = LAYOUT.application;

function flashWith(image: Uint8Array, device = "STM32F407VG"): VirtualFlash {
  const flash = new VirtualFlash({ geometry: findDevice(device), seed: 1 });
  flash.load(APPLICATION, image);
  return flash;
}

function patched(offset: number, value: number): Uint8Array {
  const image = IMAGE.slice();
  new DataView(image.buffer).setUint32(offset, value, true);
  return image;
}

/** What the bootloader finds, and what it does: every reason once, and what must not matter. */
const DECISIONS: readonly {
  readonly name: string;
  readonly image?: Uint8Array;
  readonly isUpdateRequested?: boolean;
  readonly after?: (flash: VirtualFlash) => void;
  readonly record?: "none" | "beyond";
  readonly does: string;
}[] = [
  { name: "an accepted application", does: "application" },
  { name: "a request for an update", isUpdateRequested: true, does: "updateRequested" },
  { name: "no record", record: "none", does: "noApplication" },
  { name: "a record beyond the region", record: "beyond", does: "corrupt" },
  {
    name: "one byte that changed",
    after: (flash) => flash.load(APPLICATION + 2999, Uint8Array.of(IMAGE[2999]! ^ 1)),
    does: "corrupt",
  },
  {
    name: "a byte that changed behind it",
    after: (flash) => flash.load(APPLICATION + 3004, Uint8Array.of(0)),
    does: "application",
  },
  {
    name: "an erase that was cut",
    after: (flash) => {
      flash.unlock();
      flash.cutErase(flash.unitAt(APPLICATION), 0.5);
    },
    does: "corrupt",
  },
  {
    name: "a stack pointer at RAM's inclusive end",
    image: patched(0, 0x2002_0000),
    does: "application",
  },
  {
    name: "a stack pointer at RAM's start",
    image: patched(0, 0x2000_0000),
    does: "implausibleVectors",
  },
  {
    name: "a stack pointer beyond RAM",
    image: patched(0, 0x2002_0004),
    does: "implausibleVectors",
  },
  { name: "a stack pointer in CCM", image: patched(0, 0x1001_0000), does: "application" },
  {
    name: "a stack pointer whose low bits the core ignores",
    image: patched(0, 0x2001_0002),
    does: "application",
  },
  {
    name: "a stack pointer at which the stack has no room, low bits ignored",
    image: patched(0, 0x2000_0003),
    does: "implausibleVectors",
  },
  {
    name: "an even reset vector",
    image: patched(4, APPLICATION + 0x100),
    does: "implausibleVectors",
  },
  {
    name: "a reset vector in the bootloader",
    image: patched(4, 0x0800_0101),
    does: "implausibleVectors",
  },
  {
    name: "a reset vector beyond the region",
    image: patched(4, REGION.end + 1),
    does: "implausibleVectors",
  },
];

for (const { name, image = IMAGE, isUpdateRequested = false, after, record, does } of DECISIONS) {
  Deno.test(`decideBoot() with ${name}: ${does}`, () => {
    const flash = flashWith(image);
    const noted = recordOf(flash, REGION, 0);
    after?.(flash);
    const decision = decideBoot({
      flash,
      layout: LAYOUT,
      record: record === "none"
        ? undefined
        : record === "beyond"
        ? { ...noted!, sizeBytes: REGION.end - REGION.start + 4 }
        : noted,
      isUpdateRequested,
    });
    strictEqual(decision.mode === "bootloader" ? decision.reason : decision.mode, does);
  });
}

Deno.test("recordOf() covers the region's start to its last byte that is not erased", () => {
  const record = recordOf(flashWith(IMAGE), REGION, 0)!;
  deepStrictEqual([record.start, record.sizeBytes], [APPLICATION, 3000]);
  strictEqual(recordOf(flashWith(new Uint8Array(0)), REGION, 0), undefined);
});

Deno.test("recordOf() passes over what an earlier update left unreadable behind the image", () => {
  const flash = flashWith(IMAGE, "STM32G474RE");
  flash.unlock();
  flash.cutErase(flash.unitAt(0x0801_0000), 0.5);
  strictEqual(recordOf(flash, REGION, 0), undefined);
  strictEqual(recordOf(flash, REGION, APPLICATION + 3000)?.sizeBytes, 3000);
});

Deno.test("readVectors() finds the table behind a header, and no VTOR on Cortex-M0", () => {
  const header: MemoryLayout = { ...LAYOUT, applicationHeader: { sizeBytes: 0x200 } };
  const image = new Uint8Array(0x400);
  image.set(applicationBytes(0x200), 0x200);
  strictEqual(readVectors(flashWith(image), header)?.vectorTable, APPLICATION + 0x200);
  strictEqual(readVectors(flashWith(image), LAYOUT), undefined);
  const layout = {
    bootloader: LAYOUT.bootloader,
    application: { start: APPLICATION, end: 0x0801_0000 },
  };
  const small = applicationBytes(512, { stackPointer: 0x2000_4000 });
  deepStrictEqual(readVectors(flashWith(small, "STM32F072RB"), layout), {
    stackPointer: 0x2000_4000,
    resetVector: APPLICATION + 0x101,
    vectorTable: undefined,
  });
});

Deno.test("a node without an application stays in its bootloader and can be reached", () => {
  const lab = new Lab().start();
  strictEqual(lab.node.mode, "bootloader");
  strictEqual(lab.node.jump, undefined);
  strictEqual(lab.answer("3E 00"), "7E 00");
  strictEqual(lab.answer("22 F1 89"), "7F 22 31");
});

Deno.test("a request for an update survives a reset, not a loss of power", () => {
  for (const keepsPower of [true, false]) {
    const lab = new Lab({ application: [{ start: APPLICATION, data: IMAGE }] }).start();
    lab.send("10 02");
    lab.clock.run({ untilMs: lab.clock.now() + 3 });
    strictEqual(lab.node.mode, "booting");
    if (keepsPower) lab.node.reset();
    else {
      lab.node.powerOff();
      lab.node.powerOn();
    }
    lab.wait(20);
    strictEqual(lab.node.mode, keepsPower ? "bootloader" : "application");
  }
});

Deno.test("a node that is erased and reset stays in its bootloader", () => {
  const lab = new Lab({ application: [{ start: APPLICATION, data: IMAGE }] }).start();
  lab.unlock();
  lab.answer(`31 01 FF 00 44 ${word(APPLICATION + 0x4000)} ${word(4)}`);
  lab.answer("11 01");
  strictEqual(lab.wait(20).node.mode, "bootloader");
});

Deno.test("restore() brings back what a node held without power, and leaves it off", () => {
  const lab = new Lab({ application: [{ start: APPLICATION, data: IMAGE }] }).start();
  const before = lab.node.snapshot();
  lab.unlock();
  lab.erase(APPLICATION, 4);
  lab.node.restore(before);
  strictEqual(lab.node.mode, "off");
  strictEqual(lab.start().node.mode, "application");
  deepStrictEqual(lab.held(IMAGE), IMAGE);
});
