import { deepStrictEqual, ok, strictEqual, throws } from "node:assert/strict";
import { FLEET_LOOKUPS } from "../../../src/cli/fleet_lookups.ts";
import { FleetFileError, readFleetFile } from "../../../src/fleet/mod.ts";
import { fleetText, mistakes } from "./_support.ts";

/** Each mistake alone in an otherwise good file, and the exact message. */
const MISTAKES: readonly (readonly [string, string, readonly string[]])[] = [
  ["an empty file", "", [
    "1:1: expected a fleet: buses, images and nodes, not nothing",
  ]],
  ["a list", "- 1\n- 2\n", [
    "1:1: expected a fleet: buses, images and nodes, not a list",
  ]],
  ["bad YAML", "buses: {\n", [
    "2:1: flow map in block collection must be sufficiently indented and end with a }",
  ]],
  ["a duplicate key", fleetText({ file: "images: {}" }), ["17:1: map keys must be unique"]],
  ["an unknown tag", fleetText({ device: "!part STM32F407VG" }), [
    "12:13: unresolved tag: !part",
  ]],
  ["an alias without its anchor", fleetText({ device: "*part" }), [
    "12:13: expected an anchor &part before its use",
  ]],
  ["an alias that holds itself", "buses: &x { a: *x }\n", ["1:16: expected at most 32 levels"]],
  ["a key that is no word", "? [a]\n: 1\n", ["1:3: expected a plain word as key"]],
  ["nothing but a bus", "buses: { can: { url: virtual:can } }\n", [
    "1:1: images: missing, expected images by name",
    "1:1: nodes: missing, expected a list of nodes",
  ]],
  ["an unknown key", fleetText({ node: "requst: 3" }), [
    '16:5: nodes[0].requst: unknown key, did you mean "request"?',
  ]],
  ["a key that is like none", fleetText({ bus: "{ url: virtual:can, xyzzy: 3 }" }), [
    "1:35: buses.can.xyzzy: unknown key, expected one of url, bitrate, dataBitrate, functional, sim",
  ]],
  ["a bad name", fleetText().replace("name: one", "name: one two"), [
    '8:11: nodes[0].name: expected a name of letters, digits, . _ and -, {i} where a range counts, not "one two"',
  ]],
  ["a bad name of a bus", "buses: { a b: { url: virtual:can } }\nimages: {}\nnodes: []\n", [
    "1:10: buses.a b: expected a name of letters, digits, . _ and -",
    "3:8: nodes: expected at least one node, not a list",
  ]],
  ["an identifier that is no number", fleetText({ ids: "request: 0x7G0\n    response: 1" }), [
    '10:14: nodes[0].request: expected a number, or a sum with {i} such as 0x200 + {i}, not "0x7G0"',
  ]],
  ["an identifier of 12 bits", fleetText({ ids: "request: 0x800\n    response: 1" }), [
    "10:14: nodes[0].request: expected an 11-bit identifier, 0x000..0x7FF (set idBits: 29 for longer ones), not 0x800",
  ]],
  ["a missing identifier", fleetText({ ids: "request: 0x700" }), [
    "8:5: nodes[0].response: missing, expected an 11-bit identifier, 0x000..0x7FF (set idBits: 29 for longer ones), as normal addressing needs it",
  ]],
  ["an address where the identifiers tell", fleetText({ node: "address: 1" }), [
    "16:5: nodes[0].address: expected no address with normal addressing",
  ]],
  [
    "11 bits for normal fixed",
    fleetText({ ids: "addressing: normalFixed\n    address: 3\n    idBits: 11" }),
    [
      "12:13: nodes[0].idBits: expected 29, as normalFixed always has, not 11",
    ],
  ],
  ["one identifier both ways", fleetText({ ids: "request: 0x700\n    response: 0x700" }), [
    "11:15: nodes[0].response: expected an identifier of its own on can, 0x700 is the request of one already",
  ]],
  ["the functional identifier", fleetText({ ids: "request: 0x7DF\n    response: 0x700" }), [
    "10:14: nodes[0].request: expected an identifier of its own on can, 0x7DF is the functional identifier of can already (here as the request of one)",
  ]],
  ["a range without {i}", fleetText().replace("name: one", "name: one\n    count: 2"), [
    '8:11: nodes[0].name: expected {i} in the name of a range, not "one"',
    "8:11: nodes[0].name: expected a name of its own, one is taken",
    "11:14: nodes[0].request: expected an identifier of its own on can, 0x7E0 is the request of one already",
    "12:15: nodes[0].response: expected an identifier of its own on can, 0x7E8 is the response of one already",
  ]],
  ["{i} without a range", fleetText().replace("name: one", "name: one-{i}"), [
    "8:11: nodes[0].name: expected a count besides, as {i} stands in the name",
  ]],
  ["a name that is a group's", fleetText({ node: "groups: [one]" }), [
    "8:11: nodes[0].name: expected another name than that of a group, one",
  ]],
  ["an unknown bus", fleetText().replace("bus: can", "bus: cam"), [
    '9:10: nodes[0].bus: expected one of the buses, not "cam"; did you mean "can"?',
  ]],
  ["an unknown image", fleetText().replace("image: app", "image: boot"), [
    '14:12: nodes[0].image: expected one of the images, not "boot"; there are app',
  ]],
  ["an unknown template", fleetText({ node: "template: t" }), [
    '16:15: nodes[0].template: expected one of the templates, not "t"; there are none',
  ]],
  ["an unknown layout", fleetText({ layout: "f40" }), [
    '13:13: nodes[0].layout: expected one of the layouts, not "f40"; did you mean "f407"?',
  ]],
  ["an unknown profile", fleetText({ node: "profile: iso14230" }), [
    '16:14: nodes[0].profile: expected one of the profiles, not "iso14230"; did you mean "iso14229"?',
  ]],
  ["an unknown device", fleetText({ device: "STM32F999VG" }), [
    '12:13: nodes[0].device: Cannot find device "STM32F999VG": canvoy has no flash geometry for it; the nearest it knows are STM32F091xB, STM32F091xC, STM32F407xG',
  ]],
  ["no device", fleetText().replace("device: STM32F407VG", ""), [
    "8:5: nodes[0].device: missing, expected a part, for example STM32F407VG",
  ]],
  ["a layout that cuts a sector", fleetText().replace("size: 480K", "size: 470K"), [
    "5:5: layouts.f407: Cannot use memory layout on STM32F407xG: application end 0x0807D800 lies within the erase unit 0x08060000..0x0807FFFF; use 0x08060000 or 0x08080000",
  ]],
  ["a size in another unit", fleetText().replace("size: 480K", "size: 480kB"), [
    '6:45: layouts.f407.application.size: expected a size in bytes, or as 32K or 1M, not "480kB"',
  ]],
  ["a bad bus URL", fleetText({ bus: "{ url: can0 }" }), [
    '1:22: buses.can.url: Cannot use bus "can0": expected virtual:NAME or socketcan:INTERFACE',
  ]],
  ["one URL for two buses", fleetText({ bus: "{ url: virtual:a }, two: { url: virtual:a }" }), [
    "1:47: buses.two.url: expected a URL of its own, can has this one",
  ]],
  ["bit rates in the URL", fleetText({ bus: "{ url: virtual:a?bitrate=125000 }" }), [
    "1:22: buses.can.url: expected bitrate beside the URL, not bitrate in it",
  ]],
  [
    "a data phase that is slower",
    fleetText({ bus: "{ url: virtual:a, dataBitrate: 125000 }", device: "STM32G474RE" }),
    [
      "1:46: buses.can.dataBitrate: expected at least the bitrate, 500000, not 125000",
    ],
  ],
  ["CAN FD frames on a classic bus", fleetText({ node: "frames: { fd: true, txDlBytes: 64 }" }), [
    "16:19: nodes[0].frames.fd: expected false, as can has no dataBitrate",
  ]],
  [
    "FD options with classic frames",
    fleetText({ node: "frames: { bitRateSwitch: true, txDlBytes: 64 }" }),
    [
      "16:30: nodes[0].frames.bitRateSwitch: expected false, as can has no dataBitrate",
      "16:47: nodes[0].frames.txDlBytes: expected 8, as can has no dataBitrate, not 64",
    ],
  ],
  [
    "a length that no DLC can state",
    fleetText({
      bus: "{ url: virtual:a, dataBitrate: 1000000 }",
      device: "STM32G474RE",
      node: "frames: { txDlBytes: 40 }",
    }),
    [
      "16:26: nodes[0].frames.txDlBytes: expected 8, 12, 16, 20, 24, 32, 48 or 64, not 40",
    ],
  ],
  ["bxCAN on a CAN FD bus", fleetText({ bus: "{ url: virtual:a, dataBitrate: 1000000 }" }), [
    "12:13: nodes[0].device: expected a part with FDCAN, as can carries CAN FD: the bxCAN of STM32F407VG answers each CAN FD frame with an error frame",
  ]],
  ["a path out of the folder", fleetText({ image: "a/../../app.hex" }), [
    `2:16: images.app: expected a path beneath this file's folder, with / between folders, not "a/../../app.hex"`,
  ]],
  ["an absolute path", fleetText({ image: "{ file: /app.hex }" }), [
    `2:24: images.app.file: expected a path beneath this file's folder, with / between folders, not "/app.hex"`,
  ]],
  ["a path with backslashes", fleetText({ image: "out\\app.hex" }), [
    String
      .raw`2:16: images.app: expected a path beneath this file's folder, with / between folders, not "out\\app.hex"`,
  ]],
  ["no word on security", fleetText().replace("    security: none\n", ""), [
    "8:5: nodes[0].security: missing, expected a key source for level 0x01 of profile iso14229, or none",
  ]],
  ["half a byte of a key", fleetText({ security: '{ xor: "A5 5" }' }), [
    '15:22: nodes[0].security.xor: expected bytes as hexadecimal text, for example "A5 5A", not "A5 5"',
  ]],
  ["a key source of no kind", fleetText({ security: "{ level: 1 }" }), [
    '15:15: nodes[0].security: expected none, a key source such as {xor: "A5 5A"}, or a list of them, not a mapping',
  ]],
  [
    "another security level",
    fleetText({ security: '[{ level: 1, xor: "01" }, { level: 3, add: "02" }]' }),
    [
      "15:50: nodes[0].security[1].level: expected a level that profile iso14229 unlocks, 0x01, not 3",
    ],
  ],
  ["two keys for one level", fleetText({ security: '[{ level: 1, xor: "01" }, { add: "02" }]' }), [
    "15:41: nodes[0].security[1]: expected one key source for level 0x01",
  ]],
  [
    "a fingerprint of another length",
    fleetText({ node: 'profile: textbook\n    fingerprint: "01 02"' }),
    [
      "17:18: nodes[0].fingerprint: expected 4 bytes, as profile textbook sends them, not 2",
    ],
  ],
  ["a missing fingerprint", fleetText({ node: "profile: textbook" }), [
    "8:5: nodes[0].fingerprint: missing, expected 4 bytes, as profile textbook sends them",
  ]],
  ["a missing flash driver", fleetText({ node: "profile: supplier-hash" }), [
    "8:5: nodes[0].driver: missing, expected the image of the flash driver that profile supplier-hash downloads",
  ]],
  ["a driver that nobody downloads", fleetText({ node: "driver: app" }), [
    "16:5: nodes[0].driver: expected no driver, profile iso14229 downloads none",
  ]],
  ["an unknown image to begin with", fleetText({ node: "sim: { image: old }" }), [
    '16:19: nodes[0].sim.image: expected one of the images, not "old"; there are app',
  ]],
  ["a fault that is no ratio", fleetText({ node: "sim: { faults: { lossRatio: 2 } }" }), [
    "16:33: nodes[0].sim.faults.lossRatio: expected a ratio, 0..1, not 2",
  ]],
  ["a profile named like a built-in one", fleetText({ file: "profiles: { textbook: {} }" }), [
    "17:13: profiles.textbook: expected another name: this one is a built-in profile's",
  ]],
  ["a profile that extends none", fleetText({ file: "profiles: { p: { extends: vw } }" }), [
    '17:27: profiles.p.extends: expected one of the built-in profiles, not "vw"; there are iso14229, textbook, vw-like, nxp-s32k-unified, supplier-hash, ff01-checksum',
  ]],
  ["half a byte of a request", fleetText({ file: "profiles: { p: { finish: [11 0] } }" }), [
    '17:27: profiles.p.finish[0]: Cannot read request template "11 0": "11 0" is not whole bytes',
  ]],
  [
    "a field that is misspelt",
    fleetText({ file: 'profiles: { p: { erase: { request: "31 01 FF 00 {adress:4}" } } }' }),
    [
      "17:36: profiles.p.erase.request: {adress}: expected another field here, did you mean {address}?",
    ],
  ],
  [
    "a field without its length",
    fleetText({ file: 'profiles: { p: { erase: { request: "31 01 FF 00 {size}" } } }' }),
    [
      "17:36: profiles.p.erase.request: {size}: expected a length, for example {size:4}",
    ],
  ],
  [
    "an address of two bytes",
    fleetText({ file: 'profiles: { p: { erase: { request: "31 01 FF 00 {address:2}" } } }' }),
    [
      "17:36: profiles.p.erase.request: {address:2}: expected 4 bytes, as addresses of STM32 have",
    ],
  ],
  [
    "a field in a functional request",
    fleetText({ file: 'profiles: { p: { before: ["10 03 {size:4}"] } }' }),
    [
      "17:27: profiles.p.before[0]: {size}: expected a request without fields here",
    ],
  ],
  [
    "a checksum of another length",
    fleetText({ file: "profiles: { p: { check: { algorithm: crc16-x25 } } }" }),
    [
      "17:25: profiles.p.check.request: {checksum:4}: expected 2 bytes, as the check's algorithm makes them",
    ],
  ],
  [
    "half a check for a profile without one",
    fleetText({ file: "profiles: { p: { extends: textbook, check: { mode: report } } }" }),
    [
      "17:44: profiles.p.check.scope: missing, expected all of a check: the base profile has none",
      "17:44: profiles.p.check.request: missing, expected all of a check: the base profile has none",
      "17:44: profiles.p.check.algorithm: missing, expected all of a check: the base profile has none",
      "17:44: profiles.p.check.readOnly: missing, expected all of a check: the base profile has none",
    ],
  ],
  [
    "a misspelt step",
    fleetText({ file: "profiles: { p: { enter: [{ request: 10 02, optionl: true }] } }" }),
    [
      '17:44: profiles.p.enter[0].optionl: unknown key, did you mean "optional"?',
    ],
  ],
];

for (const [what, text, expected] of MISTAKES) {
  Deno.test(`readFleetFile() refuses ${what}`, () => deepStrictEqual(mistakes(text), expected));
}

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
