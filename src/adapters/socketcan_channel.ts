import { createRequire } from "node:module";
import { isDenied } from "./denied.ts";
import { SocketcanError } from "./socketcan_error.ts";
import type { CanFilter } from "./socketcan_filters.ts";
import { type CanLink, parseCanLink } from "./socketcan_link.ts";

/** A frame as the package gives it. */
export interface ChannelMessage {
  /** Identifier without flags. */
  readonly id: number;
  /** Set for 29 bits. */
  readonly ext?: boolean;
  /** Set for a remote frame. */
  readonly rtr?: boolean;
  /** Set for an error frame. */
  readonly err?: boolean;
  /** Its bytes, in memory of its own. */
  readonly data: Uint8Array;
}

/** A frame as the package takes it; it writes time stamps into the object. */
export interface ChannelRequest {
  /** Identifier without flags. */
  id: number;
  /** Whether it has 29 bits. */
  ext: boolean;
  /** FD only: whether the data phase is faster. */
  fd_brs: boolean;
  /** Its bytes. */
  data: Uint8Array;
}

/** One CAN_RAW socket, as npm's `socketcan` 4.3.1 wraps it. */
export interface RawChannel {
  /** `onMessage` for each frame; `onStopped` when the interface has vanished, or after `stop`. */
  addListener(
    event: "onMessage" | "onStopped",
    listener: (message: ChannelMessage) => void,
  ): void;
  /** Begins to read; keeps the process alive. */
  start(): void;
  /** Ends reading; throws when it has ended already. The socket is closed with the object. */
  stop(): void;
  /** Bytes written, or -1: the queue is full, or the interface down or gone. It does not say which. */
  send(request: ChannelRequest): number;
  /** The same for a CAN FD frame; -1 also where the interface carries none. */
  sendFD(request: ChannelRequest): number;
  /** Replaces the filters for data frames; more than 512 are refused in silence. */
  setRxFilters(filters: readonly CanFilter[]): void;
  /** Which classes of error frames are heard. */
  setErrorFilters(mask: number): void;
}

/** What one bus needs of the kernel. */
export interface SocketcanKernel {
  /** Opens a socket on the interface; throws what the package throws. */
  openChannel(): RawChannel;
  /**
   * Asks what the kernel knows of the interface; `undefined` where there is none. Rejects where that
   * cannot be found out.
   */
  readLink(signal?: AbortSignal): Promise<CanLink | undefined>;
}

/**
 * Loads the package, and with it its addon; nothing is opened.
 *
 * @param name The interface.
 * @returns Its kernel.
 * @throws {SocketcanError} `ADDON_MISSING`, `DENIED`.
 */
export async function loadKernel(name: string): Promise<SocketcanKernel> {
  const { createRawChannelWithOptions } = await importPackage(name);
  return {
    openChannel: () =>
      createRawChannelWithOptions(name, { non_block_send: true }) as unknown as RawChannel,
    readLink: (signal) => readCanLink(name, signal),
  };
}

async function importPackage(name: string): Promise<typeof import("socketcan")> {
  try {
    const folder = addonFolder();
    if (folder === undefined) return await import("socketcan");
    return createRequire(`${folder}/package.json`)("socketcan");
  } catch (cause) {
    if (isDenied(cause)) {
      throw new SocketcanError("DENIED", name, "this process may not load npm's socketcan", {
        cause,
      });
    }
    throw new SocketcanError("ADDON_MISSING", name, "npm's socketcan is not built for this node", {
      cause,
      commands: [addonFolder() === undefined ? "scripts/setup-can" : "canvoy setup can"],
    });
  }
}

/** Where the package's launcher has the addon looked for; `undefined` in a checkout, a program. */
function addonFolder(): string | undefined {
  try {
    return Deno.env.get("CANVOY_CAN");
  } catch {
    return undefined; // No right to ask: nobody told.
  }
}

/** What `ip` says of an interface that is not there: itself, or the kernel through it. */
const NO_SUCH_INTERFACE = /does not exist|No such device|Cannot find device/;

/**
 * Asks `ip` what the kernel knows of an interface.
 *
 * @param name The interface.
 * @param signal Ends the asking.
 * @returns What it knows; `undefined` where there is no such interface.
 * @throws {SocketcanError} `NO_IP`, `DENIED`.
 */
export async function readCanLink(
  name: string,
  signal?: AbortSignal,
): Promise<CanLink | undefined> {
  const { success, stdout, stderr } = await runIp(name, signal);
  const said = new TextDecoder().decode(stderr).trim();
  if (!success && NO_SUCH_INTERFACE.test(said)) return undefined;
  const link = success ? parseCanLink(new TextDecoder().decode(stdout)) : undefined;
  if (link !== undefined) return link;
  const what = said === "" ? "says nothing that can be read" : `fails: ${said}`;
  throw new SocketcanError("NO_IP", name, `the program ip ${what}`);
}

async function runIp(name: string, signal: AbortSignal | undefined): Promise<Deno.CommandOutput> {
  const args = ["-details", "-statistics", "-json", "link", "show", "dev", name];
  try {
    const options = { args, stdin: "null", ...(signal && { signal }) } as const;
    return await new Deno.Command("ip", options).output();
  } catch (cause) {
    if (isDenied(cause)) {
      throw new SocketcanError("DENIED", name, "this process may not run the program ip", {
        cause,
      });
    }
    throw new SocketcanError("NO_IP", name, "the program ip cannot be run", {
      cause,
      commands: ["sudo apt-get install iproute2"],
    });
  }
}
