import { CanvoyError } from "../core/mod.ts";
import { isDenied } from "./denied.ts";

/** A page cannot be served. */
export class PageServerError extends CanvoyError {
  /** Stable name of the failure. */
  override readonly code = "PAGE_SERVER";

  /**
   * Says why.
   *
   * @param port The port.
   * @param state What is wrong.
   * @param options The failure, as `cause`.
   */
  constructor(port: number, state: string, options?: ErrorOptions) {
    super(`Cannot serve the page on 127.0.0.1:${port}: ${state}`, options);
  }
}

/** A file of the page. */
export interface PageFile {
  /** Its media type. */
  readonly type: string;
  /** Its text. */
  readonly text: string;
}

/** The way to one open page. */
export interface PageStream {
  /** Whether it has taken what it was sent. */
  readonly isReady: boolean;
  /** Sends one line of text. */
  send(text: string): void;
  /** Ends it. */
  close(): void;
}

/** What is served. */
export interface PageServerOptions {
  /** The port; 0: any that is free. */
  readonly port: number;
  /** Files by their paths. */
  readonly files: ReadonlyMap<string, PageFile>;
  /** What `/snapshot` answers: JSON. */
  readonly snapshot: (query: URLSearchParams) => string;
  /** Called for each page that opens `/events`; what it returns is called when the page is gone. */
  readonly connect: (stream: PageStream) => () => void;
  /** What may be posted with the token, by path; each returns whether it can be done now. */
  readonly actions: ReadonlyMap<string, () => boolean>;
  /** Must come with each action. */
  readonly token: string;
}

/** A page that is served. */
export interface PageServer {
  /** The port. */
  readonly port: number;
  /** Ends all of it. */
  close(): Promise<void>;
}

/** How long open pages may take to hear that all is over, in ms. */
const CLOSE_MS_MAX = 500;
const HEADERS: Readonly<Record<string, string>> = {
  "cache-control": "no-store",
  "content-security-policy":
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; connect-src 'self'; " +
    "frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
};

/**
 * Serves a page on this machine alone: files, one stream of updates for each open page, and actions
 * behind a token. Requests that name another host are refused, so no foreign page reaches it by a
 * name of its own.
 *
 * @param options What is served.
 * @returns The server.
 * @throws {PageServerError} If the port is taken, or this process may not use it.
 */
export function startPageServer(options: PageServerOptions): PageServer {
  const streams = new Set<() => void>();
  let server: Deno.HttpServer<Deno.NetAddr>;
  try {
    server = Deno.serve(
      { hostname: "127.0.0.1", port: options.port, onListen: () => {} },
      (request) => answer(request, options, streams),
    );
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const state = isDenied(error)
      ? "permission denied"
      : error instanceof Deno.errors.AddrInUse
      ? "it is in use"
      : error.message;
    throw new PageServerError(options.port, state, { cause: error });
  }
  return {
    port: server.addr.port,
    close: async () => {
      for (const end of streams) end();
      // A page that takes nothing keeps its connection: it does not hold the program up.
      let timer: ReturnType<typeof setTimeout> | undefined;
      const late = new Promise<void>((resolve) => timer = setTimeout(resolve, CLOSE_MS_MAX));
      await Promise.race([server.shutdown(), late]);
      clearTimeout(timer);
    },
  };
}

function answer(
  request: Request,
  options: PageServerOptions,
  streams: Set<() => void>,
): Response {
  // What a client calls the host becomes a part of it, and may make it none.
  const url = URL.parse(request.url);
  if (url === null || url.username !== "") return refuse(400, "no such host");
  const { pathname, hostname, searchParams } = url;
  if (hostname !== "127.0.0.1" && hostname !== "localhost") return refuse(421, "another host");
  if (request.method === "POST") return act(request, pathname, options);
  if (request.method !== "GET") return refuse(405, "only GET and POST");
  if (pathname === "/events") return openStream(options, streams);
  if (pathname === "/snapshot") {
    const headers = { ...HEADERS, "content-type": "application/json" };
    return new Response(options.snapshot(searchParams), { headers });
  }
  const file = options.files.get(pathname);
  if (file === undefined) return refuse(404, "no such page");
  return new Response(file.text, { headers: { ...HEADERS, "content-type": file.type } });
}

function act(request: Request, path: string, { actions, token }: PageServerOptions): Response {
  const action = actions.get(path);
  if (action === undefined) return refuse(404, "no such action");
  const origin = request.headers.get("origin");
  if (origin !== null && origin !== new URL(request.url).origin) {
    return refuse(403, "another origin");
  }
  if (!isSame(request.headers.get("authorization") ?? "", `Bearer ${token}`)) {
    return refuse(401, "the token is wrong");
  }
  if (hasContent(request)) return refuse(413, "an action takes no content");
  if (!action()) return refuse(409, "that cannot be done now");
  return new Response(null, { status: 204, headers: HEADERS });
}

function hasContent({ headers }: Request): boolean {
  return headers.has("transfer-encoding") || (headers.get("content-length") ?? "0") !== "0";
}

/** Takes as long whatever is wrong. */
function isSame(left: string, right: string): boolean {
  let difference = left.length ^ right.length;
  for (let i = 0; i < right.length; i++) difference |= left.charCodeAt(i) ^ right.charCodeAt(i);
  return difference === 0;
}

function openStream({ connect }: PageServerOptions, streams: Set<() => void>): Response {
  const encoder = new TextEncoder();
  let disconnect = (): void => {};
  let forget = (): void => {};
  let end = (): void => {};
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      let isOpen = true;
      forget = () => {
        if (!isOpen) return;
        isOpen = false;
        streams.delete(end);
        disconnect();
      };
      end = () => {
        if (!isOpen) return;
        forget();
        controller.close();
      };
      streams.add(end);
      disconnect = connect({
        get isReady(): boolean {
          return (controller.desiredSize ?? 0) > 0;
        },
        send: (text) => {
          if (isOpen) controller.enqueue(encoder.encode(`data: ${text}\n\n`));
        },
        close: () => end(),
      });
    },
    cancel: () => forget(),
  }, { highWaterMark: 1 });
  return new Response(body, { headers: { ...HEADERS, "content-type": "text/event-stream" } });
}

function refuse(status: number, state: string): Response {
  return new Response(`${state}\n`, {
    status,
    headers: { ...HEADERS, "content-type": "text/plain" },
  });
}
