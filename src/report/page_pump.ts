import { interval, Subscription } from "rxjs";
import type { Clock } from "../core/mod.ts";
import type { PageFeed } from "./page_feed.ts";

/** A page gets at most ten updates in a second, whatever the rate of events. */
export const PAGE_UPDATE_MS = 100;
/** A page that takes nothing for so long is dropped. */
export const PAGE_STALLED_MS = 10_000;

/** The way to one page. */
export interface PageSink {
  /** Whether it has taken what it was sent. */
  readonly isReady: boolean;
  /**
   * Sends an update; called only when it is ready, so at most one waits.
   *
   * @param text One line of JSON.
   */
  send(text: string): void;
  /** Ends it. */
  close(): void;
}

/**
 * Keeps a page up to date until it is closed, or dropped because it takes nothing.
 *
 * @param feed What it is told.
 * @param sink The way to it.
 * @param clock The clock on the wall.
 * @returns Call it when the page is gone.
 */
export function pumpPage(feed: PageFeed, sink: PageSink, clock: Clock): () => void {
  const client = feed.open();
  let readyMs = clock.now();
  const subscription = new Subscription();
  const stop = (): void => {
    subscription.unsubscribe();
    client.close();
  };
  const update = (): void => {
    if (sink.isReady) {
      readyMs = clock.now();
      const text = client.take();
      if (text !== undefined) sink.send(text);
    } else if (clock.now() - readyMs >= PAGE_STALLED_MS) {
      stop();
      sink.close();
    }
  };
  update();
  subscription.add(interval(PAGE_UPDATE_MS, clock).subscribe(update));
  return stop;
}
