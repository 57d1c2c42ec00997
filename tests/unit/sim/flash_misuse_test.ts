import { deepStrictEqual, doesNotThrow, strictEqual, throws } from "node:assert/strict";
import { VirtualFlash } from "../../../src/sim/mod.ts";
import { findDevice } from "../../../src/stm32/mod.ts";
import { counting, nameOf, PARTS_BY_RULE, unlockedFlash } from "./flash_support.ts";

/** Misuse that holds for every part: what is done, and what is said. */
const MISUSES: readonly {
  readonly name: string;
  readonly says: RegExp;
  readonly act: (flash: VirtualFlash, address: number, unitBytes: number) => unknown;
}[] = [
  {
    name: "a program while it is locked",
    says: /programmed while it is locked/,
    act: (flash, address, unitBytes) => {
      flash.lock();
      flash.program(address, counting(unitBytes));
    },
  },
  {
    name: "an erase while it is locked",
    says: /erased while it is locked/,
    act: (flash) => {
      flash.lock();
      flash.erase(flash.units[0]!);
    },
  },
  {
    name: "an address that is not aligned",
    says: /other than whole units/,
    act: (flash, address, unitBytes) => flash.program(address + 1, counting(unitBytes)),
  },
  {
    name: "a part of a program unit",
    says: /other than whole units/,
    act: (flash, address, unitBytes) => flash.program(address, counting(unitBytes + 1)),
  },
  {
    name: "no byte at all",
    says: /other than whole units/,
    act: (flash, address) => flash.program(address, new Uint8Array(0)),
  },
  {
    name: "an address below flash",
    says: /not in flash/,
    act: (flash, _, unitBytes) => flash.program(0x0700_0000, counting(unitBytes)),
  },
  {
    name: "bytes beyond its end",
    says: /not in flash/,
    act: (flash, _, unitBytes) =>
      flash.program(flash.units.at(-1)!.end - unitBytes, counting(2 * unitBytes)),
  },
  {
    name: "an erase of a unit that is none",
    says: /another part's unit/,
    act: (flash) => flash.erase({ ...flash.units[0]!, end: flash.units[0]!.end + 4 }),
  },
  {
    name: "a program of a protected range",
    says: /write-protected/,
    act: (flash, _, unitBytes) => flash.program(flash.units[0]!.start, counting(unitBytes)),
  },
  {
    name: "an erase of a protected range",
    says: /write-protected/,
    act: (flash) => flash.erase(flash.units[0]!),
  },
  {
    name: "a program of a unit that was cut",
    says: /undefined, without an erase/,
    act: (flash, address, unitBytes) => {
      flash.cutProgram(address, counting(unitBytes), 0);
      flash.program(address, counting(unitBytes));
    },
  },
  {
    name: "a program behind an erase that was cut",
    says: /undefined, without an erase/,
    act: (flash, address, unitBytes) => {
      flash.cutErase(flash.unitAt(address), 1);
      flash.program(address, counting(unitBytes));
    },
  },
];

for (const geometry of PARTS_BY_RULE) {
  const { unitBytes } = geometry.program;
  for (const { name, says, act } of MISUSES) {
    Deno.test(`VirtualFlash of ${nameOf(geometry)} throws at ${name}`, () => {
      const start = geometry.flashStart;
      const protectedRanges = [{ start, end: start + 1 }];
      const flash = new VirtualFlash({ geometry, seed: 1, protectedRanges });
      flash.unlock();
      throws(() => act(flash, flash.units[1]!.start, unitBytes), says);
    });
  }
}

/** What a second program of a unit may be, by the rule that the part's table states. */
const SECOND_PROGRAMS = [
  { device: "STM32F407VG", rule: "clearBits", fewerBits: true, zero: true, other: false },
  { device: "STM32F746NG", rule: "clearBits", fewerBits: true, zero: true, other: false },
  { device: "STM32F072RB", rule: "onlyToZero", fewerBits: false, zero: true, other: false },
  { device: "STM32F103C8", rule: "onlyToZero", fewerBits: false, zero: true, other: false },
  { device: "STM32F303RE", rule: "onlyToZero", fewerBits: false, zero: true, other: false },
  { device: "STM32L476RG", rule: "onlyToZero", fewerBits: false, zero: true, other: false },
  { device: "STM32G474RE", rule: "never", fewerBits: false, zero: false, other: false },
  { device: "STM32G0B1RE", rule: "never", fewerBits: false, zero: false, other: false },
  { device: "STM32H743ZI", rule: "never", fewerBits: false, zero: false, other: false },
] as const;

for (const { device, rule, ...allowed } of SECOND_PROGRAMS) {
  Deno.test(`program() of ${device} a second time: ${rule}`, () => {
    strictEqual(findDevice(device).program.secondProgram, rule);
    const seconds = { fewerBits: 0x10, zero: 0x00, other: 0x20 };
    for (const [name, byte] of Object.entries(seconds)) {
      const flash = unlockedFlash(device);
      const { unitBytes } = flash.geometry.program;
      flash.program(0x0800_0000, new Uint8Array(unitBytes).fill(0x11));
      const act = (): unknown => flash.program(0x0800_0000, new Uint8Array(unitBytes).fill(byte));
      if (allowed[name as keyof typeof seconds]) doesNotThrow(act);
      else throws(act, /without an erase/);
    }
  });
}

Deno.test("program() takes what follows an erase", () => {
  for (const geometry of PARTS_BY_RULE) {
    const flash = new VirtualFlash({ geometry, seed: 1 });
    flash.unlock();
    const unit = flash.units[1]!;
    const data = counting(3 * geometry.program.unitBytes);
    flash.program(unit.start, data);
    strictEqual(flash.erase(unit), "ok");
    strictEqual(flash.program(unit.start, data), "ok");
    deepStrictEqual(flash.read(unit.start, data.length), data);
    strictEqual(flash.read(unit.start + data.length, 1)?.[0], geometry.erasedValue);
  }
});
