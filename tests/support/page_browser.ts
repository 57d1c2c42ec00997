// deno-lint-ignore-file no-console
/**
 * Opens the live page in a real Chromium, with 500 nodes and events at full rate, and prints what was
 * seen as JSON. It needs every right, so tests run it by itself:
 *
 *     deno run -A tests/support/page_browser.ts [FOLDER FOR SCREENSHOTS]
 */
import axe from "axe-core";
import { chromium, type Page } from "playwright-core";
import { Subject } from "rxjs";
import { RealClock, startPageServer } from "../../src/adapters/mod.ts";
import { pageFiles } from "../../src/cli/web_page.ts";
import { type FleetEvent, type FleetEventBody, withState } from "../../src/fleet/mod.ts";
import { PageFeed, type PageSink, pumpPage } from "../../src/report/mod.ts";

const NODES = 500;
const SEGMENTS = 16;
const SEGMENT_BYTES = 2048;
const TOKEN = "token-of-a-test";
const MEASURED_MS = 4000;
const [folder] = Deno.args;

/** A fleet that is written without end: each step moves every 25th node on by a block. */
class Fleet {
  readonly feed = new PageFeed(() => [
    { bus: "hall-a", frames: this.#step * 40, bits: 0, busyRatio: 0.83 },
    { bus: "hall-b", frames: this.#step * 40, bits: 0, busyRatio: 0.41 },
  ]);
  readonly #event$ = new Subject<FleetEvent>();
  events = 0;
  #step = 0;

  constructor() {
    this.#event$.pipe(withState()).subscribe((moment) => this.feed.next(moment));
    const names = Array.from({ length: NODES }, (_, i) => `valve-${String(i).padStart(3, "0")}`);
    this.#emit({
      type: "runStarted",
      nodes: names.map((name, i) => ({
        name,
        bus: i % 2 === 0 ? "hall-a" : "hall-b",
        device: "STM32F103VE",
        image: "valve",
      })),
    });
    const segments = Array.from({ length: SEGMENTS }, (_, i) => ({
      start: i * SEGMENT_BYTES,
      end: (i + 1) * SEGMENT_BYTES,
      dataBytes: SEGMENT_BYTES,
    }));
    for (const [i, node] of names.entries()) {
      this.#emit({ node, type: "nodePlanned", segments, imageBytes: SEGMENTS * SEGMENT_BYTES });
      const error = {
        code: "UDS_TIMEOUT",
        message: "Cannot complete ReadDataByIdentifier: no response within 120 ms",
      };
      if (i === 7) this.#emit({ node, type: "nodeFailed", error, state: "oldImage" });
      else this.#emit({ node, type: "nodePhase", phase: "updating" });
    }
  }

  step(): void {
    const round = this.#step++;
    for (let i = round % 25; i < NODES; i += 25) {
      if (i === 7) continue;
      const node = `valve-${String(i).padStart(3, "0")}`;
      const segment = Math.floor(round / 50) % SEGMENTS;
      this.#emit({ node, type: "segmentPhase", segment, phase: "writing", attempt: 1 });
      const writtenBytes = (round * 128) % SEGMENT_BYTES;
      this.#emit({ node, type: "segmentProgress", segment, writtenBytes });
    }
  }

  #emit(body: FleetEventBody): void {
    this.events++;
    const event: FleetEvent = { atMs: performance.now(), ...body };
    this.#event$.next(event);
  }
}

// What runs in the page is given as text: its globals are none of Deno's.

async function seriousProblems(page: Page): Promise<readonly string[]> {
  await page.evaluate(axe.source);
  return await page.evaluate(`axe.run().then(({ violations }) =>
    violations.map(({ id, nodes }) => id + ": " + nodes[0]?.html))`);
}

/** Medians and worst of the time between two frames, and how often the page showed something new. */
async function measure(page: Page): Promise<Record<string, number>> {
  return await page.evaluate(`(async () => {
    const gaps = [];
    let changes = 0;
    const figures = document.getElementById("figures");
    new MutationObserver(() => changes++).observe(figures, { childList: true });
    const startMs = performance.now();
    let lastMs = startMs;
    while (lastMs - startMs < ${MEASURED_MS}) {
      const nowMs = await new Promise((resolve) => requestAnimationFrame(resolve));
      gaps.push(nowMs - lastMs);
      lastMs = nowMs;
    }
    gaps.sort((left, right) => left - right);
    return {
      changes,
      frameMsMedian: gaps[Math.floor(gaps.length / 2)],
      frameMs95: gaps[Math.floor(gaps.length * 0.95)],
    };
  })()`);
}

