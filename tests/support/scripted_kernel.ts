import {
  type CanLink,
  type ChannelMessage,
  parseCanLink,
  type RawChannel,
  SocketcanError,
  type SocketcanKernel,
} from "../../src/adapters/mod.ts";
import type { VirtualClock } from "../../src/core/mod.ts";

/** What `ip` printed of some interface. */
export function recorded(name: string): CanLink {
  const url = new URL(`../vectors/socketcan/${name}.json`, import.meta.url);
  return parseCanLink(Deno.readTextFileSync(url))!;
}

/** A controller that is error passive. */
export const UP = recorded("sun4i_error_passive");
/** The same off the bus, for good. */
export const BUS_OFF = recorded("busoff_no_restart");

/** A kernel whose interface says what it is told to; frames that it takes are never echoed. */
export class ScriptedKernel implements SocketcanKernel {
  link: CanLink | undefined = UP;
  readonly sent: number[] = [];
  isFull = false;
  /** Sockets that were opened. */
  opened = 0;
  /** What becomes of a question after the interface; it is answered by default. */
  ip: "answers" | "fails" | "hangs" = "answers";
  /** How long it takes to answer, on a busy host. */
  slowIp: { readonly clock: VirtualClock; readonly ms: number } | undefined;
  #onMessage: (message: ChannelMessage) => void = () => {};
  #onStopped: () => void = () => {};

  openChannel(): RawChannel {
    this.opened++;
    return {
      addListener: (event, listener) => {
        if (event === "onMessage") this.#onMessage = listener;
        else this.#onStopped = listener as () => void;
      },
      start: () => {},
      stop: () => this.#onStopped(),
      send: ({ id }) => {
        if (this.isFull) return -1;
        this.sent.push(id);
        return 16;
      },
      sendFD: () => -1,
      setRxFilters: () => {},
      setErrorFilters: () => {},
    };
  }

  readLink(): Promise<CanLink | undefined> {
    if (this.ip === "hangs") return new Promise(() => {});
    if (this.ip === "fails") {
      return Promise.reject(new SocketcanError("NO_IP", "can0", "the program ip fails: EAGAIN"));
    }
    const { slowIp } = this;
    if (slowIp === undefined) return Promise.resolve(this.link);
    return new Promise((resolve) => {
      slowIp.clock.schedule(() => resolve(this.link), slowIp.ms);
    });
  }

  /** The controller goes off the bus; the kernel is to restart it. */
  goBusOff(): void {
    this.link = { ...BUS_OFF, restartMs: 100 };
    this.hear(0x040, Array(8).fill(0), true);
  }

  /** The adapter is unplugged: the interface is gone, and its sockets hear nothing more. */
  vanish(): void {
    this.link = undefined;
    this.#onStopped();
  }

  /** The kernel has restarted the controller. */
  restart(): void {
    this.link = UP;
    this.hear(0x100, Array(8).fill(0), true);
  }

  hear(id: number, data: readonly number[], isError = false): void {
    this.#onMessage({ id, err: isError, data: Uint8Array.from(data) });
  }
}

/** Lets promises settle: what the kernel is asked for comes as one. */
export async function settle(): Promise<void> {
  for (let i = 0; i < 12; i++) await Promise.resolve();
}

/** The controller goes off the bus again and again, as on a bus of another bit rate. */
export async function passBusOff(
  kernel: ScriptedKernel,
  clock: VirtualClock,
  times: number,
): Promise<void> {
  for (let i = 0; i < times; i++) {
    kernel.goBusOff();
    await pass(clock, 100);
    kernel.restart();
    await pass(clock, 100);
  }
}

/** Lets time pass, and what is asked meanwhile be answered. */
export async function pass(clock: VirtualClock, ms: number): Promise<void> {
  for (const endMs = clock.now() + ms; clock.now() < endMs;) {
    clock.run({ untilMs: Math.min(endMs, clock.now() + 50) });
    await settle();
  }
}
