import { deepStrictEqual, ok } from "node:assert/strict";
import plugin, { LAYERS, VOCABULARIES } from "../../../scripts/lint_plugin.ts";

/** The messages about one file. */
function problems(file: string, source: string): readonly string[] {
  return Deno.lint.runPlugin(plugin, file, source).map(({ message }) => message);
}

Deno.test("LAYERS has no circle: every folder can be built after those it imports", () => {
  const built = new Set<string>();
  const names = Object.keys(LAYERS);
  for (const _round of names) {
    for (const name of names) {
      const needed = [...LAYERS[name]!, ...VOCABULARIES[name] ?? []];
      if (needed.every((one) => built.has(one))) built.add(name);
    }
  }
  deepStrictEqual(names.filter((name) => !built.has(name)), []);
});

Deno.test("import-direction accepts what the layers allow", () => {
  const accepted: readonly [string, string][] = [
    ["src/uds/client.ts", 'import { hex } from "../core/mod.ts";'],
    ["src/uds/services/x.ts", 'import type { IsoTpLink } from "../../isotp/mod.ts";'],
    ["src/uds/services/x.ts", 'import { sid } from "../service_id.ts";'],
    ["src/isotp/a.ts", 'import { b } from "./_b.ts";'],
    ["src/uds/client.ts", 'import { hex } from "../core/light.ts";'],
    ["src/cli/main.ts", 'import { a } from "../adapters/mod.ts"; import u from "node:util";'],
    ["src/core/a.ts", 'import { map } from "rxjs";'],
    ["src/codec/cbor.ts", 'import { Encoder } from "cbor-x/encode";'],
    ["src/fleet/fleet_file.ts", 'import { z } from "zod"; import "yaml";'],
    ["src/fleet/fleet.ts", 'import type { DeclaredDevice } from "../stm32/mod.ts";'],
    ["src/fleet/mod.ts", 'export type { NodeBehaviour } from "../sim/mod.ts";'],
    ["src/adapters/socketcan.ts", 'const can = await import("socketcan");'],
    ["mod.ts", 'export * from "./src/fleet/mod.ts";'],
    ["tests/unit/core/a_test.ts", 'import { anything } from "../../../src/cli/parse.ts";'],
  ];
  for (const [file, source] of accepted) deepStrictEqual(problems(file, source), [], file);
});

Deno.test("import-direction refuses every other import, and says what is allowed", () => {
  const refused: readonly [string, string, string][] = [
    [
      "src/core/a.ts",
      'import { x } from "../can/mod.ts";',
      "core may import nothing of ours, not can",
    ],
    [
      "src/isotp/a.ts",
      'import type { X } from "../uds/mod.ts";',
      "isotp may import core, can, not uds",
    ],
    [
      "src/fleet/a.ts",
      'import { createVirtualNode } from "../sim/mod.ts";',
      "fleet may import core, update, bundle, not sim",
    ],
    [
      "src/fleet/a.ts",
      'import { type NodeBehaviour } from "../sim/mod.ts";',
      "fleet may import core, update, bundle, not sim",
    ],
    [
      "src/fleet/a.ts",
      'import type { NodeBehaviour } from "../sim/behaviours.ts";',
      "sim is entered through its mod.ts only",
    ],
    ["src/isotp/a.ts", 'export * from "../sim/mod.ts";', "isotp may import core, can, not sim"],
    ["src/isotp/a.ts", 'export { a } from "../sim/mod.ts";', "isotp may import core, can, not sim"],
    ["src/isotp/a.ts", 'await import("../sim/mod.ts");', "isotp may import core, can, not sim"],
    [
      "src/uds/services/a.ts",
      'import { x } from "../../isotp/pdu.ts";',
      "isotp is entered through its mod.ts only",
    ],
    [
      "src/cli/a.ts",
      'import { x } from "../can/frame.ts";',
      "can is entered through its mod.ts only",
    ],
    [
      "src/core/a.ts",
      'import { x } from "../../tests/support/x.ts";',
      "src/ imports nothing outside src/",
    ],
    ["src/new/a.ts", 'import "../core/mod.ts";', "new may import nothing of ours, not core"],
    [
      "mod.ts",
      'export * from "./src/sim/mod.ts";',
      "mod.ts may import core, codec, can, isotp, uds, group, image, stm32, bundle, update, fleet, " +
      "journal, report, conformance, trace, tester, not sim",
    ],
    ["src/uds/a.ts", 'import "cbor-x/encode";', '"cbor-x/encode" belongs in src/codec/cbor*'],
    ["src/codec/cbor.ts", 'import "cbor-x";', '"cbor-x" belongs in no file of src/'],
    ["src/update/a.ts", 'import "yaml";', '"yaml" belongs in src/fleet/*'],
    ["src/core/a.ts", 'import "node:fs";', '"node:fs" belongs in no file of src/'],
    ["src/core/a.ts", 'import "rxjs/testing";', '"rxjs/testing" belongs in no file of src/'],
    ["src/can/a.ts", 'import "npm:rxjs@7.8.2";', '"npm:rxjs@7.8.2" belongs in no file of src/'],
  ];
  for (const [file, source, message] of refused) {
    deepStrictEqual(problems(file, source), [message], `${file}: ${source}`);
  }
});

Deno.test("no-ambient refuses time, chance and the outside in inner layers", () => {
  const refused = [
    "setTimeout(f, 1);",
    "setInterval(f, 1);",
    "const later = setTimeout;",
    "Date.now();",
    "new Date();",
    "Date();",
    "Math.random();",
    "performance.now();",
    "Deno.cwd();",
    "fetch(url);",
    "crypto.getRandomValues(b);",
    "globalThis.setTimeout(f);",
    "globalThis.Date.now();",
    "const o = { fetch };",
    "process.exit(1);",
  ];
  for (const source of refused) {
    ok(problems("src/isotp/a.ts", source).length > 0, source);
    ok(problems("mod.ts", source).length > 0, source);
    for (const file of ["src/cli/a.ts", "src/adapters/a.ts", "tests/a_test.ts", "scripts/a.ts"]) {
      deepStrictEqual(problems(file, source), [], `${file}: ${source}`);
    }
  }
});

Deno.test("no-ambient accepts names that only look like it", () => {
  const accepted = [
    "clock.now();",
    "new Date(0);",
    "Math.max(1, 2);",
    "const { performance: bound } = timing;",
    "timing.performance;",
    "const o = { fetch: 1, process() {} };",
    "class A { fetch = 1; process(): void {} }",
    "interface B { readonly performance: number }",
    "// setTimeout(f, 1)",
  ];
  for (const source of accepted) deepStrictEqual(problems("src/isotp/a.ts", source), [], source);
});

Deno.test("function-length accepts 70 lines and refuses 71, in each kind of function", () => {
  const shapes: readonly ((body: string) => string)[] = [
    (body) => `function a() {${body}}`,
    (body) => `const a = () => {${body}};`,
    (body) => `class A { a() {${body}} }`,
    (body) => `const a = { b: function () {${body}} };`,
  ];
  for (const shape of shapes) {
    deepStrictEqual(problems("src/core/a.ts", shape("\n".repeat(69))), []);
    deepStrictEqual(problems("tests/a_test.ts", shape("\n".repeat(70))), [
      "a function of 71 lines; at most 70",
    ]);
  }
});
