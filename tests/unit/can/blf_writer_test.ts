import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { BlfWriter, type CanFrame, readTrace } from "../../../src/can/mod.ts";
import { join } from "./_blf.ts";

const FRAME: CanFrame = {
  id: 0x7E0,
  extended: false,
  fd: false,
  bitRateSwitch: false,
  data: Uint8Array.of(2, 0x10, 3),
};
const DATE = Date.UTC(2026, 10, 30, 12, 34, 56, 789);

Deno.test("BlfWriter states sizes, counts and times at the end", () => {
  const writer = new BlfWriter(["a", "b"], DATE);
  const parts = [writer.begin(), writer.frame(FRAME, 1500, "b"), writer.comment(), writer.end()];
  const bytes = join(...parts);
  const head = writer.head();
  const view = new DataView(head.buffer);
  strictEqual(new TextDecoder().decode(head.subarray(0, 4)), "LOGG");
  strictEqual(view.getBigUint64(16, true), BigInt(bytes.length));
  strictEqual(view.getBigUint64(24, true), 144n + 32n + 48n);
  strictEqual(view.getUint32(32, true), 1);
  const times = [40, 56].map((at) =>
    Array.from({ length: 8 }, (_, i) => view.getUint16(at + 2 * i, true))
  );
  deepStrictEqual(times[0], [2026, 11, 1, 30, 12, 34, 56, 789]);
  deepStrictEqual(times[1], [2026, 11, 1, 30, 12, 34, 58, 289]);
  bytes.set(head);
  deepStrictEqual(readTrace({ name: "a", bytes }).records, [
    { atMs: 1500, interfaceName: "2", frame: FRAME },
  ]);
});

Deno.test("BlfWriter fills containers of 128 KiB, and each file begins anew", () => {
  const writer = new BlfWriter(["a"], DATE);
  for (let file = 0; file < 2; file++) {
    const parts = [writer.begin()];
    for (let i = 0; i < 10_000; i++) parts.push(writer.frame(FRAME, i, "a"));
    parts.push(writer.end());
    const containers = parts.slice(1).filter(({ length }) => length > 0);
    strictEqual(containers.length, Math.ceil(10_000 * 48 / (128 * 1024)));
    const bytes = join(...parts);
    ok(bytes.length < 200_000, `${bytes.length}`);
    strictEqual(readTrace({ name: "a", bytes }).records.length, 10_000);
    strictEqual(new DataView(writer.head().buffer).getUint32(32, true), 10_000);
  }
});
