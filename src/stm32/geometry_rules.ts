import { hex } from "../core/mod.ts";
import { eraseUnits } from "./erase_units.ts";
import type { FlashGeometry } from "./geometry.ts";

/** One thing that every geometry row must fulfil. */
export interface GeometryRule {
  /** Says what must hold. */
  readonly name: string;
  /** What is wrong with a row, in words; `undefined` when nothing. */
  readonly check: (geometry: FlashGeometry) => string | undefined;
}

/** What every geometry row must fulfil; a test runs all of them over all rows. */
export const GEOMETRY_RULES: readonly GeometryRule[] = [
  { name: "the part is named like STM32F407xG", check: checkName },
  { name: "erase units cover the flash exactly", check: checkCoverage },
  { name: "erase unit sizes are powers of two", check: checkEraseUnitSizes },
  { name: "erase units lie at multiples of their size", check: checkEraseUnitAlignment },
  { name: "the program unit is a power of two and divides every erase unit", check: checkProgram },
  { name: "only units without check code take single bits", check: checkSecondProgram },
  { name: "each unit size has one erase time", check: checkEraseTimes },
  { name: "typical times are above zero and at most the longest", check: checkTimings },
  { name: "two banks are equal halves", check: checkBanks },
  { name: "a second bank starts behind the first", check: checkSecondStart },
  { name: "only two banks can be swapped or read while one is written", check: checkBankUse },
  { name: "a bank mode names the option bit that decides it", check: checkBankMode },
  { name: "RAM regions are word-aligned and do not overlap", check: checkRam },
  { name: "the vector table's alignment holds all vectors", check: checkVectorTable },
  { name: "units survive at least one erase", check: checkEndurance },
  { name: "each figure names its source or is assumed", check: checkSources },
];

/**
 * Checks a row against every rule.
 *
 * @param geometry The row.
 * @returns For each broken rule its name and what is wrong; empty when none is.
 */
export function checkGeometry(
  geometry: FlashGeometry,
): readonly { readonly rule: string; readonly problem: string }[] {
  return GEOMETRY_RULES.flatMap(({ name, check }) => {
    const problem = check(geometry);
    return problem === undefined ? [] : [{ rule: name, problem }];
  });
}

/**
 * Checks what a fleet file declares against every rule but that of the name.
 *
 * @param geometry The row.
 * @returns For each broken rule its name and what is wrong; empty when none is.
 */
export function checkDeclaredGeometry(
  geometry: FlashGeometry,
): readonly { readonly rule: string; readonly problem: string }[] {
  return checkGeometry({ ...geometry, part: NAMED });
}

/** A name that the rule of names takes. */
const NAMED = "STM32F407xG";

function checkName({ part }: FlashGeometry): string | undefined {
  return /^STM32[A-Z]\d[0-9A-Z]\dx[4-9A-Z]$/.test(part) ? undefined : `it is "${part}"`;
}

function checkCoverage(geometry: FlashGeometry): string | undefined {
  let sizeBytes = 0;
  for (const run of geometry.eraseUnitRuns) sizeBytes += run.sizeBytes * run.count;
  return sizeBytes === geometry.flashSizeBytes
    ? undefined
    : `units add up to ${sizeBytes} of ${geometry.flashSizeBytes} bytes`;
}

function checkEraseUnitSizes({ eraseUnitRuns }: FlashGeometry): string | undefined {
  const wrong = eraseUnitRuns.find((run) => !isPowerOfTwo(run.sizeBytes));
  return wrong && `a unit has ${wrong.sizeBytes} bytes`;
}

function checkEraseUnitAlignment(geometry: FlashGeometry): string | undefined {
  const wrong = eraseUnits(geometry).find((unit) => unit.start % (unit.end - unit.start) !== 0);
  return wrong && `unit ${wrong.index} starts at ${hex(wrong.start, 8)}`;
}

function checkProgram({ program, eraseUnitRuns }: FlashGeometry): string | undefined {
  const { unitBytes } = program;
  return isPowerOfTwo(unitBytes) && eraseUnitRuns.every((run) => run.sizeBytes % unitBytes === 0)
    ? undefined
    : `the program unit has ${unitBytes} bytes`;
}

function checkSecondProgram({ program }: FlashGeometry): string | undefined {
  return program.hasEcc && program.secondProgram === "clearBits"
    ? "it has a check code, yet bits may be cleared one by one"
    : undefined;
}

