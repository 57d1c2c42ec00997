import { type BusUrl, parseBusUrl } from "../can/mod.ts";
import type { Fleet, FleetBitRates, FleetFileBus } from "../fleet/mod.ts";
import type { CommandArguments } from "./command_spec.ts";
import { UsageError } from "./usage_error.ts";

/** A bus of a run: what the fleet file says of it, and where it is this time. */
export interface BusChoice {
  /** Its name in the fleet file. */
  readonly name: string;
  /** What the fleet file says of it. */
  readonly bus: FleetFileBus;
  /** Where it is: as the fleet file says, or `--bus`. */
  readonly url: BusUrl;
  /** The same as text, for people. */
  readonly urlText: string;
  /** Its bit rates, where its own end does not tell others. */
  readonly bitRates: FleetBitRates;
}

/**
 * Decides where each bus of a fleet is.
 *
 * @param fleet The fleet.
 * @param args The command line: `--bus URL` for a fleet of one bus, `--bus NAME=URL` for others.
 * @returns The fleet file's buses, in its order.
 * @throws {UsageError} If a `--bus` is about no bus of the fleet, or several.
 * @throws {BusUrlError} If a URL cannot be read.
 */
export function chooseBuses(fleet: Fleet, args: CommandArguments): readonly BusChoice[] {
  const overrides = busOverrides(fleet, args);
  return [...fleet.buses.values()].map((bus) => {
    const override = overrides.get(bus.name);
    const urlText = override ?? bus.url;
    const url = parseBusUrl(urlText);
    const hasRates = override !== undefined && /[?&]bitrate=/.test(override);
    const bitRates = hasRates && url.kind === "virtual" ? url.bitRates : bus.bitRates;
    return { name: bus.name, bus, url, urlText, bitRates };
  });
}

function busOverrides(fleet: Fleet, args: CommandArguments): ReadonlyMap<string, string> {
  const overrides = new Map<string, string>();
  const { command } = args;
  for (const value of args.values.get("bus") ?? []) {
    const [, named, rest] = /^([A-Za-z0-9][A-Za-z0-9_.-]*)=(.+)$/s.exec(value) ?? [];
    const name = named ?? onlyBus(fleet, command, value);
    if (!fleet.buses.has(name)) {
      const names = [...fleet.buses.keys()].join(", ");
      throw new UsageError(command, `${fleet.file} has no bus "${name}", only ${names}`);
    }
    if (overrides.has(name)) throw new UsageError(command, `--bus names bus "${name}" twice`);
    overrides.set(name, rest ?? value);
  }
  return overrides;
}

function onlyBus(fleet: Fleet, command: string, url: string): string {
  const [first, ...others] = fleet.buses.keys();
  if (first !== undefined && others.length === 0) return first;
  const names = [...fleet.buses.keys()];
  throw new UsageError(
    command,
    `--bus ${url} stands for the fleet's only bus, but ${fleet.file} has ${names.join(", ")}: ` +
      `use --bus ${names[0]}=${url}`,
  );
}

/**
 * Takes a bus that no fleet file tells of.
 *
 * @param urlText Where it is.
 * @returns The bus, as a fleet file without a word more would have it.
 * @throws {BusUrlError} If the URL cannot be read.
 */
export function busOfUrl(urlText: string): BusChoice {
  const url = parseBusUrl(urlText);
  const bitRates = { bitrateBps: 500_000 };
  const all = { id: 0x7DF, extended: false };
  const functional = { mode: "normal", tx: all, rx: all } as const;
  const group = { id: 0x7FF, extended: false };
  const bus = { name: url.name, url: urlText, bitRates, functional, group, faults: {} };
  return { name: url.name, bus, url, urlText, bitRates };
}
