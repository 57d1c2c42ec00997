/** What a newcomer does wrong, and what is told: its place, what was expected, what was meant. */
import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { KeyFileError } from "../../../src/adapters/mod.ts";
import { INIT_TEXT } from "../../../src/cli/init_text.ts";
import { main } from "../../../src/cli/main.ts";
import { ownFirmware } from "../../support/own_firmware.ts";
import { MemoryHost } from "./_host.ts";

const GOOD = INIT_TEXT.replace(/url: .*/, "url: virtual:bench");
const PROFILES = /# profiles:[^]*$/;

const OWN_DEVICE = "devices: { own: { core: Cortex-M5, can: bxCAN, program: 8, ecc: true, " +
  "erase: [{ size: 2K, count: 64 }], ram: [{ start: 0x20000000, size: 8K }], vectors: 90 } }";

/** Each alone in what `canvoy init` writes: what stands there, and what is written instead. */
const IN_FLEET_FILES: readonly (readonly [string, string | RegExp, string])[] = [
  ["a key in another case", "security: none", "security: { aescmac: key.bin }"],
  ["a key file that is missing", "security: none", "security: { aesCmac: keys/k.bin }"],
  ["a key file that others may read", "security: none", "security: { aesCmac: key.bin }"],
  ["an image that is missing", "file: app.hex", "file: ap.hex"],
  [
    "an image that is missing, and a wrong layout behind it",
    /file: app\.hex([^]*)size: 480K/,
    "file: ap.hex$1size: 470K",
  ],
  ["a raw binary without its address", "file: app.hex", "file: app.bin"],
  ["29 bits without a word of them", "request: 0x7E0", "request: 0x18DA10F1"],
  ["a functional identifier of 29 bits", "# functional: 0x7DF", "functional: 0x18DB33F1"],
  [
    "a range of thirty without {i}",
    /count: 4([^]*)0x600 \+ \{i\}([^]*)0x680 \+ \{i\}/,
    "count: 30$10x600$20x680",
  ],
  ["a range without {i} in its name", "slave-{i}", "slave"],
  ["{I}", "slave-{i}", "slave-{I}"],
  ["i without braces", "0x600 + {i}", "0x600 + i"],
  ["hexadecimal digits that YAML takes for a power of ten", "request: 0x7E0", "request: 7E0"],
  ["hexadecimal digits without 0x", "request: 0x7E0", "request: 70F"],
  ["a bit rate with its unit", "bitrate: 500000", "bitrate: 500k"],
  ["a bit rate in kbit/s", "bitrate: 500000", "bitrate: 500"],
  ["a size with its unit", "480K", "480KB"],
  [
    "an application within the bootloader",
    "start: 0x08008000, size: 480K",
    "start: 0x08004000, size: 496K",
  ],
  ["an application longer than flash", "size: 480K", "size: 992K"],
  ["an address without 0x", "start: 0x08008000", "start: 08008000"],
  ["the file's name as the image", "image: app\n", "image: app.hex\n"],
  ["bytes with 0x", "security: none", 'security: { xor: "0xA5 0x5A" }'],
  ["bytes as a number", "security: none", "security: { xor: 0xA55A }"],
  ["none in another case", "security: none", "security: None"],
  ["a tab", "  bench:\n", "\tbench:\n"],
  ["no space behind a colon", "bus: bench", "bus:bench"],
  ["no colon", "image: app\n", "image app\n"],
  ["no space behind a dash", "- name: master", "-name: master"],
  ["a wrong indent", "    request: 0x7E0", "   request: 0x7E0"],
  ["a wider indent", "    request: 0x7E0", "     request: 0x7E0"],
  ["a brace that is not closed", "size: 480K }", "size: 480K"],
  ["no comma", "start: 0x08008000, size", "start: 0x08008000 size"],
  ["a key that stands twice", "bitrate: 500000", "bitrate: 500000\n    bitrate: 250000"],
  ["a bus URL with a blank", "virtual:bench", "virtual: bench"],
  ["an interface without its kind", "virtual:bench", "can0"],
  ["a bus URL with slashes", "virtual:bench", "socketcan://can0"],
  ["a version that YAML takes for a number", "version: 1.0.0", "version: 1.0"],
  ["a number in quotes", "count: 4", 'count: "4"'],
  ["a name where a list stands", "[slaves]", "slaves"],
  ["a profile in another case", "profile: iso14229", "profile: ISO14229"],
  ["a fault outside of behaviour", "security: none", "security: none\n  sim: { resetAtBlock: 5 }"],
  ["a duration without its unit", PROFILES, "profiles: { mine: { timing: { p2: 150 } } }"],
  ["a duration with its unit", PROFILES, "profiles: { mine: { timing: { p2Ms: 150ms } } }"],
  [
    "a request with 0x",
    PROFILES,
    'profiles: { mine: { erase: { request: "0x31 0x01 0xFF 0x00" } } }',
  ],
  ["one node instead of nodes", "\nnodes:", "\nnode:"],
  ["a base address of a file that has addresses", "app.hex", "app.hex, base: 0x08008000"],
  ["a version that is left empty", "version: 1.0.0", "version:"],
  ["a bus URL without its interface", "virtual:bench", "socketcan:"],
  ["a bus kind alone", "virtual:bench", "socketcan"],
  ["a blank of a word processor", "bus: bench", "bus:\u00A0bench"],
  ["an equals sign", "bus: bench", "bus = bench"],
  ["a core that is none", "\nnodes:", `\n${OWN_DEVICE}\nnodes:`],
  ["{i} in front of a sum", "0x600 + {i}", "{i} + 0x600"],
  ["{i} in front of a product", "0x600 + {i}", "{i} * 2 + 0x600"],
  ["{i} alone", "0x600 + {i}", "{i}"],
  ["{i} at the beginning of a name", "slave-{i}", "{i}-slave"],
  ["a sum in brackets", "0x600 + {i}", "(0x600 + {i})"],
  ["i in square brackets", "0x600 + {i}", "0x600 + [i]"],
  ["a letter O in an identifier", "request: 0x7E0", "request: 0x7EO"],
  ["a letter O in front of x", "request: 0x7E0", "request: Ox7E0"],
  ["a letter l in an identifier", "response: 0x7E8", "response: 0x7l8"],
  ["an identifier of an assembler", "request: 0x7E0", "request: 7E0h"],
  ["a large X", "request: 0x7E0", "request: 0X7E0"],
  ["an identifier in bits", "request: 0x7E0", "request: 0b11111100000"],
  ["a letter O in an address", "start: 0x08008000", "start: 0x080O8000"],
  ["an address with a mark between its digits", "start: 0x08008000", "start: 0x0800_8000"],
  ["an address as a sum", "start: 0x08008000", "start: 0x08000000 + 32K"],
  ["letters O in a bit rate", "bitrate: 500000", "bitrate: 5OOOOO"],
  ["a bit rate with a mark between its digits", "bitrate: 500000", "bitrate: 500_000"],
  ["half a size", "480K", "0.5M"],
  ["a range where a mapping stands", "{ start: 0x08008000, size: 480K }", "0x08008000..0x0807FFFF"],
  ["a letter O in a part", "STM32F407VE", "STM32F4O7VE"],
  ["a part with a dash", "STM32F407VE", "STM32-F407VE"],
  ["a layout of another part", "STM32F407VE", "STM32H750VB"],
  ["a kind of bus in another case", "virtual:bench", "SocketCAN:can0"],
  ["a kind of bus as others call it", "virtual:bench", "can:can0"],
  ["a kind of bus that is misspelt", "virtual:bench", "virtaul:bench"],
  ["a kind of bus and a blank", "virtual:bench", "socketcan can0"],
  ["a path of another system", "file: app.hex", "file: build\\app.hex"],
  [
    "identifiers as others call them",
    "    request: 0x7E0\n    response: 0x7E8",
    "    tx: 0x7E0\n    rx: 0x7E8",
  ],
  ["a part as others call it", "  device: ", "  mcu: "],
  ["typographic quotes", "version: 1.0.0", "version: “1.0.0”"],
  ["a dash of a word processor in a name", "slave-{i}", "slave–{i}"],
  ["a blank in a name", "name: master", "name: my master"],
  ["a comma as JSON has it", "  bus: bench", '  "bus": "bench",'],
  ["a range without data", "file: app.hex", "file: app.hex, range: 0x08010000+4K"],
  ["a letter O in a range", "file: app.hex", "file: app.hex, range: 0x080O8000+4K"],
  ["an image that is damaged", "file: app.hex", "file: bad.hex"],
  ["an image without its end", "file: app.hex", "file: cut.hex"],
  ["a range that runs out of identifiers", "count: 4", "count: 600"],
  [
    "two ranges with one name",
    "  - name: master",
    "  - name: slave-{i}\n    count: 3\n    first: 2",
  ],
  ["leading zeros as others write them", "slave-{i}", "slave-{i:02}"],
  ["yes for true", "\nnodes:", "\nrequire_signature: yes\nnodes:"],
  ["off for none", "security: none", "security: none\n  frames: { padding: off }"],
  ["a core by half of its name", "\nnodes:", `\n${OWN_DEVICE.replace("Cortex-M5", "M4")}\nnodes:`],
  ["a quote that is not closed", "version: 1.0.0", 'version: "1.0.0'],
  ["a colon within braces", "version: 1.0.0", "version: a: b"],
  ["two documents", "\nnodes:", "\n---\nnodes:"],
  ["a brace too many", "size: 480K }", "size: 480K } }"],
  ["a bit rate as others call it", "bitrate: 500000", "baudrate: 500000"],
  ["an offset of an image", "file: app.hex", "file: app.bin, offset: 0x08008000"],
  ["a file that is no image", "file: app.hex", "file: fleet.yaml"],
];

