import {
  type BenchBus,
  type BenchCase,
  type BenchLoss,
  type BenchMode,
  USUAL,
  usualDevice,
} from "./bench_case.ts";

const BUSES: readonly BenchBus[] = ["classic-500k", "classic-1M", "fd-500k/2M", "fd-1M/5M"];
const MODES: readonly BenchMode[] = ["sequential", "interleaved"];
/** One node alone is no group; without losses both send the same. */
const GROUP_MODES: readonly BenchMode[] = ["group", "group-plain"];
const LOSSES: readonly BenchLoss[] = [
  "none",
  "0.01%",
  "0.1%",
  "0.01% both ways",
  "0.1% both ways",
  "bursts",
];
const NODE_COUNTS = [1, 2, 8, 32, 128];
/** One part of each family, and the bus that its controller is made for. */
const FAMILIES: readonly (readonly [device: string, bus: BenchBus])[] = [
  ["STM32F072RB", "classic-1M"],
  ["STM32F103ZE", "classic-1M"],
  ["STM32F303CC", "classic-1M"],
  ["STM32F446RE", "classic-1M"],
  ["STM32F746ZG", "classic-1M"],
  ["STM32L476RG", "classic-1M"],
  ["STM32C092RC", "fd-500k/2M"],
  ["STM32G0B1RE", "fd-500k/2M"],
  ["STM32G474RE", "fd-500k/2M"],
  ["STM32H563ZI", "fd-500k/2M"],
  ["STM32H743ZI", "fd-500k/2M"],
  ["STM32L552ZE", "fd-500k/2M"],
  ["STM32U575ZI", "fd-500k/2M"],
];

/** A case as the table has it unless it says otherwise. */
export function benchCase(
  own: Pick<BenchCase, "mode" | "bus" | "nodes"> & Partial<BenchCase>,
): BenchCase {
  return { ...USUAL, device: usualDevice(own.bus), ...own };
}

/** What one process must be able to do; its line needs minutes. */
export const THOUSAND_NODES: BenchCase = benchCase({
  mode: "interleaved",
  bus: "classic-1M",
  nodes: 1000,
  buses: 16,
  imageBytes: 128 * 1024,
});

/** Every case: of two that differ in their mode alone, the sequential one comes first. */
export function wholeTable(): readonly BenchCase[] {
  const cases: BenchCase[] = [];
  for (const bus of BUSES) {
    for (const loss of LOSSES) {
      for (const nodes of NODE_COUNTS) {
        for (const mode of MODES) cases.push(benchCase({ mode, bus, nodes, loss }));
        for (const mode of nodes === 1 ? [] : GROUP_MODES.slice(0, loss === "none" ? 1 : 2)) {
          cases.push(benchCase({ mode, bus, nodes, loss }));
        }
      }
    }
  }
  for (const nodes of [8, 32, 128]) {
    cases.push(benchCase({ mode: "group", bus: "classic-1M", nodes, loss: "1%" }));
  }
  for (const mode of MODES) {
    for (const nodes of [1, 8, 32, 128]) {
      cases.push(benchCase({ mode, bus: "classic-1M", nodes, blockSize: 8 }));
      cases.push(benchCase({ mode, bus: "classic-1M", nodes, ids: "7E0/7E8" }));
    }
    for (const [device, bus] of FAMILIES) cases.push(benchCase({ mode, bus, nodes: 8, device }));
  }
  cases.push(THOUSAND_NODES);
  return cases;
}
