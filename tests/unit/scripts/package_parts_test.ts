import { deepStrictEqual, match, ok, strictEqual, throws } from "node:assert/strict";
import { bundledPackages, cycloneDx, thirdPartyNotices } from "../../../scripts/package/bundled.ts";
import { manPage } from "../../../scripts/package/man_page.ts";
import { manifestOf } from "../../../scripts/package/manifest.ts";
import { dataFolder, denoPackage, homeFolder } from "../../../scripts/package/places.ts";
import { isSpoken } from "../../../src/cli/answer_at_once.ts";
import { COMMANDS } from "../../../src/cli/commands_table.ts";

const ZOD = { name: "zod", version: "4.6.7", license: "MIT", licenseText: "Be kind.\n" };

Deno.test("bundledPackages() finds each package once by the bundler's comments", () => {
  const code = [
    "// node_modules/.deno/zod@4.6.7/node_modules/zod/index.js\nlet a;\n",
    "// node_modules/.deno/@babel+parser@8.1.3/node_modules/@babel/parser/a.js\n" +
    "// node_modules/.deno/zod@4.6.7/node_modules/zod/b.js\n// src/core/hex.ts\n",
  ];
  deepStrictEqual(bundledPackages(code), ["@babel/parser@8.1.3", "zod@4.6.7"]);
});

Deno.test("cycloneDx() names canvoy and all that it holds, thirdPartyNotices() their licenses", () => {
  const bom = JSON.parse(cycloneDx("1.2.3", [ZOD]));
  strictEqual(bom.bomFormat, "CycloneDX");
  strictEqual(bom.metadata.component.purl, "pkg:npm/canvoy@1.2.3");
  deepStrictEqual(bom.components.map((one: { purl: string }) => one.purl), ["pkg:npm/zod@4.6.7"]);
  deepStrictEqual(bom.dependencies[0].dependsOn, ["pkg:npm/zod@4.6.7"]);
  match(thirdPartyNotices([ZOD]), /\nzod 4\.6\.7 \(MIT\)\n\nBe kind\.\n/);
});

Deno.test("manifestOf() takes the versions from deno.json and needs one of socketcan", () => {
  const config = {
    version: "1.2.3",
    license: "MIT",
    imports: { socketcan: "npm:socketcan@4.3.1" },
  };
  const manifest = manifestOf(config, "2.9.6");
  strictEqual(manifest.version, "1.2.3");
  deepStrictEqual(manifest.canvoy, { socketcan: "4.3.1" });
  deepStrictEqual(
    new Set(Object.values(manifest.optionalDependencies as object)),
    new Set(["2.9.6"]),
  );
  strictEqual("scripts" in manifest, false);
  throws(() => manifestOf({ ...config, imports: {} }, "2.9.6"), /pins no version of socketcan/);
});

Deno.test("places: Deno's package by platform, the data folder by what the environment tells", () => {
  const machine = (platform: string, arch: string, variables: Record<string, string> = {}) => ({
    platform,
    arch,
    env: (name: string) => variables[name],
  });
  strictEqual(denoPackage(machine("linux", "arm64")), "@deno/linux-arm64-glibc");
  strictEqual(denoPackage(machine("freebsd", "x64")), undefined);
  const folder = (platform: string, variables: Record<string, string>) =>
    dataFolder(machine(platform, "x64", variables));
  strictEqual(folder("linux", { HOME: "/home/a" }), "/home/a/.local/share/canvoy");
  strictEqual(folder("linux", { HOME: "/home/a", XDG_DATA_HOME: "/d" }), "/d/canvoy");
  strictEqual(
    folder("linux", { HOME: "/home/a", XDG_DATA_HOME: "d" }),
    "/home/a/.local/share/canvoy",
  );
  strictEqual(folder("win32", { LOCALAPPDATA: "C:\\Local" }), "C:\\Local/canvoy");
  strictEqual(folder("linux", {}), undefined);
  strictEqual(homeFolder(machine("win32", "x64", { USERPROFILE: "C:\\a" })), "C:\\a");
});

Deno.test("manPage() tells of every command and begins no line by chance with a request", () => {
  const page = manPage("1.2.3", COMMANDS);
  for (const { name } of COMMANDS) ok(page.includes(`.SS "canvoy ${name}`), name);
  const requests = page.split("\n").filter((line) => line.startsWith("."));
  deepStrictEqual(requests.filter((line) => !/^\.(?:TH|SH|SS|TP|PP|EX|EE|B)\b/.test(line)), []);
});

Deno.test("isSpoken() takes what the program's own words answer, up to --", () => {
  for (
    const line of [
      "",
      "--version",
      "--help",
      "help flash",
      "explain X",
      "completions bash",
      "plan a -h",
    ]
  ) ok(isSpoken(line === "" ? [] : line.split(" ")), line);
  for (const line of ["plan a", "plan a -- --help", "-- --help", "flsh"]) {
    ok(!isSpoken(line.split(" ")), line);
  }
});
