import { ok, strictEqual } from "node:assert/strict";

const PROJECT = new URL("../..", import.meta.url).pathname;

/** The last line of a command's JSON. */
function summary(state: string, ...args: readonly string[]): Record<string, unknown> {
  const { code, stdout, stderr } = new Deno.Command(`${PROJECT}/scripts/canvoy`, {
    args: [...args, "--json"],
    env: { XDG_STATE_HOME: state },
    stdin: "null",
  }).outputSync();
  const decoder = new TextDecoder();
  strictEqual(code, 0, decoder.decode(stderr));
  return JSON.parse(decoder.decode(stdout).trimEnd().split("\n").at(-1)!);
}

for (const fleet of ["minimal", "mixed", "hundred"]) {
  Deno.test(`plan says within 10 % how long flash then takes: configs/${fleet}.yaml`, () => {
    const state = Deno.makeTempDirSync();
    try {
      const file = `${PROJECT}/configs/${fleet}.yaml`;
      const { buses } = summary(state, "plan", file);
      const { elapsedMs } = summary(state, "flash", file, "--virtual-time", "--yes");
      const estimatesMs = (buses as { estimateMs: number }[]).map(({ estimateMs }) => estimateMs);
      const ratio = Math.max(...estimatesMs) / Number(elapsedMs);
      ok(Math.abs(ratio - 1) <= 0.1, `${ratio.toFixed(3)} of ${elapsedMs} ms`);
    } finally {
      Deno.removeSync(state, { recursive: true });
    }
  });
}
