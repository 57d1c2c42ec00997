// How many frames a second a virtual bus simulates, alone: `deno bench tests/bench/bus_bench.ts`.
// One iteration is 10,000 frames: below 10 ms is more than a million frames a second.
import type { CanFrame, CanPort } from "../../src/can/mod.ts";
import { Prng, VirtualClock } from "../../src/core/mod.ts";
import { VirtualBus } from "../../src/sim/mod.ts";

const FRAME_COUNT = 10_000;

/** Each port keeps a frame waiting and hears one neighbor: the wire is never idle. */
function saturatedBus(portCount: number, frames: readonly CanFrame[]): () => void {
  const clock = new VirtualClock();
  const bitRates = { bitrateBps: 1_000_000, dataBitrateBps: 4_000_000 };
  const bus = new VirtualBus({ name: "bench", bitRates, clock, seed: 1 });
  let sentCount = 0;
  let heardCount = 0;
  for (let i = 0; i < portCount; i++) {
    const port = bus.attach(`port-${i}`);
    port.listen(frames[(i + 1) % portCount]!, () => heardCount++);
    keepSending(port, frames.filter((_, index) => index % portCount === i), () => sentCount++);
  }
  return () => {
    const goal = sentCount + FRAME_COUNT;
    while (sentCount < goal) clock.run({ actionsMax: 2 * (goal - sentCount) });
    if (heardCount === 0) throw new Error("nobody heard anything");
  };
}

function keepSending(port: CanPort, frames: readonly CanFrame[], onSent: () => void): void {
  let next = 0;
  function send(): void {
    port.transmit(frames[next++ % frames.length]!, () => {
      onSent();
      send();
    });
  }
  send();
}

function framesOf(portCount: number, fd: boolean): readonly CanFrame[] {
  const prng = new Prng(7);
  return Array.from({ length: 16 * portCount }, (_, index) => ({
    id: 0x100 + index % portCount,
    extended: false,
    fd,
    bitRateSwitch: fd,
    data: prng.bytes(fd ? 64 : 8),
  }));
}

for (const portCount of [2, 8, 32]) {
  Deno.bench(
    `classic bus, ${portCount} saturated ports, ${FRAME_COUNT} frames`,
    saturatedBus(portCount, framesOf(portCount, false)),
  );
}

Deno.bench(
  `CAN FD bus, 8 saturated ports, ${FRAME_COUNT} frames of 64 bytes`,
  saturatedBus(8, framesOf(8, true)),
);
