import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { type FinishedCanvoy, runCanvoy } from "../support/canvoy_run.ts";

const PROJECT = new URL("../..", import.meta.url).pathname;
const CONFIG = `${PROJECT}/configs/dual-bank.yaml`;

function canvoy(...args: readonly string[]): Promise<FinishedCanvoy> {
  return runCanvoy(args);
}

Deno.test("flash writes the inactive bank, and says which node went back from its new image", async () => {
  const run = await canvoy("flash", CONFIG, "--virtual-time", "--json");
  strictEqual(run.status, 1, run.stderr);
  const lines = run.stdout.trimEnd().split("\n").map((line) => JSON.parse(line));
  const ends = lines.filter(({ type }) => type === "nodeDone" || type === "nodeFailed");
  deepStrictEqual(
    ends.map(({ node, type, version, state }) => [node, type, version ?? state]).sort(),
    [
      ["axis-0", "nodeDone", "2.0.0"],
      ["axis-1", "nodeDone", "2.0.0"],
      ["axis-2", "nodeDone", "2.0.0"],
      ["spindle", "nodeDone", "2.0.0"],
      ["stubborn", "nodeFailed", "rolledBack"],
    ],
  );
  const planned = lines.filter(({ type }) => type === "nodePlanned");
  for (const { node, bank, segments } of planned) {
    strictEqual(bank, node === "spindle" ? undefined : "inactive");
    ok(
      segments.every(({ start }: { start: number }) =>
        (start >= 0x0810_0000) === (bank !== undefined)
      ),
    );
  }
});

Deno.test("flash of two banks tells a person where each node stands", async () => {
  const run = await canvoy("flash", CONFIG, "--virtual-time", "--only", "stubborn,axis-0");
  strictEqual(run.status, 1, run.stderr);
  match(run.stdout, /stubborn[^]*the new image did not come up: it runs the one before it again/);
  match(run.stdout, /axis-0[^]*2\.0\.0/);
});

Deno.test("plan shows what is erased in the inactive bank", async () => {
  const run = await canvoy("plan", CONFIG, "-v", "--only", "axis-0,spindle");
  strictEqual(run.status, 0, run.stderr);
  match(run.stdout, /axis-0[^]*erase 0x08108000\.\./);
  match(run.stdout, /spindle[^]*erase 0x08008000\.\./);
});

/** One node with one bank whose new image never comes up. */
function writeStubborn(folder: string): string {
  const text = Deno.readTextFileSync(CONFIG);
  const path = `${folder}/fleet.yaml`;
  Deno.mkdirSync(`${folder}/images`);
  for (const name of ["f407_v1.elf", "f407_v2.hex"]) {
    Deno.copyFileSync(`${PROJECT}/configs/images/${name}`, `${folder}/images/${name}`);
  }
  const nodes = `nodes:
  - name: spindle
    device: STM32F407VG
    layout: one-bank
    request: 0x610
    response: 0x510
    sim: { image: before, behaviour: { deadVersion: 2.0.0 } }
`;
  Deno.writeTextFileSync(path, text.slice(0, text.indexOf("nodes:")) + nodes);
  return path;
}

Deno.test("flash --rollback-to gives a node with one bank its previous image, and says so", async () => {
  const folder = Deno.makeTempDirSync();
  try {
    const fleet = writeStubborn(folder);
    const alone = await canvoy("flash", fleet, "--virtual-time");
    strictEqual(alone.status, 1, alone.stderr);
    match(alone.stdout, /spindle[^]*it waits in its bootloader/);
    const before = `${PROJECT}/configs/images/f407_v1.elf`;
    const run = await canvoy("flash", fleet, "--virtual-time", "--json", "--rollback-to", before);
    strictEqual(run.status, 1, run.stderr);
    const lines = run.stdout.trimEnd().split("\n").map((line) => JSON.parse(line));
    const end = lines.find(({ type }) => type === "nodeFailed");
    deepStrictEqual([end.state, end.error.code], ["rolledBack", "ACTIVATION"]);
    const text = await canvoy("flash", fleet, "--virtual-time", "--rollback-to", `drive=${before}`);
    match(text.stdout, /spindle[^]*it runs the one before it again/);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
});

Deno.test("flash --rollback-to refuses what it cannot plan, before the first frame", async () => {
  const wrong = `${PROJECT}/configs/images/h743_v2.elf`;
  const run = await canvoy(
    "flash",
    CONFIG,
    "--virtual-time",
    "--only",
    "spindle",
    "--rollback-to",
    wrong,
  );
  strictEqual(run.status, 2, run.stdout);
  match(run.stderr, /image to roll back to for drive of spindle/);
  const unlike = await canvoy("flash", CONFIG, "--virtual-time", "--rollback-to", wrong);
  strictEqual(unlike.status, 2, unlike.stdout);
  match(unlike.stderr, /--rollback-to FILE is one image for all nodes/);
});

Deno.test("flash sends one image once to nodes with two banks that take group downloads", async () => {
  const folder = Deno.makeTempDirSync();
  try {
    const fleet = writeStubborn(folder);
    const text = Deno.readTextFileSync(fleet);
    const nodes = `profiles:
  both: { extends: iso14229-group, banks: {} }
nodes:
  - name: axis-{i}
    count: 3
    device: STM32F429ZI
    layout: first-bank
    profile: both
    request: "0x600 + {i}"
    response: "0x500 + {i}"
`;
    Deno.writeTextFileSync(fleet, text.slice(0, text.indexOf("nodes:")) + nodes);
    const trace = `${folder}/run.log`;
    const run = await canvoy("flash", fleet, "--virtual-time", "--json", "--trace", trace);
    strictEqual(run.status, 0, run.stderr);
    const lines = run.stdout.trimEnd().split("\n").map((line) => JSON.parse(line));
    strictEqual(lines.filter(({ type }) => type === "nodeDone").length, 3);
    strictEqual(lines.filter(({ phase }) => phase === "swapping").length, 3);
    const ids = Deno.readTextFileSync(trace).split("\n").map((line) => /(\w+)#/.exec(line)?.[1]);
    const count = (id: string) => ids.filter((one) => one === id).length;
    // What goes to each node by itself is little beside what all of them take.
    ok(count("7FF") > 20 * count("600"), `${count("7FF")} and ${count("600")}`);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
});
