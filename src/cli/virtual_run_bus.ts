import { serveTcpBus, type TcpBusServer } from "../adapters/mod.ts";
import type { FrameListener, LoopbackEndpoint } from "../can/mod.ts";
import type { BusFigures } from "../report/mod.ts";
import type { BusFaults, NodePort, VirtualBus } from "../sim/mod.ts";
import type { RunBus } from "./run_bus.ts";

/** A bus modelled within this process; other processes may join it where it listens. */
export class VirtualRunBus implements RunBus {
  readonly name: string;
  readonly place: string;
  readonly endpoint?: string;
  readonly hasOutsideNodes = false;
  readonly #bus: VirtualBus;
  readonly #server: TcpBusServer | undefined;

  /**
   * Takes a bus into a run.
   *
   * @param bus The bus.
   * @param options `listen`: where other processes may join it.
   * @throws {TcpBusError} If it cannot listen there.
   */
  constructor(
    bus: VirtualBus,
    options: {
      readonly listen?: LoopbackEndpoint | undefined;
      readonly onClientError?: (error: Error) => void;
    } = {},
  ) {
    const { listen, ...rest } = options;
    this.name = bus.name;
    this.#bus = bus;
    if (listen !== undefined) {
      this.#server = serveTcpBus({ bus, listen, ...rest });
      this.endpoint = formatEndpoint(this.#server.endpoint);
    }
    const where = this.endpoint === undefined ? "" : ` at ${this.endpoint}`;
    this.place = `virtual:${bus.name}${where}`;
  }

  attach(label: string, faults: BusFaults = {}): NodePort {
    return this.#bus.attach(label, faults);
  }

  follow(listener: FrameListener): void {
    this.#bus.onWire = ({ intact, frame, atMs }) => {
      if (intact) listener(frame, atMs);
    };
  }

  figures(): BusFigures {
    const { frames, bits, busyRatio } = this.#bus.statistics;
    return { bus: this.name, frames, bits, busyRatio };
  }

  async close(): Promise<void> {
    await this.#server?.close();
  }
}

function formatEndpoint({ host, port }: LoopbackEndpoint): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}
