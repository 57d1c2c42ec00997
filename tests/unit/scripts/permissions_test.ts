import { deepStrictEqual, throws } from "node:assert/strict";
import { permissionFlags } from "../../../scripts/permissions.ts";

const ENVIRONMENT = ["--allow-env=COLUMNS,NO_COLOR,TERM", "--ignore-env"];

const FILES: Readonly<Record<string, string>> = {
  "bench/fleet.yaml": "buses: { a: { url: 'virtual:a' } }",
  "loop.yaml": [
    "buses:",
    "  a: { url: virtual:a?bitrate=1000000&connect=127.0.0.1:5555, functional: 0x7DF }",
    '  b: { url: "virtual:b?listen=[::1]:0" }',
    "  # c: { url: virtual:c?connect=127.0.0.1:6666 }",
  ].join("\n"),
  "far.yaml": "buses: { a: { url: 'virtual:a?connect=192.0.2.1:80' } }",
  "can.yaml": "buses:\n  a: { url: socketcan:can0 }",
};

/** The flags but those that every command line gets. */
function flags(commandLine: string): readonly string[] {
  const all = permissionFlags({
    project: "/opt/canvoy",
    args: commandLine.split(" ").filter((word) => word !== ""),
    readText: (path) => FILES[path] ?? "",
  });
  deepStrictEqual(all.slice(-2), ENVIRONMENT);
  return all.slice(0, -2);
}

Deno.test("permissionFlags() lists what each command line needs and no more", () => {
  const cases: Readonly<Record<string, readonly string[]>> = {
    "": [],
    "--help": [],
    "demo": ["--allow-read=/opt/canvoy"],
    "demo --json --seed 7 --trace t.log": ["--allow-read=/opt/canvoy", "--allow-write=t.log"],
    "init": ["--allow-write=fleet.yaml"],
    "init bench/fleet.yaml": ["--allow-write=bench/fleet.yaml"],
    "plan bench/fleet.yaml": ["--allow-read=bench"],
    "verify /etc/fleet.yaml --json": ["--allow-read=/etc"],
    "verify /fleet.yaml": ["--allow-read=/"],
    "flash fleet.yaml --image fw.hex": ["--allow-read=.,fw.hex"],
    "flash --seed 7 --image app=out/fw.elf --image=io=io.s19 bench/fleet.yaml": [
      "--allow-read=bench,out/fw.elf,io.s19",
    ],
    "--json flash bench/fleet.yaml --only a,b --virtual-time --trace=run.log": [
      "--allow-read=bench",
      "--allow-write=run.log",
    ],
    "sim loop.yaml": ["--allow-read=.", "--allow-net=127.0.0.1:5555,[::1]:0"],
    "flash far.yaml": ["--allow-read=."],
    "flash can.yaml": ["--allow-read=.", "--allow-ffi=/opt/canvoy/node_modules"],
    "sim bench/fleet.yaml": ["--allow-read=bench", "--allow-net=127.0.0.1:0"],
    "sim can.yaml": ["--allow-read=.", "--allow-ffi=/opt/canvoy/node_modules"],
    "sim bench/fleet.yaml --bus virtual:a?listen=localhost:7000": [
      "--allow-read=bench",
      "--allow-net=localhost:7000,127.0.0.1:0",
    ],
    "flash bench/fleet.yaml --bus a=virtual:a?connect=127.0.0.1:7000": [
      "--allow-read=bench",
      "--allow-net=127.0.0.1:7000",
    ],
    "scan --bus socketcan:can0": ["--allow-ffi=/opt/canvoy/node_modules"],
    "scan --bus=virtual:a?connect=127.0.0.1:5555": ["--allow-net=127.0.0.1:5555"],
    "scan --bus virtual:a?connect=example.org:80": [],
    "scan --range 0x700-0x7EF --wait 20 --fleet found.yaml --bus virtual:a?connect=127.0.0.1:5": [
      "--allow-write=found.yaml",
      "--allow-net=127.0.0.1:5",
    ],
    "image info fw.hex": ["--allow-read=fw.hex"],
    "image convert fw.elf --output fw.hex": ["--allow-read=fw.elf", "--allow-write=fw.hex"],
    "image convert fw.bin --base 0x08008000 --output fw.hex": [
      "--allow-read=fw.bin",
      "--allow-write=fw.hex",
    ],
    "unknown /etc/passwd": [],
    "flash": [],
    "flash --trace": [],
  };
  for (const [commandLine, expected] of Object.entries(cases)) {
    deepStrictEqual(flags(commandLine), expected, commandLine);
  }
});

Deno.test("permissionFlags() refuses a path that Deno would read as two", () => {
  throws(() => flags("plan a,b/fleet.yaml"), {
    name: "RangeError",
    message: 'Cannot grant access to "a,b": Deno takes no comma in a path',
  });
});
