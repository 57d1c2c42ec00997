import type { CanBitRates } from "../../can/mod.ts";
import type { NodeBehaviour } from "../../sim/mod.ts";
import {
  eraseTimeMs,
  eraseUnits,
  type FlashGeometry,
  type MemoryLayout,
  programTimeMs,
} from "../../stm32/mod.ts";

/** When a virtual node says 0x78 first by default, in ms after the request. */
const RESPONSE_PENDING_AFTER_MS = 25;
/** How often a careful bootloader says 0x78 again, in ms: often enough that silence is news. */
const RESPONSE_PENDING_EVERY_MS = 100;
/** What it allows itself beside that at the least, for a core that is busy, in ms. */
const REACTION_MS = 50;
/** The longest block that a virtual node takes, and other nodes of its bus take. */
const BLOCK_BYTES_MAX = 4095;
/** Bits of a consecutive frame at either bit rate, stuff bits and the pause behind it included. */
const CLASSIC_FRAME = { dataBytes: 7, nominalBits: 132, dataPhaseBits: 0 };
const FD_FRAME = { dataBytes: 63, nominalBits: 36, dataPhaseBits: 590 };

/**
 * What the author of a careful bootloader would state of it: the first response comes when 0x78 is due
 * at the latest; after it the next one when
 * 0x78 is due again, or when the longest work that one request can ask for is over, whichever is
 * sooner; and later by one message of the longest to another node, which may go first on a full bus.
 *
 * @param geometry The part; its longest times count.
 * @param layout Where the application lies: one request may erase all of it.
 * @param bitRates Bit rates of its bus.
 * @param behaviour How slow the node's flash is.
 * @returns How often it says 0x78, and the P2 and P2* that it states, in ms.
 */
export function promisedTimes(
  geometry: FlashGeometry,
  layout: MemoryLayout,
  bitRates: CanBitRates,
  behaviour: NodeBehaviour = {},
): Required<Pick<NodeBehaviour, "p2ServerMaxMs" | "responsePendingEveryMs" | "p2StarServerMaxMs">> {
  const { start, end } = layout.application;
  const units = eraseUnits(geometry).filter((unit) => unit.start < end && unit.end > start);
  const { flashTimeScale = 1, programTimeScale = 1 } = behaviour;
  const longestMs = flashTimeScale * Math.max(
    eraseTimeMs(geometry, units, "max"),
    programTimeMs(geometry, BLOCK_BYTES_MAX, "max") * programTimeScale,
  );
  const busMs = Math.max(REACTION_MS, messageMs(bitRates));
  return {
    p2ServerMaxMs: Math.ceil(RESPONSE_PENDING_AFTER_MS + busMs),
    responsePendingEveryMs: RESPONSE_PENDING_EVERY_MS,
    p2StarServerMaxMs: Math.ceil(Math.min(RESPONSE_PENDING_EVERY_MS, longestMs) + busMs),
  };
}

/** What the longest message takes on the wire. */
function messageMs({ bitrateBps, dataBitrateBps }: CanBitRates): number {
  const frame = dataBitrateBps === undefined ? CLASSIC_FRAME : FD_FRAME;
  const frameMs = 1000 * (frame.nominalBits / bitrateBps +
    frame.dataPhaseBits / (dataBitrateBps ?? bitrateBps));
  return Math.ceil(BLOCK_BYTES_MAX / frame.dataBytes) * frameMs;
}