/** Updates that pages were sent. */
let updates = 0;

function counted(stream: PageSink): PageSink {
  return {
    get isReady() {
      return stream.isReady;
    },
    send: (text) => {
      updates++;
      stream.send(text);
    },
    close: () => stream.close(),
  };
}

const fleet = new Fleet();
using clock = new RealClock();
let stops = 0;
const server = startPageServer({
  port: 0,
  files: pageFiles({ title: "flash hall.yaml", mode: "run", endMs: 0 }),
  snapshot: () => fleet.feed.tell(undefined, []),
  connect: (stream) => pumpPage(fleet.feed, counted(stream), clock),
  actions: new Map([["/stop", () => ++stops > 0]]),
  token: TOKEN,
});
const steps = setInterval(() => fleet.step(), 5);
const browser = await chromium.launch({
  executablePath: "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu"],
});
const result: Record<string, unknown> = {};
try {
  const origin = `http://127.0.0.1:${server.port}`;
  const context = await browser.newContext({ viewport: { width: 1400, height: 1000 } });
  const requests: string[] = [];
  context.on("request", (request) => requests.push(request.url()));
  const page = await context.newPage();
  const failures: string[] = [];
  page.on("pageerror", (error) => failures.push(String(error)));
  await page.goto(`${origin}/#token=${TOKEN}`);
  await page.locator("#nodes li").nth(NODES - 1).waitFor();
  const [eventsBefore, updatesBefore] = [fleet.events, updates];
  result.measured = await measure(page);
  result.updates = updates;
  result.eventsPerUpdate = (fleet.events - eventsBefore) / (updates - updatesBefore);
  result.light = await seriousProblems(page);
  if (folder !== undefined) await page.screenshot({ path: `${folder}/page_light.png` });

  await page.focus("#search");
  await page.keyboard.type("valve-00");
  const shown = (): Promise<number> => page.locator("#nodes li:not([hidden])").count();
  result.searched = await shown();
  await page.fill("#search", "");
  await page.focus("input[name=kind][value=all]");
  await page.keyboard.press("ArrowRight");
  result.failed = await page.locator("#nodes li:not([hidden])").allInnerTexts();
  await page.keyboard.press("ArrowLeft");
  await page.focus("#layout");
  await page.keyboard.press("Enter");
  await page.emulateMedia({ colorScheme: "dark" });
  result.tilesThatOverflow = await page.evaluate(`[...document.querySelectorAll("#nodes li")]
    .filter((tile) => tile.innerText !== "")
    .filter((tile) => tile.scrollWidth > tile.clientWidth || tile.scrollHeight > tile.clientHeight)
    .map((tile) => tile.innerText)`);
  if (folder !== undefined) await page.screenshot({ path: `${folder}/page_dark_tiles.png` });
  // axe looks at each node that is shown: ten tell as much as all.
  await page.fill("#search", "valve-00");
  result.dark = await seriousProblems(page);
  await page.setViewportSize({ width: 500, height: 900 });
  result.narrow = await seriousProblems(page);
  result.overflow = await page.evaluate(
    "document.documentElement.scrollWidth - document.documentElement.clientWidth",
  );

  await page.fill("#token", "wrong");
  await page.click("#stop");
  await page.locator("#control-answer").filter({ hasText: /\S/ }).waitFor();
  result.refused = [stops, await page.textContent("#control-answer")];
  await page.fill("#token", TOKEN);
  await page.click("#stop");
  await page.locator("#control-answer").filter({ hasText: "asked" }).waitFor();
  result.stops = stops;
  result.failures = failures;
  result.foreign = requests.filter((url) => !url.startsWith(origin));
} finally {
  clearInterval(steps);
  await browser.close();
  await server.close();
}
console.log(JSON.stringify(result));
Deno.exit(0);
