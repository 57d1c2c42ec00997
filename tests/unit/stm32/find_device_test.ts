import { deepStrictEqual, ok, strictEqual, throws } from "node:assert/strict";
import { deviceName, DeviceNameError, DEVICES, findDevice } from "../../../src/stm32/mod.ts";

const UNDERSTOOD: readonly (readonly [string, string])[] = [
  ["STM32F407VGT6", "STM32F407xG"],
  ["stm32f407vg", "STM32F407xG"],
  ["  STM32F407VGT6TR ", "STM32F407xG"],
  ["STM32F407xG", "STM32F407xG"],
  ["F407VE", "STM32F407xE"],
  ["F407", "STM32F407xE"],
  ["STM32F446", "STM32F446xC"],
  ["STM32F042F4", "STM32F042x4"],
  ["STM32F103C8T6", "STM32F103x8"],
  ["STM32G0B1RET6", "STM32G0B1xE/dual-bank"],
  ["stm32h7a3zi", "STM32H7A3xI"],
  ["STM32G474RE", "STM32G474xE/dual-bank"],
  ["STM32G474RE/single-bank", "STM32G474xE/single-bank"],
  ["STM32F429ZG", "STM32F429xG/single-bank"],
  ["STM32F429ZG/dual-bank", "STM32F429xG/dual-bank"],
  ["L476", "STM32L476xE/dual-bank"],
];

for (const [name, expected] of UNDERSTOOD) {
  Deno.test(`findDevice() reads "${name}" as ${expected}`, () => {
    strictEqual(deviceName(findDevice(name)), expected);
  });
}

Deno.test("findDevice() finds every row by its own name", () => {
  for (const row of DEVICES) strictEqual(findDevice(deviceName(row)), row);
});

Deno.test("findDevice() asks for the flash size where parts of a line are erased differently", () => {
  throws(() => findDevice("STM32F103"), (error: unknown) => {
    ok(error instanceof DeviceNameError);
    strictEqual(error.code, "DEVICE_AMBIGUOUS");
    ok(error.suggestions.includes("STM32F103x8"));
    ok(error.suggestions.includes("STM32F103xE"));
    return true;
  });
  throws(() => findDevice("F429"), { code: "DEVICE_AMBIGUOUS" });
});

Deno.test("findDevice() suggests the nearest names for an unknown part", () => {
  throws(() => findDevice("STM32F409VG"), (error: unknown) => {
    ok(error instanceof DeviceNameError);
    strictEqual(error.code, "DEVICE_UNKNOWN");
    strictEqual(error.device, "STM32F409VG");
    strictEqual(error.suggestions[0], "STM32F407xG");
    ok(error.message.startsWith('Cannot find device "STM32F409VG"'));
    return true;
  });
});

Deno.test("findDevice() refuses parts that have a hole in their flash, and other modes", () => {
  throws(() => findDevice("STM32G474RC"), { code: "DEVICE_UNKNOWN" });
  throws(() => findDevice("STM32H743ZI/single-bank"), { code: "DEVICE_UNKNOWN" });
  for (const name of ["", "407", "STM32", "STM32F407G", "F407VG extra", "x".repeat(10_000)]) {
    throws(() => findDevice(name), DeviceNameError);
  }
});

Deno.test("DeviceNameError() keeps a long name out of its message", () => {
  throws(() => findDevice("x".repeat(10_000)), (error: unknown) => {
    deepStrictEqual((error as DeviceNameError).message.length < 300, true);
    return true;
  });
});
