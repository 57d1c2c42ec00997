/** Hints and values of a fleet file at the borders of what they are read by. */
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { fleetText, mistakes, read } from "./_support.ts";

const named = (name: string): string => fleetText().replace("name: one", `name: ${name}`);
const requested = (request: string): string =>
  fleetText({ ids: `request: ${request}\n    response: 0x701` });
const bussed = (fields: string): string => fleetText({ bus: `{ url: "virtual:can", ${fields} }` });
const scope = (word: string): string =>
  fleetText({ file: `profiles: { p: { erase: { scope: ${word} } } }` });
const based = (base: string): string => fleetText({ image: `{ file: a.hex, base: ${base} }` });
const sized = (size: string): string => fleetText().replace("480K", size);
const unlocked = (xor: string): string => fleetText({ security: `{ xor: ${xor} }` });
const keyed = (key: string): string => fleetText({ node: `${key}: 3` });
const hardware = (text: string): string => fleetText({ node: `hardware: ${text}` });

/** What was probably meant, as it is said; `undefined`: nothing is. */
const HINTS: readonly (readonly [string, string | undefined])[] = [
  [fleetText({ node: "rx_idx: 3" }), undefined],
  [fleetText({ node: "fwx: 3" }), undefined],
  [bussed("xspeed: 3"), undefined],
  [bussed("fdrate: 3"), '"dataBitrate"'],
  [fleetText({ security: `{ xor: "${"0xA5 ".repeat(17)}" }` }), undefined],
  [fleetText({ device: "4.07" }), '"4.07"'],
  [fleetText({ device: "[a]" }), undefined],
  [bussed("functional: 0x800"), "{idBits: 29, id: 0x800}"],
  [bussed("functional: -1"), undefined],
  [scope("segmnt"), "segment"],
  [scope('"5"'), undefined],
  [fleetText({ ids: "addressing: ed\n    request: 1\n    response: 2" }), undefined],
  [fleetText({ node: "frames: { fd: xno }" }), undefined],
  [fleetText({ node: "frames: { fd: nox }" }), undefined],
  [sized("480 kBx"), undefined],
  [sized("480kB"), "480K"],
  [based("x12 + 1"), undefined],
  [based("00 + 34"), "0x00000022"],
  [based("0 + 34"), "0x00000022"],
  [hardware("\u201Cabc\u201D"), '"abc"'],
  [hardware('"a\\nb"'), undefined],
  [hardware(`"x\u201C${"a".repeat(300)}"`), undefined],
  [named('"a, b"'), undefined],
  [requested("i + 0x700"), "{i} + 0x700"],
  [requested('"i + iab"'), undefined],
  [fleetText().replace("0x08008000", "8008000"), "0x08008000"],
  [fleetText().replace("0x08008000", "08008000"), "0x08008000"],
  [unlocked('"0xA5 0xZZ"'), undefined],
  [unlocked('"0xZZ 0xA5"'), undefined],
  [fleetText({ ids: "addressing: l\n    request: 1\n    response: 2" }), undefined],
  [sized("1.25M"), "1280K"],
  [sized("1.5k"), undefined],
  [keyed("tx_id"), '"request"'],
  [keyed("txyz"), undefined],
  [keyed("rxid"), '"response"'],
  [keyed("xfw"), undefined],
  [keyed("firmwarex"), undefined],
  [bussed("portx: 3"), undefined],
  [fleetText().replace("start: 0x08008000", "fromx: 0x08008000"), undefined],
];

for (const [text, hint] of HINTS) {
  const [told] = mistakes(text);
  Deno.test(`readFleetFile() ${hint === undefined ? "knows nothing near to" : `means ${hint} by`} ${told}`, () => {
    // Asked anew: what was told while this file was loaded is of the code without a change.
    const [line] = mistakes(text);
    strictEqual(/did you mean (.*)\?$/.exec(line!)?.[1], hint);
  });
}