/** Each alone on a command line. */
const ON_COMMAND_LINES: readonly string[] = [
  "falsh fleet.yaml",
  "info app.hex",
  "image app.hex",
  "flash",
  "flash app.hex",
  "flash fleet.yaml app.hex",
  "flash --fleet fleet.yaml",
  "plan fleet.yml",
  "plan fleet.yaml --only master slave-1",
  "plan fleet.yaml --only slave",
  "plan fleet.yaml --image ap=app.hex",
  "flash fleet.yaml --virtualtime",
  "flash fleet.yaml --bus can0",
  "flash fleet.yaml --bus ben=virtual:x",
  "flash fleet.yaml --seed abc",
  "explain NRC31",
  "resume fleet.yaml",
  "version",
  "-V",
  "upload fleet.yaml",
  "fleet.yaml",
  "app.hex",
  "trace app.log",
  "image convert app.hex out.bin",
  "image convert app.hex -o out.bin",
  "image info app.bin --base 0x080O8000",
  "image info app.bin --base 08008000",
  "plan fleet.yaml -image app.hex",
  "plan fleet.yaml --node master",
  "flash fleet.yaml —virtual-time",
  "flash fleet.yaml --virtual",
  "flash fleet.yaml --report r.pdf",
  "flash fleet.yaml --junit r.html",
  "flash fleet.yaml --csv r.xlsx",
  "flash fleet.yaml --bus socketcan can0",
  "flash fleet.yaml -y",
  "scan can0",
  "doctor can0",
  "trace explain app.log fleet.yaml",
  "devices STM32F4O7",
  "image info app.hex --range 08008000+1K",
  "plan fleet.yaml --only slave-9",
];

