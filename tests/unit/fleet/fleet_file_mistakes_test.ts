import { deepStrictEqual, ok, strictEqual, throws } from "node:assert/strict";
import { FLEET_LOOKUPS } from "../../../src/tester/mod.ts";
import { FleetFileError, readFleetFile } from "../../../src/fleet/mod.ts";
import { fleetText, mistakes } from "./_support.ts";

/** Each mistake alone in an otherwise good file. */
const MISTAKES: readonly (readonly [string, string])[] = [
  ["a range that is none", fleetText({ image: "{ file: a.hex, range: 0x08008000 }" })],
  ["a range backwards", fleetText({ image: "{ file: a.hex, range: 0x0801..0x0800 }" })],
  ["a range without its size", fleetText({ image: "{ file: a.hex, range: { start: 1 } }" })],
  ["a range beyond 32 bits", fleetText({ image: "{ file: a.hex, range: 0xFFFFFFFF+32K }" })],
  ["an empty file", ""],
  ["a list", "- 1\n- 2\n"],
  ["bad YAML", "buses: {\n"],
  ["a duplicate key", fleetText({ file: "images: {}" })],
  ["an unknown tag", fleetText({ device: "!part STM32F407VG" })],
  ["an alias without its anchor", fleetText({ device: "*part" })],
  ["an alias that holds itself", "buses: &x { a: *x }\n"],
  ["a key that is no word", "? [a]\n: 1\n"],
  ["nothing but a bus", "buses: { can: { url: virtual:can } }\n"],
  ["an unknown key", fleetText({ node: "requst: 3" })],
  ["a key that is like none", fleetText({ bus: "{ url: virtual:can, xyzzy: 3 }" })],
  ["a bad name", fleetText().replace("name: one", "name: one two")],
  ["a bad name of a bus", "buses: { a b: { url: virtual:can } }\nimages: {}\nnodes: []\n"],
  ["an identifier that is no number", fleetText({ ids: "request: 0x7G0\n    response: 1" })],
  ["an identifier of 12 bits", fleetText({ ids: "request: 0x800\n    response: 1" })],
  ["a missing identifier", fleetText({ ids: "request: 0x700" })],
  ["an address where the identifiers tell", fleetText({ node: "address: 1" })],
  [
    "11 bits for normal fixed",
    fleetText({ ids: "addressing: normalFixed\n    address: 3\n    idBits: 11" }),
  ],
  ["one identifier both ways", fleetText({ ids: "request: 0x700\n    response: 0x700" })],
  ["the functional identifier", fleetText({ ids: "request: 0x7DF\n    response: 0x700" })],
  ["a range without {i}", fleetText().replace("name: one", "name: one\n    count: 2")],
  ["{i} without a range", fleetText().replace("name: one", "name: one-{i}")],
  ["a name that is a group's", fleetText({ node: "groups: [one]" })],
  ["an unknown bus", fleetText().replace("bus: can", "bus: cam")],
  ["an unknown image", fleetText().replace("image: app", "image: boot")],
  ["an unknown template", fleetText({ node: "template: t" })],
  ["an unknown layout", fleetText({ layout: "f40" })],
  ["an unknown profile", fleetText({ node: "profile: iso14230" })],
  ["an unknown device", fleetText({ device: "STM32F999VG" })],
  ["no device", fleetText().replace("device: STM32F407VG", "")],
  ["a layout that cuts a sector", fleetText().replace("size: 480K", "size: 470K")],
  ["a size in another unit", fleetText().replace("size: 480K", "size: 480kB")],
  ["a bad bus URL", fleetText({ bus: "{ url: can0 }" })],
  ["one URL for two buses", fleetText({ bus: "{ url: virtual:a }, two: { url: virtual:a }" })],
  ["bit rates in the URL", fleetText({ bus: "{ url: virtual:a?bitrate=125000 }" })],
  [
    "a data phase that is slower",
    fleetText({ bus: "{ url: virtual:a, dataBitrate: 125000 }", device: "STM32G474RE" }),
  ],
  ["CAN FD frames on a classic bus", fleetText({ node: "frames: { fd: true, txDlBytes: 64 }" })],
  [
    "FD options with classic frames",
    fleetText({ node: "frames: { bitRateSwitch: true, txDlBytes: 64 }" }),
  ],
  [
    "a length that no DLC can state",
    fleetText({
      bus: "{ url: virtual:a, dataBitrate: 1000000 }",
      device: "STM32G474RE",
      node: "frames: { txDlBytes: 40 }",
    }),
  ],
  ["bxCAN on a CAN FD bus", fleetText({ bus: "{ url: virtual:a, dataBitrate: 1000000 }" })],
  ["a path out of the folder", fleetText({ image: "a/../../app.hex" })],
  ["an absolute path", fleetText({ image: "{ file: /app.hex }" })],
  ["a path with backslashes", fleetText({ image: "out\\app.hex" })],
  ["no word on security", fleetText().replace("    security: none\n", "")],
  ["half a byte of a key", fleetText({ security: '{ xor: "A5 5" }' })],
  ["a key source of no kind", fleetText({ security: "{ level: 1 }" })],
  [
    "another security level",
    fleetText({ security: '[{ level: 1, xor: "01" }, { level: 3, add: "02" }]' }),
  ],
  ["two keys for one level", fleetText({ security: '[{ level: 1, xor: "01" }, { add: "02" }]' })],
  [
    "a fingerprint of another length",
    fleetText({ node: 'profile: textbook\n    fingerprint: "01 02"' }),
  ],
  ["a missing fingerprint", fleetText({ node: "profile: textbook" })],
  ["a missing flash driver", fleetText({ node: "profile: supplier-hash" })],
  ["a driver that nobody downloads", fleetText({ node: "driver: app" })],
  ["an unknown image to begin with", fleetText({ node: "sim: { image: old }" })],
  ["a fault that is no ratio", fleetText({ node: "sim: { faults: { lossRatio: 2 } }" })],
  ["a profile named like a built-in one", fleetText({ file: "profiles: { textbook: {} }" })],
  ["a profile that extends none", fleetText({ file: "profiles: { p: { extends: vw } }" })],
  ["half a byte of a request", fleetText({ file: "profiles: { p: { finish: [11 0] } }" })],
  [
    "a field that is misspelt",
    fleetText({ file: 'profiles: { p: { erase: { request: "31 01 FF 00 {adress:4}" } } }' }),
  ],
  [
    "a field without its length",
    fleetText({ file: 'profiles: { p: { erase: { request: "31 01 FF 00 {size}" } } }' }),
  ],
  [
    "an address of two bytes",
    fleetText({ file: 'profiles: { p: { erase: { request: "31 01 FF 00 {address:2}" } } }' }),
  ],
  [
    "a field in a functional request",
    fleetText({ file: 'profiles: { p: { before: ["10 03 {size:4}"] } }' }),
  ],
  [
    "a checksum of another length",
    fleetText({ file: "profiles: { p: { check: { algorithm: crc16-x25 } } }" }),
  ],
  [
    "half a check for a profile without one",
    fleetText({ file: "profiles: { p: { extends: textbook, check: { mode: report } } }" }),
  ],
  [
    "a misspelt step",
    fleetText({ file: "profiles: { p: { enter: [{ request: 10 02, optionl: true }] } }" }),
  ],
  [
    "a block without its counter",
    fleetText({ file: 'profiles: { p: { download: { block: { request: "36 {data}" } } } }' }),
  ],
  [
    "a block without data",
    fleetText({ file: 'profiles: { p: { download: { block: { request: "36 {counter:1}" } } } }' }),
  ],
  [
    "a block whose checksum has no algorithm",
    fleetText({
      file:
        'profiles: { p: { download: { block: { request: "36 {counter:1} {data} {checksum:2}" } } } }',
    }),
  ],
  [
    "a block that carries its segment",
    fleetText({
      file: 'profiles: { p: { download: { block: { request: "36 {counter:1} {segment:1}" } } } }',
    }),
  ],
  [
    "a counter in blocks that have none",
    fleetText({
      file:
        'profiles: { p: { download: { block: { request: "36 {counter:1} {data}", counter: none } } } }',
    }),
  ],
  [
    "an answer with a counter that its block has not",
    fleetText({
      file:
        'profiles: { p: { download: { block: { request: "36 {data}", counter: none, answer: "76 {counter:1}" } } } }',
    }),
  ],
  [
    "a counter from 2",
    fleetText({
      file:
        'profiles: { p: { download: { block: { request: "36 {counter:1} {data}", counter: { first: 2 } } } } }',
    }),
  ],
  [
    "a misspelt word of a counter",
    fleetText({
      file:
        'profiles: { p: { download: { block: { request: "36 {counter:1} {data}", counter: { wrapTo: 1 } } } } }',
    }),
  ],
  [
    "a counter of two bytes",
    fleetText({
      file: 'profiles: { p: { download: { block: { request: "36 {counter:2} {data}" } } } }',
    }),
  ],
  [
    "an answer of another service",
    fleetText({ file: 'profiles: { p: { erase: { answer: "7F {status:1}" } } }' }),
  ],
  [
    "an answer with a field that only requests have",
    fleetText({ file: 'profiles: { p: { erase: { answer: "71 {address:4}" } } }' }),
  ],
  [
    "a status of two bytes",
    fleetText({ file: 'profiles: { p: { erase: { answer: "71 {status:2}" } } }' }),
  ],
  [
    "an answer that is no text of bytes",
    fleetText({ file: 'profiles: { p: { check: { answer: "0x71" } } }' }),
  ],
  [
    "a word for an erase that is none",
    fleetText({ file: "profiles: { p: { erase: download } }" }),
  ],
  [
    "runs left out of downloads that erase",
    fleetText({ file: "profiles: { p: { erase: none, download: { skipsErased: true } } }" }),
  ],
  [
    "a group node without an erase",
    fleetText({ file: "profiles: { p: { extends: iso14229-group, erase: none } }" }),
  ],
  [
    "a security level within an erase",
    fleetText({ file: "profiles: { p: { erase: { before: [{ securityAccess: 1 }] } } }" }),
  ],
  [
    "a checksum before an erase",
    fleetText({ file: 'profiles: { p: { erase: { before: ["31 01 FF 10 {checksum:4}"] } } }' }),
  ],
  [
    "a misspelt list behind an erase",
    fleetText({ file: 'profiles: { p: { erase: { afterwards: ["31 01 FF 20"] } } }' }),
  ],
  [
    "a polynomial wider than its register",
    fleetText({
      file: "profiles: { p: { check: { algorithm: { width: 16, polynomial: 0x11021 } } } }",
    }),
  ],
  [
    "a register of 12 bits",
    fleetText({
      file: "profiles: { p: { check: { algorithm: { width: 12, polynomial: 0x80F } } } }",
    }),
  ],
  [
    "a checksum without its polynomial",
    fleetText({ file: "profiles: { p: { check: { algorithm: { width: 32 } } } }" }),
  ],
  [
    "a checksum that is shorter than its field",
    fleetText({ file: "profiles: { p: { check: { algorithm: crc8 } } }" }),
  ],
  [
    "a checksum by parameters that is shorter than its field",
    fleetText({
      file: "profiles: { p: { check: { algorithm: { width: 16, polynomial: 0x1021 } } } }",
    }),
  ],
  [
    "a checksum of no such name",
    fleetText({ file: "profiles: { p: { check: { algorithm: crc33 } } }" }),
  ],
  [
    "a checksum of a name like none",
    fleetText({ file: "profiles: { p: { check: { algorithm: adler } } }" }),
  ],
  [
    "a checksum of another length where a download ends",
    fleetText({
      file:
        'profiles: { p: { download: { exit: { request: "37 {checksum:4}", algorithm: sum16 } } } }',
    }),
  ],
  [
    "a misspelt field where a download ends",
    fleetText({ file: 'profiles: { p: { download: { exit: "37 {cheksum:4}" } } }' }),
  ],
  [
    "a checksum that nothing makes where a download ends",
    fleetText({ file: 'profiles: { p: { check: none, download: { exit: "37 {checksum:4}" } } }' }),
  ],
  [
    "an exit that is a list",
    fleetText({ file: 'profiles: { p: { download: { exit: ["37"] } } }' }),
  ],
  [
    "an answer to 34 that begins with 34",
    fleetText({ file: 'profiles: { p: { download: { answer: "34 20 {any:2}" } } }' }),
  ],
  [
    "a checksum in the answer to 34",
    fleetText({ file: 'profiles: { p: { download: { answer: "74 20 {checksum:4}" } } }' }),
  ],
  [
    "a page of no bytes",
    fleetText({ file: "profiles: { p: { memory: { pageBytes: 0 } } }" }),
  ],
  [
    "a misspelt base of offsets",
    fleetText({ file: "profiles: { p: { memory: { bases: 0x08000000 } } }" }),
  ],
  [
    "an offset without its length",
    fleetText({ file: 'profiles: { p: { erase: { request: "31 01 FF 00 {offset}" } } }' }),
  ],
  [
    "a page within a block",
    fleetText({
      file:
        'profiles: { p: { download: { block: { request: "36 {counter:1} {page:1} {data}" } } } }',
    }),
  ],
  [
    "an opaque image that belongs nowhere",
    fleetText({ image: "{ file: a.enc, opaque: true }" }),
  ],
  [
    "a part of an opaque image",
    fleetText({ image: "{ file: a.enc, opaque: true, base: 0x08008000, range: 0x0800+1K }" }),
  ],
  [
    "an uncompressed size of an image that is none",
    fleetText({ image: "{ file: a.hex, uncompressedSize: 96K }" }),
  ],
  [
    "a misspelt uncompressed size",
    fleetText({ image: "{ file: a.enc, opaque: true, base: 0x08008000, unpackedSize: 1 }" }),
  ],
  [
    "a block that leaves no room for data",
    fleetText({
      file: "profiles: { p: { extends: psa-like, download: { maxNumberOfBlockLengthCap: 9 } } }",
    }),
  ],
];

