/** Bad input of every kind: exit 2, one message that says what and where, and not one frame sent. */
import { match, ok, strictEqual } from "node:assert/strict";
import { main } from "../../src/cli/main.ts";
import { MemoryHost } from "../unit/cli/_host.ts";

const PROJECT = new URL("../..", import.meta.url).pathname;
const TRACE = "trace.log";

type Files = Record<string, string | Uint8Array>;

function fixture(name: string): Uint8Array {
  return Deno.readFileSync(`${PROJECT}/tests/fixtures/${name}`);
}

function fixtureText(name: string): string {
  return new TextDecoder().decode(fixture(name));
}

/** A good fleet of one F407; each option replaces a part of it. */
function fleet(
  change: {
    readonly image?: string;
    readonly device?: string;
    readonly application?: string;
    readonly more?: string;
  } = {},
): string {
  return [
    "buses: { bench: { url: virtual:bench } }",
    `images: { app: ${change.image ?? "app.hex"} }`,
    "nodes:",
    "  - name: pump",
    "    bus: bench",
    "    request: 0x7E0",
    "    response: 0x7E8",
    `    device: ${change.device ?? "STM32F407VG"}`,
    "    layout:",
    "      bootloader: { start: 0x08000000, size: 32K }",
    `      application: { ${change.application ?? "start: 0x08008000, size: 992K"} }`,
    "    image: app",
    "    security: none",
    change.more ?? "",
  ].join("\n");
}

const SECOND_NODE = (ids: string, device: string): string =>
  [
    "  - name: valve",
    "    bus: bench",
    `    ${ids}`,
    `    device: ${device}`,
    "    layout:",
    "      bootloader: { start: 0x08000000, size: 32K }",
    "      application: { start: 0x08008000, size: 480K }",
    "    image: app",
    "    security: none",
  ].join("\n");

/** Flips one character of one line of a text image. */
function flipDigit(text: string, line: number, column: number): string {
  const lines = text.split("\n");
  const before = lines[line - 1]!;
  const digit = before[column - 1] === "0" ? "1" : "0";
  lines[line - 1] = before.slice(0, column - 1) + digit + before.slice(column);
  return lines.join("\n");
}

function cut(bytes: Uint8Array, lengthBytes: number): Uint8Array {
  return bytes.slice(0, lengthBytes);
}

/** Text like the F407's image, with the vector table of `edit`. */
function vectors(edit: (view: DataView) => void): Uint8Array {
  const bytes = fixture("f407_v2.bin");
  edit(new DataView(bytes.buffer, bytes.byteOffset));
  return bytes;
}

const RAW = "{ file: app.bin, base: 0x08008000 }";

interface Case {
  readonly what: string;
  readonly files: Files;
  readonly args?: readonly string[];
  /** What the message says: what, and where. */
  readonly says: RegExp;
}

