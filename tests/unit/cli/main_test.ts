import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { FLEET_LOOKUPS } from "../../../src/tester/mod.ts";
import { main } from "../../../src/cli/main.ts";
import { VERSION } from "../../../src/cli/version.ts";
import { readFleetFile } from "../../../src/fleet/mod.ts";
import { MemoryHost } from "./_host.ts";

const HEX = ":020000040800F2\n:108000000000022001800008AABBCCDDEEFF0011B9\n:00000001FF\n";

Deno.test("main() says its version, which is deno.json's", async () => {
  const host = new MemoryHost(["--version"]);
  strictEqual(await main(host), 0);
  strictEqual(host.stdout.text, `canvoy ${VERSION}\n`);
  const config = Deno.readTextFileSync(new URL("../../../deno.json", import.meta.url));
  strictEqual(JSON.parse(config).version, VERSION);
});

Deno.test("main() ends with 2 and says where help is when it does not understand", async () => {
  const host = new MemoryHost(["image", "info"]);
  strictEqual(await main(host), 2);
  strictEqual(host.stdout.text, "");
  strictEqual(
    host.stderr.text,
    "canvoy: Cannot run canvoy image info: FILE is missing, a firmware file: ELF, Intel HEX, " +
      "S-record, raw\n  canvoy image info --help explains it\n",
  );
});

Deno.test("main() writes a summary with the error as the last line of --json", async () => {
  const host = new MemoryHost(["image", "info", "app.hex", "--json"]);
  strictEqual(await main(host), 2);
  deepStrictEqual(JSON.parse(host.stdout.text), {
    type: "summary",
    command: "image info",
    ok: false,
    error: {
      code: "FILE_NOT_FOUND",
      message: "Cannot read app.hex: there is no such file",
      help: "Check the path; paths in a fleet file begin at its own folder",
    },
  });
  ok(host.stdout.text.startsWith('{"type":"summary","command":"image info","ok":false,"error":{'));
  ok(host.stderr.text.startsWith("canvoy: Cannot read app.hex"));
});

Deno.test("init writes a fleet file that is good", async () => {
  const host = new MemoryHost(["init"]);
  strictEqual(await main(host), 0);
  const text = new TextDecoder().decode(host.files.get("fleet.yaml"));
  const fleet = readFleetFile({ name: "fleet.yaml", text }, FLEET_LOOKUPS);
  strictEqual(fleet.nodes.length, 5);
  const uncommented = text.replaceAll(/^# (profiles:| {2}mine:| {4}\w)/gm, "$1");
  ok(uncommented !== text);
  strictEqual(readFleetFile({ name: "f", text: uncommented }, FLEET_LOOKUPS).nodes.length, 5);
});

Deno.test("init never writes over a file", async () => {
  const host = new MemoryHost(["init", "mine.yaml"], { files: { "mine.yaml": "precious" } });
  strictEqual(await main(host), 2);
  strictEqual(new TextDecoder().decode(host.files.get("mine.yaml")), "precious");
  ok(host.stderr.text.includes("Cannot write mine.yaml: it is there already"));
});

Deno.test("image info tells ranges, first words and checksums", async () => {
  const host = new MemoryHost(["image", "info", "a.hex"], { files: { "a.hex": HEX } });
  strictEqual(await main(host), 0, host.stderr.text);
  const [first, second, third] = host.stdout.text.split("\n");
  strictEqual(first, "a.hex: Intel HEX, 16 bytes in 1 range");
  strictEqual(second, "  0x08008000..0x0800800F  16 bytes, flash");
  ok(third!.startsWith("  first words 0x20020000 0x08008001"));
  ok(host.stdout.text.includes("  crc32 "));
});

Deno.test("image convert writes the format that the name says", async () => {
  const host = new MemoryHost(["image", "convert", "a.hex", "--output", "a.bin"], {
    files: { "a.hex": HEX },
  });
  strictEqual(await main(host), 0, host.stderr.text);
  strictEqual(host.files.get("a.bin")!.length, 16);
  const back = new MemoryHost(
    ["image", "convert", "a.bin", "--base=0x08008000", "--output=b.hex"],
    { files: Object.fromEntries(host.files) },
  );
  strictEqual(await main(back), 0, back.stderr.text);
  strictEqual(new TextDecoder().decode(back.files.get("b.hex")).replaceAll("\r", ""), HEX);
});

Deno.test("image convert refuses a target of no format, and one that is there", async () => {
  const files = { "a.hex": HEX, "a.bin": "x" };
  for (const target of ["a.elf", "a.xyz", "a.bin"]) {
    const host = new MemoryHost(["image", "convert", "a.hex", "--output", target], { files });
    strictEqual(await main(host), 2, target);
  }
  const replacing = new MemoryHost(
    ["image", "convert", "a.hex", "--output", "a.bin", "--replace"],
    { files },
  );
  strictEqual(await main(replacing), 0);
});
