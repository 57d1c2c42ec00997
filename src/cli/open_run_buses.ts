import { VirtualBus } from "../sim/mod.ts";
import { type Clock, defined } from "../core/mod.ts";
import type { BusChoice } from "./bus_choice.ts";
import { openOutsideBus } from "./open_outside_bus.ts";
import { OutsideRunBus } from "./outside_run_bus.ts";
import type { RunBus } from "./run_bus.ts";
import { VirtualRunBus } from "./virtual_run_bus.ts";

/** How the buses of a run are opened. */
export interface OpenBusesOptions {
  /** The run's clock. */
  readonly clock: Clock;
  /** How long an interface that is down, off or gone is waited for, in ms; at most a moment where absent. */
  readonly busWaitMs?: number;
  /** What chance on modelled buses is drawn from, before what their URLs say. */
  readonly seed: number | undefined;
  /** Told of processes that were not let onto a bus any longer. */
  readonly onClientError?: (error: Error) => void;
}

/**
 * Opens buses: all of them, or none.
 *
 * @param choices The buses.
 * @param options Clock and seed.
 * @returns By name, in the order given.
 * @throws {CanvoyError} If one cannot be opened; those that were are closed again.
 */
export async function openRunBuses(
  choices: readonly BusChoice[],
  options: OpenBusesOptions,
): Promise<ReadonlyMap<string, RunBus>> {
  const buses = new Map<string, RunBus>();
  try {
    for (const choice of choices) {
      buses.set(choice.name, await openRunBus(choice, buses.size, options));
    }
    return buses;
  } catch (error) {
    await closeRunBuses(buses);
    throw error;
  }
}

/**
 * Leaves all buses.
 *
 * @param buses The buses.
 */
export async function closeRunBuses(buses: ReadonlyMap<string, RunBus>): Promise<void> {
  await Promise.all([...buses.values()].map((bus) => bus.close()));
}

async function openRunBus(
  choice: BusChoice,
  index: number,
  options: OpenBusesOptions,
): Promise<RunBus> {
  const { name, url, bitRates, bus: { faults } } = choice;
  const { clock, seed, onClientError, busWaitMs } = options;
  if (url.kind !== "virtual") {
    const outside = await openOutsideBus(choice, url, { clock, busWaitMs });
    return new OutsideRunBus(name, outside, { clock, bitRates });
  }
  const busSeed = seed ?? url.seed ?? 1;
  const bus = new VirtualBus({ name, bitRates, clock, seed: busSeed + index, faults });
  return new VirtualRunBus(bus, {
    listen: url.listen,
    ...defined({ onClientError }),
  });
}
