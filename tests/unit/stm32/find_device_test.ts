import { deepStrictEqual, ok, strictEqual, throws } from "node:assert/strict";
import {
  deviceName,
  DeviceNameError,
  DEVICES,
  findDevice,
  leftOutReason,
  matchDevices,
} from "../../../src/stm32/mod.ts";

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
  ["STM32L476RE", "STM32L476xE/dual-bank"],
  ["G473", "STM32G473xB/dual-bank"],
  ["STM32F103VF", "STM32F103xF"],
  ["STM32H743ZG", "STM32H743xG"],
  ["stm32f767zit6", "STM32F767xI/single-bank"],
  ["STM32U5A5ZJT6Q", "STM32U5A5xJ"],
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
  for (const name of ["F429", "F205", "F103"]) {
    throws(() => findDevice(name), { code: "DEVICE_AMBIGUOUS" }, name);
  }
});

Deno.test("findDevice() asks for the flash size where a larger part's second bank starts elsewhere", () => {
  for (const name of ["L476", "U575", "H563", "H523"]) {
    throws(() => findDevice(name), { code: "DEVICE_AMBIGUOUS" }, name);
  }
});

/** Name, what is suggested, and what the message says of it. */
const REFUSED: readonly (readonly [string, readonly string[], string])[] = [
  ["STM32F409VG", [], "canvoy does not know the line STM32F409"],
  ["STM32F407VC", ["STM32F407xE", "STM32F407xG"], "of the line STM32F407 canvoy knows"],
  ["STM32H750VG", ["STM32H750xB"], "of the line STM32H750 canvoy knows STM32H750xB"],
  ["STM32H743ZI/single-bank", ["STM32H743xG", "STM32H743xI"], "must not be used"],
  ["STM32F401RE", [], "left out: they have no CAN controller"],
  ["STM32G471RE", [], "left out: the sources disagree on its RAM"],
  ["STM32L552RC", ["STM32L552xE/dual-bank", "STM32L552xE/single-bank"], "left out: two option"],
  ["STM32G474RD", namesOf("G474"), "of the line STM32G474 canvoy knows"],
];

function namesOf(line: string): readonly string[] {
  return DEVICES.map(deviceName).filter((name) => name.startsWith(`STM32${line}x`));
}

for (const [name, suggestions, text] of REFUSED) {
  Deno.test(`findDevice() refuses ${name} and names parts of its own line only`, () => {
    throws(() => findDevice(name), (error: unknown) => {
      ok(error instanceof DeviceNameError);
      strictEqual(error.code, "DEVICE_UNKNOWN");
      strictEqual(error.device, name);
      deepStrictEqual(error.suggestions, suggestions);
      ok(error.message.startsWith(`Cannot find device "${name}"`), error.message);
      ok(error.message.includes(text), error.message);
      ok(error.message.includes("the table of another part must not be used"), error.message);
      return true;
    });
  });
}

Deno.test("findDevice() refuses what is no name of a part", () => {
  for (const name of ["", "407", "STM32", "STM32F407G", "F407VG extra", "x".repeat(10_000)]) {
    throws(() => findDevice(name), (error: unknown) => {
      ok(error instanceof DeviceNameError);
      deepStrictEqual(error.suggestions, []);
      ok(error.message.includes("expected the name of an STM32 part"), error.message);
      return true;
    });
  }
});

Deno.test("LEFT_OUT names no part that is known", () => {
  for (const row of DEVICES) {
    strictEqual(leftOutReason(row.part.slice("STM32".length)), undefined, row.part);
  }
});

Deno.test("matchDevices() takes names, beginnings and wildcards", () => {
  const found = (pattern: string): readonly string[] => matchDevices(pattern).map(deviceName);
  deepStrictEqual(found("stm32f407vgt6"), ["STM32F407xG"]);
  deepStrictEqual(found("STM32G474RE"), ["STM32G474xE/dual-bank", "STM32G474xE/single-bank"]);
  deepStrictEqual(found("F40?xG"), ["STM32F405xG", "STM32F407xG"]);
  deepStrictEqual(found("*/single").every((name) => name.endsWith("/single-bank")), true);
  strictEqual(found("*").length, DEVICES.length);
  strictEqual(found("h7").every((name) => name.startsWith("STM32H7")), true);
  deepStrictEqual(found("F409"), []);
  deepStrictEqual(found("(["), []);
  deepStrictEqual(found("*STM32F407"), []);
});

Deno.test("DeviceNameError() keeps a long name out of its message", () => {
  throws(() => findDevice("x".repeat(10_000)), (error: unknown) => {
    deepStrictEqual((error as DeviceNameError).message.length < 300, true);
    return true;
  });
});