/** What is wrong in a text that is no YAML of a fleet, with its place. */
const YAML: readonly (readonly [string, string])[] = [
  ['"abc\nx: 1\n', '1:1: expected a " that closes this one'],
  [
    "nodes:\n  -   name: {i}-x\n",
    "2:13: expected a name that begins with a letter or a digit; did you mean name: node-{i}-x?",
  ],
  [
    "a: {i} *  2+ 3\n",
    "1:4: expected quotes around a text that begins with {; did you mean a: 3 + {i} * 2?",
  ],
  [
    "a: {i} + 0x700 - 1\n",
    '1:4: expected quotes around a text that begins with {; did you mean a: "{i} + 0x700 - 1"?',
  ],
  ["a: { x: bb: c }\n", '1:9: expected quotes around a text with ": " in it'],
  ["a: { x: p/q r b: 2 }\n", '1:9: expected quotes around a text with ": " in it'],
  ["nodes:\n  -   name one\n    bus: can\n", '2:3: expected a colon behind the key: "name: one"'],
  ["a: { b: 1 # }\nc: 2\n", "1:4: expected a } that closes this {"],
  ["a: {\n# [ x\nb: 1\n", "1:4: expected a } that closes this {"],
  ["a: it's\nb: 1\n   c: 2\n", "3:4: expected 0 columns in front of the key, as in line 2, not 3"],
  [
    'a: "x" y\n',
    "1:8: expected nothing behind the value that ends here, or quotes around all of it",
  ],
  [
    "a: {i} +3\n",
    "1:4: expected quotes around a text that begins with {; did you mean a: 3 + {i}?",
  ],
  ["a: { b: { c: d e: 1 }\n", '1:16: expected a comma in front of "e"'],
  ["buses: { a:  1 b: 2 }\n", '1:16: expected a comma in front of "b"'],
  ["{ buses: 1\n", "1:1: expected a } that closes this {"],
  [
    "a:\n  b: 1\n c: y z\n",
    "3:2: expected 2 columns in front of the key, as in line 2, not 1",
  ],
  ['"k": b:\n', "1:6: nested mappings are not allowed in compact mappings"],
  ["# c\n  b\nc: 1\n", "2:3: implicit keys need to be on a single line"],
  ["a: 1\nb c:d\n", "2:1: implicit map keys need to be followed by map values"],
  ["x: 1\nfoo -bar\n", '2:1: expected a colon behind the key: "foo: -bar"'],
  ["a: 1\n  # cc\n  b: 2\n", "3:3: expected 0 columns in front of the key, as in line 1, not 2"],
];

for (const [text, message] of YAML) {
  Deno.test(`readFleetFile() says of ${JSON.stringify(text)}: ${message}`, () => {
    deepStrictEqual(mistakes(text), [message]);
  });
}

Deno.test("readFleetFile() takes values at their bounds", () => {
  for (
    const text of [
      fleetText({ node: "frames: { txDlBytes: 8 }" }),
      fleetText({ image: "{ file: a.hex, range: { start: 0xFFFF8000, size: 32K } }" }),
      bussed("functional: { addressing: mixed, idBits: 29, extension: 3, address: 0x33 }"),
      bussed("functional: { addressing: mixed, extension: 3, id: 0x7DF }"),
    ]
  ) deepStrictEqual(mistakes(text), [], text);
  const beyond = fleetText({ image: "{ file: a.hex, range: { start: 0xFFFF8001, size: 32K } }" });
  strictEqual(mistakes(beyond).length, 1);
});

Deno.test("readFleetFile() says once what is wrong with how a node or a bus is addressed", () => {
  for (
    const [text, part] of [
      [requested('"0xFFFFFFFF"'), "not 0xFFFFFFFF for {i} = 0"],
      [requested("7E0"), "expected 0x7E0, not 7E0, which YAML reads as 7"],
      [requested("12e1"), "expected 0x12e1, not 12e1, which YAML reads as 120"],
      [requested("7e2"), "expected 0x7e2, not 7e2, which YAML reads as 700"],
      [requested('"0xFFFFFFFF + 1"'), "not 4294967296 for {i} = 0"],
      [bussed("functional: { addressing: normalFixed, address: 3, id: 5 }"), "expected no id"],
      [
        bussed("functional: { addressing: mixed, idBits: 29, extension: 3, address: 3, id: 5 }"),
        "expected no id with mixed addressing",
      ],
    ] as const
  ) {
    const found = mistakes(text);
    strictEqual(found.length, 1, text);
    ok(found[0]!.includes(part), found[0]);
  }
  const [none] = mistakes(fleetText().replace(/^buses: .*$/m, "buses: {}"));
  ok(none!.includes("expected at least one bus"), none);
});