/** What is said of each, by what is wrong: `# what`, then the lines. */
const MESSAGES = new Map(
  Deno.readTextFileSync(new URL("../../vectors/fleet/mistakes.txt", import.meta.url))
    .trimEnd().split("\n\n").map((block) => {
      const [what, ...lines] = block.split("\n");
      return [what!.slice(2), lines];
    }),
);

for (const [what, text] of MISTAKES) {
  Deno.test(`readFleetFile() refuses ${what}`, () => {
    deepStrictEqual(mistakes(text), MESSAGES.get(what));
  });
}

Deno.test("tests/vectors/fleet/mistakes.txt holds no message that nobody gets", () => {
  deepStrictEqual([...MESSAGES.keys()], MISTAKES.map(([what]) => what));
});

Deno.test("readFleetFile() tells all mistakes at once, by place, and each once", () => {
  const text = fleetText({
    device: "STM32F999VG",
    bus: "{ url: can0 }",
    image: "/app.hex",
    node: "groups: [one]\n    frames: { fd: true }",
  }).replace("name: one", "name: one\n    count: 40");
  const places = mistakes(text).map((line) => line.split(": ")[1]);
  deepStrictEqual(places, [
    "buses.can.url",
    "images.app",
    "nodes[0].name",
    "nodes[0].name",
    "nodes[0].device",
    "nodes[0].frames.fd",
  ]);
});

