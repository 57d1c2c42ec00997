import { deepStrictEqual, ok, strictEqual, throws } from "node:assert/strict";
import {
  type BankBits,
  canSwapBanks,
  decodeBankStatus,
  encodeBankStatus,
  findDevice,
  type FlashGeometry,
  inactiveBank,
  type MemoryLayout,
  MemoryLayoutError,
  planFlash,
  planInactiveBank,
} from "../../../src/stm32/mod.ts";
import type { FirmwareImage } from "../../../src/image/mod.ts";
import { Prng } from "../../../src/core/mod.ts";

const LAYOUT: MemoryLayout = {
  bootloader: { start: 0x0800_0000, end: 0x0800_8000 },
  application: { start: 0x0800_8000, end: 0x0804_0000 },
};

/** What the issue names: each part in the mode in which it has two banks, and where the second is. */
const TWO_BANKS: readonly (readonly [string, number])[] = [
  ["STM32F429ZI", 0x0810_0000],
  ["STM32L476RG", 0x0808_0000],
  ["STM32L476RE/dual-bank", 0x0804_0000],
  ["STM32L496RG", 0x0808_0000],
  ["STM32G474RE/dual-bank", 0x0804_0000],
  ["STM32G0B1RE/dual-bank", 0x0804_0000],
  ["STM32H743ZI", 0x0810_0000],
  ["STM32H7A3ZI", 0x0810_0000],
  ["STM32L552ZE/dual-bank", 0x0804_0000],
  ["STM32U575ZI", 0x0810_0000],
  ["STM32U575ZG/dual-bank", 0x0808_0000],
  ["STM32H563ZI", 0x0810_0000],
];
const ONE_BANK = [
  "STM32L432KC",
  "STM32G431CB",
  "STM32H723ZG",
  "STM32F407VG",
  "STM32F429ZE",
  "STM32F429ZG/single-bank",
  "STM32L476RE/single-bank",
  "STM32G474RE/single-bank",
  "STM32G0B1RE/single-bank",
  "STM32L552ZE/single-bank",
  "STM32U575ZG/single-bank",
];

/** An image whose vector table is plausible on all of these parts. */
function imageAt(start: number, lengthBytes: number): FirmwareImage {
  const data = new Prng(3).bytes(lengthBytes);
  const view = new DataView(data.buffer);
  view.setUint32(0, 0x2001_0000, true);
  view.setUint32(4, start + 0x1C1, true);
  return { ranges: [{ start, end: start + lengthBytes, data }] };
}

Deno.test("canSwapBanks() knows by part, size and mode which parts have two banks", () => {
  for (const [name] of TWO_BANKS) strictEqual(canSwapBanks(findDevice(name)), true, name);
  for (const name of ONE_BANK) strictEqual(canSwapBanks(findDevice(name)), false, name);
  const { swappedBy } = findDevice("STM32G474RE").banks;
  const one = {
    ...findDevice("STM32F407VG"),
    banks: { count: 1, readWhileWrite: false, swappedBy },
  };
  strictEqual(canSwapBanks(one as FlashGeometry), false);
});

Deno.test("inactiveBank() stands in the upper half, whichever bank it is", () => {
  for (const [name, start] of TWO_BANKS) {
    const geometry = findDevice(name);
    const end = geometry.flashStart + geometry.flashSizeBytes;
    deepStrictEqual(inactiveBank(geometry, false), { bankIndex: 1, range: { start, end } }, name);
    deepStrictEqual(inactiveBank(geometry, true), { bankIndex: 0, range: { start, end } }, name);
  }
});

Deno.test("planInactiveBank() moves every segment by one bank, and leaves what runs alone", () => {
  for (const [name, start] of TWO_BANKS) {
    const geometry = findDevice(name);
    const layout = geometry.flashSizeBytes > 1024 * 1024
      ? {
        bootloader: { start: 0x0800_0000, end: 0x0802_0000 },
        application: { start: 0x0802_0000, end: start },
      }
      : { ...LAYOUT, application: { start: 0x0800_8000, end: start } };
    const image = imageAt(layout.application.start, 70_000);
    const plan = planFlash({ image, geometry, layout });
    const moved = planInactiveBank(plan);
    strictEqual(moved.segments.length, plan.segments.length);
    const offset = start - geometry.flashStart;
    for (const [i, { range, write, eraseUnits }] of moved.segments.entries()) {
      const before = plan.segments[i]!;
      strictEqual(range.start, before.range.start + offset);
      strictEqual(range.end, before.range.end + offset);
      strictEqual(write.start, before.write.start + offset);
      strictEqual(write.data, before.write.data);
      strictEqual(eraseUnits[0]!.start, range.start);
      strictEqual(eraseUnits.at(-1)!.end, range.end);
      ok(eraseUnits.every(({ bankIndex }) => bankIndex === 1), name);
    }
  }
});

Deno.test("planInactiveBank() refuses a layout that reaches into the second bank", () => {
  const layout = { ...LAYOUT, application: { start: 0x0800_8000, end: 0x0804_0800 } };
  const image = imageAt(0x0800_8000, 1000);
  const plan = planFlash({ image, geometry: findDevice("STM32G474RE"), layout });
  throws(() => planInactiveBank(plan), (error) => {
    ok(error instanceof MemoryLayoutError);
    deepStrictEqual(error.problems.map(({ code, region }) => [code, region]), [
      ["LAYOUT_OUTSIDE_BANK", "application"],
    ]);
    return true;
  });
});

Deno.test("decodeBankStatus() reads option bytes as they stand in a part's register", () => {
  // STM32G4 FLASH_OPTR: bit 22 DBANK, bit 20 BFB2; STM32G0: bit 21 DUAL_BANK, bit 20 nSWAP_BANK.
  const g4: BankBits = { twoBanks: { bit: 22, value: 1 }, swapped: { bit: 20, value: 1 } };
  const g0: BankBits = { twoBanks: { bit: 21, value: 1 }, swapped: { bit: 20, value: 0 } };
  deepStrictEqual(decodeBankStatus(g4, Uint8Array.of(0xFF, 0x40, 0xF8, 0xAA)), {
    hasTwoBanks: true,
    isSwapped: false,
    isOnTrial: false,
  });
  deepStrictEqual(decodeBankStatus(g0, Uint8Array.of(0xDF, 0x20, 0xE1, 0xAA)), {
    hasTwoBanks: true,
    isSwapped: true,
    isOnTrial: false,
  });
  strictEqual(decodeBankStatus(g4, Uint8Array.of(0xF8, 0xAA)), undefined);
  // A record that ends before the bit of the trial does not say that there is none.
  const onTrial: BankBits = {
    twoBanks: { bit: 6, value: 1 },
    swapped: { bit: 4, value: 1 },
    trial: { bit: 8, value: 1 },
  };
  strictEqual(decodeBankStatus(onTrial, Uint8Array.of(0x50)), undefined);
});

Deno.test("decodeBankStatus() gives back what encodeBankStatus() wrote", () => {
  const bits: BankBits = {
    twoBanks: { bit: 9, value: 1 },
    swapped: { bit: 0, value: 0 },
    trial: { bit: 17, value: 1 },
  };
  for (let i = 0; i < 8; i++) {
    const status = { hasTwoBanks: i % 2 === 1, isSwapped: i % 4 > 1, isOnTrial: i > 3 };
    deepStrictEqual(decodeBankStatus(bits, encodeBankStatus(bits, status)), status);
  }
});
