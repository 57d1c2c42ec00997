import { deepStrictEqual, strictEqual, throws } from "node:assert/strict";
import {
  componentFor,
  decodeImagePayload,
  encodeImagePayload,
  packRelease,
  readRelease,
  type Release,
} from "../../../src/bundle/mod.ts";
import { encodeCbor } from "../../../src/codec/mod.ts";
import { compareVersions } from "../../../src/core/mod.ts";
import { createImage } from "../../../src/image/mod.ts";

const IMAGE = createImage([{ address: 0x0800_4000, data: Uint8Array.of(1, 2, 3) }]);

function release(names: readonly string[], changes: Partial<Release> = {}): Release {
  return {
    vendor: "example.com",
    sequenceNumber: 1,
    description: "",
    components: names.map((name) => ({ name, hardware: `HW-${name}`, requires: [] })),
    images: new Map(names.map((name) => [name, IMAGE])),
    ...changes,
  };
}

Deno.test("readRelease() gives back what packRelease() was given", () => {
  const packed = release(["a", "b"], { description: "two" });
  deepStrictEqual(readRelease(packRelease(packed)), packed);
});

Deno.test("packRelease() refuses names that would lead out of a folder", () => {
  for (const name of ["../a", "a/b", ".a", "", "a\u0000", "a".repeat(65), "C:a"]) {
    throws(() => packRelease(release([name])), { code: "BUNDLE_FORMAT" }, name);
  }
});

Deno.test("packRelease() refuses texts that could steer a terminal or pass for others", () => {
  const [plain] = release(["a"]).components;
  for (
    const text of ["", "a\nb", "\u001b[2J", "\u009b2J", "HW\u200b", "\u202eWH", "a".repeat(257)]
  ) {
    for (const changes of [{ hardware: text }, { part: text }, { version: text }]) {
      const components = [{ ...plain!, ...changes }];
      throws(() => packRelease(release(["a"], { components })), { code: "BUNDLE_FORMAT" }, text);
    }
    throws(() => packRelease(release(["a"], { vendor: text })), { code: "BUNDLE_FORMAT" }, text);
  }
});

Deno.test("packRelease() and readRelease() refuse sequence numbers that 4 bytes do not hold", () => {
  const largest = release(["a"], { sequenceNumber: 0xFFFF_FFFF });
  deepStrictEqual(readRelease(packRelease(largest)), largest);
  const beyond = packRelease(release(["a"], { sequenceNumber: 7 }));
  for (const sequenceNumber of [2 ** 32, 2 ** 32 + 7, Number.MAX_SAFE_INTEGER]) {
    throws(() => packRelease({ ...largest, sequenceNumber }), { code: "BUNDLE_FORMAT" });
    const manifest = { ...beyond.manifest, sequenceNumber };
    throws(() => readRelease({ ...beyond, manifest }), { code: "BUNDLE_FORMAT" });
  }
});

Deno.test("componentFor() takes a flash driver by its name alone", () => {
  const one = release(["app"], { components: [{ name: "app", hardware: "H", requires: [] }] });
  strictEqual(componentFor(one, { hardware: "H", name: "other" }).name, "app");
  strictEqual(componentFor(one, { hardware: "H", name: "app", isDriver: true }).name, "app");
  throws(
    () => componentFor(one, { hardware: "H", name: "driver", isDriver: true }),
    { code: "BUNDLE_HARDWARE" },
  );
});

Deno.test("componentFor() takes what fits the hardware, by name only where several do", () => {
  const two = release(["a", "b"], {
    components: [
      { name: "a", hardware: "H", requires: [] },
      { name: "b", hardware: "H", requires: [] },
      { name: "a", hardware: "P", part: "1", requires: [] },
    ],
  });
  strictEqual(componentFor(two, { hardware: "H", name: "b" }).name, "b");
  strictEqual(componentFor(two, { hardware: "P", part: "1", name: "other" }).name, "a");
  for (
    const wanted of [
      { hardware: "H", name: "c" },
      { hardware: "P", name: "a" },
      { hardware: "P", part: "2", name: "a" },
      { hardware: "X", name: "a" },
    ]
  ) throws(() => componentFor(two, wanted), { code: "BUNDLE_HARDWARE" });
});

Deno.test("decodeImagePayload() refuses what encodeImagePayload() would not write", () => {
  deepStrictEqual(decodeImagePayload(encodeImagePayload(IMAGE), "a").ranges, IMAGE.ranges);
  const byte = Uint8Array.of(1);
  for (
    const value of [
      [[0, new Uint8Array(0)]],
      [[0, byte], [0, byte]],
      [[0, byte], [1, byte]],
      [[2 ** 32, byte]],
      [[4, byte, 0]],
      [[-1, byte]],
      [["0", byte]],
      0,
    ]
  ) throws(() => decodeImagePayload(encodeCbor(value), "a"), { code: "BUNDLE_FORMAT" });
});

Deno.test("compareVersions() orders numbers as numbers, and tells what it cannot order", () => {
  const ascending = ["1.2.3-rc.1", "1.2.3-rc.2", "1.2.3", "1.2.10", "1.10", "2"];
  for (const [i, left] of ascending.entries()) {
    for (const [j, right] of ascending.entries()) {
      strictEqual(Math.sign(compareVersions(left, right)!), Math.sign(i - j), `${left} ${right}`);
    }
  }
  strictEqual(compareVersions("1.2", "1.2.0"), 0);
  strictEqual(compareVersions("abc", "abc"), 0);
  strictEqual(compareVersions("abc", "1.0"), undefined);
});
