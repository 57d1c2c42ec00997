/** What a fleet file's mistakes are taken for: hints where something is near, and none where nothing is. */
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { readFleetFile } from "../../../src/fleet/mod.ts";
import { FLEET_LOOKUPS } from "../../../src/tester/mod.ts";
import { fleetText, mistakes, read } from "./_support.ts";

const named = (name: string): string => fleetText().replace("name: one", `name: ${name}`);
const requested = (request: string): string =>
  fleetText({ ids: `request: ${request}\n    response: 0x701` });
const unlocked = (xor: string): string => fleetText({ security: `{ xor: ${xor} }` });
const flag = (fd: string): string => fleetText({ node: `frames: { fd: ${fd} }` });
const scope = (word: string): string =>
  fleetText({ file: `profiles: { p: { erase: { scope: ${word} } } }` });
const based = (base: string): string => fleetText({ image: `{ file: a.hex, base: ${base} }` });
const keyed = (key: string): string => fleetText({ node: `${key}: 3` });

/** What was probably meant, as it is said; `undefined`: nothing is. */
const HINTS: readonly (readonly [string, string | undefined])[] = [
  [fleetText({ device: "407" }), '"407"'],
  [named('"node %d"'), '"node-{i}"'],
  [named('"knoten ä"'), '"knoten-a"'],
  [named('" x"'), undefined],
  [named("a,b"), undefined],
  [named("3"), undefined],
  [named("[a]"), undefined],
  [requested("0x7E0 + i"), "0x7E0 + {i}"],
  [requested("(0x700 + i)"), "0x700 + {i}"],
  [requested("i"), "{i}"],
  [requested("7E0h"), "0x7E0"],
  [requested('"0x 7E0"'), undefined],
  [requested("x7E0"), undefined],
  [unlocked('"0xA5 0x5A"'), '"A5 5A"'],
  [unlocked('" 0xA5, 0x5A "'), '"A5 5A"'],
  [unlocked("0xA5"), '"A5"'],
  [unlocked('"0xA"'), undefined],
  [unlocked("165"), undefined],
  [flag("yes"), "true"],
  [flag("y"), "true"],
  [flag("no"), "false"],
  [flag("nope"), undefined],
  [flag("falsehood"), undefined],
  [scope("ment"), "segment"],
  [scope("t"), undefined],
  [scope("e"), undefined],
  [scope("seg"), undefined],
  [based("134217728 + 32K"), "0x08008000"],
  [based("0x08000000 + 32K"), "0x08008000"],
  [based("12 + 34"), "0x0000002E"],
  [based("0x08000000 + x"), undefined],
  [keyed("mcu"), '"device"'],
  [keyed("mcux"), undefined],
  [keyed("xmcu"), undefined],
  [keyed("typex"), undefined],
  [keyed("flash"), '"layout"'],
  [keyed("xflash"), undefined],
];

for (const [text, hint] of HINTS) {
  const [told] = mistakes(text);
  Deno.test(`readFleetFile() ${hint === undefined ? "guesses nothing" : `means ${hint}`} by ${told}`, () => {
    // Asked anew: what was told while this file was loaded is of the code without a change.
    const [line] = mistakes(text);
    strictEqual(/did you mean (.*)\?$/.exec(line!)?.[1], hint);
    strictEqual(mistakes(text).length, 1);
  });
}

/** What is wrong in a text that is no YAML of a fleet, with its place. */
const YAML: readonly (readonly [string, string])[] = [
  ["aa : 1\naa : 2\n", '2:1: expected each key once, "aa" stands in this mapping already'],
  ["buses: { can: { url: virtual:can \nimages: {}\n", "1:15: expected a } that closes this {"],
  ["buses: [a, b\nimages: { x: 1 }\n", "1:8: expected a ] that closes this ["],
  ["buses: # {x\n  can: [\nimages: 1\n", "2:8: expected a ] that closes this ["],
  ["buses: { a: b: c }\n", '1:13: expected quotes around a text with ": " in it'],
  ["buses: { a: 1 b: 2 }\n", '1:15: expected a comma in front of "b"'],
  ["buses: { a: 1  b: 2 }\n", '1:16: expected a comma in front of "b"'],
  ["a: b:\n", "1:1: expected quotes around a text that ends with a colon"],
  ["a: b: \n", "1:1: expected quotes around a text that ends with a colon"],
  [
    "a: b: c\n",
    '1:1: expected one key in a line, or quotes around a text with ": " in it',
  ],
  ["a:\n  b: 1\n\n   c: 2\n", "4:4: expected 2 columns in front of the key, as in line 2, not 3"],
];

for (const [text, expected] of YAML) {
  Deno.test(`readFleetFile() says of ${JSON.stringify(text)}: ${expected}`, () => {
    deepStrictEqual(mistakes(text), [expected]);
  });
}

Deno.test("readFleetFile() names a dozen of those that are there, and no more", () => {
  const many = Array.from({ length: 14 }, (_, i) => `bus${i}: { url: "virtual:b${i}" }`).join(", ");
  const text = fleetText({ bus: `{ url: "virtual:can" }, ${many}` });
  const [line] = mistakes(text.replace("bus: can", "bus: xyzzy"));
  ok(line!.endsWith("bus7, bus8, bus9, bus10"), line);
});

