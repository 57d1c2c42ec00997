import { deepStrictEqual, throws } from "node:assert/strict";
import type { SeenJournal } from "../../../src/journal/mod.ts";
import { loopbackAddress } from "../../../src/adapters/tcp_connection.ts";
import { type LoopbackEndpoint, parseBusUrl } from "../../../src/can/mod.ts";
import { permissionFlags } from "../../../scripts/permission_flags.ts";

const ENVIRONMENT = ["--allow-env=COLUMNS,NO_COLOR,TERM", "--ignore-env"];
/** For commands that keep a journal or take locks. */
const STATE_ENVIRONMENT = [
  "--allow-env=COLUMNS,HOME,NO_COLOR,SUDO_USER,TERM,XDG_STATE_HOME",
  "--ignore-env",
];
const STATE = "/home/a/.local/state/canvoy";
const KEEPING = /^(--json )?(demo|flash|resume|verify|scan|doctor|runs)/;
/** Where locks of buses are. */
const BUSES = `${STATE}/buses`;

/** Journals by their paths, the newest first. */
const JOURNALS: Readonly<Record<string, SeenJournal["glance"]>> = {
  [`${STATE}/runs/3.cborseq`]: { args: ["flash", "/new/fleet.yaml"], isComplete: true },
  [`${STATE}/runs/2.cborseq`]: {
    args: [
      "flash",
      "/old/fleet.yaml",
      "--image",
      "app=/fw/app.hex",
      "--bus",
      "virtual:a?connect=127.0.0.1:5555",
    ],
    isComplete: false,
  },
  [`${STATE}/runs/1.cborseq`]: { args: ["flash", "/new/fleet.yaml"], isComplete: false },
  "evil.cborseq": {
    args: ["flash", "/a/fleet.yaml", "--trace", "/etc/passwd", "--journal", "/root/.profile"],
    isComplete: false,
  },
};

const FILES: Readonly<Record<string, string>> = {
  "bench/fleet.yaml": "buses: { a: { url: 'virtual:a' } }",
  "bench/keys.yaml": [
    "a: { security: { command: [bin/key, --mode] } }",
    "b: { security: { library: lib/seed.so } }",
    "c: { security: { library: ../out.so }, d: { command: [/bin/sh] } }",
  ].join("\n"),
  "loop.yaml": [
    "buses:",
    "  a: { url: virtual:a?bitrate=1000000&connect=127.0.0.1:5555, functional: 0x7DF }",
    '  b: { url: "virtual:b?listen=[::1]:0" }',
    "  # c: { url: virtual:c?connect=127.0.0.1:6666 }",
  ].join("\n"),
  "far.yaml": "buses: { a: { url: 'virtual:a?connect=192.0.2.1:80' } }",
  "stateful.yaml": "state: kept/here\nbuses:\n  a: { url: virtual:a }",
  "escaping.yaml": "state: ../../elsewhere\nbuses:\n  a: { url: virtual:a }",
  "can.yaml": "buses:\n  a: { url: socketcan:can0 }",
};

/** The flags but those that every command line gets. */
function flags(commandLine: string): readonly string[] {
  const all = permissionFlags({
    project: "/opt/canvoy",
    args: commandLine.split(" ").filter((word) => word !== ""),
    readText: (path) => FILES[path] ?? "",
    stateFolder: STATE,
    glance: (path) => JOURNALS[path],
    journals: (folder) =>
      Object.entries(JOURNALS).filter(([path]) => path.startsWith(`${folder}/`))
        .map(([path, glance]) => ({ path, glance })),
  });
  deepStrictEqual(all.slice(-2), KEEPING.test(commandLine) ? STATE_ENVIRONMENT : ENVIRONMENT);
  return all.slice(0, -2);
}

