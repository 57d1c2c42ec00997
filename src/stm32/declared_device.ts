import { type AddressRange, CanvoyError, formatRange, rangeIntersection } from "../core/mod.ts";
import { findDevice } from "./find_device.ts";
import type { CortexCore, EraseTime, FlashGeometry } from "./geometry.ts";
import { checkDeclaredGeometry } from "./geometry_rules.ts";
import { ASSUMED, DECLARED, type FigureSources } from "./sources.ts";

/** What somebody says of a part that is not in the table. */
export interface DeclaredDevice {
  /** Its name. */
  readonly name: string;
  /** The processor core. */
  readonly core: string;
  /** The CAN controller. */
  readonly can: FlashGeometry["can"];
  /** First address of the flash. */
  readonly flashStart: number;
  /** Erase units from there upwards, over both banks; times in ms where they are known. */
  readonly eraseUnits: readonly {
    readonly sizeBytes: number;
    readonly count: number;
    readonly typicalMs?: number;
    readonly maxMs?: number;
  }[];
  /** What one write programs, in bytes. */
  readonly programUnitBytes: number;
  /** Whether each unit carries a check code. */
  readonly hasEcc: boolean;
  /** What an erased byte reads as. */
  readonly erasedValue: number;
  /** Where a stack may start. */
  readonly ram: readonly AddressRange[];
  /** Number of vectors, the initial stack pointer included. */
  readonly vectorCount: number;
  /** Number of banks. */
  readonly bankCount: 1 | 2;
  /** Where the second bank starts; right behind the first when absent. */
  readonly secondBankStart?: number;
  /** The option bit that exchanges the banks; nothing does when absent. */
  readonly swappedBy?: string;
}

/** Figures of a declared part that break the rules of the table. */
export class DeclaredDeviceError extends CanvoyError {
  /** Stable machine-readable name. */
  override readonly code = "DEVICE_DECLARED";
  /** Each broken rule, and what is wrong. */
  readonly problems: readonly string[];

  /**
   * Lists every broken rule in its message.
   *
   * @param device Name of the part.
   * @param problems Each broken rule, and what is wrong; at least one.
   */
  constructor(device: string, problems: readonly string[]) {
    super(`Cannot use device ${device} as it is declared: ${problems.join("; ")}`);
    this.problems = problems;
  }
}

/** No source says them: longer than those of any part in the table, as waiting costs least. */
const ASSUMED_ERASE = {
  small: { typicalMs: 25, maxMs: 100 },
  large: { typicalMs: 1000, maxMs: 4000 },
};
const SMALL_UNIT_BYTES_MAX = 8 * 1024;
/** No part has so many; the bound keeps a wrong figure from costing time. */
const ERASE_UNITS_MAX = 65_536;
const ASSUMED_PROGRAM = { typicalUs: 100, maxUs: 250 };
const ASSUMED_ENDURANCE_CYCLES = 10_000;
/** Bits of VTOR that are not there: 7, and 8 on Cortex-M0+. */
const ALIGNMENT_BYTES_MIN = 128;
const ALIGNMENT_BYTES_MIN_M0_PLUS = 256;

/**
 * Finds what is known of a node's part: what its fleet file declares, else what the table says.
 *
 * @param name Its name.
 * @param declared What the fleet file declares of it.
 * @returns Its row.
 * @throws {DeclaredDeviceError} If what is declared breaks a rule of the table; it lists all.
 * @throws {DeviceNameError} If nothing is declared and no row fits.
 */
export function geometryOf(name: string, declared?: DeclaredDevice): FlashGeometry {
  return declared === undefined ? findDevice(name) : declaredGeometry(declared);
}

/**
 * Makes a row of what somebody says of a part, by the same rules as those of the table.
 *
 * @param device What is said.
 * @returns The row.
 * @throws {DeclaredDeviceError} If it breaks a rule; it lists all.
 */
export function declaredGeometry(device: DeclaredDevice): FlashGeometry {
  const problems = checkAddresses(device);
  const geometry = toGeometry(device);
  if (problems.length === 0) {
    problems.push(
      ...checkDeclaredGeometry(geometry).map(({ rule, problem }) => `${rule}, but ${problem}`),
    );
  }
  if (problems.length > 0) throw new DeclaredDeviceError(device.name, problems);
  return geometry;
}

/** Where the flash lies: two ranges where its second bank may stand elsewhere. */
function bankRanges(
  { flashStart, eraseUnits, bankCount, secondBankStart }: DeclaredDevice,
): readonly AddressRange[] {
  const sizeBytes = eraseUnits.reduce((sum, unit) => sum + unit.sizeBytes * unit.count, 0);
  if (bankCount === 1 || secondBankStart === undefined) {
    return [{ start: flashStart, end: flashStart + sizeBytes }];
  }
  return [flashStart, secondBankStart].map((start) => ({ start, end: start + sizeBytes / 2 }));
}

/** Erase times that a size is given, by whichever run says them. */
function timesOf({ eraseUnits }: DeclaredDevice, sizeBytes: number): {
  readonly typicalMs: number | undefined;
  readonly maxMs: number | undefined;
  readonly isAmbiguous: boolean;
} {
  const runs = eraseUnits.filter((run) => run.sizeBytes === sizeBytes);
  const typical = new Set(runs.flatMap(({ typicalMs }) => typicalMs ?? []));
  const max = new Set(runs.flatMap(({ maxMs }) => maxMs ?? []));
  const [[typicalMs], [maxMs]] = [[...typical], [...max]];
  return { typicalMs, maxMs, isAmbiguous: typical.size > 1 || max.size > 1 };
}

