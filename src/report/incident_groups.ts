import { defined } from "../core/mod.ts";
import type { FleetState } from "../fleet/mod.ts";
import type { Incident } from "./incident.ts";
import { isUpdateDue, outcomeOf, outcomeRank } from "./node_outcome.ts";

/** What happened to one node, or to one bus. */
export interface IncidentGroup {
  /** Its name; empty for the whole run. */
  readonly subject: string;
  /** How often something of it was tried again. */
  readonly retries: number;
  /** Why mostly; `count` tells how many of the retries that are listed. */
  readonly mainCause?: { readonly words: string; readonly count: number };
  /** What happened, in its order. */
  readonly runs: readonly IncidentRun[];
  /** Retries that are not listed, because there were too many in all. */
  readonly leftOut: number;
}

/** The same, so many times in a row. */
export interface IncidentRun {
  /** The first. */
  readonly first: Incident;
  /** When the last one came, in ms. */
  readonly lastMs: number;
  /** How many. */
  readonly count: number;
}

/** Buses come behind the nodes that did not get through, and before those that did. */
const BUS_RANK = outcomeRank("done") - 0.5;

/**
 * Folds incidents by what they happened to: who failed first, then who was tried again most often.
 *
 * @param incidents All of them, in their order.
 * @param state The fleet at its end.
 * @returns A group for each node and bus that something happened to.
 */
export function groupIncidents(
  incidents: readonly Incident[],
  { nodes }: FleetState,
): readonly IncidentGroup[] {
  const bySubject = new Map<string, Incident[]>();
  for (const incident of incidents) {
    const node = nodes.get(incident.subject);
    // A node that was compared and differs is no fault.
    if (incident.kind === "failed" && node !== undefined && isUpdateDue(node)) continue;
    const known = bySubject.get(incident.subject);
    if (known === undefined) bySubject.set(incident.subject, [incident]);
    else known.push(incident);
  }
  for (const { name, retries } of nodes.values()) {
    if (retries > 0 && !bySubject.has(name)) bySubject.set(name, []);
  }
  const rankOf = ({ subject }: IncidentGroup): number => {
    const node = nodes.get(subject);
    return node === undefined ? BUS_RANK : outcomeRank(outcomeOf(node));
  };
  return [...bySubject]
    .map(([subject, own]) => groupOf(subject, own, nodes.get(subject)?.retries ?? 0))
    .sort((left, right) => rankOf(left) - rankOf(right) || right.retries - left.retries);
}

function groupOf(subject: string, incidents: readonly Incident[], counted: number): IncidentGroup {
  const listed = incidents.filter(({ kind }) => kind === "retry");
  const mainCause = mostFrequent(listed.length > 0 ? listed : incidents);
  // A node that was tried again from the page has counted anew, but all of it is listed.
  const retries = Math.max(counted, listed.length);
  return {
    subject,
    retries,
    ...defined({ mainCause }),
    runs: runsOf(incidents),
    leftOut: retries - listed.length,
  };
}

function mostFrequent(incidents: readonly Incident[]): IncidentGroup["mainCause"] {
  const causes = new Map<string, { words: string; count: number }>();
  for (const { cause } of incidents) {
    const words = withoutBytes(cause);
    const key = words.replace(/\b\d+\b/g, "");
    causes.set(key, { words, count: (causes.get(key)?.count ?? 0) + 1 });
  }
  return [...causes.values()].sort((left, right) => right.count - left.count)[0];
}

/** What is the same whichever block was on its way: no bytes of requests, whole milliseconds. */
function withoutBytes(cause: string): string {
  return wholeMs(cause.replace(/ "[0-9A-F]{2}(?: [0-9A-F]{2})*(?: \.\.)?"/g, ""));
}

/** Fractions of a millisecond tell no two causes apart. */
function wholeMs(cause: string): string {
  return cause.replace(/(\d)\.\d+(?= ms\b)/g, "$1");
}

function runsOf(incidents: readonly Incident[]): readonly IncidentRun[] {
  const runs: { first: Incident; lastMs: number; count: number }[] = [];
  for (const incident of incidents) {
    const last = runs.at(-1);
    if (last === undefined || !isAlike(last.first, incident)) {
      runs.push({ first: incident, lastMs: incident.atMs, count: 1 });
      continue;
    }
    last.lastMs = incident.atMs;
    last.count++;
  }
  return runs;
}

function isAlike(left: Incident, right: Incident): boolean {
  return left.kind === right.kind && left.again?.what === right.again?.what &&
    wholeMs(left.cause) === wholeMs(right.cause);
}