const CASES: readonly Case[] = [
  {
    what: "no fleet file",
    files: {},
    says: /^canvoy: Cannot read fleet\.yaml: there is no such file/,
  },
  {
    what: "no image file",
    files: { "fleet.yaml": fleet() },
    says: /fleet\.yaml:2:16: images\.app: expected a file, there is none at app\.hex/,
  },
  {
    what: "a corrupt Intel HEX",
    files: { "fleet.yaml": fleet(), "app.hex": flipDigit(fixtureText("f407_v2.hex"), 7, 12) },
    says: /app\.hex:7:\d+: .*checksum/i,
  },
  {
    what: "a truncated Intel HEX",
    files: { "fleet.yaml": fleet(), "app.hex": cut(fixture("f407_v2.hex"), 4000) },
    says: /app\.hex:\d+:\d+: /,
  },
  {
    what: "a corrupt S-record",
    files: {
      "fleet.yaml": fleet({ image: "app.s19" }),
      "app.s19": flipDigit(fixtureText("f407_v2.s19"), 9, 15),
    },
    says: /app\.s19:9:\d+: .*checksum/i,
  },
  {
    what: "a truncated ELF",
    files: {
      "fleet.yaml": fleet({ image: "app.elf" }),
      "app.elf": cut(fixture("f407_v2.elf"), 60_000),
    },
    says: /app\.elf.*(0x|byte|offset)/i,
  },
  {
    what: "an ELF of another machine",
    files: {
      "fleet.yaml": fleet({ image: "app.elf" }),
      "app.elf": Uint8Array.from(fixture("f407_v2.elf"), (byte, i) => i === 18 ? 62 : byte),
    },
    says: /app\.elf.*machine 62/,
  },
  {
    what: "a raw binary without a base address",
    files: { "fleet.yaml": fleet({ image: "app.bin" }), "app.bin": fixture("f407_v2.bin") },
    says: /app\.bin.*base/i,
  },
  {
    what: "a wrong base address",
    files: {
      "fleet.yaml": fleet({ image: "{ file: app.bin, base: 0x08010000 }" }),
      "app.bin": fixture("f407_v2.bin"),
    },
    says: /image app of pump .*no vector table at 0x08008000/,
  },
  {
    what: "an image over the bootloader",
    files: {
      "fleet.yaml": fleet({ image: "{ file: app.bin, base: 0x08004000 }" }),
      "app.bin": fixture("f407_v2.bin"),
    },
    says: /image app of pump .*0x08004000\.\.0x08007FFF lies in the bootloader/,
  },
  {
    what: "an image outside flash",
    files: {
      "fleet.yaml": fleet({ image: "{ file: app.bin, base: 0x20000000 }" }),
      "app.bin": fixture("f407_v2.bin"),
    },
    says: /image app of pump .*0x20000000\.\.0x2000FDBF is not within the flash/,
  },
  {
    what: "an initial stack pointer outside RAM",
    files: {
      "fleet.yaml": fleet({ image: RAW }),
      "app.bin": vectors((view) => view.setUint32(0, 0x3000_0000, true)),
    },
    says: /image app of pump .*stack pointer 0x30000000 at 0x08008000/,
  },
  {
    what: "an even reset vector",
    files: {
      "fleet.yaml": fleet({ image: RAW }),
      "app.bin": vectors((view) => view.setUint32(4, view.getUint32(4, true) & ~1, true)),
    },
    says: /image app of pump .*reset vector 0x08008432 at 0x08008004 is even/,
  },
  {
    what: "two nodes with one identifier",
    files: {
      "fleet.yaml": fleet({
        more: SECOND_NODE("request: 0x7E0\n    response: 0x7E9", "STM32F407VG"),
      }),
      "app.hex": fixture("f407_v2.hex"),
    },
    says: /fleet\.yaml:\d+:\d+: nodes\[1\]\.request: .*0x7E0 is the request of pump/,
  },
  {
    what: "two nodes of one name",
    files: {
      "fleet.yaml": fleet({
        more: SECOND_NODE("request: 0x7E1\n    response: 0x7E9", "STM32F407VG").replace(
          "valve",
          "pump",
        ),
      }),
      "app.hex": fixture("f407_v2.hex"),
    },
    says: /fleet\.yaml:\d+:\d+: nodes\[1\]\.name: .*pump/,
  },
  {
    what: "an unknown device",
    files: {
      "fleet.yaml": fleet({ device: "STM32F999VG" }),
      "app.hex": fixture("f407_v2.hex"),
    },
    says: /fleet\.yaml:8:13: nodes\[0\]\.device: .*STM32F999VG/,
  },
  {
    what: "a layout that cuts a sector",
    files: {
      "fleet.yaml": fleet({ application: "start: 0x08008000, size: 470K" }),
      "app.hex": fixture("f407_v2.hex"),
    },
    says: /fleet\.yaml:\d+:\d+: nodes\[0\]\.layout/,
  },
  {
    what: "one --image for a mixed fleet",
    files: {
      "fleet.yaml": fleet({
        more: SECOND_NODE("request: 0x7E1\n    response: 0x7E9", "STM32L476RG"),
      }),
      "app.hex": fixture("f407_v2.hex"),
    },
    args: ["--image", "app.hex"],
    says: /pump \(STM32F407VG\) and valve \(STM32L476RG\) differ.*--image NAME=FILE/,
  },
];

function flash(files: Files, args: readonly string[] = []): MemoryHost {
  return new MemoryHost(
    ["flash", "fleet.yaml", "--virtual-time", "--trace", TRACE, ...args],
    { files },
  );
}

/** Lines of the trace: frames that were on a bus. */
function frameCount(host: MemoryHost): number {
  const trace = host.files.get(TRACE);
  return trace === undefined ? 0 : new TextDecoder().decode(trace).split("\n").length - 1;
}

for (const { what, files, args, says } of CASES) {
  Deno.test(`flash with ${what}: 2, one message, no frame`, async () => {
    const host = flash(files, args);
    const status = await main(host);
    match(host.stderr.text, says);
    strictEqual(status, 2, host.stderr.text);
    strictEqual(host.stdout.text, "");
    strictEqual(host.stderr.text.match(/^canvoy: /gm)?.length, 1, host.stderr.text);
    strictEqual(frameCount(host), 0);
  });
}

Deno.test("flash with good input sends frames, and the count of the trace sees them", async () => {
  const host = flash({ "fleet.yaml": fleet(), "app.hex": fixture("f407_v2.hex") });
  strictEqual(await main(host), 0, host.stderr.text);
  ok(frameCount(host) > 1000);
});

Deno.test("the count of a trace sees a single frame", () => {
  const host = flash({ [TRACE]: "(0000000000.000222) bench 7E0#0210030000000000\n" });
  strictEqual(frameCount(host), 1);
});
