import { deepStrictEqual, strictEqual, throws } from "node:assert/strict";
import {
  formatAddressing,
  type IsoTpAddressing,
  oppositeAddressing,
  resolveAddressing,
} from "../../../src/isotp/mod.ts";
import published from "../../vectors/isotp/isotp_published.json" with { type: "json" };
import { id11 } from "./_support.ts";

const ALL_MODES: readonly IsoTpAddressing[] = [
  { mode: "normal", tx: id11(0x7E0), rx: id11(0x7E8) },
  { mode: "normalFixed", source: 0xF1, target: 0x10 },
  { mode: "normalFixed", source: 0xF1, target: 0x33, functional: true },
  { mode: "extended", tx: id11(0x123), rx: id11(0x456), source: 0xF1, target: 0x10 },
  { mode: "mixed11", tx: id11(0x123), rx: id11(0x456), addressExtension: 0x99 },
  { mode: "mixed29", source: 0xF1, target: 0x10, addressExtension: 0x99 },
  { mode: "mixed29", source: 0xF1, target: 0x33, addressExtension: 0x99, functional: true },
];

Deno.test("resolveAddressing() gives the identifiers that an implementation not ours gives", () => {
  for (const { addressing, tx, rx, ...prefixes } of published.addressing) {
    const extended = tx.length === 8;
    deepStrictEqual(resolveAddressing(addressing as IsoTpAddressing), {
      tx: { id: parseInt(tx, 16), extended },
      rx: { id: parseInt(rx, 16), extended },
      ...prefixes,
    });
  }
});

Deno.test("oppositeAddressing() swaps what goes out and what comes in", () => {
  for (const addressing of ALL_MODES) {
    const here = resolveAddressing(addressing);
    const there = resolveAddressing(oppositeAddressing(addressing));
    deepStrictEqual(there.tx, here.rx);
    deepStrictEqual(there.rx, here.tx);
    strictEqual(there.txPrefix, here.rxPrefix);
    strictEqual(there.rxPrefix, here.txPrefix);
    deepStrictEqual(oppositeAddressing(oppositeAddressing(addressing)), addressing);
  }
});

Deno.test("formatAddressing() prints identifiers at their width, and the address byte", () => {
  deepStrictEqual(ALL_MODES.map(formatAddressing), [
    "0x7E0/0x7E8",
    "0x18DA10F1/0x18DAF110",
    "0x18DB33F1/0x18DBF133",
    "0x123/0x456#0x10",
    "0x123/0x456#0x99",
    "0x18CE10F1/0x18CEF110#0x99",
    "0x18CD33F1/0x18CDF133#0x99",
  ]);
});

Deno.test("resolveAddressing() refuses what no frame can carry", () => {
  const bad: readonly IsoTpAddressing[] = [
    { mode: "normal", tx: id11(0x800), rx: id11(0x7E8) },
    { mode: "normal", tx: id11(1), rx: { id: 0x2000_0000, extended: true } },
    { mode: "normal", tx: id11(1.5), rx: id11(1) },
    { mode: "normalFixed", source: 256, target: 0 },
    { mode: "extended", tx: id11(1), rx: id11(2), source: 0, target: -1 },
    { mode: "mixed11", tx: id11(1), rx: id11(2), addressExtension: 0.5 },
    { mode: "mixed11", tx: { id: 1, extended: true }, rx: id11(2), addressExtension: 0 },
  ];
  for (const addressing of bad) throws(() => resolveAddressing(addressing), RangeError);
});
