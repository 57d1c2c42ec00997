import { CanvoyError, defined } from "../core/mod.ts";
import type { IssueList } from "./_issue_list.ts";
import { resolveFunctional, TESTER_ADDRESS } from "./_resolve_addressing.ts";
import type { ExpandedNode } from "./_expand_nodes.ts";
import type { FleetAddressing, FleetFileBus } from "./fleet.ts";
import type { FleetDocument } from "./fleet_schema.ts";

/** CiA 301's and most benches' own. */
const DEFAULT_BITRATE_BPS = 500_000;

/** Everybody on a bus with 11-bit identifiers. Source: ISO 15765-4. */
const FUNCTIONAL_ID = 0x7DF;
/** Everybody, 0x33, on a bus with 29-bit identifiers; the tester follows. Source: ISO 15765-4. */
const FUNCTIONAL_ID_29 = 0x18DB_3300;

/** The 11-bit identifier of the lowest priority. */
const DEFAULT_GROUP_ID = 0x7FF;

/**
 * Reads the buses of a file.
 *
 * @param document The file.
 * @param parts What throws where a text is no bus URL, and the nodes.
 * @param issues Takes its mistakes.
 * @returns The buses by name, those with mistakes left out.
 */
export function resolveBuses(
  document: FleetDocument,
  { checkUrl, nodes }: {
    readonly checkUrl: (url: string) => void;
    readonly nodes: readonly ExpandedNode[];
  },
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
      : functional === undefined
      ? defaultFunctional(nodes.filter(({ fields }) => fields.bus === name))
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

/** Where all nodes have 29 bits, they would not hear 11. */
function defaultFunctional(nodes: readonly ExpandedNode[]): FleetAddressing {
  const hasLongIds = nodes.length > 0 &&
    nodes.every(({ fields: { addressing, idBits } }) =>
      addressing === "normalFixed" || (addressing ?? "normal") === "normal" && idBits === 29
    );
  const tester = nodes[0]?.fields.tester ?? TESTER_ADDRESS;
  const id = hasLongIds
    ? { id: FUNCTIONAL_ID_29 + tester, extended: true }
    : { id: FUNCTIONAL_ID, extended: false };
  return { mode: "normal", tx: id, rx: id };
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