/** What the rules of the table take for granted. */
function checkAddresses(device: DeclaredDevice): string[] {
  const { eraseUnits, erasedValue, ram, vectorCount, core } = device;
  const problems: string[] = [];
  const banks = bankRanges(device);
  const outside = banks.find(({ end }) => end > 0x2000_0000);
  if (outside !== undefined) {
    problems.push(`flash lies below 0x20000000, but it is ${formatRange(outside)}`);
  }
  const unitCount = eraseUnits.reduce((sum, { count }) => sum + count, 0);
  if (unitCount > ERASE_UNITS_MAX) {
    problems.push(`there are at most ${ERASE_UNITS_MAX} erase units, but it is ${unitCount}`);
  }
  const twice = eraseUnits.find((unit) => timesOf(device, unit.sizeBytes).isAmbiguous);
  if (twice !== undefined) {
    problems.push(
      `each unit size has one erase time, but units of ${twice.sizeBytes} bytes have two`,
    );
  }
  if (erasedValue !== 0xff && erasedValue !== 0x00) {
    problems.push(`erased bytes read as 0xFF or 0x00, but it is ${erasedValue}`);
  }
  const inFlash = ram.find((range) =>
    banks.some((bank) => rangeIntersection(range, bank) !== undefined)
  );
  if (inFlash !== undefined) {
    problems.push(`RAM lies beside flash, but it is ${formatRange(inFlash)}`);
  }
  const beyond = ram.find(({ end }) => end > 0x1_0000_0000);
  if (beyond !== undefined) problems.push("RAM ends below 0xFFFFFFFF, but it goes on");
  if (core === "Cortex-M0" && vectorCount > 48) {
    problems.push(`a Cortex-M0 has at most 48 vectors, but it is ${vectorCount}`);
  }
  return problems;
}

function toGeometry(device: DeclaredDevice): FlashGeometry {
  const { bankCount, eraseUnits, hasEcc, swappedBy, secondBankStart } = device;
  const core = device.core as CortexCore;
  return {
    part: device.name,
    isDeclared: true,
    core,
    flashStart: device.flashStart,
    flashSizeBytes: eraseUnits.reduce((sum, unit) => sum + unit.sizeBytes * unit.count, 0),
    eraseUnitRuns: eraseUnits.map(({ sizeBytes, count }) => ({ sizeBytes, count })),
    eraseTimes: eraseTimes(device),
    program: {
      unitBytes: device.programUnitBytes,
      hasEcc,
      secondProgram: hasEcc ? "never" : "onlyToZero",
      ...ASSUMED_PROGRAM,
    },
    erasedValue: device.erasedValue === 0 ? 0x00 : 0xff,
    banks: {
      count: bankCount,
      readWhileWrite: bankCount === 2,
      ...(secondBankStart === undefined ? {} : { secondStart: secondBankStart }),
      ...(swappedBy === undefined
        ? {}
        : { swappedBy: { name: swappedBy, meaning: "exchanges the banks" } }),
    },
    enduranceCycles: ASSUMED_ENDURANCE_CYCLES,
    ram: device.ram.map((range, i) => ({ name: i === 0 ? "RAM" : `RAM ${i + 1}`, ...range })),
    vectorTable: vectorTable(core, device.vectorCount),
    can: device.can,
    sources: sourcesOf(device),
  };
}

/** One time for each size. */
function eraseTimes(device: DeclaredDevice): readonly EraseTime[] {
  const times = new Map<number, EraseTime>();
  for (const { sizeBytes } of device.eraseUnits) {
    if (times.has(sizeBytes)) continue;
    const { typicalMs, maxMs } = timesOf(device, sizeBytes);
    const assumed = sizeBytes <= SMALL_UNIT_BYTES_MAX ? ASSUMED_ERASE.small : ASSUMED_ERASE.large;
    const typical = typicalMs ?? Math.min(assumed.typicalMs, maxMs ?? Infinity);
    times.set(sizeBytes, {
      sizeBytes,
      typicalMs: typical,
      maxMs: maxMs ?? Math.max(assumed.maxMs, typical),
    });
  }
  return [...times.values()];
}

function vectorTable(core: CortexCore, vectorCount: number): FlashGeometry["vectorTable"] {
  if (core === "Cortex-M0") return { hasVtor: false, vectorCount, alignmentBytes: 4 };
  let alignmentBytes = core === "Cortex-M0+" ? ALIGNMENT_BYTES_MIN_M0_PLUS : ALIGNMENT_BYTES_MIN;
  while (alignmentBytes < 4 * vectorCount) alignmentBytes *= 2;
  return { hasVtor: true, vectorCount, alignmentBytes };
}

/** What the file says is its author's; the rest is assumed, and told as such. */
function sourcesOf(device: DeclaredDevice): FigureSources {
  const times = device.eraseUnits.map(({ sizeBytes }) => timesOf(device, sizeBytes));
  const declared = Object.fromEntries(
    Object.keys(ASSUMED).map((figure) => [figure, DECLARED]),
  ) as unknown as FigureSources;
  return {
    ...declared,
    ...(times.every(({ typicalMs }) => typicalMs !== undefined) ? {} : { eraseTypical: "assumed" }),
    ...(times.every(({ maxMs }) => maxMs !== undefined) ? {} : { eraseMax: "assumed" }),
    programTypical: "assumed",
    programMax: "assumed",
    enduranceCycles: "assumed",
  };
}
