import { bitsDurationMs, INTERMISSION_BITS, meanFrameBits } from "../../can/mod.ts";
import { type BenchCase, BIT_RATES, isGroup } from "./bench_case.ts";

/** Payload bytes of a full consecutive frame: classic and FD. */
const CONSECUTIVE_BYTES = { classic: 7, fd: 63 };

/**
 * The time that no tool can beat: the bytes of all images (of a group: of one) in full consecutive frames at their mean
 * stuffed length, back to back, with the intermission that CAN asks for between frames; nothing
 * else: no flow control, no request, no answer, no erase.
 *
 * @param bench The case; buses share its nodes evenly.
 * @returns Seconds.
 */
export function ceilingSeconds(bench: BenchCase): number {
  const { mode, bus, nodes, imageBytes, buses = 1 } = bench;
  const rates = BIT_RATES[bus];
  const fd = rates.dataBitrateBps !== undefined;
  const shape = { extended: false, fd, bitRateSwitch: fd, lengthBytes: fd ? 64 : 8 };
  const { nominalBits, dataPhaseBits } = meanFrameBits(shape);
  const bits = { nominalBits: nominalBits + INTERMISSION_BITS, dataPhaseBits };
  const bytes = (isGroup(mode) ? 1 : Math.ceil(nodes / buses)) * imageBytes;
  const frames = bytes / (fd ? CONSECUTIVE_BYTES.fd : CONSECUTIVE_BYTES.classic);
  return frames * bitsDurationMs(bits, rates) / 1000;
}
