import { CanvoyError, nearestWord } from "../core/mod.ts";
import type { CanBitRates } from "./port.ts";

/** A TCP endpoint of this machine alone. */
export interface LoopbackEndpoint {
  /** `localhost`, an address of 127.0.0.0/8, or `::1`. */
  readonly host: string;
  /** TCP port; 0 lets the listening side take a free one. */
  readonly port: number;
}

/** A modelled bus within this process, that other processes may join where it listens. */
export interface VirtualBusUrl {
  /** What tells it from the others. */
  readonly kind: "virtual";
  /** Shown in messages; no two buses of a fleet share one. */
  readonly name: string;
  /** A data bit rate makes it a CAN FD bus. */
  readonly bitRates: CanBitRates;
  /** What its faults are drawn from, where the URL says. */
  readonly seed?: number;
  /** Where other processes may join it. */
  readonly listen?: LoopbackEndpoint;
}

/** A modelled bus within another process, which decides its bit rates and faults. */
export interface LoopbackBusUrl {
  /** What tells it from the others. */
  readonly kind: "loopback";
  /** Shown in messages; no two buses of a fleet share one. */
  readonly name: string;
  /** Where that process listens. */
  readonly connect: LoopbackEndpoint;
}

/** A Linux network interface. */
export interface SocketcanBusUrl {
  /** What tells it from the others. */
  readonly kind: "socketcan";
  /** The interface: `can0`. */
  readonly name: string;
}

/** A bus as a user names it. */
export type BusUrl = VirtualBusUrl | LoopbackBusUrl | SocketcanBusUrl;

/** A bus URL that cannot be read. */
export class BusUrlError extends CanvoyError {
  /** Stable name of the failure. */
  override readonly code = "BUS_URL";
  /** The URL. */
  readonly url: string;
  /** What it should have been. */
  readonly expected: string;

  /**
   * States what was given and what should have been.
   *
   * @param url The URL.
   * @param expected What it should be.
   */
  constructor(url: string, expected: string) {
    super(`Cannot use bus "${url}": expected ${expected}`);
    this.url = url;
    this.expected = expected;
  }
}

const DEFAULT_BITRATE_BPS = 500_000;
/** Classic CAN's own limit, and that of an FD arbitration phase. */
const BITRATE_MAX_BPS = 1_000_000;
/** The fastest that transceivers with signal improvement (CiA 601-4) are made for. */
const DATA_BITRATE_MAX_BPS = 8_000_000;
/** The slowest bit rate that CiA 301 lists. */
const BITRATE_MIN_BPS = 10_000;
/** IFNAMSIZ of Linux less its terminating zero. */
const INTERFACE_NAME_MAX = 15;

/**
 * Reads a bus URL.
 *
 * - `socketcan:can0`
 * - `virtual:NAME?bitrate=500000&data-bitrate=2000000&seed=7&listen=127.0.0.1:5555`, each option
 *   at most once and none needed (500000 bit/s by default; a data bit rate makes it CAN FD)
 * - `virtual:NAME?connect=127.0.0.1:5555`: the bus of the process that listens there
 *
 * @param url The URL; any text.
 * @returns What it names.
 * @throws {BusUrlError} If it names none; it says what was expected.
 *
 * @example Usage
 * ```ts
 * import { deepStrictEqual } from "node:assert/strict";
 * import { parseBusUrl } from "./bus_url.ts";
 *
 * deepStrictEqual(parseBusUrl("virtual:bench?bitrate=1000000"), {
 *   kind: "virtual",
 *   name: "bench",
 *   bitRates: { bitrateBps: 1_000_000 },
 * });
 * ```
 */
export function parseBusUrl(url: string): BusUrl {
  const match = /^(virtual|socketcan):([A-Za-z0-9_.-]{1,64})(?:\?(.*))?$/.exec(url);
  if (match === null) {
    throw new BusUrlError(url, `virtual:NAME or socketcan:INTERFACE${meantUrl(url)}`);
  }
  const [, kind, name, query] = match;
  if (kind === "socketcan") return socketcanUrl(url, name!, query);
  const options = parseOptions(url, query ?? "");
  const connect = options.get("connect");
  if (connect === undefined) return virtualUrl(url, name!, options);
  if (options.size > 1) {
    throw new BusUrlError(url, "connect alone: the listening side decides the other options");
  }
  return { kind: "loopback", name: name!, connect: parseEndpoint(url, "connect", connect, 1) };
}

