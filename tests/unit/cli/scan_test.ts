import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import type { CanFrame, CanId } from "../../../src/can/mod.ts";
import { FLEET_LOOKUPS } from "../../../src/tester/mod.ts";
import { scanFleetText, type ScannedNode, scanTable } from "../../../src/cli/scan/scan_text.ts";
import { type FoundNode, sweep } from "../../../src/cli/scan/sweep.ts";
import { VirtualClock } from "../../../src/core/mod.ts";
import { readFleetFile } from "../../../src/fleet/mod.ts";
import { VirtualBus } from "../../../src/sim/mod.ts";

const FUNCTIONAL: CanId = { id: 0x7DF, extended: false };

function frame(id: number, ...bytes: readonly number[]): CanFrame {
  return { id, extended: false, fd: false, bitRateSwitch: false, data: Uint8Array.from(bytes) };
}

/** A bus on which nodes answer TesterPresent, and what a sweep of 0x700..0x71F finds and sends. */
function searched(
  nodes: readonly { tx: number; rx: number; delayMs: number; isNegative?: boolean }[],
  chatter: readonly number[] = [],
): { readonly found: readonly FoundNode[]; readonly sent: readonly number[] } {
  const clock = new VirtualClock();
  const bus = new VirtualBus({ name: "b", bitRates: { bitrateBps: 5e5 }, clock, seed: 1 });
  const sent: number[] = [];
  bus.onWire = ({ sender, frame }) => sender === "tester" && void sent.push(frame.id);
  bus.attach("listener");
  for (const { tx, rx, delayMs, isNegative = false } of nodes) {
    const port = bus.attach(`node ${tx}`);
    const answer = isNegative ? frame(rx, 0x03, 0x7F, 0x3E, 0x12) : frame(rx, 0x02, 0x7E, 0x00);
    for (const id of [tx, FUNCTIONAL.id]) {
      port.listen({ id, extended: false }, () => {
        clock.schedule(() => port.transmit(answer, () => {}), delayMs);
      });
    }
  }
  for (const id of chatter) bus.attach("other").transmit(frame(id, 1, 2, 3), () => {});
  const candidates = Array.from({ length: 0x20 }, (_, i) => ({ id: 0x700 + i, extended: false }));
  const found: FoundNode[] = [];
  sweep({
    port: bus.attach("tester"),
    clock,
    fd: false,
    functional: [FUNCTIONAL],
    candidates,
    waitMs: 20,
  }).subscribe((node) => found.push(node));
  clock.run({ untilMs: 60_000 });
  return { found, sent };
}

Deno.test("sweep() finds nodes by the identifiers that they answer on, each once", () => {
  const { found } = searched([
    { tx: 0x702, rx: 0x70A, delayMs: 1 },
    { tx: 0x710, rx: 0x680, delayMs: 5, isNegative: true },
  ]);
  deepStrictEqual(found.map(({ tx, rx }) => [tx.id, rx.id]), [[0x702, 0x70A], [0x710, 0x680]]);
});

Deno.test("sweep() does not take a late answer for that of the next identifier", () => {
  const { found } = searched([{ tx: 0x705, rx: 0x785, delayMs: 45 }]);
  deepStrictEqual(found.map(({ tx, rx }) => [tx.id, rx.id]), [[0x705, 0x785]]);
});

Deno.test("sweep() never sends on an identifier that somebody is heard to send on", () => {
  const { sent } = searched([{ tx: 0x702, rx: 0x70A, delayMs: 1 }], [0x705]);
  ok(!sent.includes(0x70A) && !sent.includes(0x705));
  strictEqual(sent.filter((id) => id === 0x71F).length, 1);
});

Deno.test("sweep() says so when nobody acknowledges", () => {
  const clock = new VirtualClock();
  const bus = new VirtualBus({ name: "b", bitRates: { bitrateBps: 5e5 }, clock, seed: 1 });
  let caught: unknown;
  sweep({
    port: bus.attach("tester"),
    clock,
    fd: false,
    functional: [FUNCTIONAL],
    candidates: [],
    waitMs: 20,
  }).subscribe({ error: (error: unknown) => caught = error });
  clock.run({ untilMs: 2000 });
  ok(caught instanceof Error && "code" in caught);
  strictEqual(caught.code, "CAN_NO_ACKNOWLEDGE");
});

const SCANNED: readonly ScannedNode[] = [
  {
    tx: { id: 0x700, extended: false },
    rx: { id: 0x780, extended: false },
    identity: {
      hardware: "STM32H743ZI",
      partNumber: "4711-A",
      version: "1.4.2",
      bootloader: "boot 3",
    },
  },
  { tx: { id: 0x18DA10F1, extended: true }, rx: { id: 0x18DAF110, extended: true }, identity: {} },
];

Deno.test("scanTable() shows who answers and what it told", () => {
  deepStrictEqual(scanTable(SCANNED), [
    "REQUEST     RESPONSE    PART    HARDWARE     SOFTWARE  BOOTLOADER  SERIAL",
    "0x700       0x780       4711-A  STM32H743ZI  1.4.2     boot 3      -",
    "0x18DA10F1  0x18DAF110  -       -            -         -           -",
  ]);
});

Deno.test("scanFleetText() writes a fleet file that can be read", () => {
  const text = scanFleetText(SCANNED, { url: "socketcan:can0", bitrateBps: 250_000 });
  const fleet = readFleetFile({ name: "found.yaml", text }, FLEET_LOOKUPS);
  deepStrictEqual(fleet.nodes.map(({ name, device }) => [name, device]), [
    ["node-1", "STM32H743ZI"],
    ["node-2", "STM32F407VG"],
  ]);
  strictEqual(fleet.nodes[0]!.layout.bootloader.end, 0x0802_0000);
  strictEqual(fleet.buses.get("bus")!.bitRates.bitrateBps, 250_000);
});
