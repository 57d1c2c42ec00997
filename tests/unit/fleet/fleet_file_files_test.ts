/** Which files a fleet file has looked at, as what, and what is said of their paths. */
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import {
  type FileMistake,
  FleetFileError,
  type NeededFile,
  readFleetFile,
} from "../../../src/fleet/mod.ts";
import { FLEET_LOOKUPS } from "../../../src/tester/mod.ts";
import { fleetText, mistakes, read } from "./_support.ts";

/** What is asked about a fleet's files, and what is said where all of them are wrong. */
function lookedAt(text: string): { readonly asked: readonly NeededFile[]; readonly said: string } {
  const asked: NeededFile[] = [];
  const file = (needed: NeededFile): FileMistake => {
    asked.push(needed);
    return {
      expected: `no ${needed.kind} ${needed.path}`,
      isAboutRange: needed.range !== undefined,
    };
  };
  try {
    readFleetFile({ name: "fleet.yaml", text }, { ...FLEET_LOOKUPS, file });
    return { asked, said: "" };
  } catch (error) {
    ok(error instanceof FleetFileError);
    return { asked, said: error.message };
  }
}

Deno.test("readFleetFile() says of an image what it is needed for", () => {
  const nodes = [{ name: "one", groups: [] }];
  const common = { kind: "image", image: "app", nodes, url: "virtual:can" } as const;
  const [plain] = lookedAt(fleetText()).asked;
  deepStrictEqual(plain, { ...common, path: "app.hex", applicationStart: 0x0800_8000 });
  const layout = "    application: { start: 0x08008000, size: 480K }";
  const change = (to: string): string => fleetText().replace(layout, to);
  const [behindHeader] = lookedAt(change(`${layout}\n    headerBytes: 512`)).asked;
  strictEqual(behindHeader!.applicationStart, 0x0800_8200);
  const linked = layout.replace("480K", "480K, linkedAt: 0x08020000");
  strictEqual(lookedAt(change(linked)).asked[0]!.applicationStart, 0x0802_0000);
  const own = "{ bootloader: { start: 0x08000000, size: 32K }, " +
    "application: { start: 0x08010000, size: 448K } }";
  strictEqual(lookedAt(fleetText({ layout: own })).asked[0]!.applicationStart, 0x0801_0000);
  const raw = lookedAt(fleetText({ image: "{ file: b/../a.bin, base: 0x08008000 }" })).asked;
  deepStrictEqual(raw.map(({ path, baseAddress }) => [path, baseAddress]), [["a.bin", 0x08008000]]);
});

Deno.test("readFleetFile() has an image looked at whose range and place are told, and no other", () => {
  const part = lookedAt(fleetText({ image: "{ file: a.hex, range: 0x08008000+1K }" }));
  deepStrictEqual(part.asked[0]!.range, { start: 0x0800_8000, end: 0x0800_8400 });
  ok(part.said.includes("images.app.range: no image a.hex"), part.said);
  const none = lookedAt(fleetText({ image: "{ file: a.hex, range: 0x0801..0x0800 }" }));
  deepStrictEqual(none.asked, []);
  strictEqual(none.said.split("\n").length, 2, none.said);
  const opaque = lookedAt(fleetText({ image: "{ file: a.enc, opaque: true, base: 0x08008000 }" }));
  deepStrictEqual(opaque.asked.map(({ isOpaque, baseAddress }) => [isOpaque, baseAddress]), [
    [true, 0x0800_8000],
  ]);
  deepStrictEqual(lookedAt(fleetText({ image: "{ file: a.enc, opaque: true }" })).asked, []);
});

Deno.test("readFleetFile() has certificates and keys looked at, told where each stands", () => {
  const { asked, said } = lookedAt(
    fleetText({
      node: "authentication: { certificate: c.pem, key: k.pem }\n    sim: { authority: a.pem }",
    }),
  );
  deepStrictEqual(asked.map(({ kind, path }) => `${kind} ${path}`), [
    "image app.hex",
    "certificate c.pem",
    "privateKey k.pem",
    "certificate a.pem",
  ]);
  for (
    const line of [
      "nodes[0].authentication.certificate: no certificate c.pem",
      "nodes[0].authentication.key: no privateKey k.pem",
      "nodes[0].sim.authority: no certificate a.pem",
    ]
  ) ok(said.includes(line), said);
});

