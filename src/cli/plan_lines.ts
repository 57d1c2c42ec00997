import { hex } from "../core/mod.ts";
import type { Fleet, FleetAddressing } from "../fleet/mod.ts";
import { counted, formatBytes, formatDuration, nameRanges } from "../report/mod.ts";
import type { Figure } from "../stm32/mod.ts";
import { figureWords } from "./figure_words.ts";

/** What is planned for one node. */
export interface PlannedNode {
  /** Its name. */
  readonly node: string;
  /** Its bus. */
  readonly bus: string;
  /** Its part, as the fleet file names it. */
  readonly device: string;
  /** Its image. */
  readonly image: string;
  /** What that calls itself. */
  readonly version?: string;
  /** What is written, in bytes. */
  readonly dataBytes: number;
  /** Present where its bootloader alone understands the image. */
  readonly opaque?: { readonly uncompressedSizeBytes?: number };
  /** Where its application is linked, where that is not where it is written. */
  readonly linkedAt?: string;
  /** Where its application is written, there. */
  readonly writtenAt?: string;
  /** How long flash is busy erasing, in ms. */
  readonly eraseMs: number;
  /** How long flash is busy programming, in ms. */
  readonly programMs: number;
  /** What its image should be built otherwise for. */
  readonly warnings: readonly string[];
  /** What is erased and written, by address. */
  readonly segments: readonly {
    readonly erase: string;
    readonly eraseBytes: number;
    readonly dataBytes: number;
  }[];
}

/** Nodes that are updated together. */
export interface PlannedGroup {
  /** Their bus. */
  readonly bus: string;
  /** The identifier of the one transmission. */
  readonly identifier: string;
  /** Their image. */
  readonly image: string;
  /** Their names. */
  readonly nodes: readonly string[];
}

/** A bus of the run. */
export interface PlannedBus {
  /** Its name. */
  readonly bus: string;
  /** How many nodes are on it. */
  readonly nodes: number;
  /** How long it takes, in ms. */
  readonly estimateMs: number;
  /** What costs time there. */
  readonly warnings: readonly string[];
}

/** A part, and what is not known of it for sure. */
export interface PlannedDevice {
  /** The part. */
  readonly device: string;
  /** Its figures without a source. */
  readonly assumedFigures: readonly Figure[];
}

/** A plan as it is told. */
export interface PlanTold {
  /** The fleet. */
  readonly fleet: Fleet;
  /** A line for each node. */
  readonly plans: readonly PlannedNode[];
  /** Who is updated together. */
  readonly groups: readonly PlannedGroup[];
  /** The buses in use. */
  readonly buses: readonly PlannedBus[];
  /** The parts in use of which something is assumed. */
  readonly assumed: readonly PlannedDevice[];
}

/** Segments of a kind that are shown; all with --verbose. */
const SEGMENTS_MAX = 4;
/** Where assumed figures are explained. */
const FIGURES_PAGE = "docs/assumed-figures.md";

/**
 * Tells a plan: one block with totals, buses and nodes by kind, each kind's addresses once; then
 * what the reader can do something about.
 *
 * @param plan The plan.
 * @param options Whether every address is told, and what only explains.
 * @returns Lines for people.
 */
export function planLines(
  plan: PlanTold,
  { isVerbose }: { readonly isVerbose: boolean },
): readonly string[] {
  const { fleet, plans, groups, buses, assumed } = plan;
  const kinds = [...kindsOf(plans).values()];
  const togetherMs = Math.max(0, ...buses.map(({ estimateMs }) => estimateMs));
  return [
    `${fleet.file}: ${counted(plans.length, "node")} on ` +
    `${counted(buses.length, "bus", "buses")}, ${bytesOf(plans)} to write, about ` +
    formatDuration(togetherMs),
    ...buses.map((bus) => busLine(bus, plan)),
    ...kinds.flatMap((kind) => kindLines(kind, isVerbose)),
    ...groups.map(({ bus, identifier, image, nodes }) =>
      `  bus ${bus}: ${counted(nodes.length, "node")} take ${image} together, in one ` +
      `transmission on ${identifier}`
    ),
    ...warningsOf(kinds),
    ...keyProgramWarnings(fleet, plans),
    ...(isVerbose ? buses.flatMap(({ bus, warnings }) => notesOf(bus, warnings)) : []),
    ...assumed.map(({ device, assumedFigures }) =>
      `${device}: taken for granted: ${assumedFigures.map(figureWords).join(", ")}`
    ),
    ...(assumed.length === 0 ? [] : [`  none decides what is erased: ${FIGURES_PAGE}`]),
  ];
}

