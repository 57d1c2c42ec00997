import { deepStrictEqual, notDeepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { VirtualFlash } from "../../../src/sim/mod.ts";
import { findDevice } from "../../../src/stm32/mod.ts";
import { counting, nameOf, PARTS_BY_RULE, unlockedFlash } from "./flash_support.ts";

const ADDRESS = 0x0800_8000;

/** How often something reads as what, over many seeds. */
function outcomes(count: number, draw: (seed: number) => string): Set<string> {
  return new Set(Array.from({ length: count }, (_, seed) => draw(seed)));
}

Deno.test("cutProgram() leaves the unit old, new or noise where there is no check code", () => {
  const data = counting(4);
  const seen = outcomes(60, (seed) => {
    const flash = unlockedFlash("STM32F407VG", { seed });
    flash.cutProgram(ADDRESS, data, 0);
    const read = flash.read(ADDRESS, 4)!;
    if (read.every((byte) => byte === 0xFF)) return "old";
    return read.every((byte, i) => byte === data[i]) ? "new" : "noise";
  });
  deepStrictEqual([...seen].sort(), ["new", "noise", "old"]);
});

Deno.test("cutProgram() programs the units before, and leaves those behind untouched", () => {
  const flash = unlockedFlash("STM32F407VG");
  const data = counting(16);
  flash.cutProgram(ADDRESS, data, 2);
  deepStrictEqual(flash.read(ADDRESS, 8), data.slice(0, 8));
  strictEqual(flash.isErased({ start: ADDRESS + 12, end: ADDRESS + 16 }), true);
  strictEqual(flash.isErased({ start: ADDRESS + 8, end: ADDRESS + 12 }), false);
});

for (const geometry of PARTS_BY_RULE.filter(({ program }) => program.hasEcc)) {
  Deno.test(`read() of ${nameOf(geometry)} faults from a cut to the next erase`, () => {
    for (let seed = 0; seed < 10; seed++) {
      const { unitBytes } = geometry.program;
      const flash = new VirtualFlash({ geometry, seed });
      flash.unlock();
      const unit = flash.units[2]!;
      flash.cutProgram(unit.start, counting(2 * unitBytes), 1);
      ok(flash.read(unit.start, unitBytes) !== undefined);
      strictEqual(flash.read(unit.start, unitBytes + 1), undefined);
      strictEqual(flash.read(unit.start + 2 * unitBytes - 1, 1), undefined);
      for (const fraction of [0.02, 0.5, 0.98]) {
        flash.cutErase(unit, fraction);
        strictEqual(flash.read(unit.start, unit.end - unit.start), undefined);
      }
      flash.erase(unit);
      strictEqual(flash.isErased(unit), true);
      ok(flash.read(unit.start, unit.end - unit.start)!.every((b) => b === geometry.erasedValue));
    }
  });
}

Deno.test("cutErase() reads mostly old at its start, mostly erased at its end", () => {
  const flash = unlockedFlash("STM32F407VG");
  const unit = flash.unitAt(ADDRESS);
  const data = new Uint8Array(unit.end - unit.start).fill(0x5A);
  const erasedShare = (fraction: number): number => {
    flash.erase(unit);
    flash.program(unit.start, data);
    flash.cutErase(unit, fraction);
    return flash.read(unit.start, data.length)!.filter((byte) => byte === 0xFF).length /
      data.length;
  };
  ok(erasedShare(0.1) < 0.1);
  ok(erasedShare(0.9) > 0.7);
});

Deno.test("failProgramOnce() fails one program of that address and leaves it undefined", () => {
  const flash = unlockedFlash("STM32F407VG");
  flash.failProgramOnce(ADDRESS + 8);
  strictEqual(flash.program(ADDRESS, counting(16)), "failed");
  deepStrictEqual(flash.read(ADDRESS, 8), counting(8));
  strictEqual(flash.isErased({ start: ADDRESS + 8, end: ADDRESS + 12 }), false);
  strictEqual(flash.isErased({ start: ADDRESS + 12, end: ADDRESS + 16 }), true);
  flash.erase(flash.unitAt(ADDRESS));
  strictEqual(flash.program(ADDRESS, counting(16)), "ok");
});

Deno.test("failEraseOnce() fails one erase, and the unit must be erased again", () => {
  const flash = unlockedFlash("STM32G474RE");
  const unit = flash.unitAt(ADDRESS);
  flash.program(ADDRESS, counting(8));
  flash.failEraseOnce(ADDRESS);
  strictEqual(flash.erase(unit), "failed");
  strictEqual(flash.isErased(unit), false);
  strictEqual(flash.read(unit.start, unit.end - unit.start), undefined);
  strictEqual(flash.erase(unit), "ok");
  strictEqual(flash.isErased(unit), true);
});

Deno.test("faults fail by their ratio, and only in their range", () => {
  const failRange = { start: 0x0801_0000, end: 0x0802_0000 };
  const flash = unlockedFlash("STM32F407VG", {
    faults: { failProgramRatio: 0.25, failEraseRatio: 1, failRange },
  });
  let failures = 0;
  for (let i = 0; i < 1000; i++) {
    strictEqual(flash.program(ADDRESS + 4 * i, counting(4)), "ok");
    if (flash.program(failRange.start + 4 * i, counting(4)) === "failed") failures++;
  }
  ok(failures > 200 && failures < 300, `${failures} of 1000 failed`);
  strictEqual(flash.erase(flash.unitAt(ADDRESS)), "ok");
  strictEqual(flash.erase(flash.unitAt(failRange.start)), "failed");
});

Deno.test("stuck bits are read as they are, or corrected one by one by a check code", () => {
  const first = { address: ADDRESS, bit: 0, value: 0 } as const;
  const second = { address: ADDRESS + 7, bit: 7, value: 0 } as const;
  const data = new Uint8Array(8).fill(0xA5);
  const read = (device: string, stuckBits: (typeof first | typeof second)[]): unknown => {
    const flash = unlockedFlash(device, { faults: { stuckBits } });
    flash.program(ADDRESS, data);
    return flash.read(ADDRESS, 8);
  };
  deepStrictEqual(
    read("STM32F407VG", [first, second]),
    Uint8Array.of(0xA4, ...data.slice(1, 7), 0x25),
  );
  deepStrictEqual(read("STM32G474RE", [first]), data);
  strictEqual(read("STM32G474RE", [first, second]), undefined);
  const harmless = { address: ADDRESS, bit: 1, value: 0 } as const;
  deepStrictEqual(unlockedProgrammed(harmless).read(ADDRESS + 6, 2), data.slice(6));

  function unlockedProgrammed(bit: typeof harmless): VirtualFlash {
    const flash = unlockedFlash("STM32G474RE", { faults: { stuckBits: [bit, second] } });
    flash.program(ADDRESS, data);
    return flash;
  }
});

Deno.test("snapshot() is a value: it stays as it was, and restore() brings it back", () => {
  const flash = unlockedFlash("STM32F407VG");
  flash.program(ADDRESS, counting(64));
  const before = flash.snapshot();
  flash.program(ADDRESS + 64, counting(64));
  flash.erase(flash.unitAt(0x0801_0000));
  flash.cutErase(flash.unitAt(ADDRESS), 0.5);
  notDeepStrictEqual(flash.read(ADDRESS, 64), counting(64));
  flash.restore(before);
  deepStrictEqual(flash.read(ADDRESS, 64), counting(64));
  strictEqual(flash.isErased({ start: ADDRESS + 64, end: ADDRESS + 128 }), true);
  strictEqual(flash.eraseCount(flash.unitAt(0x0801_0000).index), 0);
  strictEqual(flash.isUnlocked, false);

  const other = new VirtualFlash({ geometry: findDevice("STM32F407VG"), seed: 9 });
  other.restore(before);
  other.unlock();
  other.erase(other.unitAt(ADDRESS));
  deepStrictEqual(flash.read(ADDRESS, 64), counting(64));
});

Deno.test("eraseCount() counts cut and failed erases too", () => {
  const flash = unlockedFlash("STM32F407VG");
  const unit = flash.units[3]!;
  flash.erase(unit);
  flash.cutErase(unit, 0.5);
  flash.failEraseOnce(unit.start);
  flash.erase(unit);
  strictEqual(flash.eraseCount(3), 3);
  strictEqual(flash.eraseCount(2), 0);
});

Deno.test("usedEnd() is one past the last program unit that is not erased", () => {
  const flash = unlockedFlash("STM32F407VG");
  const range = { start: ADDRESS, end: 0x0810_0000 };
  strictEqual(flash.usedEnd(range), ADDRESS);
  flash.program(ADDRESS + 0x1_0000, counting(12));
  strictEqual(flash.usedEnd(range), ADDRESS + 0x1_000C);
  strictEqual(flash.usedEnd({ start: ADDRESS, end: ADDRESS + 0x1_0004 }), ADDRESS + 0x1_0004);
  strictEqual(flash.usedEnd({ start: ADDRESS, end: ADDRESS + 0x8000 }), ADDRESS);
});

Deno.test("load() writes whatever is locked or protected, and keeps the bytes beside", () => {
  const protectedRanges = [{ start: 0x0800_0000, end: 0x0800_4000 }];
  const flash = new VirtualFlash({ geometry: findDevice("STM32H743ZI"), seed: 1, protectedRanges });
  flash.load(0x0800_0003, counting(2));
  deepStrictEqual(flash.read(0x0800_0002, 4), Uint8Array.of(0xFF, 2, 3, 0xFF));
});
