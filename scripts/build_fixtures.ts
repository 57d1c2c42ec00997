/**
 * Compiles the firmware fixtures of the tests and the demo with Debian's `gcc-arm-none-eabi`.
 *
 *     deno run -RW --allow-run scripts/build_fixtures.ts [--check]
 *
 * `--check` builds elsewhere and compares with what is committed. The tables inside the programs
 * come from a seed, and no path or date gets into the files: the same compiler gives equal bytes.
 */
import { createHash } from "node:crypto";
import { hex, Prng } from "../src/core/mod.ts";

const KIB = 1024;
const OUTPUT_URL = new URL("../tests/fixtures/", import.meta.url);
const SOURCE_URL = new URL("firmware/", OUTPUT_URL);
const SOURCES = ["startup.c", "main.c"];
const COEFFICIENT_COUNT = 64;
const EXTENSIONS = ["elf", "hex", "s19", "bin"];
const OBJCOPY_FORMATS = [["ihex", "hex"], ["srec", "s19"], ["binary", "bin"]] as const;

/** One program: a device, its place in memory, its version. */
interface Fixture {
  readonly name: string;
  /** Part name as in src/stm32. */
  readonly part: string;
  /** GCC's `-mcpu`. */
  readonly cpu: string;
  readonly vectorCount: number;
  readonly hasVtor: boolean;
  readonly version: string;
  readonly applicationStart: number;
  /** What the application shall take up, initialised data included. */
  readonly applicationBytes: number;
  /** A second stretch of flash, apart from the first. */
  readonly calibration?: { readonly start: number; readonly sizeBytes: number };
  readonly ramStart: number;
  /** The initial stack pointer: one past the end of a RAM. */
  readonly stackTop: number;
}

const F407 = {
  part: "STM32F407xG",
  cpu: "cortex-m4",
  vectorCount: 98,
  hasVtor: true,
  applicationStart: 0x08008000,
  applicationBytes: 64 * KIB,
  ramStart: 0x20000000,
  stackTop: 0x20020000,
};

const FIXTURES: readonly Fixture[] = [
  { name: "f407_v1", version: "1.4.2", ...F407 },
  { name: "f407_v2", version: "2.0.0", ...F407 },
  {
    name: "f103_v2",
    part: "STM32F103xE",
    cpu: "cortex-m3",
    vectorCount: 76,
    hasVtor: true,
    version: "2.0.0",
    applicationStart: 0x08004000,
    applicationBytes: 32 * KIB,
    ramStart: 0x20000000,
    stackTop: 0x20010000,
  },
  {
    name: "f072_v2",
    part: "STM32F072xB",
    cpu: "cortex-m0",
    vectorCount: 48,
    hasVtor: false,
    version: "2.0.0",
    applicationStart: 0x08002000,
    applicationBytes: 25 * KIB,
    ramStart: 0x20000000,
    stackTop: 0x20004000,
  },
  {
    name: "l476_v2",
    part: "STM32L476xG",
    cpu: "cortex-m4",
    vectorCount: 98,
    hasVtor: true,
    version: "2.0.0",
    applicationStart: 0x08008000,
    applicationBytes: 40 * KIB,
    ramStart: 0x20000000,
    stackTop: 0x20018000,
  },
  {
    name: "g474_v2",
    part: "STM32G474xE",
    cpu: "cortex-m4",
    vectorCount: 118,
    hasVtor: true,
    version: "2.0.0",
    applicationStart: 0x08008000,
    applicationBytes: 40 * KIB,
    ramStart: 0x20000000,
    stackTop: 0x20018000,
  },
  {
    name: "g0b1_v2",
    part: "STM32G0B1xE",
    cpu: "cortex-m0plus",
    vectorCount: 47,
    hasVtor: true,
    version: "2.0.0",
    applicationStart: 0x08004000,
    applicationBytes: 28 * KIB,
    ramStart: 0x20000000,
    stackTop: 0x20024000,
  },
  {
    name: "h743_v2",
    part: "STM32H743xI",
    cpu: "cortex-m7",
    vectorCount: 166,
    hasVtor: true,
    version: "2.0.0",
    applicationStart: 0x08020000,
    applicationBytes: 136 * KIB,
    ramStart: 0x24000000,
    stackTop: 0x24080000,
  },
  {
    name: "f446_v2",
    part: "STM32F446xE",
    cpu: "cortex-m4",
    vectorCount: 113,
    hasVtor: true,
    version: "2.0.0",
    applicationStart: 0x08010000,
    applicationBytes: 32 * KIB,
    calibration: { start: 0x08020000, sizeBytes: 24 * KIB },
    ramStart: 0x20000000,
    stackTop: 0x20020000,
  },
];

/** Room for vectors, code and coefficients; the rest of the application is the table. */
const CODE_BYTES = 0x800;

/** The tables as C: halves of the map are alike in all versions of one program. */
function tableSource(fixture: Fixture): string {
  const words = mapWords(fixture);
  const family = fixture.name.replace(/_v\d+$/, "");
  const common = new Prng(seedOf(family));
  const own = new Prng(seedOf(fixture.name));
  const map = Array.from({ length: words }, (_, i) => (i < words / 2 ? common : own).uint32());
  const coefficients = Array.from({ length: COEFFICIENT_COUNT }, () => common.below(2 ** 16));
  const calibration = Array.from({ length: calibrationWords(fixture) }, () => common.uint32());
  return [
    "#include <stdint.h>",
    `const uint32_t engine_map[] = {${map.map((word) => hex(word, 8) + "u").join(",")}};`,
    `uint16_t coefficients[] = {${coefficients.join(",")}};`,
    calibration.length === 0 ? "" : '__attribute__((section(".calibration")))' +
      `const uint32_t calibration[] = {${
        calibration.map((word) => hex(word, 8) + "u").join(",")
      }};`,
    "",
  ].join("\n");
}

