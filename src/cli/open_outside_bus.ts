import { connectTcpBus, openSocketcanBus } from "../adapters/mod.ts";
import type { LoopbackBusUrl, SocketcanBusUrl } from "../can/mod.ts";
import { CanvoyError, type Clock, printable } from "../core/mod.ts";
import type { BusChoice } from "./bus_choice.ts";
import { BusLostError } from "../tester/mod.ts";
import type { OutsideBus } from "./run_bus.ts";

/** What a socket holds unread with Linux' own buffer size, less a third: 212,992 bytes, 768 a frame. */
const SOCKET_FRAMES = 192;

/** A bus that is outside of this process. */
export type OutsideBusUrl = LoopbackBusUrl | SocketcanBusUrl;

/**
 * Opens a bus that is outside of this process.
 *
 * @param choice The bus.
 * @param url Where it is.
 * @param options The run's clock, and how long an interface that is away is waited for, in ms.
 * @returns The way onto it.
 * @throws {CanvoyError} If it cannot be reached.
 */
export function openOutsideBus(
  choice: BusChoice,
  url: OutsideBusUrl,
  options: { readonly clock: Clock; readonly busWaitMs?: number | undefined },
): Promise<OutsideBus> {
  switch (url.kind) {
    case "loopback":
      return openLoopback(choice, url, options.clock);
    case "socketcan":
      return openSocketcan(choice, url, options);
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
  // The name is what the other process says.
  const place = `virtual:${printable(bus.name)} at ${where}:${connect.port}`;
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

async function openSocketcan(
  { name, bitRates }: BusChoice,
  url: SocketcanBusUrl,
  { clock, busWaitMs }: { readonly clock: Clock; readonly busWaitMs?: number | undefined },
): Promise<OutsideBus> {
  const isFd = bitRates.dataBitrateBps !== undefined;
  const wait = busWaitMs === undefined ? {} : { waitMs: busWaitMs };
  const bus = await openSocketcanBus({ name: url.name, clock, bitRates, isFd, ...wait });
  const place = `socketcan:${bus.name}`;
  if (isFd && !bus.carriesFd) {
    bus.close();
    throw new BusMismatchError(name, place);
  }
  return {
    place,
    hasManyPorts: true,
    hearsAll: false,
    unreadFramesMax: SOCKET_FRAMES,
    lost: bus.closed.then((cause) => cause ?? new BusLostError(place, "it was closed")),
    attach: () => bus.attach(),
    wire: () => bus.evidence,
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
