import { type Host, RealClock, startPageServer } from "../adapters/mod.ts";
import type { FleetEvent } from "../fleet/mod.ts";
import { type BusFigures, PAGE_FILES, PAGE_UPDATE_MS, PageFeed, pumpPage } from "../report/mod.ts";
import { type CommandArguments, optionNumber } from "./command_spec.ts";

/** Where the page is unless told. */
const DEFAULT_PORT = 8787;

/** The live page of a run, while there is one. */
export interface WebPage {
  /** Takes an event in. */
  next(event: FleetEvent): void;
  /** The run is over: on a terminal the page stays until Ctrl-C, else it ends with the run. */
  finish(): Promise<void>;
  /** Ends it at once. */
  close(): Promise<void>;
}

/**
 * Serves the live page where `--web` asks for it, and says where.
 *
 * @param parts The command line, the outside, what the run is about, and how to stop it.
 * @returns The page; `undefined` where none was asked for.
 * @throws {PageServerError} If its port is taken.
 */
export function openWebPage(parts: {
  readonly args: CommandArguments;
  readonly host: Host;
  readonly title: string;
  readonly busFigures: () => readonly BusFigures[];
  readonly stop: () => void;
}): WebPage | undefined {
  const { args, host, title, busFigures, stop } = parts;
  if (!args.flags.has("web")) return undefined;
  const feed = new PageFeed(busFigures);
  const clock = new RealClock();
  const token = newToken();
  const server = startPageServer({
    port: pagePort(args),
    files: pageFiles({ title, isReplay: false, endMs: 0 }),
    snapshot: () => feed.tell(undefined, []),
    connect: (stream) => pumpPage(feed, stream, clock),
    actions: new Map([["/stop", stop]]),
    token,
  });
  host.stderr.write(`canvoy: the page is http://127.0.0.1:${server.port}/#token=${token}\n`);
  const close = async (): Promise<void> => {
    clock[Symbol.dispose]();
    await server.close();
  };
  return {
    next: (event) => feed.next(event),
    finish: async () => {
      await untilSeen(host);
      await close();
    },
    close,
  };
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
  info: { readonly title: string; readonly isReplay: boolean; readonly endMs: number },
): ReadonlyMap<string, { readonly type: string; readonly text: string }> {
  return new Map([
    ...PAGE_FILES,
    ["/info", { type: "application/json", text: JSON.stringify(info) }],
  ]);
}

/**
 * Keeps a page open: on a terminal until Ctrl-C, else until it has been told the end.
 *
 * @param host The outside.
 */
export async function untilSeen(host: Host): Promise<void> {
  if (!host.stderr.isTerminal) {
    await new Promise((resolve) => setTimeout(resolve, 3 * PAGE_UPDATE_MS));
    return;
  }
  host.stderr.write("canvoy: the page stays open, Ctrl-C ends it\n");
  await new Promise<void>((resolve) => {
    const unlisten = host.onStopRequest(() => {
      unlisten();
      resolve();
    });
  });
}

/** What actions of the page must come with. */
function newToken(): string {
  return crypto.randomUUID().replaceAll("-", "").slice(0, 16);
}
