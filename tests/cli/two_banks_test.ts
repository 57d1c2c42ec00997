import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";

const PROJECT = new URL("../..", import.meta.url).pathname;
const CONFIG = "configs/dual-bank.yaml";

/** Where these runs keep their journals. */
const STATE = Deno.makeTempDirSync();
globalThis.addEventListener("unload", () => Deno.removeSync(STATE, { recursive: true }));

function canvoy(...args: readonly string[]) {
  const { code, stdout, stderr } = new Deno.Command(`${PROJECT}/scripts/canvoy`, {
    args: [...args],
    cwd: PROJECT,
    env: { XDG_STATE_HOME: STATE },
    stdin: "null",
  }).outputSync();
  const decoder = new TextDecoder();
  return { status: code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}

Deno.test("flash writes the inactive bank, and says which node went back from its new image", () => {
  const run = canvoy("flash", CONFIG, "--virtual-time", "--json");
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

Deno.test("flash of two banks tells a person where each node stands", () => {
  const run = canvoy("flash", CONFIG, "--virtual-time", "--only", "stubborn,axis-0");
  strictEqual(run.status, 1, run.stderr);
  match(run.stdout, /stubborn[^]*the new image did not come up: it runs the one before it again/);
  match(run.stdout, /axis-0[^]*2\.0\.0/);
});

Deno.test("plan shows what is erased in the inactive bank", () => {
  const run = canvoy("plan", CONFIG, "-v", "--only", "axis-0,spindle");
  strictEqual(run.status, 0, run.stderr);
  match(run.stdout, /axis-0[^]*erase 0x08108000\.\./);
  match(run.stdout, /spindle[^]*erase 0x08008000\.\./);
});
