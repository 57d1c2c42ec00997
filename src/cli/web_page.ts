import { firstValueFrom } from "rxjs";
import { type Host, type PageServer, RealClock, startPageServer } from "../adapters/mod.ts";
import type { FleetMoment } from "../fleet/mod.ts";
import { type BusFigures, PAGE_UPDATE_MS, PageFeed, pumpPage } from "../report/mod.ts";
import { PAGE_FILES } from "./page_files.ts";
import { type CommandArguments, optionNumber } from "./command_spec.ts";
import type { StopRequest } from "./stop_request.ts";

/** Where the page is by default. */
const DEFAULT_PORT = 8787;

/** What a page is about: a run that goes on, one that is over, or virtual nodes that others update. */
export type PageMode = "run" | "replay" | "sim";

/** The live page of a run, while there is one. */
export interface WebPage {
  /** Takes a moment in. */
  next(moment: FleetMoment): void;
  /**
   * The run is over: see {@linkcode untilSeen} for how long the page stays.
   *
   * @param canRetry Whether the page may ask that nodes are tried again.
   * @returns Whether it did ask.
   */
  wasAskedToRetry(canRetry: boolean): Promise<boolean>;
  /** Ends it. */
  close(): Promise<void>;
}

/** What a live page is made of. */
export interface WebPageParts {
  /** The command line. */
  readonly args: CommandArguments;
  /** The outside. */
  readonly host: Host;
  /** What it is about, in words. */
  readonly title: string;
  /** What it is about. */
  readonly mode: PageMode;
  /** What the buses carried so far. */
  readonly busFigures: () => readonly BusFigures[];
  /** The wish to stop. */
  readonly stop: StopRequest;
}

/**
 * Serves the live page where `--web` asks for it, and says where.
 *
 * @param parts The command line, the outside, what it is about, and the wish to stop it.
 * @returns The page; `undefined` where none was asked for.
 * @throws {PageServerError} If its port is taken.
 */
export function openWebPage(parts: WebPageParts): WebPage | undefined {
  return parts.args.flags.has("web") ? new LivePage(parts) : undefined;
}

class LivePage implements WebPage {
  readonly #host: Host;
  readonly #feed: PageFeed;
  readonly #stop: StopRequest;
  readonly #clock = new RealClock();
  readonly #server: PageServer;
  /** Called when the page asks for another try; absent while nobody waits for that. */
  #onRetry: (() => void) | undefined;

  constructor({ args, host, title, mode, busFigures, stop }: WebPageParts) {
    this.#host = host;
    this.#stop = stop;
    const feed = new PageFeed(busFigures);
    this.#feed = feed;
    const token = newToken();
    const stopRun = (): boolean => {
      if (mode !== "run" || feed.state.isFinished) return false;
      stop.ask();
      return true;
    };
    this.#server = startPageServer({
      port: pagePort(args),
      files: pageFiles({ title, mode, endMs: 0 }),
      snapshot: () => feed.tell(undefined, []),
      connect: (stream) => pumpPage(feed, stream, this.#clock),
      actions: new Map([["/stop", stopRun], ["/retry", () => this.#retry()]]),
      token,
    });
    const fragment = mode === "run" ? `#token=${token}` : "";
    host.stderr.write(
      `canvoy: the page is http://127.0.0.1:${this.#server.port}/${fragment}\n`,
    );
  }

  next(moment: FleetMoment): void {
    this.#feed.next(moment);
  }

  async wasAskedToRetry(canRetry: boolean): Promise<boolean> {
    let isAsked = false;
    const asked = new Promise<void>((resolve) => {
      if (!canRetry) return;
      this.#onRetry = () => {
        isAsked = true;
        resolve();
      };
    });
    await untilSeen(this.#host, this.#stop, asked);
    this.#onRetry = undefined;
    return isAsked;
  }

  async close(): Promise<void> {
    this.#clock[Symbol.dispose]();
    await this.#server.close();
  }

  #retry(): boolean {
    const onRetry = this.#onRetry;
    this.#onRetry = undefined;
    onRetry?.();
    return onRetry !== undefined;
  }
}

/**
 * Reads where the page shall be.
 *
 * @param args The command line: `--web-port`.
 * @returns The port; 0 for any that is free.
 */
export function pagePort(args: CommandArguments): number {
  return optionNumber(args, "web-port") ?? DEFAULT_PORT;
}

/**
 * The page's files, and what it asks for first.
 *
 * @param info What it shows.
 * @returns The files, by path.
 */
export function pageFiles(
  info: { readonly title: string; readonly mode: PageMode; readonly endMs: number },
): ReadonlyMap<string, { readonly type: string; readonly text: string }> {
  return new Map([
    ...PAGE_FILES,
    ["/info", { type: "application/json", text: JSON.stringify(info) }],
  ]);
}

/**
 * Keeps a page open: on a terminal until somebody wants to stop, else until it has been told the
 * end. It does not outlive a stop that was asked for before.
 *
 * @param host The outside.
 * @param stop The wish to stop.
 * @param sooner Ends the wait too.
 */
export async function untilSeen(
  host: Host,
  stop: StopRequest,
  sooner?: Promise<void>,
): Promise<void> {
  if (!host.stderr.isTerminal || stop.requested) {
    await new Promise((resolve) => setTimeout(resolve, 3 * PAGE_UPDATE_MS));
    return;
  }
  host.stderr.write("canvoy: the page stays open, Ctrl-C ends it\n");
  const stopped = firstValueFrom(stop.requested$);
  await Promise.race(sooner === undefined ? [stopped] : [stopped, sooner]);
}

/** What actions of the page must come with. */
function newToken(): string {
  return crypto.randomUUID().replaceAll("-", "").slice(0, 16);
}
