import { CanvoyError, defined } from "../core/mod.ts";
import type { IssueList } from "./_issue_list.ts";
import { resolveFunctional } from "./_resolve_addressing.ts";
import type { FleetFileBus } from "./fleet.ts";
import type { FleetDocument } from "./fleet_schema.ts";

/** CiA 301's and most benches' own. */
const DEFAULT_BITRATE_BPS = 500_000;

/** The 11-bit identifier of the lowest priority. */
const DEFAULT_GROUP_ID = 0x7FF;

/**
 * Reads the buses of a file.
 *
 * @param document The file.
 * @param checkUrl Throws when it is no bus URL.
 * @param issues Takes its mistakes.
 * @returns The buses by name, those with mistakes left out.
 */
export function resolveBuses(
  document: FleetDocument,
  checkUrl: (url: string) => void,
  issues: IssueList,
): ReadonlyMap<string, FleetFileBus> {
  const buses = new Map<string, FleetFileBus>();
  const names = Object.entries(document.buses);
  if (names.length === 0) issues.report(["buses"], "expected at least one bus");
  const owners = new Map<string, string>();
  for (const [name, bus] of names) {
    const { url, bitrate, dataBitrate, functional, group, maxSimultaneousErases, sim } = bus;
    const path = ["buses", name];
    attempt(() => checkUrl(url), (message) => issues.report([...path, "url"], message));
    const owner = owners.get(url);
    if (owner !== undefined) {
      issues.report([...path, "url"], `expected a URL of its own, ${owner} has this one`);
    }
    owners.set(url, name);
    for (
      const [key, option] of [["bitrate", "bitrate"], ["dataBitrate", "data-bitrate"]] as const
    ) {
      if (!new RegExp(`[?&]${option}=`).test(url)) continue;
      issues.report([...path, "url"], `expected ${key} beside the URL, not ${option} in it`);
    }
    const bitrateBps = bitrate ?? DEFAULT_BITRATE_BPS;
    if (dataBitrate !== undefined && dataBitrate < bitrateBps) {
      issues.reportValue([...path, "dataBitrate"], `expected at least the bitrate, ${bitrateBps}`);
    }
    const addressing = functional === "none"
      ? undefined
      : resolveFunctional(functional, [...path, "functional"], issues);
    if (addressing === undefined && functional !== "none") continue;
    buses.set(name, {
      name,
      url,
      bitRates: {
        bitrateBps,
        ...defined({ dataBitrateBps: dataBitrate }),
      },
      ...defined({ functional: addressing }),
      group: typeof group === "object"
        ? { id: group.id, extended: true }
        : { id: group ?? DEFAULT_GROUP_ID, extended: false },
      ...defined({ erasesMax: maxSimultaneousErases }),
      faults: sim?.faults ?? {},
    });
  }
  return buses;
}

/**
 * Asks another layer whether a word is right.
 *
 * @param check Throws a {@linkcode CanvoyError} when it is not.
 * @param report Takes the error's message.
 * @returns What `check` returned; `undefined` when it threw.
 */
export function attempt<Result>(
  check: () => Result,
  report: (message: string) => void,
): Result | undefined {
  try {
    return check();
  } catch (error) {
    if (!(error instanceof CanvoyError)) throw error;
    report(error.message);
    return undefined;
  }
}
