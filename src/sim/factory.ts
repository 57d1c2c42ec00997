import { type AddressRange, defined, Prng, uintToBytesBe } from "../core/mod.ts";
import { canSwapBanks, inInactiveBank, protectedRegions } from "../stm32/mod.ts";
import { encodeRecord, type RecordStore } from "./application_record.ts";
import { type BootDecision, decideBoot, recordOf } from "./boot.ts";
import { FlashWorker } from "./flash_worker.ts";
import { notedRegion } from "./header_mark.ts";
import type { NodeHandle } from "./node_handle.ts";
import type { VirtualNodeOptions } from "./node_options.ts";

/** Keeps the content of protected regions apart from other chance with the same seed. */
const FACTORY_STREAM = 0xFAC7;
/** How much of each protected region holds something, in bytes. */
const FACTORY_BYTES = 256;

/**
 * Tells whether a node exchanges banks.
 *
 * @param options How it is made.
 * @returns Whether its part can and its bootloader does.
 */
export function hasTwoBanks({ dialect, geometry }: VirtualNodeOptions): boolean {
  return dialect.banks !== undefined && canSwapBanks(geometry);
}

/**
 * Tells what an update may erase and write.
 *
 * @param options How the node is made.
 * @returns The application, or its place in the inactive bank.
 */
export function updateTarget(options: VirtualNodeOptions): AddressRange {
  const { geometry, layout } = options;
  return hasTwoBanks(options) ? inInactiveBank(geometry, layout.application) : layout.application;
}

/**
 * Lists what no update of a node may touch: in both banks, where there are two.
 *
 * @param options How it is made.
 * @returns For each protected region the places where it lies.
 */
export function protectedPlaces(
  options: VirtualNodeOptions,
): readonly (readonly AddressRange[])[] {
  return protectedRegions(options.layout).map((region) =>
    hasTwoBanks(options) ? [region, inInactiveBank(options.geometry, region)] : [region]
  );
}

/**
 * Makes what erases and programs a node's memory, in the node's own times.
 *
 * @param node The node.
 * @param store Where its bootloader notes applications, if not in flash.
 * @returns The worker.
 */
export function createWorker(
  node: Pick<NodeHandle, "flash" | "banks" | "options" | "behaviour">,
  store: RecordStore,
): FlashWorker {
  const { flash, banks, options: { clock, seed }, behaviour } = node;
  const { flashTimeBound, flashTimeScale, programTimeScale } = behaviour;
  return new FlashWorker({
    flash,
    store,
    ...defined({ banks }),
    clock,
    seed,
    ...defined({ timeBound: flashTimeBound, timeScale: flashTimeScale, programTimeScale }),
  });
}

/**
 * Puts into a node what it leaves the factory with: protected regions, the same in every bank, and
 * the application that it was delivered with, accepted.
 *
 * @param node The node, its memory empty.
 * @param store Where its bootloader notes applications, if not in flash.
 */
export function deliver(node: NodeHandle, store: RecordStore): void {
  const { options, flash, mark, memory, behaviour } = node;
  const { seed, layout, application, sequence, dialect } = options;
  const prng = new Prng(seed, FACTORY_STREAM);
  for (const places of protectedPlaces(options)) {
    const data = prng.bytes(FACTORY_BYTES);
    for (const { start } of places) flash.load(start, data);
  }
  for (const { start, data } of application ?? []) flash.load(start, data);
  if (application !== undefined) {
    const region = notedRegion(layout.application, layout, mark);
    const record = recordOf(flash, region, region.start);
    if (mark === undefined) store.write(record);
    else if (record !== undefined) flash.load(mark.address, encodeRecord(record));
  }
  if (sequence !== undefined && dialect.identity.sequenceDid !== undefined) {
    memory.written.set(dialect.identity.sequenceDid, uintToBytesBe(sequence, 4));
  }
  const { failProgramAt, failEraseAt } = behaviour;
  if (failProgramAt !== undefined) flash.failProgramOnce(failProgramAt);
  if (failEraseAt !== undefined) flash.failEraseOnce(failEraseAt);
}

/**
 * Decides what a node runs.
 *
 * @param node The node.
 * @param watchdog Tells whether it has started too often.
 * @param options Whether its application asked for the bootloader; not by default.
 * @returns What runs.
 */
export function bootDecision(
  { flash, options, store }: Pick<NodeHandle, "flash" | "options" | "store">,
  { isResetLoop }: { readonly isResetLoop: boolean },
  { isUpdateRequested = false }: { readonly isUpdateRequested?: boolean } = {},
): BootDecision {
  const { layout, isOpaque = false } = options;
  const { record } = store;
  return decideBoot({ flash, layout, record, isOpaque, isUpdateRequested, isResetLoop });
}
