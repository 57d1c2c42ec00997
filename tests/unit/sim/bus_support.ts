import type { CanBitRates, CanFrame } from "../../../src/can/mod.ts";
import { VirtualClock } from "../../../src/core/mod.ts";
import { type BusFaults, VirtualBus, type WireRecord } from "../../../src/sim/mod.ts";

/** A classic frame; `bytes` is its payload. */
export function classic(id: number, bytes: readonly number[] = []): CanFrame {
  return { id, extended: false, fd: false, bitRateSwitch: false, data: Uint8Array.from(bytes) };
}

/** A bus of 500 kbit/s in virtual time whose wire is recorded: one bit is 0.002 ms. */
export function recordedBus(
  options: { readonly seed?: number; readonly faults?: BusFaults; readonly fd?: boolean } = {},
): { readonly bus: VirtualBus; readonly clock: VirtualClock; readonly records: WireRecord[] } {
  const clock = new VirtualClock();
  const bitRates: CanBitRates = options.fd
    ? { bitrateBps: 500_000, dataBitrateBps: 2_000_000 }
    : { bitrateBps: 500_000 };
  const bus = new VirtualBus({
    name: "test",
    bitRates,
    clock,
    seed: options.seed ?? 1,
    ...(options.faults === undefined ? {} : { faults: options.faults }),
  });
  const records: WireRecord[] = [];
  bus.onWire = (record) => records.push(record);
  return { bus, clock, records };
}

/** A bit on a recorded bus, in ms. */
export const BIT_MS = 0.002;

/** Whether two times are the same but for the rounding of floating-point sums. */
export function isAbout(left: number, right: number): boolean {
  return Math.abs(left - right) < 1e-9 * Math.max(1, Math.abs(right));
}

/** What a frame that carries a number in its data carries. */
export function numberOf(frame: CanFrame): number {
  return (frame.data[0]! << 8) | frame.data[1]!;
}

/** A frame that carries a number in its data. */
export function numbered(id: number, number: number): CanFrame {
  return classic(id, [number >> 8, number & 0xFF]);
}
