import { connectTcpBus } from "../adapters/mod.ts";
import type { LoopbackBusUrl, SocketcanBusUrl } from "../can/mod.ts";
import { CanvoyError, type Clock } from "../core/mod.ts";
import type { BusChoice } from "./bus_choice.ts";
import { BusLostError } from "./bus_lost_error.ts";
import type { OutsideBus } from "./run_bus.ts";

/** A bus that this version cannot reach. */
export class BusUnsupportedError extends CanvoyError {
  /** Stable name of the failure; `CAN_` makes it one of the environment. */
  override readonly code = "CAN_UNSUPPORTED";

  /**
   * Says which bus.
   *
   * @param name The bus's name.
   * @param url Where it is.
   */
  constructor(name: string, url: string) {
    super(`Cannot open bus "${name}" at ${url}: this version knows only virtual buses`);
  }
}

/** A bus that is outside of this process. */
export type OutsideBusUrl = LoopbackBusUrl | SocketcanBusUrl;

/**
 * Opens a bus that is outside of this process.
 *
 * @param choice The bus.
 * @param url Where it is.
 * @param clock The run's clock.
 * @returns The way onto it.
 * @throws {CanvoyError} If it cannot be reached.
 */
export function openOutsideBus(
  choice: BusChoice,
  url: OutsideBusUrl,
  clock: Clock,
): Promise<OutsideBus> {
  switch (url.kind) {
    case "loopback":
      return openLoopback(choice, url, clock);
    case "socketcan":
      // The adapter's place: import() it here, so that its addon loads with such a bus alone.
      throw new BusUnsupportedError(choice.name, choice.urlText);
  }
}

async function openLoopback(
  { name, bitRates }: BusChoice,
  url: LoopbackBusUrl,
  clock: Clock,
): Promise<OutsideBus> {
  const { connect } = url;
  const bus = await connectTcpBus({ connect, clock });
  const where = connect.host.includes(":") ? `[${connect.host}]` : connect.host;
  const place = `virtual:${bus.name} at ${where}:${connect.port}`;
  if (bitRates.dataBitrateBps !== undefined && bus.bitRates.dataBitrateBps === undefined) {
    bus.close();
    throw new BusMismatchError(name, place);
  }
  return {
    place,
    hasManyPorts: true,
    hearsAll: true,
    lost: bus.closed.then((cause) =>
      new BusLostError(place, "the process that has it has ended the connection", { cause })
    ),
    attach: (label) => bus.attach(label),
    close: async () => {
      bus.close();
      await bus.closed;
    },
  };
}

/** A bus is not of the kind that the fleet file says. */
export class BusMismatchError extends CanvoyError {
  /** Stable name of the failure; `CAN_` makes it one of the environment. */
  override readonly code = "CAN_MISMATCH";

  /**
   * Says which bus.
   *
   * @param name The bus's name.
   * @param place Where it is.
   */
  constructor(name: string, place: string) {
    super(`Cannot use ${place} as bus "${name}": it is a classic bus, the fleet file says CAN FD`);
  }
}