Deno.test("readFleetFile() addresses each bus as a whole by its own nodes' identifiers", () => {
  const text = fleetText({
    bus: '{ url: "virtual:can" }, two: { url: "virtual:two" }',
  }).replace(
    "nodes:\n",
    "nodes:\n  - { name: b, bus: two, idBits: 29, request: 0x18DA10F1, response: 0x18DAF110, " +
      "device: STM32F407VG, layout: f407, image: app, security: none }\n",
  );
  const ids = [...read(text).buses.values()].map(({ functional }) =>
    functional !== undefined && "tx" in functional ? functional.tx.id : undefined
  );
  deepStrictEqual(ids, [0x7DF, 0x18DB_33F1]);
});

Deno.test("readFleetFile() keeps what a virtual node is asked to be", () => {
  const { sim } = read(fleetText({ node: "sim: { image: app, authority: a.pem }" })).nodes[0]!;
  strictEqual(sim.authority, "a.pem");
  for (
    const [key, words] of [
      ["startingNrc", ["busyRepeatRequest", "conditionsNotCorrect"]],
      ["programmingSessionAnsweredBy", ["bootloader", "application"]],
    ] as const
  ) {
    for (const word of words) {
      const text = fleetText({ node: `sim: { behaviour: { ${key}: ${word} } }` });
      strictEqual(read(text).nodes[0]!.sim.behaviour[key], word);
    }
  }
});

Deno.test("readFleetFile() says of what is nested too deeply how deep it may be", () => {
  for (const depth of [40, 20_000]) {
    for (
      const text of [`a: ${"[".repeat(depth)}${"]".repeat(depth)}\n`, `a: ${"[".repeat(depth)}\n`]
    ) {
      if (depth === 40 && !text.includes("]")) continue;
      const [line] = mistakes(text);
      ok(line!.endsWith("expected at most 32 levels"), line);
    }
  }
});

Deno.test("readFleetFile() takes an alias for the last anchor of its name before it", () => {
  const image = "{ file: &a a.hex, version: &a '1.2' }";
  const { part, hardware } = read(fleetText({ image, node: "part: *a\n    hardware: *a" }))
    .nodes[0]!;
  deepStrictEqual([part, hardware], ["1.2", "1.2"]);
  const keyed = fleetText({ node: "part: *k" }).replace("  f407:", "  &k f407:");
  strictEqual(read(keyed).nodes[0]!.part, "f407");
  const late = mistakes(fleetText({ node: "part: *a\n    hardware: &a HW" }));
  ok(late[0]!.endsWith("expected an anchor &a before its use"), late[0]);
});

Deno.test("readFleetFile() counts values with all aliases written out", () => {
  const list = (of: string) => `[${Array.from({ length: 100 }, () => of).join(", ")}]`;
  const text = `a: &a ${list("1")}\nb: &b ${list("*a")}\nc: ${list("*b")}\n`;
  const [line] = mistakes(text);
  ok(line!.endsWith("expected at most 200000 values in all"), line);
});

Deno.test("readFleetFile() takes 32 levels and 200,000 values, and no more", () => {
  const nested = (depth: number) => `a: ${"[".repeat(depth)}${"]".repeat(depth)}\n`;
  deepStrictEqual(
    [32, 33].map((depth) => mistakes(nested(depth))[0]!.includes("levels")),
    [false, true],
  );
  // The mapping, its two lists and the aliases count as well.
  const ten = `[${Array.from({ length: 9 }, () => "1").join(", ")}]`;
  const values = (count: number, more: number) =>
    `a: &a ${ten}\nb: [${Array.from({ length: count }, () => "*a").join(", ")}${
      ", 1".repeat(more)
    }]\n`;
  deepStrictEqual(
    [8, 9].map((more) => mistakes(values(19_998, more))[0]!.includes("values in all")),
    [false, true],
  );
});

Deno.test("readFleetFile() takes no key that every object has for one of the file's", () => {
  for (const text of ["__proto__: { a: 1 }\n", fleetText({ node: "__proto__: { bus: can }" })]) {
    ok(mistakes(text)[0]!.endsWith("expected a plain word as key"), mistakes(text)[0]);
  }
});