Deno.test("FleetFileError names the file, its code and every place", () => {
  throws(
    () => readFleetFile({ name: "line 7.yaml", text: fleetText({ device: "X" }) }, FLEET_LOOKUPS),
    (error: unknown) => {
      ok(error instanceof FleetFileError);
      strictEqual(error.code, "FLEET_FILE");
      strictEqual(error.file, "line 7.yaml");
      deepStrictEqual(error.issues.map(({ line, column, path }) => ({ line, column, path })), [
        { line: 12, column: 13, path: "nodes[0].device" },
      ]);
      ok(
        error.message.startsWith(
          "Cannot use fleet file line 7.yaml: 1 mistake\nline 7.yaml:12:13: ",
        ),
      );
      return true;
    },
  );
});

Deno.test("readFleetFile() refuses alias bombs and nesting in bounded time", () => {
  const bomb = ["a: &a [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]"];
  for (const [name, before] of ["ba", "cb", "dc", "ed", "fe", "gf"].map((pair) => [...pair])) {
    bomb.push(`${name}: &${name} [${Array.from({ length: 10 }, () => `*${before}`).join(", ")}]`);
  }
  deepStrictEqual(mistakes(bomb.join("\n")).length, 1);
  ok(mistakes(bomb.join("\n"))[0]!.includes("expected at most 200000 values in all"));
  ok(mistakes("[".repeat(50_000))[0]!.length > 0);
  ok(mistakes("a".repeat(600_000))[0]!.includes("expected at most 524288 characters"));
});

Deno.test("readFleetFile() refuses a file of too many nodes", () => {
  const range = (i: number): string =>
    `  - name: r${i}-{i}\n    count: 1024\n    template: t\n    request: 1\n    response: 2\n`;
  const text = fleetText({ file: "templates: { t: {} }" })
    .replace("nodes:\n", `nodes:\n${[0, 1, 2, 3, 4].map(range).join("")}`);
  ok(mistakes(text).some((line) => line.endsWith("expected at most 4096 nodes in all")));
});
