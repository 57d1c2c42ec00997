// deno-lint-ignore-file no-console
/**
 * What the live page costs, and how smoothly it shows five hundred nodes that are updated at once: the
 * same run without and with the page in turns, a real Chromium looking on in both, at a page with
 * nothing on it in the first. Paced, virtual buses take the time that real ones would; unpaced, canvoy
 * does as much as one core can. Medians of the rounds are printed.
 *
 *     deno task page-cost [ROUNDS]
 *
 * Needs Chromium. Ends with 1 when a page is told more than ten updates in a second.
 */
import { type Browser, chromium } from "playwright-core";
import { NODES, writeFiveHundredNodes } from "./page_cost/five_hundred_nodes.ts";
import { type Seen, watch } from "./page_cost/watcher.ts";

const CANVOY = new URL("canvoy", import.meta.url).pathname;
const ROUNDS_DEFAULT = 3;
const UPDATES_PER_SECOND_MAX = 10;

/** A run, and what a page saw of it. */
interface Run extends Seen {
  readonly bytesPerSecond: number;
  readonly eventsPerSecond: number;
  /** Of canvoy alone. */
  readonly cpuSeconds: number;
}

/** Updates all nodes once. */
async function update(browser: Browser, fleet: string, options: RunOptions): Promise<Run> {
  const pace = options.isPaced ? [] : ["--virtual-time"];
  const web = options.hasPage ? ["--web", "--web-port", "0"] : [];
  const child = new Deno.Command("sh", {
    args: ["-c", '"$@"; times', "sh", CANVOY, "flash", fleet, "--json", ...pace, ...web],
    env: { XDG_STATE_HOME: `${fleet}.state` },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const told = toldBy(child.stdout);
  const address = await (options.hasPage ? pageAddress(child.stderr) : child.stderr.cancel());
  const watcher = await watch(browser, address ?? "about:blank");
  const { summary, events, seconds, cpuSeconds } = await told;
  await child.status;
  const seen = await watcher.end();
  if (summary.done !== NODES) {
    throw new Error(`not all nodes were updated: ${JSON.stringify(summary)}`);
  }
  return {
    ...seen,
    bytesPerSecond: summary.bytesWritten / seconds,
    eventsPerSecond: events / seconds,
    cpuSeconds,
  };
}

interface RunOptions {
  readonly isPaced: boolean;
  readonly hasPage: boolean;
}

/** What a run tells as JSON lines, how long that takes to the last of them, and the shell's times. */
async function toldBy(stdout: ReadableStream<Uint8Array>): Promise<Told> {
  let [text, startMs, endMs] = ["", NaN, NaN];
  for await (const part of stdout.pipeThrough(new TextDecoderStream())) {
    if (text === "") startMs = performance.now();
    text += part;
    if (Number.isNaN(endMs) && text.slice(-TAIL_CHARS).includes(SUMMARY)) endMs = performance.now();
  }
  const lines = text.trimEnd().split("\n");
  const last = lines.findIndex((line) => line.startsWith(SUMMARY));
  const times = [...lines.at(-1)!.matchAll(/(\d+)m([\d.]+)s/g)];
  return {
    summary: JSON.parse(lines[last] ?? "{}"),
    events: last,
    seconds: (endMs - startMs) / 1000,
    cpuSeconds: times.reduce((sum, [, minutes, seconds]) => sum + 60 * +minutes! + +seconds!, 0),
  };
}

const SUMMARY = '{"type":"summary"';
/** The summary may come in two parts. */
const TAIL_CHARS = 10_000;

interface Told {
  readonly summary: { readonly done: number; readonly bytesWritten: number };
  readonly events: number;
  readonly seconds: number;
  readonly cpuSeconds: number;
}

/** Where canvoy says that its page is; what else it says is read too, so that it never waits. */
function pageAddress(stderr: ReadableStream<Uint8Array>): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const read = async (): Promise<void> => {
    let text = "";
    for await (const part of stderr.pipeThrough(new TextDecoderStream())) {
      text += part;
      const address = /http:\S+(?=\s)/.exec(text)?.[0];
      if (address !== undefined) resolve(address);
    }
    reject(new Error(`canvoy named no page: ${text}`));
  };
  read();
  return promise;
}

/** Runs of one pace, taken in turns. */
class Contest {
  readonly without: Run[] = [];
  readonly withPage: Run[] = [];
  readonly #isPaced: boolean;

  constructor(isPaced: boolean) {
    this.#isPaced = isPaced;
  }

  /** Now this one first, now that one: what the machine does meanwhile favours neither. */
  async round(browser: Browser, fleet: string): Promise<void> {
    const isPaced = this.#isPaced;
    for (const hasPage of this.without.length % 2 === 0 ? [false, true] : [true, false]) {
      const runs = hasPage ? this.withPage : this.without;
      runs.push(await update(browser, fleet, { isPaced, hasPage }));
    }
  }

  get updatesPerSecond(): number {
    return median(this.withPage.map(updatesPerSecond));
  }

  tell(): void {
    const { without, withPage } = this;
    const rates = [without, withPage].map((runs) => median(runs.map((run) => run.bytesPerSecond)));
    const ratios = withPage.map((run, i) => run.bytesPerSecond / without[i]!.bytesPerSecond);
    const [alone, both] = [without, withPage].map((runs) =>
      median(runs.map((run) => run.cpuSeconds))
    );
    const events = median(withPage.map((run) => run.eventsPerSecond));
    const bytes = median(withPage.map((run) => run.updateBytes / run.updateMs.length));
    console.log(
      [
        `${this.#isPaced ? "paced" : "unpaced"}, ${NODES} nodes, ${events.toFixed(0)} events/s:`,
        `without the page ${kilobytes(rates[0]!)}/s, with it ${kilobytes(rates[1]!)}/s, ` +
        `ratio ${median(ratios).toFixed(3)}`,
        `CPU of canvoy: ${alone!.toFixed(1)} s without, ${both!.toFixed(1)} s with it`,
        `the page is told ${this.updatesPerSecond.toFixed(1)} updates/s of ${kilobytes(bytes)}`,
        `its frames: ${frameWords(withPage)}`,
        `of a page with nothing on it: ${frameWords(without)}`,
      ].join("\n  "),
    );
  }
}

function updatesPerSecond({ updateMs }: Run): number {
  return (updateMs.length - 1) / ((updateMs.at(-1)! - updateMs[0]!) / 1000);
}

function frameWords(runs: readonly Run[]): string {
  const at = (part: number): string =>
    median(runs.map(({ frameMs }) => quantile(frameMs, part))).toFixed(1);
  const tasks = median(runs.map(({ longTaskMs }) => longTaskMs.length));
  const longest = median(runs.map(({ longTaskMs }) => Math.max(0, ...longTaskMs)));
  return `median ${at(0.5)} ms, 95 % within ${at(0.95)} ms, longest ${at(1)} ms; ` +
    `${tasks} tasks of more than 50 ms, the longest ${longest.toFixed(0)} ms`;
}

function kilobytes(bytes: number): string {
  return `${(bytes / 1000).toFixed(1)} kB`;
}

function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

function quantile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((left, right) => left - right);
  return sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))] ?? NaN;
}

const rounds = Number(Deno.args[0] ?? ROUNDS_DEFAULT);
const folder = Deno.makeTempDirSync({ prefix: "canvoy-page-" });
const browser = await chromium.launch({
  executablePath: "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu"],
});
const contests = [new Contest(true), new Contest(false)];
try {
  const fleet = writeFiveHundredNodes(folder);
  for (let i = 0; i < rounds; i++) {
    for (const contest of contests) await contest.round(browser, fleet);
  }
} finally {
  await browser.close();
  Deno.removeSync(folder, { recursive: true });
}
for (const contest of contests) contest.tell();
const isKept = contests.every((contest) => contest.updatesPerSecond <= UPDATES_PER_SECOND_MAX);
Deno.exit(isKept ? 0 : 1);