Deno.test("readFleetFile() says once what is missing, where it belongs", () => {
  const cases: readonly (readonly [string, string])[] = [
    [fleetText().replace("    bus: can\n", ""), "nodes[0].bus: missing"],
    [
      fleetText({ ids: "addressing: extended\n    request: 0x700\n    response: 0x701" }),
      "nodes[0].address: missing",
    ],
    [
      fleetText({ ids: "addressing: extended\n    address: 3\n    response: 0x701" }),
      "nodes[0].request: missing",
    ],
    [
      fleetText({ ids: "addressing: mixed\n    request: 0x700\n    response: 0x701" }),
      "nodes[0].extension: missing",
    ],
    [
      fleetText({ bus: '{ url: "virtual:can", functional: { idBits: 29 } }' }),
      "buses.can.functional.id: missing",
    ],
  ];
  for (const [text, expected] of cases) {
    deepStrictEqual(
      mistakes(text).map((line) => line.split(": ").slice(1).join(": ").split(",")[0]),
      [
        expected,
      ],
    );
  }
});

Deno.test("readFleetFile() takes one identifier for one node, whatever byte follows it", () => {
  const two = (request: string, address: string): readonly string[] =>
    mistakes(fleetText({
      file: [
        "  - name: two",
        "    bus: can",
        ...(address === "" ? [] : [`    addressing: extended\n    address: ${address}`]),
        `    request: ${request}`,
        "    response: 0x700",
        "    device: STM32F407VG",
        "    layout: f407",
        "    image: app",
        "    security: none",
      ].join("\n"),
    }));
  deepStrictEqual(two("0x6E0", "3"), []);
  ok(two("0x7E0", "3")[0]!.includes("0x7E0#0x03 is the request of one already"));
  ok(two("0x7E0", "")[0]!.includes("0x7E0 is the request of one already"));
});

Deno.test("readFleetFile() has a group's identifier lose against all others, as a bus decides it", () => {
  const isTaken = (group: string, ids: string): boolean => {
    const found = mistakes(fleetText({
      bus: `{ url: "virtual:can", group: ${group} }`,
      node: "profile: iso14229-group",
      ids,
    }));
    ok(found.every((line) => line.includes("of lower priority than all others")), found.join());
    return found.length === 0;
  };
  const long = (id: string): string => `{ idBits: 29, id: ${id} }`;
  const short = "request: 0x7E0\n    response: 0x7E8";
  const fixed = "idBits: 29\n    request: 0x18DA01F1\n    response: 0x18DAF101";
  deepStrictEqual(isTaken("0x7FF", short), true);
  deepStrictEqual(isTaken("0x7E1", short), false);
  // The first eleven bits of these are 0x636.
  deepStrictEqual(isTaken("0x637", fixed), true);
  deepStrictEqual(isTaken("0x635", fixed), false);
  deepStrictEqual(isTaken("0x636", fixed), false, "the shorter one wins");
  deepStrictEqual(isTaken(long("0x18DBFFFF"), fixed), true);
  deepStrictEqual(isTaken(long("0x18DB0000"), fixed), false, "0x18DB33F1 is everybody's");
  deepStrictEqual(isTaken(long("0x1FFFFFFF"), short), true);
  deepStrictEqual(isTaken(long("0x1F000000"), short), false);
});

Deno.test("readFleetFile() reads keys of each kind, and has each of their files looked at", () => {
  const sources: readonly (readonly [string, object, string, string])[] = [
    ["{ aesCmac: k.bin }", { kind: "cmac", file: "k.bin" }, "cmacKey k.bin", ".aesCmac"],
    ["{ module: k.ts }", { kind: "module", file: "k.ts" }, "keyProgram k.ts", ".module"],
    ["{ command: [k, a] }", { kind: "command", words: ["k", "a"] }, "keyProgram k", ".command[0]"],
    ["{ library: k.so }", { kind: "library", file: "k.so" }, "keyProgram k.so", ".library"],
  ];
  for (const [security, key, use, at] of sources) {
    const text = fleetText({ security, node: "groups: [g]" });
    deepStrictEqual(read(text).nodes[0]!.security, [{ level: 1, key }]);
    const asked: string[] = [];
    let message = "";
    try {
      readFleetFile({ name: "fleet.yaml", text }, {
        ...FLEET_LOOKUPS,
        file: ({ kind, path, nodes }) => {
          asked.push(`${kind} ${path}`);
          deepStrictEqual(nodes, [{ name: "one", groups: ["g"] }]);
          return { expected: `no ${kind}` };
        },
      });
    } catch (error) {
      message = `${error}`;
    }
    deepStrictEqual(asked, ["image app.hex", use]);
    ok(message.includes(`nodes[0].security${at}: no ${use.split(" ")[0]}`), message);
    ok(message.includes("images.app: no image"), message);
  }
});

Deno.test("readFleetFile() asks about a file of several nodes once, with no groups where they have none", () => {
  const text = fleetText({ ids: "request: 0x600 + {i}\n    response: 0x700 + {i}" })
    .replace("name: one", "name: n{i}\n    count: 2");
  const asked: unknown[] = [];
  readFleetFile({ name: "fleet.yaml", text }, {
    ...FLEET_LOOKUPS,
    file: ({ path, nodes }) => {
      asked.push([path, nodes]);
      return undefined;
    },
  });
  deepStrictEqual(asked, [
    ["app.hex", [{ name: "n0", groups: [] }, { name: "n1", groups: [] }]],
  ]);
});

Deno.test("readFleetFile() keeps a node's part, and takes mappings in its profiles", () => {
  const { hardware, part } = read(fleetText({ node: 'part: "4711"\n    hardware: HW' })).nodes[0]!;
  deepStrictEqual([hardware, part], ["HW", "4711"]);
  for (
    const change of [
      "extends: iso14229-group, group: { blockBytes: 256 }",
      "driver: { check: 31 01 02 03 }",
      "driver: { check: { request: 31 01 02 03, good: [1] } }",
    ]
  ) {
    deepStrictEqual(mistakes(fleetText({ file: `profiles: { p: { ${change} } }` })), []);
  }
});
