import { match, ok, strictEqual } from "node:assert/strict";
import { CanvoyProcess } from "../support/canvoy_process.ts";
import { type FinishedCanvoy, runCanvoy } from "../support/canvoy_run.ts";

const PROJECT = new URL("../..", import.meta.url).pathname;

interface Keyed {
  readonly status: number;
  readonly stderr: string;
  /** What the node gave and what it got. */
  readonly seed: Uint8Array;
  readonly key: Uint8Array;
}

/** Canvoy by its launcher, which must give it the right to run what makes a key. */
async function launchCanvoy(args: readonly string[]): Promise<FinishedCanvoy> {
  await using canvoy = new CanvoyProcess(args);
  const status = await canvoy.ended();
  ok(typeof status === "number");
  return { status, stdout: canvoy.stdout, stderr: canvoy.stderr };
}

/** Flashes the smallest fleet with another key source, and reads seed and key from the trace. */
async function flash(
  security: string,
  prepare: (folder: string) => void,
  options: readonly string[] = [],
  run: (args: readonly string[]) => Promise<FinishedCanvoy> = runCanvoy,
): Promise<Keyed> {
  const folder = Deno.makeTempDirSync();
  try {
    const text = Deno.readTextFileSync(`${PROJECT}configs/minimal.yaml`);
    const fleet = text.replace(/security: .*/, `security: ${security}`);
    ok(fleet !== text);
    Deno.writeTextFileSync(`${folder}/fleet.yaml`, fleet);
    const image = /images\/[\w.]+/.exec(text)![0];
    Deno.mkdirSync(`${folder}/images`);
    Deno.copyFileSync(`${PROJECT}configs/${image}`, `${folder}/${image}`);
    prepare(folder);
    const trace = `${folder}/trace.log`;
    const { status, stderr } = await run(
      ["flash", `${folder}/fleet.yaml`, "--virtual-time", "--trace", trace, ...options],
    );
    const frames = status === 0 ? Deno.readTextFileSync(trace) : "";
    return {
      status,
      stderr,
      seed: Uint8Array.fromHex(/#066701(\w{8})/.exec(frames)?.[1] ?? ""),
      key: Uint8Array.fromHex(/#062702(\w{8})/.exec(frames)?.[1] ?? ""),
    };
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

function hasCompiler(): boolean {
  try {
    return new Deno.Command("gcc", { args: ["--version"], stdout: "null" }).outputSync().success;
  } catch {
    return false;
  }
}

function compile(folder: string): void {
  const { success } = new Deno.Command("gcc", {
    args: ["-shared", "-fPIC", "-o", `${folder}/seed_key.so`, "seed_key.c"],
    cwd: `${PROJECT}tests/fixtures/seed_key`,
  }).outputSync();
  ok(success);
}

const ALLOW = ["--allow-key-programs"];

for (
  const [entry, add] of [
    ["{ library: seed_key.so, variant: abc }", 1 + 3],
    ['{ library: seed_key.so, variant: abc, options: "xy" }', 1 + 3 + 32],
  ] as const
) {
  Deno.test({
    name: `flash unlocks by a compiled library: ${entry}`,
    ignore: !hasCompiler(),
    fn: async () => {
      const { status, stderr, seed, key } = await flash(entry, compile, ALLOW, launchCanvoy);
      strictEqual(status, 0, stderr);
      strictEqual(key.toHex(), seed.map((byte) => (byte ^ 0x5A) + add).toHex());
      ok(key.length === 4);
    },
  });
}

Deno.test("flash unlocks by a program that gets level and seed", async () => {
  const script = "#!/bin/sh\n[ \"$1 $2\" = '--mode 0x01' ] || exit 9\n" +
    "echo \"$3\" | sed 's/\\(..\\)\\(..\\)\\(..\\)\\(..\\)/\\4\\3\\2\\1/'\n";
  const { status, stderr, seed, key } = await flash(
    "{ command: [key.sh, --mode] }",
    (folder) => Deno.writeTextFileSync(`${folder}/key.sh`, script, { mode: 0o755 }),
    ALLOW,
    launchCanvoy,
  );
  strictEqual(status, 0, stderr);
  strictEqual(key.toHex(), seed.toReversed().toHex());
});

Deno.test("flash unlocks by a JavaScript module", async () => {
  const { status, stderr, seed, key } = await flash(
    "{ module: key.js }",
    (folder) =>
      Deno.writeTextFileSync(
        `${folder}/key.js`,
        "export default ({ level, seed }) => seed.map((byte) => byte ^ (0x3C + level));\n",
      ),
    ALLOW,
  );
  strictEqual(status, 0, stderr);
  strictEqual(key.toHex(), seed.map((byte) => byte ^ 0x3D).toHex());
});

Deno.test("flash runs the module that was looked at, whatever its name means in an address", async () => {
  const { status, stderr, seed, key } = await flash(
    '{ module: "key.js?%31#2" }',
    (folder) => {
      Deno.writeTextFileSync(`${folder}/key.js`, "throw 'another file';\n");
      Deno.writeTextFileSync(`${folder}/key.js?%31#2`, "export default ({ seed }) => seed;\n");
    },
    ALLOW,
  );
  strictEqual(status, 0, stderr);
  strictEqual(key.toHex(), seed.toHex());
  ok(key.length === 4);
});

Deno.test("flash runs no program that a fleet file names unless it is allowed, and none elsewhere", async () => {
  const refused = await flash(
    "{ module: key.js }",
    (folder) => Deno.writeTextFileSync(`${folder}/key.js`, "throw 1"),
  );
  strictEqual(refused.status, 2, refused.stderr);
  match(refused.stderr, /Cannot run .*key.js.*not allowed/);
  const outside = await flash("{ command: [../key.sh] }", () => {}, ALLOW);
  strictEqual(outside.status, 2);
  match(outside.stderr, /expected a path beneath this file's folder/);
  const link = await flash(
    "{ library: seed_key.so }",
    (folder) => Deno.symlinkSync("/etc/hostname", `${folder}/seed_key.so`),
    ALLOW,
  );
  strictEqual(link.status, 2);
  match(link.stderr, /permission denied|leaves the fleet file's folder/);
});

Deno.test("flash ends the node, not the run, where a program makes no key", async () => {
  const { status, stderr } = await flash(
    "{ module: key.js }",
    (folder) =>
      Deno.writeTextFileSync(`${folder}/key.js`, "export default () => { throw Error('5EC2E7') };"),
    ALLOW,
  );
  strictEqual(status, 1, stderr);
  ok(!stderr.includes("5EC2E7"));
});
