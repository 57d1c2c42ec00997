import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { type Fleet, FleetFileError, readFleetFile } from "../../../src/fleet/mod.ts";
import { geometryOf } from "../../../src/stm32/mod.ts";
import { FLEET_LOOKUPS } from "../../../src/tester/fleet_lookups.ts";

/** A part as `devices:` declares it, with the lines that a case changes. */
function declared(changes: Readonly<Record<string, string>> = {}): string {
  const lines: Record<string, string> = {
    core: "Cortex-M4",
    can: "FDCAN",
    erase: "[{ size: 2K, count: 64, typicalMs: 22, maxMs: 40 }]",
    program: "8",
    ecc: "true",
    ram: "[{ start: 0x20000000, size: 32K }]",
    vectors: "118",
    ...changes,
  };
  const written = Object.entries(lines).filter(([, value]) => value !== "");
  return written.map(([key, value]) => `    ${key}: ${value}`).join("\n");
}

function fleetText(device: string, name = "own-mcu"): string {
  return `
buses: { bench: { url: "virtual:bench" } }
images: { app: app.hex }
devices:
  ${name}:
${device}
nodes:
  - name: door
    bus: bench
    request: 0x200
    response: 0x300
    device: ${name}
    layout:
      bootloader: { start: 0x08000000, size: 16K }
      application: { start: 0x08004000, size: 112K }
    image: app
    security: none
`;
}

function read(text: string): Fleet {
  return readFleetFile({ name: "own.yaml", text }, FLEET_LOOKUPS);
}

/** The messages about a file. */
function mistakes(text: string): readonly string[] {
  try {
    read(text);
  } catch (error) {
    ok(error instanceof FleetFileError, String(error));
    return error.issues.map(({ line, path, message }) => `${line} ${path}: ${message}`);
  }
  return [];
}

Deno.test("readFleetFile() has nodes of a declared device take its figures", () => {
  const [node] = read(fleetText(declared())).nodes;
  const geometry = geometryOf(node!.device, node!.declaredDevice);
  strictEqual(geometry.part, "own-mcu");
  strictEqual(geometry.isDeclared, true);
  strictEqual(geometry.flashSizeBytes, 128 * 1024);
  deepStrictEqual(geometry.eraseUnitRuns, [{ sizeBytes: 2048, count: 64 }]);
  deepStrictEqual(geometry.eraseTimes, [{ sizeBytes: 2048, typicalMs: 22, maxMs: 40 }]);
  strictEqual(geometry.program.unitBytes, 8);
  strictEqual(geometry.program.secondProgram, "never");
  deepStrictEqual(geometry.vectorTable, { hasVtor: true, vectorCount: 118, alignmentBytes: 512 });
  strictEqual(geometry.banks.count, 1);
});

Deno.test("readFleetFile() knows two banks of a declared device, and a hole between them", () => {
  const banks = "{ count: 2, second: 0x08040000, swappedBy: SWAP_BANK }";
  const [node] = read(fleetText(declared({ banks })).replace("112K", "48K")).nodes;
  const { banks: known } = geometryOf(node!.device, node!.declaredDevice);
  strictEqual(known.count, 2);
  strictEqual(known.secondStart, 0x08040000);
  strictEqual(known.swappedBy?.name, "SWAP_BANK");
});

Deno.test("readFleetFile() takes erase times of a size from the run that says them", () => {
  const erase = "[{ size: 2K, count: 32 }, { size: 2K, count: 32, typicalMs: 2000, maxMs: 4000 }]";
  const [node] = read(fleetText(declared({ erase }))).nodes;
  const { eraseTimes } = geometryOf(node!.device, node!.declaredDevice);
  deepStrictEqual(eraseTimes, [{ sizeBytes: 2048, typicalMs: 2000, maxMs: 4000 }]);
});

Deno.test("readFleetFile() prefers a declared device to the table's part of that name", () => {
  const [node] = read(fleetText(declared(), "STM32G431CB")).nodes;
  strictEqual(geometryOf(node!.device, node!.declaredDevice).isDeclared, true);
});