function mapWords(fixture: Fixture): number {
  return (fixture.applicationBytes - CODE_BYTES) / 4;
}

function calibrationWords(fixture: Fixture): number {
  return (fixture.calibration?.sizeBytes ?? 0) / 4;
}

function seedOf(text: string): number {
  return createHash("sha256").update(text).digest().readUInt32BE();
}

function compilerArguments(fixture: Fixture): readonly string[] {
  const { cpu, vectorCount, hasVtor, version, part, calibration } = fixture;
  const defines = {
    VECTOR_COUNT: vectorCount,
    HAS_VTOR: hasVtor ? 1 : 0,
    VERSION: `"${version}"`,
    PART: `"${part}"`,
    ENGINE_MAP_WORDS: mapWords(fixture),
    COEFFICIENT_COUNT,
    CALIBRATION_WORDS: calibrationWords(fixture),
  };
  const symbols = {
    APPLICATION_START: fixture.applicationStart,
    APPLICATION_BYTES: fixture.applicationBytes,
    CALIBRATION_START: calibration?.start ?? 0,
    CALIBRATION_BYTES: calibration?.sizeBytes ?? 0,
    RAM_START: fixture.ramStart,
    RAM_VECTORS_BYTES: hasVtor ? 0 : 4 * vectorCount,
    STACK_TOP: fixture.stackTop,
  };
  return [
    `-mcpu=${cpu}`,
    "-mthumb",
    ...["-Os", "-std=gnu11", "-Wall", "-Wextra", "-Werror"],
    ...["-ffreestanding", "-nostdlib", "-fno-ident", "-fno-tree-loop-distribute-patterns"],
    ...Object.entries(defines).map(([name, value]) => `-D${name}=${value}`),
    ...Object.entries(symbols).map(([name, value]) => `-Wl,--defsym=${name}=${hex(value, 8)}`),
    ...["-Wl,--build-id=none", "-Wl,--fatal-warnings", "-T", "firmware.ld"],
    ...["-o", `${fixture.name}.elf`, ...SOURCES, "tables.c"],
  ];
}

async function run(command: string, args: readonly string[], cwd: string): Promise<void> {
  const { success, stderr } = await new Deno.Command(command, { args: [...args], cwd }).output();
  if (success) return;
  throw new Error(`Cannot run ${command}: ${new TextDecoder().decode(stderr)}`);
}

async function buildFixture(fixture: Fixture, folder: string): Promise<void> {
  const { name } = fixture;
  await Deno.writeTextFile(`${folder}/tables.c`, tableSource(fixture));
  await run("arm-none-eabi-gcc", compilerArguments(fixture), folder);
  await run("arm-none-eabi-strip", [`${name}.elf`], folder);
  for (const [format, extension] of OBJCOPY_FORMATS) {
    // Only a raw binary has to say something about gaps.
    const gapFill = format === "binary" ? ["--gap-fill", "0xFF"] : [];
    const files = [`${name}.elf`, `${name}.${extension}`];
    await run("arm-none-eabi-objcopy", ["-O", format, ...gapFill, ...files], folder);
  }
}

/** What consumers need to know of each program without parsing it. */
async function manifest(folder: string): Promise<string> {
  const entries = [];
  for (const fixture of FIXTURES) {
    const { name, part, version, applicationStart, calibration, stackTop } = fixture;
    const bin = await Deno.readFile(`${folder}/${name}.bin`);
    entries.push({
      name,
      part,
      version,
      applicationStart: hex(applicationStart, 8),
      ...(calibration === undefined ? {} : { calibrationStart: hex(calibration.start, 8) }),
      initialStackPointer: hex(stackTop, 8),
      binBytes: bin.length,
      binSha256: createHash("sha256").update(bin).digest("hex"),
    });
  }
  return JSON.stringify(entries, undefined, 2) + "\n";
}

async function buildAll(folder: string): Promise<readonly string[]> {
  for (const source of [...SOURCES, "info.h", "firmware.ld"]) {
    await Deno.copyFile(new URL(source, SOURCE_URL), `${folder}/${source}`);
  }
  for (const fixture of FIXTURES) await buildFixture(fixture, folder);
  await Deno.writeTextFile(`${folder}/fixtures.json`, await manifest(folder));
  const files = FIXTURES.flatMap(({ name }) => EXTENSIONS.map((ext) => `${name}.${ext}`));
  return [...files, "fixtures.json"];
}

async function main(isCheck: boolean): Promise<number> {
  const folder = await Deno.makeTempDir({ prefix: "canvoy-fixtures-" });
  const changed: string[] = [];
  try {
    for (const file of await buildAll(folder)) {
      const built = await Deno.readFile(`${folder}/${file}`);
      const committed = await Deno.readFile(new URL(file, OUTPUT_URL)).catch(() => undefined);
      const isSame = committed !== undefined && built.length === committed.length &&
        built.every((byte, i) => byte === committed[i]);
      if (isSame) continue;
      changed.push(file);
      if (!isCheck) await Deno.writeFile(new URL(file, OUTPUT_URL), built);
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
  const verb = isCheck ? "differ" : "written";
  const text = `${changed.length} of ${FIXTURES.length * EXTENSIONS.length + 1} files ${verb}\n`;
  await Deno.stdout.write(new TextEncoder().encode([...changed, text].join("\n")));
  return isCheck && changed.length > 0 ? 1 : 0;
}

if (import.meta.main) Deno.exit(await main(Deno.args.includes("--check")));