Deno.test("readFleetFile() refuses paths out of its folder, and knows what some of them mean", () => {
  const refused: readonly (readonly [string, string])[] = [
    [fleetText({ file: "state: ../runs" }), "state: expected a path beneath this file's folder"],
    [
      fleetText({ node: "sim: { authority: /a.pem }" }),
      "nodes[0].sim.authority: expected a path beneath this file's folder",
    ],
    [
      fleetText({ image: "'\\\\server\\a.hex'" }),
      "images.app: expected a path beneath this file's folder, with / between folders",
    ],
  ];
  for (const [text, expected] of refused) {
    const [line] = mistakes(text);
    ok(line!.includes(expected), line);
    ok(!line!.includes("did you mean"), line);
    ok(lookedAt(text).asked.every(({ path }) => path === "app.hex"));
  }
  ok(mistakes(fleetText({ image: "'out\\a.hex'" }))[0]!.endsWith("did you mean out/a.hex?"));
});

Deno.test("readFleetFile() keeps how large an opaque image is once it is unpacked", () => {
  const opaque = (more: string) =>
    read(fleetText({ image: `{ file: a.enc, opaque: true, base: 0x08008000${more} }` }))
      .images.get("app")!.opaque;
  deepStrictEqual(opaque(""), {});
  deepStrictEqual(opaque(", uncompressedSize: 96K"), { uncompressedSizeBytes: 98_304 });
});

Deno.test("readFleetFile() tells the mistakes of its own and of all profiles' files at once", () => {
  const files: Readonly<Record<string, string>> = {
    "a.yaml": "befor: []\n",
    "b.yaml": "erase: { request: 31\n",
  };
  const text = fleetText({
    device: "STM32F999VG",
    file: "profiles: { a: { file: a.yaml }, b: { file: b.yaml } }",
  });
  try {
    readFleetFile({ name: "fleet.yaml", text }, {
      ...FLEET_LOOKUPS,
      profileFile: (path) => ({ text: files[path]! }),
    });
    ok(false);
  } catch (error) {
    ok(error instanceof FleetFileError);
    const places = error.message.split("\n").slice(1).map((line) => line.split(": ")[0]);
    deepStrictEqual(places.toSorted(), ["a.yaml:1:1", "b.yaml:1:8", "fleet.yaml:12:13"]);
  }
});

Deno.test("readFleetFile() finds what was meant among keys of several kinds, wherever it is declared", () => {
  const said = (security: string): readonly string[] =>
    mistakes(fleetText({ security })).map((line) =>
      line.split(",")[0]!.split(" ").slice(1).join(" ")
    );
  const module = "nodes[0].security.module: expected a text of one line";
  deepStrictEqual(said("{ module: 5 }"), [module]);
  deepStrictEqual(said("{ module: a.ts, foo: 1 }"), ["nodes[0].security.foo: unknown key"]);
  deepStrictEqual(said("{ module: 5, level: 1, foo: 1 }"), [
    module,
    "nodes[0].security.foo: unknown key",
  ]);
});

Deno.test("readFleetFile() names an image that is required, and a driver, that it does not know", () => {
  const [required] = mistakes(fleetText({ image: "{ file: a.hex, requires: { boot: '1.0' } }" }));
  ok(required!.includes("images.app.requires.boot: expected the name of an image"), required);
  const [driver] = mistakes(fleetText({ node: "profile: supplier-hash\n    driver: ap" }));
  ok(driver!.includes('nodes[0].driver: expected one of the images, not "ap"'), driver);
});

Deno.test("readFleetFile() knows a fingerprint among the fields of a profile's requests by its name", () => {
  const withEnter = (enter: string) =>
    mistakes(fleetText({ node: "profile: p", file: `profiles: { p: { ${enter} } }` }));
  const request = "2E F1 5A {block:1} {fingerprint:9}";
  const [line] = withEnter(`enter: ["10 02", "${request}"]`);
  ok(line!.includes("missing, expected 9 bytes, as profile p sends them"), line);
});

Deno.test("readFleetFile() takes no path from the root for one beside the file that names it", () => {
  const text = fleetText({ node: "profile: p", file: "profiles: { p: { file: p/a.yaml } }" });
  const asked: string[] = [];
  try {
    readFleetFile({ name: "fleet.yaml", text }, {
      ...FLEET_LOOKUPS,
      profileFile: (path) => {
        asked.push(path);
        return { text: "extends: { file: /b.yaml }\n" };
      },
    });
    ok(false);
  } catch (error) {
    ok(`${error}`.includes("p/a.yaml:1:18: extends.file: expected a path beneath"), `${error}`);
  }
  deepStrictEqual(asked, ["p/a.yaml"]);
});
