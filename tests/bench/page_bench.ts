// deno-lint-ignore-file no-console
/**
 * What the live page costs a run: the same update in virtual time with and without a page that
 * listens, in turns, and the medians of both.
 *
 *     deno run --allow-all tests/bench/page_bench.ts [ROUNDS]
 */
const LAUNCHER = new URL("../../scripts/canvoy", import.meta.url).pathname;
const FLEET = new URL("../../configs/hundred.yaml", import.meta.url).pathname;
const PORT = "8793";
const rounds = Number(Deno.args[0] ?? 5);

/** Runs one update; gives KiB that nodes acknowledged in a second of real time, and page updates. */
async function flash(hasPage: boolean): Promise<{ rate: number; updates: number }> {
  const web = hasPage ? ["--web", "--web-port", PORT] : [];
  const startMs = performance.now();
  const child = new Deno.Command(LAUNCHER, {
    args: ["flash", FLEET, "--virtual-time", "--json", ...web],
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const updates = hasPage ? listen() : Promise.resolve(0);
  const text = await new Response(child.stdout).text();
  await child.status;
  const summary = JSON.parse(text.trimEnd().split("\n").at(-1)!);
  if (summary.ok !== true) throw new Error("the update failed");
  const seconds = (performance.now() - startMs) / 1000;
  return { rate: summary.bytesWritten / 1024 / seconds, updates: await updates };
}

async function listen(): Promise<number> {
  for (let i = 0; i < 200; i++) {
    try {
      const response = await fetch(`http://127.0.0.1:${PORT}/events`);
      let updates = 0;
      for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
        updates += chunk.split("data: ").length - 1;
      }
      return updates;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
  return 0;
}

function median(values: readonly number[]): number {
  return values.toSorted((left, right) => left - right)[Math.floor(values.length / 2)]!;
}

const without: number[] = [];
const withPage: number[] = [];
const updates: number[] = [];
for (let i = 0; i < rounds; i++) {
  without.push((await flash(false)).rate);
  const run = await flash(true);
  withPage.push(run.rate);
  updates.push(run.updates);
}
console.log(`without a page: ${median(without).toFixed(0)} KiB/s`);
console.log(
  `with a page:    ${median(withPage).toFixed(0)} KiB/s, ${median(updates)} updates a run`,
);
console.log(`ratio:          ${(median(withPage) / median(without)).toFixed(2)}`);
