import { deepStrictEqual, match, strictEqual } from "node:assert/strict";
import { LauncherBench, readUntil } from "./_launcher.ts";

const WAITING = "console.log(`started as ${Deno.pid}`); setInterval(() => {}, 1000);";
const MAKE_PREFIX = 'while [ "$1" != --prefix ]; do shift; done; prefix=$2; mkdir -p "$prefix"';
const REPORTING = "console.log(JSON.stringify([Deno.pid, ...Deno.args]));";

Deno.test("canvoy ends without a trace at INT, TERM and HUP sent to the process the user sees", async () => {
  using bench = new LauncherBench(WAITING);
  bench.addDeno();
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    const process = bench.command("canvoy", ["sim", "fleet.yaml"]).spawn();
    const started = await readUntil(process.stdout, "\n");
    strictEqual(started, `started as ${process.pid}\n`);
    strictEqual(bench.processes().length, 1);
    process.kill(signal);
    strictEqual((await process.status).signal, signal);
    await Promise.all([process.stderr.cancel(), process.stdout.cancel()]);
    deepStrictEqual(bench.processes(), []);
  }
});

Deno.test("canvoy takes an installation with it at INT, TERM and HUP", async () => {
  using bench = new LauncherBench(WAITING);
  bench.addProgram("npm", `${MAKE_PREFIX}; echo installing; exec "${bench.bin}/sleep" 600`);
  const statuses = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    const process = bench.command("canvoy", ["sim", "fleet.yaml"]).spawn();
    await readUntil(process.stderr, "installing");
    strictEqual(bench.processes().length, 2);
    process.kill(signal);
    strictEqual((await process.status).code, statuses[signal]);
    await Promise.all([process.stderr.cancel(), process.stdout.cancel()]);
    deepStrictEqual(bench.processes(), []);
    deepStrictEqual([...Deno.readDirSync(`${bench.folder}/.deno-npm`)], []);
  }
});

Deno.test("canvoy runs the native binary behind a wrapper such as npm's", async () => {
  using bench = new LauncherBench(WAITING);
  bench.addProgram("deno", `"${Deno.execPath()}" "$@"; exit $?`);
  const process = bench.command("canvoy", ["sim", "fleet.yaml"]).spawn();
  strictEqual(await readUntil(process.stdout, "\n"), `started as ${process.pid}\n`);
  process.kill("SIGTERM");
  await Promise.all([process.status, process.stderr.cancel(), process.stdout.cancel()]);
  deepStrictEqual(bench.processes(), []);
});

Deno.test("canvoy fetches Deno without install scripts where it is missing or too old", async () => {
  for (const old of [undefined, "2.8.3", "1.46.0", "rubbish"]) {
    using bench = new LauncherBench(REPORTING);
    if (old !== undefined) {
      bench.addProgram("deno", `[ "$1" = -V ] && echo "deno ${old}" || echo "${bench.bin}/deno"`);
    }
    bench.addProgram(
      "npm",
      `echo "npm $*" >&2; ${MAKE_PREFIX}; mkdir -p "$prefix/node_modules/@deno/platform" &&
        cp "${Deno.execPath()}" "$prefix/node_modules/@deno/platform/deno"`,
    );
    const first = await bench.command("canvoy", [
      "flash",
      "my fleet.yaml",
      "--seed",
      "7",
      "--only",
      "*",
    ]).output();
    const [, ...args] = JSON.parse(new TextDecoder().decode(first.stdout));
    deepStrictEqual(args, ["flash", "my fleet.yaml", "--seed", "7", "--only", "*"]);
    const said = new TextDecoder().decode(first.stderr);
    match(said, /^canvoy: no Deno 2\.9 or later on the PATH: fetching npm's deno@2\.9\.6 into /);
    match(said, /\nnpm install --ignore-scripts .*deno@2\.9\.6\n$/);
    const second = await bench.command("demo", []).output();
    strictEqual(new TextDecoder().decode(second.stderr), "");
    deepStrictEqual(JSON.parse(new TextDecoder().decode(second.stdout)).slice(1), ["demo"]);
  }
});

Deno.test("canvoy says what it needs, with status 3, where there is neither Deno nor npm", async () => {
  using bench = new LauncherBench(REPORTING);
  const { code, stdout, stderr } = await bench.command("canvoy", ["demo"]).output();
  strictEqual(code, 3);
  strictEqual(stdout.length, 0);
  strictEqual(
    new TextDecoder().decode(stderr),
    "canvoy: needs Deno 2.9 or later, or npm to fetch it, on the PATH\n",
  );
});

Deno.test("canvoy leaves nothing half-fetched when npm fails", async () => {
  using bench = new LauncherBench(REPORTING);
  bench.addProgram("npm", `${MAKE_PREFIX}; exit 1`);
  const { code, stderr } = await bench.command("canvoy", ["demo"]).output();
  strictEqual(code, 3);
  match(new TextDecoder().decode(stderr), /npm could not fetch deno@2\.9\.6/);
  deepStrictEqual([...Deno.readDirSync(`${bench.folder}/.deno-npm`)], []);
});

Deno.test("canvoy gives its program the rights that the arguments need and no other", async () => {
  using bench = new LauncherBench(`
    const kinds = ["read", "write", "net", "ffi", "run", "sys"] as const;
    const granted = kinds.filter((name) => Deno.permissions.querySync({ name }).state === "granted");
    const file = Deno.permissions.querySync({ name: "write", path: "t.log" }).state;
    const path = Deno.env.get("HOME") + "/.local/state/canvoy/runs";
    const state = Deno.permissions.querySync({ name: "write", path }).state;
    console.log(JSON.stringify([granted, file, state, Deno.env.get("PATH") ?? null]));
  `);
  bench.addDeno();
  const { stdout } = await bench.command("canvoy", ["demo", "--trace", "t.log"]).output();
  deepStrictEqual(JSON.parse(new TextDecoder().decode(stdout)), [
    [],
    "granted",
    "granted",
    null,
  ]);
});
