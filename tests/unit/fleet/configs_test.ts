import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { FLEET_LOOKUPS } from "../../../src/tester/mod.ts";
import { type Fleet, readFleetFile } from "../../../src/fleet/mod.ts";
import { readFirmware } from "../../../src/image/mod.ts";
import { findDevice, planFlash } from "../../../src/stm32/mod.ts";
import { schemaTexts } from "../../../scripts/build_schema.ts";

const CONFIGS = new URL("../../../configs/", import.meta.url);
const FIXTURES = new URL("../../fixtures/", import.meta.url);

const NODE_COUNTS = {
  "demo.yaml": 12,
  "dual-bank.yaml": 5,
  "group.yaml": 26,
  "hundred.yaml": 100,
  "minimal.yaml": 1,
  "mixed.yaml": 7,
  "production.yaml": 19,
  "signed.yaml": 4,
  "vcan.yaml": 8,
};

Deno.test("configs/ has no example that is not read here", () => {
  const found = [...Deno.readDirSync(CONFIGS)].map(({ name }) => name)
    .filter((name) => name.endsWith(".yaml"));
  deepStrictEqual(found.sort(), Object.keys(NODE_COUNTS));
});

for (const [name, count] of Object.entries(NODE_COUNTS)) {
  Deno.test(`configs/${name} is a fleet whose every image can be planned`, () => {
    const fleet = readConfig(name);
    strictEqual(fleet.nodes.length, count);
    const images = new Map([...fleet.images].map(([key, { path, baseAddress }]) => {
      const bytes = Deno.readFileSync(new URL(path, CONFIGS));
      const base = baseAddress === undefined ? {} : { baseAddress };
      return [key, readFirmware({ name: path, bytes, ...base })];
    }));
    for (const node of fleet.nodes) {
      const geometry = findDevice(node.device);
      for (const image of [node.image, ...(node.sim.image === undefined ? [] : [node.sim.image])]) {
        const plan = planFlash({ image: images.get(image)!, geometry, layout: node.layout });
        ok(plan.segments.length > 0, `${node.name} ${image}`);
      }
    }
  });
}

Deno.test("configs/demo.yaml is what the demo promises", () => {
  const { buses, nodes } = readConfig("demo.yaml");
  const rates = [...buses.values()].map(({ bitRates }) => bitRates);
  deepStrictEqual(rates, [
    { bitrateBps: 1_000_000 },
    { bitrateBps: 500_000, dataBitrateBps: 2_000_000 },
  ]);
  const families = new Set(nodes.map((node) => findDevice(node.device).part.slice(0, 7)));
  ok(families.size >= 5, [...families].join());
  for (const { faults } of buses.values()) ok(faults.lossRatio! > 0);
  const behaviours = nodes.map(({ sim }) => sim.behaviour);
  for (
    const fault of ["powerLossAtOperation", "failProgramAt", "responsePendingEveryMs"] as const
  ) {
    strictEqual(behaviours.filter((behaviour) => behaviour[fault] !== undefined).length, 1, fault);
  }
});

Deno.test("configs/images holds compiled fixtures, byte for byte", () => {
  for (const { name } of Deno.readDirSync(new URL("images/", CONFIGS))) {
    const copy = Deno.readFileSync(new URL(`images/${name}`, CONFIGS));
    deepStrictEqual(copy, Deno.readFileSync(new URL(name, FIXTURES)), name);
  }
});

for (const [name, text] of schemaTexts()) {
  Deno.test(`configs/${name} is what scripts/build_schema.ts writes`, () => {
    const written = Deno.readTextFileSync(new URL(name, CONFIGS));
    ok(written === text, "run: deno run -A scripts/build_schema.ts");
  });
}

function readConfig(name: string): Fleet {
  return readFleetFile(
    { name, text: Deno.readTextFileSync(new URL(name, CONFIGS)) },
    FLEET_LOOKUPS,
  );
}
