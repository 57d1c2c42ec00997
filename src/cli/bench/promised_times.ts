import type { NodeBehaviour } from "../../sim/mod.ts";
import {
  eraseTimeMs,
  eraseUnits,
  type FlashGeometry,
  type MemoryLayout,
  programTimeMs,
} from "../../stm32/mod.ts";

/** How often a careful bootloader says 0x78 again, in ms: often enough that silence is news. */
const RESPONSE_PENDING_EVERY_MS = 100;
/** What it allows itself beside that, for a core that is busy and a bus that is full, in ms. */
const REACTION_MS = 50;
/** The longest block that a virtual node takes. */
const BLOCK_BYTES_MAX = 4095;

/**
 * What the author of a careful bootloader would state of it: after 0x78 the next response comes when
 * 0x78 is due again, or when the longest work that one request can ask for is over, whichever is
 * sooner, and a little later on a full bus.
 *
 * @param geometry The part; its longest times count.
 * @param layout Where the application lies: one request may erase all of it.
 * @param behaviour How slow the node's flash is.
 * @returns How often it says 0x78, and the P2* that it states, in ms.
 */
export function promisedTimes(
  geometry: FlashGeometry,
  layout: MemoryLayout,
  behaviour: NodeBehaviour = {},
): Required<Pick<NodeBehaviour, "responsePendingEveryMs" | "p2StarServerMaxMs">> {
  const { start, end } = layout.application;
  const units = eraseUnits(geometry).filter((unit) => unit.start < end && unit.end > start);
  const { flashTimeScale = 1, programTimeScale = 1 } = behaviour;
  const longestMs = flashTimeScale * Math.max(
    eraseTimeMs(geometry, units, "max"),
    programTimeMs(geometry, BLOCK_BYTES_MAX, "max") * programTimeScale,
  );
  return {
    responsePendingEveryMs: RESPONSE_PENDING_EVERY_MS,
    p2StarServerMaxMs: Math.ceil(Math.min(RESPONSE_PENDING_EVERY_MS, longestMs)) + REACTION_MS,
  };
}
