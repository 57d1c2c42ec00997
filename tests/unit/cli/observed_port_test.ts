import { deepStrictEqual, ok } from "node:assert/strict";
import { type CanFrame, frameBits } from "../../../src/can/mod.ts";
import { BusMeter } from "../../../src/cli/bus_meter.ts";
import { ObservedPort } from "../../../src/cli/observed_port.ts";
import { VirtualClock } from "../../../src/core/mod.ts";
import { VirtualBus } from "../../../src/sim/mod.ts";

const BIT_RATES = { bitrateBps: 500_000 };

function frame(id: number): CanFrame {
  const data = Uint8Array.of(id & 0xFF, 1, 2);
  return { id, extended: false, fd: false, bitRateSwitch: false, data };
}

function bench() {
  const clock = new VirtualClock();
  const bus = new VirtualBus({ name: "b", bitRates: BIT_RATES, clock, seed: 1 });
  const seen: number[] = [];
  const port = new ObservedPort(bus.attach("own"), ({ id }) => seen.push(id));
  const other = bus.attach("other");
  const send = (id: number): void => {
    other.transmit(frame(id), () => {});
    clock.run();
  };
  return { clock, bus, seen, port, send };
}

Deno.test("ObservedPort() shows own frames once they are confirmed and heard ones once each", () => {
  const { clock, seen, port, send } = bench();
  const heard: string[] = [];
  const stops = ["a", "b"].map((who) => port.listen(frame(0x10), () => heard.push(who)));
  send(0x10);
  send(0x11);
  port.transmit(frame(0x20), () => heard.push("sent"));
  deepStrictEqual(seen, [0x10]);
  clock.run();
  deepStrictEqual(seen, [0x10, 0x20]);
  stops[0]!();
  send(0x10);
  stops[1]!();
  send(0x10);
  deepStrictEqual(seen, [0x10, 0x20, 0x10]);
  deepStrictEqual(heard, ["a", "b", "sent", "b"]);
});

Deno.test("ObservedPort() hears all frames, each once, as soon as somebody wants them", () => {
  const { seen, port, send } = bench();
  const heard: string[] = [];
  port.listen(frame(0x10), () => heard.push("one"));
  port.hearAll();
  send(0x11);
  const stop = port.listenAll(() => heard.push("all"));
  send(0x10);
  stop();
  send(0x12);
  deepStrictEqual(seen, [0x11, 0x10, 0x12]);
  deepStrictEqual(heard, ["one", "all"]);
});

Deno.test("BusMeter() adds up what the bus itself counts", () => {
  const { clock, bus, send } = bench();
  const meter = new BusMeter("b", BIT_RATES, 0);
  for (const id of [1, 2, 0x7FF]) {
    meter.count(frame(id));
    send(id);
  }
  clock.run({ untilMs: 10 });
  const { frames, bits, busyRatio } = bus.statistics;
  const figures = meter.figures(10);
  deepStrictEqual(figures, { bus: "b", frames, bits, busyRatio: figures.busyRatio });
  ok(busyRatio > 0.04 && Math.abs(figures.busyRatio - busyRatio) < 1e-12);
  deepStrictEqual(
    bits,
    [1, 2, 0x7FF].reduce((sum, id) => sum + frameBits(frame(id)).nominalBits, 0),
  );
});