function checkEraseTimes({ eraseTimes, eraseUnitRuns }: FlashGeometry): string | undefined {
  const sizes = new Set(eraseUnitRuns.map((run) => run.sizeBytes));
  const timed = eraseTimes.map((time) => time.sizeBytes);
  if (new Set(timed).size !== timed.length) return "a size has two times";
  const untimed = [...sizes].find((size) => !timed.includes(size));
  return untimed === undefined ? undefined : `units of ${untimed} bytes have no time`;
}

function checkTimings({ eraseTimes, program }: FlashGeometry): string | undefined {
  const pairs: readonly (readonly [number, number])[] = [
    ...eraseTimes.map((time) => [time.typicalMs, time.maxMs] as const),
    [program.typicalUs, program.maxUs],
  ];
  const wrong = pairs.find(([typical, max]) => !(typical > 0 && typical <= max));
  return wrong && `typical ${wrong[0]}, longest ${wrong[1]}`;
}

function checkBanks(geometry: FlashGeometry): string | undefined {
  if (geometry.banks.count === 1) return undefined;
  const units = eraseUnits(geometry);
  const half = units.length / 2;
  const equal = units.length % 2 === 0 && units.slice(0, half).every((unit, i) => {
    const twin = units[half + i]!;
    return unit.end - unit.start === twin.end - twin.start && unit.bankIndex === 0 &&
      twin.bankIndex === 1;
  });
  return equal ? undefined : "the halves differ";
}

function checkSecondStart(geometry: FlashGeometry): string | undefined {
  const { flashStart, flashSizeBytes, banks } = geometry;
  if (banks.secondStart === undefined) return undefined;
  const isBehind = banks.secondStart >= flashStart + flashSizeBytes / 2;
  return banks.count === 2 && isBehind ? undefined : `it is ${hex(banks.secondStart, 8)}`;
}

function checkBankUse({ banks }: FlashGeometry): string | undefined {
  return banks.count === 1 && (banks.swappedBy !== undefined || banks.readWhileWrite)
    ? "it has one bank"
    : undefined;
}

function checkBankMode({ bankMode, banks }: FlashGeometry): string | undefined {
  if ((bankMode === undefined) !== (banks.decidedBy === undefined)) {
    return "only one of the two is there";
  }
  if (bankMode === undefined) return undefined;
  return (bankMode === "dual-bank") === (banks.count === 2)
    ? undefined
    : `${bankMode} with ${banks.count} banks`;
}

function checkRam({ ram }: FlashGeometry): string | undefined {
  if (ram.length === 0) return "there is none";
  const sorted = [...ram].sort((left, right) => left.start - right.start);
  for (const [i, region] of sorted.entries()) {
    if (region.start % 4 !== 0 || region.end % 4 !== 0) return `${region.name} is not aligned`;
    if (region.end <= region.start) return `${region.name} is empty`;
    const next = sorted[i + 1];
    if (next !== undefined && next.start < region.end) {
      return `${region.name} and ${next.name} overlap`;
    }
  }
  return undefined;
}

function checkVectorTable({ core, vectorTable }: FlashGeometry): string | undefined {
  const { hasVtor, vectorCount, alignmentBytes } = vectorTable;
  if (hasVtor === (core === "Cortex-M0")) return `${core} ${hasVtor ? "with" : "without"} VTOR`;
  if (!isPowerOfTwo(alignmentBytes)) return `it is ${alignmentBytes}`;
  return !hasVtor || alignmentBytes >= Math.max(128, 4 * vectorCount)
    ? undefined
    : `${vectorCount} vectors in ${alignmentBytes} bytes`;
}

function checkEndurance({ enduranceCycles }: FlashGeometry): string | undefined {
  return Number.isInteger(enduranceCycles) && enduranceCycles > 0
    ? undefined
    : `it is ${enduranceCycles}`;
}

function checkSources({ sources }: FlashGeometry): string | undefined {
  for (const [figure, source] of Object.entries(sources)) {
    if (source !== "assumed" && source.read.trim() === "") return `${figure} names nothing`;
  }
  return undefined;
}

function isPowerOfTwo(value: number): boolean {
  return value > 0 && Number.isInteger(Math.log2(value));
}
