/**
 * What the transport costs the host: 1 MB from one link to another, both ends counted.
 *
 *     deno bench -A tests/bench/isotp_bench.ts
 *
 * "trivial port" hands each frame straight to the other end: links and schedulers alone. "virtual
 * bus" adds the modelled bus. 245 messages of 4,095 bytes are 143,815 classic frames, flow control
 * included (245 * (1 + 585 + 1)): 144 ms would be 1 us a frame, both ends together.
 */
import { concatMap, lastValueFrom, NEVER, range } from "rxjs";
import {
  type CanFrame,
  type CanId,
  canIdKey,
  type CanPort,
  type FrameListener,
  type TransmitOutcome,
} from "../../src/can/mod.ts";
import { VirtualClock } from "../../src/core/mod.ts";
import {
  CLASSIC_FORMAT,
  createIsoTpLink,
  FD_FORMAT,
  type FrameFormat,
  oppositeAddressing,
  TransmitScheduler,
} from "../../src/isotp/mod.ts";
import { VirtualBus } from "../../src/sim/mod.ts";

const MESSAGE_BYTES = 4095;
const MESSAGES = 245;

/** Two of them make a bus that takes no time: frames arrive in the order of sending. */
class TrivialPort implements CanPort {
  readonly name = "trivial";
  readonly bitRates = { bitrateBps: 1_000_000, dataBitrateBps: 5_000_000 };
  readonly state$ = NEVER;
  readonly listeners = new Map<number, FrameListener>();
  static readonly queue: [TrivialPort, CanFrame, (o: TransmitOutcome, atMs: number) => void][] = [];
  other!: TrivialPort;
  listen(id: CanId, listener: FrameListener): () => void {
    this.listeners.set(canIdKey(id), listener);
    return () => this.listeners.delete(canIdKey(id));
  }
  listenAll(): () => void {
    return () => {};
  }
  transmit(frame: CanFrame, onEnd: (outcome: TransmitOutcome, atMs: number) => void): void {
    TrivialPort.queue.push([this, frame, onEnd]);
  }
  close(): void {}
  static run(): void {
    const { queue } = TrivialPort;
    for (let i = 0; i < queue.length; i++) {
      const [port, frame, onEnd] = queue[i]!;
      onEnd("sent", 0);
      port.other.listeners.get(canIdKey(frame))?.(frame, 0);
      if (i > 1000) queue.splice(0, i + 1), i = -1;
    }
    queue.length = 0;
  }
}

function move(ports: readonly [CanPort, CanPort], clock: VirtualClock, format: FrameFormat): {
  readonly received: () => number;
} {
  const addressing = {
    mode: "normal",
    tx: { id: 0x601, extended: false },
    rx: { id: 0x581, extended: false },
  } as const;
  const [from, to] = ports.map((port, i) =>
    createIsoTpLink({
      port,
      scheduler: new TransmitScheduler(port, clock),
      clock,
      format,
      addressing: i === 0 ? addressing : oppositeAddressing(addressing),
    })
  );
  let received = 0;
  to!.indications$.subscribe((indication) => {
    if (indication.type === "message") received += indication.data.length;
  });
  const message = new Uint8Array(MESSAGE_BYTES).map((_, i) => i * 7);
  lastValueFrom(range(MESSAGES).pipe(concatMap(() => from!.send(message))));
  return { received: () => received };
}

function check(received: number): void {
  if (received !== MESSAGES * MESSAGE_BYTES) throw new Error(`only ${received} bytes came`);
}

function overTrivialPorts(format: FrameFormat): void {
  const ports = [new TrivialPort(), new TrivialPort()] as const;
  ports[0].other = ports[1];
  ports[1].other = ports[0];
  const { received } = move(ports, new VirtualClock(), format);
  TrivialPort.run();
  check(received());
}

function overVirtualBus(format: FrameFormat): void {
  const clock = new VirtualClock();
  const bitRates = format.fd
    ? { bitrateBps: 500_000, dataBitrateBps: 2_000_000 }
    : { bitrateBps: 1_000_000 };
  const bus = new VirtualBus({ name: "bench", clock, seed: 1, bitRates });
  const { received } = move([bus.attach("a"), bus.attach("b")], clock, format);
  clock.run();
  check(received());
}

for (const [name, format] of [["classic", CLASSIC_FORMAT], ["FD", FD_FORMAT]] as const) {
  Deno.bench(`1 MB, ${name} frames, trivial port`, () => overTrivialPorts(format));
  Deno.bench(`1 MB, ${name} frames, virtual bus`, () => overVirtualBus(format));
}
