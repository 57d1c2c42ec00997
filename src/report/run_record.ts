import {
  EMPTY_FLEET,
  type FleetEvent,
  type FleetMoment,
  type FleetState,
  momentsOf,
} from "../fleet/mod.ts";
import type { BusFigures } from "./bus_figures.ts";
import { BusLoadLog, type BusLoadSeries } from "./bus_load_log.ts";
import { type Incident, incidentOf } from "./incident.ts";
import { Timeline, type TimelineSpan } from "./timeline.ts";

/** What a run is about, beyond its events. */
export interface RunInfo {
  /** Name of the command. */
  readonly command: string;
  /** The whole command line. */
  readonly commandLine: string;
  /** Name of the fleet file. */
  readonly fleetFile: string;
  /** Heading of its report; absent: the fleet file's name. */
  readonly title?: string;
  /** Lines of its report's first page: names and texts, empty ones to be filled in by hand. */
  readonly fields?: readonly (readonly [string, string])[];
  /** When it began, on the wall, as ISO 8601; absent where nobody knows. */
  readonly startedAt?: string;
  /** The images that nodes get. */
  readonly images: readonly ImageInfo[];
  /** What it ran on: names and values, for people. */
  readonly environment: readonly (readonly [string, string])[];
}

/** An image of a run. */
export interface ImageInfo {
  /** Its name in the fleet file. */
  readonly name: string;
  /** The file. */
  readonly file: string;
  /** What the application calls itself, where the fleet file says so. */
  readonly version?: string;
  /** Bytes of firmware. */
  readonly bytes: number;
  /** SHA-256 over its address span, gaps as 0xFF, in hexadecimal. */
  readonly sha256: string;
}

/** A run as reports tell it: nothing but a fold of its events, and what the buses carried. */
export interface RunRecord {
  /** What it is about. */
  readonly info: RunInfo;
  /** The fleet. */
  readonly state: FleetState;
  /** What the buses carried in all. */
  readonly buses: readonly BusFigures[];
  /** How each node spent its time, by name. */
  readonly timeline: ReadonlyMap<string, readonly TimelineSpan[]>;
  /** How loaded each bus was, over time. */
  readonly loads: readonly BusLoadSeries[];
  /** Retries, failures and what happened to buses, in their order. */
  readonly incidents: readonly Incident[];
  /** Retries and states of buses that are not told any more, because there were too many. */
  readonly incidentsLeftOut: number;
}

/** Incidents beyond which only ends of nodes are told one by one. */
const INCIDENTS_MAX = 2000;

/** Folds a run's events into what reports need, in bounded memory. */
export class RunRecorder {
  readonly #timeline = new Timeline();
  readonly #loads = new BusLoadLog();
  readonly #incidents: Incident[] = [];
  #state: FleetState = EMPTY_FLEET;
  #incidentsLeftOut = 0;

  /** What is known of the fleet. */
  get state(): FleetState {
    return this.#state;
  }

  /**
   * Takes a moment in.
   *
   * @param moment What happened.
   * @param buses What the buses carried until then.
   */
  next({ event, state }: FleetMoment, buses: readonly BusFigures[]): void {
    this.#state = state;
    const node = "node" in event ? state.nodes.get(event.node) : undefined;
    if (node !== undefined) this.#timeline.next(node, event.atMs);
    this.#loads.sample(event.atMs, buses);
    const incident = incidentOf(event);
    if (incident === undefined) return;
    const isFrequent = incident.kind === "retry" || incident.kind === "bus";
    if (!isFrequent || this.#incidents.length < INCIDENTS_MAX) this.#incidents.push(incident);
    else this.#incidentsLeftOut++;
  }

  /**
   * Tells the run until now.
   *
   * @param info What it is about.
   * @param buses What the buses carried.
   * @returns The run.
   */
  record(info: RunInfo, buses: readonly BusFigures[]): RunRecord {
    return {
      info,
      state: this.#state,
      buses,
      timeline: this.#timeline.spans(this.#state.atMs),
      loads: this.#loads.series(),
      incidents: this.#incidents,
      incidentsLeftOut: this.#incidentsLeftOut,
    };
  }
}

/**
 * Folds a whole run.
 *
 * @param info What it is about.
 * @param events Its events.
 * @param buses What the buses carried in all; their load over time is then unknown.
 * @returns The run.
 */
export function recordRun(
  info: RunInfo,
  events: Iterable<FleetEvent>,
  buses: readonly BusFigures[] = [],
): RunRecord {
  const recorder = new RunRecorder();
  for (const moment of momentsOf(events)) recorder.next(moment, []);
  return recorder.record(info, buses);
}
