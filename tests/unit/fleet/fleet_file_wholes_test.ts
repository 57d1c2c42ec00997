/** What a fleet file says of the fleet as a whole: whose signatures it wants, its names, its sessions. */
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { readFleetFile } from "../../../src/fleet/mod.ts";
import { isFleetText } from "../../../src/fleet/profile_file.ts";
import { FLEET_LOOKUPS } from "../../../src/tester/mod.ts";
import { fleetText, mistakes, read } from "./_support.ts";

const NODE = [
  "    bus: can",
  "    request: 0x600",
  "    response: 0x601",
  "    device: STM32F407VG",
  "    layout: f407",
  "    image: app",
  "    security: none",
].join("\n");

Deno.test("readFleetFile() wants signatures where the file says so, by the roots that it names", () => {
  const id = "0123456789abcdef";
  const wanted = (value: string) => read(fleetText({ file: `require_signature: ${value}` }));
  strictEqual("requireSignature" in read(fleetText()), false);
  strictEqual("requireSignature" in wanted("false"), false);
  deepStrictEqual(wanted("true").requireSignature, { rootKeyIds: [] });
  const two = wanted(`["${id}", "${id.toUpperCase().repeat(4)}"]`).requireSignature;
  deepStrictEqual(two, { rootKeyIds: [id, id.toUpperCase().repeat(4)] });
  for (
    const value of ["[]", `["${id.slice(1)}"]`, `["x${id}"]`, `["${id}x"]`, `["${id.repeat(5)}"]`]
  ) strictEqual(mistakes(fleetText({ file: `require_signature: ${value}` })).length, 1, value);
});

Deno.test("readFleetFile() gives each name to one node or group", () => {
  const twice = mistakes(fleetText({ file: `  - name: one\n${NODE}` }));
  deepStrictEqual(twice.map((line) => line.split(": ").slice(1).join(": ")), [
    "nodes[1].name: expected a name of its own, one is taken",
  ]);
  const ids = "request: 0x600 + {i}\n    response: 0x700 + {i}";
  const range = fleetText({ ids }).replace("name: one", "name: n{i}\n    count: 3");
  const among = mistakes(range + `  - name: n1\n${NODE.replaceAll("0x60", "0x61")}\n`);
  deepStrictEqual(among.map((line) => line.split(": ").slice(1).join(": ")), [
    "nodes[1].name: expected a name of its own, n1 is taken",
  ]);
});

Deno.test("readFleetFile() refuses functional sessions on a bus without a functional identifier", () => {
  const kept = (functional: string, keepAlive: string) =>
    mistakes(fleetText({
      bus: `{ url: "virtual:can"${functional} }`,
      node: "profile: p",
      file: `profiles: { p: { keepAlive: ${keepAlive} } }`,
    }));
  deepStrictEqual(kept("", "functional"), []);
  deepStrictEqual(kept(", functional: none", "physical"), []);
  const [line] = kept(", functional: none", "functional");
  ok(line!.includes("nodes[0].bus: expected a bus with a functional identifier"), line);
});

Deno.test("readFleetFile() keeps what images require, configuration, and a folder for journals", () => {
  const file = "{ file: a.hex, requires: { app: '1.0' } }";
  const fleet = read(
    fleetText({ image: file, file: "state: ./runs" }).replace(
      "    application:",
      "    configuration: [{ start: 0x08080000, size: 128K }]\n    application:",
    ),
  );
  deepStrictEqual(fleet.images.get("app")!.requires, [{ name: "app", version: "1.0" }]);
  deepStrictEqual(fleet.nodes[0]!.layout.configuration, [
    { start: 0x0808_0000, end: 0x080A_0000 },
  ]);
  strictEqual(fleet.state, "runs");
  strictEqual("requires" in read(fleetText()).images.get("app")!, false);
  strictEqual("configuration" in read(fleetText()).nodes[0]!.layout, false);
});

