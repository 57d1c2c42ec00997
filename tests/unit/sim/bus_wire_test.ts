import { deepStrictEqual, ok, strictEqual, throws } from "node:assert/strict";
import fc from "fast-check";
import {
  type CanFrame,
  compareArbitration,
  formatCandump,
  frameBits,
  INTERMISSION_BITS,
  parseCandump,
} from "../../../src/can/mod.ts";
import { VirtualClock } from "../../../src/core/mod.ts";
import { VirtualBus } from "../../../src/sim/mod.ts";
import { BIT_MS, classic, isAbout, numbered, numberOf, recordedBus } from "./bus_support.ts";

Deno.test("VirtualBus delivers and confirms at the end of the frame, in exact bits", () => {
  const { bus, clock, records } = recordedBus();
  const sender = bus.attach("sender");
  const receiver = bus.attach("receiver");
  const log: unknown[] = [];
  receiver.listen(classic(0), (_, atMs) => log.push(["received", atMs, clock.now()]));
  clock.run({ untilMs: 5 });
  // 50 bits: see the frame of zeros in the tests of frameBits().
  sender.transmit(classic(0), (outcome, atMs) => log.push([outcome, atMs, clock.now()]));
  deepStrictEqual(log, []);
  clock.run();
  deepStrictEqual(log, [["sent", 5.1, 5.1], ["received", 5.1, 5.1]]);
  deepStrictEqual(records, [
    { frame: classic(0), sender: "sender", startMs: 5, atMs: 5.1, bits: 50, intact: true },
  ]);
});

Deno.test("VirtualBus leaves three bits between frames that follow each other", () => {
  const { bus, clock, records } = recordedBus();
  const sender = bus.attach("sender");
  bus.attach("receiver");
  for (let i = 0; i < 3; i++) sender.transmit(classic(0), () => {});
  clock.run();
  deepStrictEqual(records.map(({ startMs }) => startMs), [0, 0.106, 0.212]);
});

Deno.test("VirtualBus runs the data phase of an FD frame at the data bit rate", () => {
  const { bus, clock, records } = recordedBus({ fd: true });
  const sender = bus.attach("sender");
  bus.attach("receiver");
  const data = new Uint8Array(64).fill(0x3C);
  const frame: CanFrame = { id: 1, extended: true, fd: true, bitRateSwitch: true, data };
  sender.transmit(frame, () => {});
  clock.run();
  const { nominalBits, dataPhaseBits } = frameBits(frame);
  ok(isAbout(records[0]!.atMs, nominalBits * 0.002 + dataPhaseBits * 0.0005));
  strictEqual(records[0]!.bits, nominalBits + dataPhaseBits);
});

Deno.test("VirtualBus does not drift over a million frames", () => {
  // Bit times of 12 and 3.2 us: neither is a binary fraction of a millisecond.
  const clock = new VirtualClock();
  const bitRates = { bitrateBps: 83_333, dataBitrateBps: 312_500 };
  const bus = new VirtualBus({ name: "test", bitRates, clock, seed: 1 });
  const sender = bus.attach("sender");
  bus.attach("receiver");
  const frame: CanFrame = {
    id: 0x123,
    extended: false,
    fd: true,
    bitRateSwitch: true,
    data: Uint8Array.of(1, 2, 3),
  };
  const count = 1_000_000;
  let left = count;
  let endMs = 0;
  function send(): void {
    if (left-- === 0) return;
    sender.transmit(frame, (_, atMs) => {
      endMs = atMs;
      send();
    });
  }
  send();
  clock.run();
  const { nominalBits, dataPhaseBits } = frameBits(frame);
  const nominal = nominalBits * count + INTERMISSION_BITS * (count - 1);
  const expectedMs = nominal * 1000 / 83_333 + dataPhaseBits * count * 1000 / 312_500;
  ok(Math.abs(endMs - expectedMs) < 1e-6, `${endMs - expectedMs} ms of ${expectedMs}`);
});

Deno.test("VirtualBus gives the wire to the head that arbitration prefers", () => {
  const anyId = fc.oneof(
    fc.nat(0x7FF).map((id) => ({ id, extended: false })),
    fc.nat(0x1FFF_FFFF).map((id) => ({ id, extended: true })),
    fc.nat(0x7FF).map((id) => ({ id: id * 2 ** 18, extended: true })),
  );
  const anyIds = fc.uniqueArray(anyId, {
    minLength: 2,
    maxLength: 12,
    selector: ({ id, extended }) => `${id} ${extended}`,
  });
  fc.assert(fc.property(anyIds, (ids) => {
    const { bus, clock, records } = recordedBus();
    for (const each of ids) {
      bus.attach(`${each.id}`).transmit({ ...classic(0), ...each }, () => {});
    }
    clock.run();
    const sent = records.map(({ frame: { id, extended } }) => ({ id, extended }));
    deepStrictEqual(sent, [...ids].sort(compareArbitration));
  }));
});