function bytesOf(plans: readonly PlannedNode[]): string {
  return formatBytes(plans.reduce((sum, { dataBytes }) => sum + dataBytes, 0));
}

function busLine({ bus, nodes, estimateMs }: PlannedBus, { fleet, plans }: PlanTold): string {
  const { url, bitRates, functional } = fleet.buses.get(bus)!;
  const { bitrateBps, dataBitrateBps } = bitRates;
  const rates = dataBitrateBps === undefined
    ? `${bitrateBps / 1000} kbit/s`
    : `${bitrateBps / 1000} and ${dataBitrateBps / 1000} kbit/s`;
  const all = functional === undefined ? "" : `, to all nodes ${requestOf(functional)}`;
  const bytes = bytesOf(plans.filter((plan) => plan.bus === bus));
  return `  bus ${bus}: ${url}, ${rates}${all}; ${counted(nodes, "node")}, ${bytes}, about ` +
    formatDuration(estimateMs);
}

function requestOf(addressing: FleetAddressing): string {
  if ("tx" in addressing) return hex(addressing.tx.id, addressing.tx.extended ? 8 : 3);
  const { mode, target, source } = addressing;
  return hex((mode === "mixed29" ? 0x18CD_0000 : 0x18DB_0000) + target * 256 + source, 8);
}

/** Nodes that get the same, by part and image. */
function kindsOf(
  plans: readonly PlannedNode[],
): ReadonlyMap<string, readonly [PlannedNode, ...PlannedNode[]]> {
  const kinds = new Map<string, [PlannedNode, ...PlannedNode[]]>();
  for (const plan of plans) {
    const { device, image, version, opaque, linkedAt, segments, warnings } = plan;
    const key = JSON.stringify([device, image, version, opaque, linkedAt, segments, warnings]);
    const known = kinds.get(key);
    if (known === undefined) kinds.set(key, [plan]);
    else known.push(plan);
  }
  return kinds;
}

function kindLines(kind: readonly [PlannedNode, ...PlannedNode[]], isVerbose: boolean): string[] {
  const [{ device, image, version, dataBytes, eraseMs, programMs, segments, ...plan }] = kind;
  const name = version === undefined ? image : `${image} ${version}`;
  const shown = isVerbose ? segments : segments.slice(0, SEGMENTS_MAX);
  const left = segments.length - shown.length;
  return [
    `  ${counted(kind.length, "node")} ${device}: ${name}, ${formatBytes(dataBytes)} in ` +
    `${counted(segments.length, "segment")}; flash is busy for ${
      formatDuration(eraseMs)
    } erasing ` +
    `and ${formatDuration(programMs)} programming`,
    `    ${nameRanges(kind.map(({ node }) => node))}`,
    ...(plan.opaque === undefined ? [] : [`    ${opaqueWords(plan.opaque)}`]),
    ...(plan.linkedAt === undefined
      ? []
      : [`    linked for ${plan.linkedAt}, written to ${plan.writtenAt}`]),
    ...shown.map(({ erase, eraseBytes, dataBytes }) =>
      `    erase ${erase} (${eraseBytes} bytes), write ${dataBytes} bytes`
    ),
    ...(left === 0 ? [] : [`    and ${counted(left, "segment")} more, told with --verbose`]),
  ];
}

function opaqueWords({ uncompressedSizeBytes: bytes }: NonNullable<PlannedNode["opaque"]>): string {
  const size = bytes === undefined ? "" : `, ${formatBytes(bytes)} once it is unpacked`;
  return `opaque: sent as it is${size}; its vector table is not looked for`;
}

function warningsOf(kinds: readonly (readonly [PlannedNode, ...PlannedNode[]])[]): string[] {
  const lines = kinds.flatMap(([{ image, warnings }]) =>
    warnings.map((warning) => `warning: image ${image}: ${warning}`)
  );
  return [...new Set(lines)];
}

/** What flash refuses without a word on the command line. */
function keyProgramWarnings({ nodes }: Fleet, plans: readonly PlannedNode[]): string[] {
  const planned = new Set(plans.map(({ node }) => node));
  const programs = nodes.filter(({ name }) => planned.has(name)).flatMap(({ security }) =>
    security.flatMap(({ key }) => {
      if (key.kind === "command") return key.words.slice(0, 1);
      return key.kind === "module" || key.kind === "library" ? [key.file] : [];
    })
  );
  return [...new Set(programs)].map((program) =>
    `warning: keys are made by ${program}: flash needs --allow-key-programs`
  );
}

function notesOf(bus: string, notes: readonly string[]): string[] {
  return notes.map((note) => `note: bus ${bus}: ${note}`);
}
