// deno-lint-ignore-file no-console
/**
 * Adds up what tests took, by folder, from what `scripts/test` printed:
 *
 *     scripts/test --all 2>&1 | tee tests.log; deno task test-times < tests.log
 *
 * Each test tells its own time by the clock; files run two at a time, so that a run takes about half
 * the sum on two processors, and in addition what it takes to check types and to load.
 */

/** What the tests of one folder took. */
export interface FolderTimes {
  /** Its path, two levels deep. */
  readonly folder: string;
  /** How many tests ran. */
  readonly tests: number;
  /** What they took together, in ms. */
  readonly totalMs: number;
}

/** `./tests/sim/a_test.ts => its name ... ok (1m2s)`, as `deno test --parallel` prints it. */
const LINE =
  /^\.?\/?((?:[\w.-]+\/){1,2})(?:[\w.-]+\/)*[\w.-]+ => .* \.\.\. (?:ok|FAILED).* \((.*)\)$/;
// deno-lint-ignore no-control-regex -- terminals' colours begin with it
const COLOUR = /\x1B\[[0-9;]*m/g;
const UNITS_MS = { m: 60_000, s: 1000, ms: 1, µs: 0.001 } as const;

/**
 * Adds times up.
 *
 * @param log What `deno test --parallel` printed.
 * @returns The folders, those that took longest first.
 */
export function timesByFolder(log: string): readonly FolderTimes[] {
  const found = new Map<string, FolderTimes>();
  for (const line of log.replaceAll(COLOUR, "").split("\n")) {
    const [, path, time] = LINE.exec(line) ?? [];
    if (path === undefined || time === undefined) continue;
    const folder = path.slice(0, -1);
    const { tests, totalMs } = found.get(folder) ?? { tests: 0, totalMs: 0 };
    found.set(folder, { folder, tests: tests + 1, totalMs: totalMs + toMs(time) });
  }
  return [...found.values()].sort((a, b) => b.totalMs - a.totalMs);
}

/** `1m2s`, `3s`, `15ms`, `220µs`. */
function toMs(time: string): number {
  return [...time.matchAll(/([\d.]+)(ms|µs|m|s)/g)]
    .reduce((sum, [, count, unit]) => sum + Number(count) * UNITS_MS[unit as "m"], 0);
}

if (import.meta.main) {
  const folders = timesByFolder(await new Response(Deno.stdin.readable).text());
  for (const { folder, tests, totalMs } of folders) {
    const seconds = (totalMs / 1000).toFixed(1).padStart(8);
    console.log(`${seconds} s  ${String(tests).padStart(5)} tests  ${folder}`);
  }
  const sum = folders.reduce((ms, { totalMs }) => ms + totalMs, 0);
  console.log(`${(sum / 1000).toFixed(1).padStart(8)} s in all`);
}