/** Command lines that keep no journal. */
const PLAIN: Readonly<Record<string, readonly string[]>> = {
  "": [],
  "--help": [],
  "init": ["--allow-write=fleet.yaml"],
  "init bench/fleet.yaml": ["--allow-write=bench/fleet.yaml"],
  "plan bench/fleet.yaml": ["--allow-read=bench"],
  "verify /etc/fleet.yaml --json": ["--allow-read=/etc"],
  "verify /fleet.yaml": ["--allow-read=/"],
  "verify bench/fleet.yaml": ["--allow-read=bench"],
  "verify far.yaml": [`--allow-read=.,${BUSES}`, `--allow-write=${BUSES}`],
  "sim loop.yaml": ["--allow-read=.", "--allow-net=127.0.0.1:5555,[::1]:0"],
  "sim bench/fleet.yaml": ["--allow-read=bench", "--allow-net=127.0.0.1:0"],
  "sim can.yaml": ["--allow-read=.", "--allow-ffi=/opt/canvoy/node_modules", "--allow-run=ip"],
  "sim bench/fleet.yaml --bus virtual:a?listen=localhost:7000": [
    "--allow-read=bench",
    "--allow-net=127.0.0.1:7000,127.0.0.1:0",
  ],
  "scan --bus socketcan:can0": [
    `--allow-read=${BUSES}`,
    `--allow-write=${BUSES}`,
    "--allow-ffi=/opt/canvoy/node_modules",
    "--allow-run=ip",
  ],
  "scan --bus=virtual:a?connect=127.0.0.1:5555": [
    `--allow-read=${BUSES}`,
    `--allow-write=${BUSES}`,
    "--allow-net=127.0.0.1:5555",
  ],
  "scan --bus virtual:a?connect=localhost:7000": [
    `--allow-read=${BUSES}`,
    `--allow-write=${BUSES}`,
    "--allow-net=127.0.0.1:7000",
  ],
  "scan --bus virtual:a?connect=::1:7000": [
    `--allow-read=${BUSES}`,
    `--allow-write=${BUSES}`,
    "--allow-net=[::1]:7000",
  ],
  "plan can.yaml": ["--allow-read=."],
  "plan loop.yaml --bus virtual:a?connect=127.0.0.1:7": ["--allow-read=."],
  "plan bench/keys.yaml --allow-key-programs": ["--allow-read=bench"],
  "bundle pack can.yaml --output r.suit": ["--allow-read=.", "--allow-write=r.suit"],
  "scan --bus virtual:a?connect=example.org:80": [
    `--allow-read=${BUSES}`,
    `--allow-write=${BUSES}`,
  ],
  "doctor can.yaml": [
    `--allow-read=.,${BUSES}`,
    `--allow-write=${BUSES}`,
    "--allow-ffi=/opt/canvoy/node_modules",
    "--allow-run=ip",
  ],
  "scan --range 0x700-0x7EF --wait 20 --fleet found.yaml --bus virtual:a?connect=127.0.0.1:5": [
    `--allow-read=${BUSES}`,
    `--allow-write=found.yaml,${BUSES}`,
    "--allow-net=127.0.0.1:5",
  ],
  "image info fw.hex": ["--allow-read=fw.hex"],
  "image convert fw.elf --output fw.hex": ["--allow-read=fw.elf", "--allow-write=fw.hex"],
  "image convert fw.bin --base 0x08008000 --output fw.hex": [
    "--allow-read=fw.bin",
    "--allow-write=fw.hex",
  ],
  "unknown /etc/passwd": [],
  "trace explain a.log --fleet f.yaml --json": ["--allow-read=.,a.log"],
  "verify far.yaml --trace a.b/c --junit j.xml": [
    `--allow-read=.,${BUSES}`,
    `--allow-write=j.xml,a.b/c,a.b/c.2,a.b/c.3,${BUSES}`,
  ],
  "verify far.yaml --only failed,x": [
    `--allow-read=.,${STATE},${BUSES}`,
    `--allow-write=${BUSES}`,
  ],
  "verify bench/fleet.yaml --only=failed": [`--allow-read=bench,${STATE}`],
  "verify far.yaml --web": [
    `--allow-read=.,${BUSES}`,
    `--allow-write=${BUSES}`,
    "--allow-net=127.0.0.1:8787",
  ],
  "replay run.jsonl --web --web-port=0": ["--allow-read=run.jsonl", "--allow-net=127.0.0.1:0"],
};

/** Tells this machine from others, where nodes outlive the run. */
const MACHINE = "/etc/machine-id";

