import { type AddressRange, rangeContains } from "../core/mod.ts";
import type { FlashGeometry } from "../stm32/mod.ts";
import type { TransferBlock } from "../uds/mod.ts";

/** A download under way. */
export interface Transfer {
  /** From the first byte; where the size was left open, to the end of what may be written. */
  range: AddressRange;
  /** Whether RequestDownload left the size open: RequestTransferExit ends it wherever it is. */
  readonly isOpen: boolean;
  /** Where it goes when it does not go to flash. */
  readonly ram: Uint8Array | undefined;
  /** How many bytes were taken. */
  takenBytes: number;
  /** Bytes taken that do not fill a program unit yet. */
  rest: Uint8Array;
  /** The last block taken; `undefined` before the first. */
  last: TransferBlock | undefined;
}

/**
 * A block that says where it belongs follows the one before; the first may begin anywhere where the
 * download's size was left open: the download begins there then.
 *
 * @param transfer The download.
 * @param block The block.
 * @param geometry The part.
 * @returns Whether it may come now.
 */
export function isInOrder(
  transfer: Transfer,
  { address, data }: TransferBlock,
  geometry: FlashGeometry,
): boolean {
  const { range, isOpen, takenBytes } = transfer;
  if (address === undefined || address === range.start + takenBytes) return true;
  const { unitBytes } = geometry.program;
  const moved = { start: address, end: range.end };
  if (!isOpen || takenBytes > 0 || address % unitBytes !== 0) return false;
  if (address + data.length > range.end || !rangeContains(range, moved)) return false;
  transfer.range = moved;
  return true;
}
