/** What a page in a real Chromium sees of a run: its frames, its updates, and what kept it busy. */
import type { Browser } from "playwright-core";

/** What was seen while a run went on. */
export interface Seen {
  /** Times between two frames, in ms. */
  readonly frameMs: readonly number[];
  /** Tasks of more than 50 ms, in ms. */
  readonly longTaskMs: readonly number[];
  /** When updates came, in ms. */
  readonly updateMs: readonly number[];
  /** Bytes of all updates. */
  readonly updateBytes: number;
}

/** A page that is looked at; what runs in it is given as text: its globals are none of Deno's. */
export interface Watcher {
  /** Ends it, and tells what it saw. */
  end(): Promise<Seen>;
}

const WATCH = `
  const seen = globalThis.seen = { atMs: [], longTaskMs: [], updateMs: [], updateBytes: 0 };
  globalThis.EventSource = class extends EventSource {
    constructor(url) {
      super(url);
      this.addEventListener("message", ({ data }) => {
        seen.updateMs.push(performance.now());
        seen.updateBytes += new TextEncoder().encode(data).length;
      });
    }
  };
  new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) seen.longTaskMs.push(duration);
  }).observe({ type: "longtask" });
  requestAnimationFrame(function next(ms) {
    seen.atMs.push(ms);
    requestAnimationFrame(next);
  });
`;

/**
 * Looks at a page.
 *
 * @param browser Where.
 * @param address The page's; `about:blank` for what the machine does to a page with nothing on it.
 * @returns The page.
 */
export async function watch(browser: Browser, address: string): Promise<Watcher> {
  const page = await browser.newPage({ viewport: { width: 1400, height: 1000 } });
  await page.addInitScript(WATCH);
  await page.goto(address);
  return {
    end: async () => {
      const { atMs, ...seen } = await page.evaluate("seen") as Seen & { atMs: readonly number[] };
      await page.close();
      const { updateMs } = seen;
      // Before the first update there is nothing to draw, and after the last one neither.
      const [firstMs, lastMs] = [updateMs[0] ?? 0, updateMs.at(-1) ?? Infinity];
      const frameMs = atMs.slice(1).map((ms, i) => ms - atMs[i]!)
        .filter((_, i) => atMs[i + 1]! >= firstMs && atMs[i + 1]! <= lastMs);
      return { ...seen, frameMs };
    },
  };
}