/** Files of a first day; the key is one that others may read. */
class FirstDayHost extends MemoryHost {
  constructor(args: readonly string[], fleet: string) {
    const app = ownFirmware({ start: 0x0800_8000, bytes: 3000, seed: 1 });
    const text = new TextDecoder().decode(app);
    const key = "0123456789abcdef";
    super(args, {
      files: {
        "fleet.yaml": fleet,
        "app.hex": app,
        "app.bin": app.slice(0, 0),
        "key.bin": key,
        "bad.hex": text.replace(":10", ":1O"),
        "cut.hex": text.slice(0, text.lastIndexOf(":")),
      },
    });
  }

  override readonly readSecretFile = (path: string): Uint8Array => {
    throw new KeyFileError("KEY_FILE_OPEN", path, "others may use it too, its rights are 0644");
  };
}

/** What standard error holds, without the advice at its end. */
async function told(args: readonly string[], fleet = GOOD): Promise<readonly string[]> {
  const host = new FirstDayHost(args, fleet);
  strictEqual(await main(host), 2, host.stderr.text);
  strictEqual(host.stdout.text, "");
  return host.stderr.text.trimEnd().split("\n").slice(0, -1);
}

/** What is told of each, by what is wrong: `# what`, then the lines. */
const VECTORS = new URL("../../vectors/cli/first_day.txt", import.meta.url);
const MESSAGES = new Map(
  Deno.readTextFileSync(VECTORS)
    .trimEnd().split("\n\n").map((block) => {
      const [what, ...lines] = block.split("\n");
      return [what!.slice(2), lines];
    }),
);

for (const [what, from, to] of IN_FLEET_FILES) {
  Deno.test(`plan tells ${what} with its line`, async () => {
    const fleet = GOOD.replace(from, to);
    ok(fleet !== GOOD, "nothing is wrong");
    const [first, ...lines] = await told(["plan", "fleet.yaml"], fleet);
    match(first!, /^canvoy: Cannot use fleet file fleet\.yaml: \d mistakes?$/);
    for (const line of lines) match(line, /^fleet\.yaml:\d+:\d+: /);
    deepStrictEqual(lines.map((line) => line.slice("fleet.yaml:".length)), MESSAGES.get(what));
  });
}

for (const line of ON_COMMAND_LINES) {
  Deno.test(`canvoy ${line}: it is told what was meant`, async () => {
    deepStrictEqual(await told(line.split(" ")), MESSAGES.get(`canvoy ${line}`));
  });
}

Deno.test("tests/vectors/cli/first_day.txt holds no message that nobody gets", () => {
  const expected = [
    ...IN_FLEET_FILES.map(([what]) => what),
    ...ON_COMMAND_LINES.map((line) => `canvoy ${line}`),
  ];
  deepStrictEqual([...MESSAGES.keys()], expected);
  ok(expected.length >= 40);
});

// To write the texts anew: deno run -A tests/unit/cli/first_day_mistakes_test.ts --write
if (import.meta.main && Deno.args[0] === "--write") {
  const blocks: string[] = [];
  for (const [what, from, to] of IN_FLEET_FILES) {
    const [, ...lines] = await told(["plan", "fleet.yaml"], GOOD.replace(from, to));
    blocks.push([`# ${what}`, ...lines.map((line) => line.slice("fleet.yaml:".length))].join("\n"));
  }
  for (const line of ON_COMMAND_LINES) {
    blocks.push([`# canvoy ${line}`, ...await told(line.split(" "))].join("\n"));
  }
  Deno.writeTextFileSync(VECTORS, blocks.join("\n\n") + "\n");
}