/** Command lines that keep one. */
const JOURNALLED: Readonly<Record<string, readonly string[]>> = {
  "demo": ["--allow-read=/opt/canvoy", `--allow-write=${STATE}`],
  "demo --signed": [`--allow-read=/opt/canvoy,${STATE}`, `--allow-write=${STATE}`],
  "demo --json --seed 7 --trace t.log": [
    "--allow-read=/opt/canvoy",
    `--allow-write=t.log,t.2.log,t.3.log,${STATE}`,
  ],
  "flash fleet.yaml --image fw.hex": [
    "--allow-read=.,fw.hex",
    `--allow-write=${STATE}`,
  ],
  "flash fleet.yaml --only failed": [`--allow-read=.,${STATE}`, `--allow-write=${STATE}`],
  "flash fleet.yaml --rollback-to old.hex --rollback-to=io=io.s19": [
    "--allow-read=.,old.hex,io.s19",
    `--allow-write=${STATE}`,
  ],
  "flash fleet.yaml --journal run.cborseq": [
    "--allow-read=.",
    `--allow-write=run.cborseq,${STATE}`,
  ],
  "flash far.yaml --journal run.cborseq": [
    `--allow-read=.,${MACHINE},run.cborseq,${STATE}`,
    `--allow-write=run.cborseq,${STATE}`,
  ],
  "flash --seed 7 --image app=out/fw.elf --image=io=io.s19 bench/fleet.yaml": [
    "--allow-read=bench,out/fw.elf,io.s19",
    `--allow-write=${STATE}`,
  ],
  "--json flash bench/fleet.yaml --only a,b --virtual-time --trace=run.log": [
    "--allow-read=bench",
    `--allow-write=run.log,run.2.log,run.3.log,${STATE}`,
  ],
  "resume": [
    `--allow-read=/old,/fw/app.hex,${MACHINE},${STATE}`,
    `--allow-write=${STATE}`,
    "--allow-net=127.0.0.1:5555",
  ],
  "resume evil.cborseq": [
    `--allow-read=/a,evil.cborseq,${STATE}`,
    `--allow-write=evil.cborseq,${STATE}`,
  ],
  "resume gone.cborseq": [
    `--allow-read=gone.cborseq,${STATE}`,
    `--allow-write=gone.cborseq,${STATE}`,
  ],
  "flash far.yaml": [`--allow-read=.,${MACHINE},${STATE}`, `--allow-write=${STATE}`],
  "flash can.yaml": [
    `--allow-read=.,${MACHINE},${STATE}`,
    `--allow-write=${STATE}`,
    "--allow-ffi=/opt/canvoy/node_modules",
    "--allow-run=ip",
  ],
  "flash bench/fleet.yaml --bus a=virtual:a?connect=127.0.0.1:7000": [
    `--allow-read=bench,${MACHINE},${STATE}`,
    `--allow-write=${STATE}`,
    "--allow-net=127.0.0.1:7000",
  ],
  "flash far.yaml --state kept": [
    `--allow-read=.,${MACHINE},kept,${STATE}/buses`,
    `--allow-write=kept,${STATE}/buses`,
  ],
  "flash stateful.yaml": ["--allow-read=.", "--allow-write=./kept/here"],
  "flash escaping.yaml": ["--allow-read=.", `--allow-write=${STATE}`],
  "runs --state kept": ["--allow-read=kept", "--allow-write=kept"],
  "runs": [`--allow-read=${STATE}`, `--allow-write=${STATE}`],
  "runs settle a.cborseq": [`--allow-read=${STATE}`, `--allow-write=${STATE}`],
  "runs forget 4711": [`--allow-read=${STATE}`, `--allow-write=${STATE}`],
  "flash": [`--allow-write=${STATE}`],
  "flash --trace": [`--allow-write=${STATE}`],
};

Deno.test("permissionFlags() lists what each command line needs and no more", () => {
  for (const [commandLine, expected] of Object.entries({ ...PLAIN, ...JOURNALLED })) {
    deepStrictEqual(flags(commandLine), expected, commandLine);
  }
});

Deno.test("permissionFlags() gives bundle commands their files, key programs only where allowed", () => {
  const cases: Readonly<Record<string, readonly string[]>> = {
    "bundle keygen k.pem --algorithm es256 --passphrase p": [
      "--allow-read=p",
      "--allow-write=k.pem,k.pem.pub",
    ],
    "bundle trust t --key k.pub --root r.pub --previous o --expires 2027-01-01 --threshold 2": [
      "--allow-read=k.pub,r.pub,o",
      "--allow-write=t",
    ],
    "bundle pack bench/fleet.yaml --vendor a.b --sequence 7 --output r.suit --description x": [
      "--allow-read=bench",
      "--allow-write=r.suit",
    ],
    "bundle sign r.suit --key k.pem": ["--allow-read=k.pem,r.suit", "--allow-write=r.suit"],
    "bundle verify r.suit --trust t --trust u": ["--allow-read=t,u,r.suit"],
    "bundle inspect r.suit": ["--allow-read=r.suit"],
    "bundle unpack r.suit --output out": ["--allow-read=r.suit", "--allow-write=out"],
    "flash bench/fleet.yaml --bundle r.suit --trust t": [
      "--allow-read=bench,r.suit,t",
      `--allow-write=${STATE}`,
    ],
    "flash bench/keys.yaml": ["--allow-read=bench", `--allow-write=${STATE}`],
    "flash bench/keys.yaml --allow-key-programs": [
      "--allow-read=bench",
      `--allow-write=${STATE}`,
      "--allow-ffi=bench/lib/seed.so",
      "--allow-run=bench/bin/key",
    ],
  };
  for (const [commandLine, expected] of Object.entries(cases)) {
    deepStrictEqual(flags(commandLine), expected, commandLine);
  }
});

Deno.test("permissionFlags() gives the very address that a bus is dialled at", () => {
  for (const option of ["connect", "listen"]) {
    for (const host of ["127.0.0.1", "127.1.2.3", "localhost", "::1", "[::1]"]) {
      const text = `virtual:a?${option}=${host}:7000`;
      const url = parseBusUrl(text);
      const endpoint = url.kind === "loopback" ? url.connect : url.kind === "virtual" && url.listen;
      const { hostname, port } = loopbackAddress(endpoint as LoopbackEndpoint);
      const where = hostname.includes(":") ? `[${hostname}]` : hostname;
      deepStrictEqual(flags(`flash far.yaml --bus ${text}`).at(-1), `--allow-net=${where}:${port}`);
    }
  }
});

Deno.test("permissionFlags() refuses a path that Deno would read as two", () => {
  throws(() => flags("plan a,b/fleet.yaml"), {
    name: "RangeError",
    message: 'Cannot grant access to "a,b": Deno takes no comma in a path',
  });
});
