import { ok, strictEqual, throws } from "node:assert/strict";
import fc from "fast-check";
import {
  assertCanFrame,
  type CanId,
  canIdKey,
  compareArbitration,
  FD_LENGTHS_BYTES,
  fdDlcOf,
  fdLengthFor,
} from "../../../src/can/mod.ts";
import { bitText } from "./naive_bits.ts";

function base(id: number): CanId {
  return { id, extended: false };
}

function extended(id: number): CanId {
  return { id, extended: true };
}

Deno.test("compareArbitration() follows the arbitration table of 11 and 29 bits", () => {
  const table: readonly (readonly [winner: CanId, loser: CanId])[] = [
    [base(0x000), base(0x001)],
    [base(0x7DF), base(0x7E0)],
    [base(0x0FF), base(0x100)],
    [extended(0x0000_0000), extended(0x0000_0001)],
    [extended(0x18DA_00F1), extended(0x18DB_33F1)],
    // The same first 11 bits: the base frame wins, whatever follows.
    [base(0x123), extended(0x123 << 18)],
    [base(0x123), extended((0x123 << 18) | 0x3FFFF)],
    // Smaller first 11 bits win against any base identifier behind them.
    [extended((0x122 << 18) | 0x3FFFF), base(0x123)],
    [extended(0x0000_0000), base(0x001)],
    [base(0x7FF), extended(0x1FFF_FFFF)],
    // 0x636 stands in the first 11 bits of 0x18DA00F1.
    [base(0x636), extended(0x18DA_00F1)],
    [extended(0x18DA_00F1), base(0x637)],
  ];
  for (const [winner, loser] of table) {
    ok(compareArbitration(winner, loser) < 0, JSON.stringify([winner, loser]));
    ok(compareArbitration(loser, winner) > 0, JSON.stringify([winner, loser]));
    strictEqual(compareArbitration(winner, winner), 0);
  }
});

Deno.test("compareArbitration() orders as the bits on the wire do", () => {
  // The arbitration fields of both kinds: identifier, RTR, IDE; or base, SRR, IDE, rest, RTR.
  function wire({ id, extended }: CanId): string {
    if (!extended) return bitText(id, 11) + "00";
    return bitText(Math.floor(id / 2 ** 18), 11) + "11" + bitText(id % 2 ** 18, 18) + "0";
  }
  const anyId = fc.oneof(
    fc.nat(0x7FF).map(base),
    fc.nat(0x1FFF_FFFF).map(extended),
    fc.nat(0x7FF).map((id) => extended(id * 2 ** 18)),
  );
  fc.assert(fc.property(anyId, anyId, (left, right) => {
    const [a, b] = [wire(left), wire(right)];
    strictEqual(Math.sign(compareArbitration(left, right)), a < b ? -1 : a > b ? 1 : 0);
  }));
});

Deno.test("canIdKey() tells 11-bit and 29-bit identifiers apart", () => {
  strictEqual(canIdKey(base(0x123)), 0x123);
  ok(canIdKey(base(0x123)) !== canIdKey(extended(0x123)));
});

Deno.test("fdDlcOf() is the inverse of FD_LENGTHS_BYTES and -1 elsewhere", () => {
  for (let length = -1; length <= 65; length++) {
    strictEqual(fdDlcOf(length), FD_LENGTHS_BYTES.indexOf(length));
  }
});

Deno.test("fdLengthFor() rounds up to a length that a DLC can state", () => {
  strictEqual(fdLengthFor(0), 0);
  strictEqual(fdLengthFor(8), 8);
  strictEqual(fdLengthFor(9), 12);
  strictEqual(fdLengthFor(33), 48);
  strictEqual(fdLengthFor(64), 64);
  throws(() => fdLengthFor(65), RangeError);
});

Deno.test("assertCanFrame() refuses what no controller can send", () => {
  const frame = { id: 0x7FF, extended: false, fd: false, bitRateSwitch: false };
  const good = { ...frame, data: new Uint8Array(8) };
  assertCanFrame(good);
  assertCanFrame({ ...good, id: 0x1FFF_FFFF, extended: true });
  assertCanFrame({ ...good, fd: true, bitRateSwitch: true, data: new Uint8Array(64) });
  const bad = [
    { ...good, id: 0x800 },
    { ...good, id: -1 },
    { ...good, id: 1.5 },
    { ...good, id: 0x2000_0000, extended: true },
    { ...good, data: new Uint8Array(9) },
    { ...good, fd: true, data: new Uint8Array(9) },
    { ...good, fd: true, data: new Uint8Array(65) },
    { ...good, bitRateSwitch: true },
  ];
  for (const each of bad) throws(() => assertCanFrame(each), RangeError);
});