Deno.test("VirtualBus lets a frame take part that comes in the intermission", () => {
  const { bus, clock, records } = recordedBus();
  const [low, high] = [bus.attach("low"), bus.attach("high")];
  low.transmit(classic(0), () => {});
  low.transmit(classic(0x700), () => {});
  clock.schedule(() => high.transmit(classic(0x100), () => {}), 0.1 + 2 * BIT_MS);
  clock.run();
  deepStrictEqual(records.map(({ frame }) => frame.id), [0, 0x100, 0x700]);
  ok(isAbout(records[1]!.startMs, 0.106));
});

Deno.test("VirtualBus begins a frame at once on an idle wire, between the bits of the past", () => {
  const { bus, clock, records } = recordedBus();
  const sender = bus.attach("sender");
  bus.attach("receiver");
  sender.transmit(classic(0), () => {});
  clock.schedule(() => sender.transmit(classic(0), () => {}), 0.1077);
  clock.run();
  strictEqual(records[1]!.startMs, 0.1077);
});

Deno.test("VirtualBus brings every frame once to each other port, in the order of the wire", () => {
  const anySends = fc.array(
    fc.record({ port: fc.nat(5), id: fc.nat(0x7F), atUs: fc.nat(3000) }),
    { maxLength: 60 },
  );
  fc.assert(
    fc.property(anySends, (sends) => {
      const { bus, clock, records } = recordedBus();
      const ports = Array.from({ length: 6 }, (_, i) => bus.attach(`${i}`));
      const heard = ports.map(() => [] as number[]);
      const confirmed = ports.map(() => [] as number[]);
      const queued = ports.map(() => [] as number[]);
      ports.forEach((port, i) => port.listenAll((frame) => heard[i]!.push(numberOf(frame))));
      sends.forEach(({ port, id, atUs }, number) => {
        clock.schedule(() => {
          queued[port]!.push(number);
          // The port's number in the identifier keeps two ports from sending the same one.
          ports[port]!.transmit(numbered((id << 3) | port, number), (outcome) => {
            strictEqual(outcome, "sent");
            confirmed[port]!.push(number);
          });
        }, atUs / 1000);
      });
      clock.run();
      deepStrictEqual(confirmed, queued);
      ports.forEach((_, i) => {
        const others = records.filter(({ sender }) => sender !== `${i}`);
        deepStrictEqual(heard[i], others.map(({ frame }) => numberOf(frame)));
      });
      strictEqual(records.length, sends.length);
      for (let i = 1; i < records.length; i++) {
        ok(records[i]!.startMs > records[i - 1]!.atMs);
      }
    }),
  );
});

Deno.test("VirtualBus.statistics equals what the trace adds up to", () => {
  const { bus, clock, records } = recordedBus({ faults: { corruptRatio: 0.2 } });
  const ports = [bus.attach("a"), bus.attach("b"), bus.attach("c")];
  ports.forEach((port, i) => {
    for (let k = 0; k < 50; k++) port.transmit(numbered(0x100 + i, k), () => {});
  });
  clock.run();
  const { frames, bits, errorFrames, errorBits, busyMs, busyRatio } = bus.statistics;
  // The candump lines of the intact frames alone give frames and bits.
  const lines = records.filter(({ intact }) => intact)
    .map(({ frame, atMs }) => formatCandump(frame, atMs, "vcan0"));
  const lineBits = lines.map((line) => frameBits(parseCandump(line)!.frame).nominalBits);
  strictEqual(frames, 150);
  strictEqual(frames, lines.length);
  strictEqual(bits, lineBits.reduce((sum, each) => sum + each, 0));
  const damaged = records.filter(({ intact }) => !intact);
  ok(damaged.length > 0);
  strictEqual(errorFrames, damaged.length);
  strictEqual(errorBits, damaged.reduce((sum, record) => sum + record.bits, 0));
  ok(isAbout(busyMs, (bits + errorBits + 3 * records.length) * BIT_MS));
  // The wire was never idle, but for an error-passive sender's suspension at most.
  ok(busyRatio > 0.9 && busyRatio <= 1);
});

Deno.test("VirtualBus refuses bit rates that no bus has", () => {
  const clock = new VirtualClock();
  for (const bitrateBps of [0, -1, 0.5, NaN, Infinity]) {
    throws(
      () => new VirtualBus({ name: "test", bitRates: { bitrateBps }, clock, seed: 1 }),
      RangeError,
    );
  }
});
