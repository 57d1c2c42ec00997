import { DEVICES, eraseUnits, type FlashGeometry } from "../../src/stm32/mod.ts";

/** With fewer erase units a bootloader, an application and a configuration have no room. */
const UNITS_MIN = 4;

/**
 * One part for each way in which flash is laid out, erased, programmed and exchanged, and for each
 * kind of CAN: what differs in name and RAM alone is not tried again.
 */
export const DISTINCT_PARTS: readonly FlashGeometry[] = [
  ...new Map(
    [...DEVICES].reverse().map((geometry) => [keyOf(geometry), geometry] as const),
  ).values(),
].reverse().filter((geometry) => eraseUnits(geometry).length >= UNITS_MIN);

function keyOf({ eraseUnitRuns, program, banks, can, vectorTable }: FlashGeometry): string {
  const { count, secondStart, swappedBy, decidedBy } = banks;
  return JSON.stringify([
    eraseUnitRuns,
    program.unitBytes,
    program.secondProgram,
    [count, secondStart, swappedBy?.name, decidedBy?.name],
    can,
    vectorTable.alignmentBytes,
  ]);
}