Deno.test("readFleetFile() lets the data phase be as slow as the other, and counts who has an identifier", () => {
  const fd = { bus: '{ url: "virtual:can", dataBitrate: 500000 }', device: "STM32G474RE" };
  deepStrictEqual(mistakes(fleetText(fd)).filter((line) => line.includes("dataBitrate")), []);
  const slower = { ...fd, bus: '{ url: "virtual:can", dataBitrate: 499999 }' };
  ok(mistakes(fleetText(slower))[0]!.includes("expected at least the bitrate, 500000"));
  const ids = "request: 0x600 + {i}\n    response: 0x700 + {i}";
  const clash = fleetText({ ids }).replace("name: one", "name: n{i}\n    count: 3") +
    `  - name: m{i}\n    count: 3\n${
      NODE.replace("0x600", "0x600 + {i}").replace("0x601", "0x780 + {i}")
    }\n`;
  const [line, ...more] = mistakes(clash);
  ok(
    line!.endsWith(
      "0x600 is the request of n0 already (here as the request of m0), and so for 2 more nodes",
    ),
    line,
  );
  deepStrictEqual(more, []);
});

Deno.test("readFleetFile() reads a profile's file once, however many name it", () => {
  const asked: string[] = [];
  const text = fleetText({
    file:
      "profiles: { a: { file: p.yaml }, b: { file: p.yaml }, c: { extends: { file: p.yaml } } }",
  });
  readFleetFile({ name: "fleet.yaml", text }, {
    ...FLEET_LOOKUPS,
    profileFile: (path) => {
      asked.push(path);
      return { text: "timing: { p2Ms: 60 }\n" };
    },
  });
  deepStrictEqual(asked, ["p.yaml"]);
});

Deno.test("isFleetText() knows a fleet file by its keys, at the beginning of a line", () => {
  for (const text of ["buses: {}\n", "# mine\nnodes : []\n", "profiles:\n  a: {}\n"]) {
    strictEqual(isFleetText(text), true, text);
  }
  for (const text of ["", "erase: { nodes: 1 }\n", "  images: 1\n", "nodesx: 1\n", "busesx:\n"]) {
    strictEqual(isFleetText(text), false, text);
  }
});

Deno.test("readFleetFile() asks for a layout, and names the region that the flash does not have", () => {
  const said = (text: string): readonly string[] =>
    mistakes(text).map((line) => line.split(": ")[1]!);
  const [missing] = mistakes(fleetText().replace("    layout: f407\n", ""));
  ok(missing!.endsWith("nodes[0].layout: missing, expected how the flash is divided"), missing);
  const two = "[{ start: 0x08080000, size: 128K }, { start: 0x080B0000, size: 128K }]";
  const torn = fleetText().replace(
    "    application:",
    `    configuration: ${two}\n    application:`,
  );
  const second = "layouts.f407.configuration[1]";
  deepStrictEqual(said(torn), [second, second]);
});

Deno.test("readFleetFile() takes certificate and key beneath its folder alone", () => {
  const told = (certificate: string, key: string) =>
    fleetText({ node: `authentication: { certificate: ${certificate}, key: ${key} }` });
  deepStrictEqual(read(told("./c.pem", "a/../k.pem")).nodes[0]!.authentication, {
    certificate: "c.pem",
    key: "k.pem",
  });
  deepStrictEqual(mistakes(told("../c.pem", "/k.pem")).map((line) => line.split(": ")[1]), [
    "nodes[0].authentication.certificate",
    "nodes[0].authentication.key",
  ]);
});

Deno.test("readFleetFile() takes the banks of a profile as none, or by their data identifier", () => {
  const { profile } = read(
    fleetText({
      node: "profile: p",
      file: "profiles: { p: { extends: q, erase: { first: vectors } }, q: { banks: none } }",
    }),
  ).nodes[0]!;
  strictEqual(profile.banks, undefined);
  const file = "profiles: { p: { banks: { statusDid: 0x1234 } } }";
  ok(read(fleetText({ node: "profile: p", file })).nodes[0]!.profile.banks !== undefined);
});