/** What a case changes, and what is said: a rule of the table each, at the device's own line. */
const BROKEN: readonly (readonly [changes: Record<string, string>, message: string])[] = [
  [{ erase: "[{ size: 3K, count: 4 }]" }, "erase unit sizes are powers of two"],
  [
    { erase: "[{ size: 16K, count: 1 }, { size: 128K, count: 1 }]" },
    "erase units lie at multiples of their size",
  ],
  [{ program: "6" }, "the program unit is a power of two and divides every erase unit"],
  [{ banks: "2", erase: "[{ size: 2K, count: 63 }]" }, "two banks are equal halves"],
  [{ banks: "{ count: 1, swappedBy: BFB2 }" }, "only two banks can be swapped"],
  [{ banks: "{ count: 2, second: 0x08008000 }" }, "a second bank starts behind the first"],
  [
    { ram: "[{ start: 0x20000000, size: 32K }, { start: 0x20004000, size: 32K }]" },
    "RAM regions are word-aligned and do not overlap",
  ],
  [{ ram: "[{ start: 0x08000000, size: 32K }]" }, "RAM lies beside flash"],
  [{ erased: "0x55" }, "erased bytes read as 0xFF or 0x00"],
  [{ core: "Cortex-M0", vectors: "118" }, "a Cortex-M0 has at most 48 vectors"],
  [
    { erase: "[{ size: 2K, count: 64, typicalMs: 40, maxMs: 22 }]" },
    "typical times are above zero and at most the longest",
  ],
  [{ flash: "0x1FFF0000" }, "flash lies below 0x20000000"],
  [{ banks: "{ count: 2, second: 0x30000000 }" }, "flash lies below 0x20000000"],
  [
    {
      banks: "{ count: 2, second: 0x10000000 }",
      ram: "[{ start: 0x10000000, size: 32K }, { start: 0x20000000, size: 32K }]",
    },
    "RAM lies beside flash, but it is 0x10000000..0x10007FFF",
  ],
  [
    {
      erase: "[{ size: 2K, count: 32, typicalMs: 2, maxMs: 4 }, " +
        "{ size: 2K, count: 32, typicalMs: 2000, maxMs: 4000 }]",
    },
    "each unit size has one erase time, but units of 2048 bytes have two",
  ],
  [{ erase: `[${Array(2).fill("{ size: 256, count: 65536 }").join(", ")}]` }, "at most 65536"],
];

for (const [changes, message] of BROKEN) {
  Deno.test(`readFleetFile() refuses a declared device: ${message} (${Object.keys(changes)})`, () => {
    const found = mistakes(fleetText(declared(changes)));
    strictEqual(found.length, 1, found.join("\n"));
    ok(found[0]!.startsWith("6 devices.own-mcu: Cannot use device own-mcu"), found[0]);
    ok(found[0]!.includes(message), found[0]);
  });
}

/** Forms that are not those of a device. */
const MALFORMED: readonly (readonly [changes: Record<string, string>, message: string])[] = [
  [{ vectors: "" }, "missing, expected an integer in 16..512"],
  [{ can: "CAN" }, "expected bxCAN or FDCAN"],
  [{ core: "Cortex-M85" }, "expected Cortex-M0, Cortex-M0+"],
  [{ erase: "[]" }, "expected at least one run of erase units"],
  [{ banks: "3" }, "expected 1, 2, or a mapping"],
  [{ eras: "[]" }, 'did you mean "erase"?'],
];

for (const [changes, message] of MALFORMED) {
  Deno.test(`readFleetFile() says of a declared device: ${message}`, () => {
    const found = mistakes(fleetText(declared(changes)));
    ok(found.some((text) => text.includes(message)), found.join("\n"));
  });
}

Deno.test("readFleetFile() checks a declared device that no node uses", () => {
  const text = fleetText(declared({ program: "6" })).replace(
    "device: own-mcu",
    "device: STM32G431CB",
  );
  strictEqual(mistakes(text).length, 1);
});

Deno.test("readFleetFile() checks layouts against a declared device", () => {
  const found = mistakes(fleetText(declared()).replace("112K", "113K"));
  ok(found.some((text) => text.includes("0x0801FFFF")), found.join("\n"));
});
