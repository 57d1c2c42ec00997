import { CanvoyError } from "../core/mod.ts";
import type { CanBitRates } from "./port.ts";

/** A bus as a user names it. */
export type BusUrl =
  /** A modelled bus within this process. */
  | { readonly kind: "virtual"; readonly name: string; readonly bitRates: CanBitRates }
  /** A Linux network interface. */
  | { readonly kind: "socketcan"; readonly name: string };

/** A bus URL that cannot be read. */
export class BusUrlError extends CanvoyError {
  /** Stable name of the failure. */
  override readonly code = "BUS_URL";

  /**
   * @param url The URL.
   * @param expected What it should be.
   */
  constructor(url: string, expected: string) {
    super(`Cannot use bus "${url}": expected ${expected}`);
  }
}

const DEFAULT_BITRATE_BPS = 500_000;

/**
 * Reads a bus URL.
 *
 * @param url `virtual:NAME?bitrate=500000&data-bitrate=2000000` (a data bit rate makes it CAN FD;
 * 500000 bit/s unless told), or `socketcan:can0`.
 * @returns What it names.
 * @throws {BusUrlError} If it is none.
 */
export function parseBusUrl(url: string): BusUrl {
  const match = /^(virtual|socketcan):([A-Za-z0-9_.-]+)(?:\?(.*))?$/.exec(url);
  if (match === null) throw new BusUrlError(url, "virtual:NAME or socketcan:INTERFACE");
  const [, kind, name, query] = match;
  if (kind === "socketcan") {
    if (query !== undefined) throw new BusUrlError(url, "no options: the interface has its own");
    return { kind, name: name! };
  }
  const options = new Map(
    (query ?? "").split("&").filter((part) => part !== "").map((part): [string, number] => {
      const [key, value] = part.split("=");
      if ((key !== "bitrate" && key !== "data-bitrate") || !/^[1-9]\d{3,7}$/.test(value ?? "")) {
        throw new BusUrlError(url, "bitrate=BIT/S or data-bitrate=BIT/S as options");
      }
      return [key, Number(value)];
    }),
  );
  const dataBitrateBps = options.get("data-bitrate");
  return {
    kind: "virtual",
    name: name!,
    bitRates: {
      bitrateBps: options.get("bitrate") ?? DEFAULT_BITRATE_BPS,
      ...(dataBitrateBps === undefined ? {} : { dataBitrateBps }),
    },
  };
}