/** The kind in another case, or as other tools call it. */
function kindMended(url: string): string {
  return url.trim().replace(/^[A-Za-z]+(?=[:\s])/, (kind) => {
    const lower = kind.toLowerCase();
    return lower === "can" ? "socketcan" : nearestWord(lower, ["socketcan", "virtual"]) ?? lower;
  });
}

/** An interface alone, or with the slashes of a web address. */
function meantUrl(url: string): string {
  const [, kind, name] =
    /^(?:(virtual|socketcan)[:\s]\s*)?\/*([A-Za-z0-9_.-]{1,64})$/.exec(kindMended(url)) ?? [];
  const isName = kind !== undefined || /^(?!socketcan$).*can[0-9]*$/.test(name ?? "");
  if (name === undefined || !isName) return "";
  return `; did you mean ${kind ?? "socketcan"}:${name}?`;
}

function socketcanUrl(url: string, name: string, query: string | undefined): BusUrl {
  if (query !== undefined) throw new BusUrlError(url, "no options: the interface has its own");
  if (name.length > INTERFACE_NAME_MAX) {
    throw new BusUrlError(url, `an interface name of at most ${INTERFACE_NAME_MAX} characters`);
  }
  return { kind: "socketcan", name };
}

const OPTION_NAMES = ["bitrate", "data-bitrate", "seed", "listen", "connect"];

function parseOptions(url: string, query: string): ReadonlyMap<string, string> {
  const options = new Map<string, string>();
  for (const part of query === "" ? [] : query.split("&")) {
    const at = part.indexOf("=");
    const key = at < 0 ? part : part.slice(0, at);
    if (at < 0 || !OPTION_NAMES.includes(key) || options.has(key)) {
      throw new BusUrlError(url, `${OPTION_NAMES.join("=, ")}= as options, each at most once`);
    }
    options.set(key, part.slice(at + 1));
  }
  return options;
}

function virtualUrl(url: string, name: string, options: ReadonlyMap<string, string>): BusUrl {
  function integer(key: string, bounds: { min: number; max: number }): number | undefined {
    const text = options.get(key);
    if (text === undefined) return undefined;
    const value = /^\d{1,10}$/.test(text) ? Number(text) : NaN;
    if (value >= bounds.min && value <= bounds.max) return value;
    throw new BusUrlError(url, `${key} to be an integer in ${bounds.min}..${bounds.max}`);
  }
  const bitrateBps = integer("bitrate", { min: BITRATE_MIN_BPS, max: BITRATE_MAX_BPS }) ??
    DEFAULT_BITRATE_BPS;
  const dataBitrateBps = integer("data-bitrate", { min: bitrateBps, max: DATA_BITRATE_MAX_BPS });
  const seed = integer("seed", { min: 0, max: 0xFFFF_FFFF });
  const listen = options.get("listen");
  return {
    kind: "virtual",
    name,
    bitRates: { bitrateBps, ...(dataBitrateBps === undefined ? {} : { dataBitrateBps }) },
    ...(seed === undefined ? {} : { seed }),
    ...(listen === undefined ? {} : { listen: parseEndpoint(url, "listen", listen, 0) }),
  };
}

function parseEndpoint(
  url: string,
  key: string,
  text: string,
  portMin: number,
): LoopbackEndpoint {
  const match = /^(.+):(\d{1,5})$/.exec(text);
  const host = match?.[1]?.replace(/^\[(.*)\]$/, "$1");
  const port = Number(match?.[2]);
  if (host === undefined || !isLoopbackHost(host) || port < portMin || port > 0xFFFF) {
    throw new BusUrlError(
      url,
      `${key} to be 127.0.0.1:PORT or another loopback address, port ${portMin}..65535`,
    );
  }
  return { host, port };
}

/**
 * Tells addresses of this machine from all others.
 *
 * @param host An address or a name.
 * @returns Whether only this machine can be behind it.
 */
export function isLoopbackHost(host: string): boolean {
  if (host === "localhost" || host === "::1") return true;
  const octets = /^127\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(host);
  return octets !== null && octets.slice(1).every((octet) => Number(octet) <= 255);
}
