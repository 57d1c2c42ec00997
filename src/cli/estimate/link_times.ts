import { bitsDurationMs, INTERMISSION_BITS, meanFrameBits } from "../../can/mod.ts";
import type { FleetBitRates, FleetFileNode } from "../../fleet/mod.ts";
import { resolveAddressing, singleFrameBytesMax } from "../../isotp/mod.ts";
import type { UpdateProfile } from "../../update/mod.ts";

/** How long the frames of a node's messages take the wire, at their mean stuffed length, in ms. */
export interface LinkTimes {
  /** Longest message that fits one frame. */
  readonly singleFrameBytesMax: number;
  /** Message bytes that a first frame carries. */
  readonly firstFrameBytes: number;
  /** A frame with so many bytes of a message. */
  frameMs(messageBytes: number): number;
  /** The consecutive frames that carry so many bytes, back to back. */
  consecutiveMs(messageBytes: number): number;
  /** The gaps between them that a profile asks for. */
  gapsMs(messageBytes: number): number;
  /** What lies between an answer and the next request. */
  readonly requestGapMs: number;
}

/**
 * Reckons with the length in bits that the virtual bus has frames take.
 *
 * @param node Its addressing and the format of its frames.
 * @param bitRates Those of its bus.
 * @param timing Least gaps of its profile; none by default.
 * @returns Times of its frames.
 */
export function linkTimes(
  node: Pick<FleetFileNode, "addressing" | "frameFormat">,
  bitRates: FleetBitRates,
  timing: Pick<UpdateProfile["timing"], "frameGapUsMin" | "requestGapMsMin"> = {},
): LinkTimes {
  const { fd, bitRateSwitch, txDlBytes, padding } = node.frameFormat;
  const { tx, txPrefix } = resolveAddressing(node.addressing);
  const offset = txPrefix === undefined ? 0 : 1;
  const consecutiveBytes = txDlBytes - 1 - offset;

  function payloadMs(lengthBytes: number): number {
    const shape = { extended: tx.extended, fd, bitRateSwitch, lengthBytes };
    const { nominalBits, dataPhaseBits } = meanFrameBits(shape);
    const bits = { nominalBits: nominalBits + INTERMISSION_BITS, dataPhaseBits };
    return bitsDurationMs(bits, bitRates);
  }

  function frameMs(messageBytes: number): number {
    const usedBytes = Math.min(messageBytes + 1 + offset, txDlBytes);
    return payloadMs(padding === undefined ? usedBytes : Math.max(8, usedBytes));
  }

  const { frameGapUsMin = 0, requestGapMsMin = 0 } = timing;
  const fullFrameMs = payloadMs(txDlBytes);
  return {
    singleFrameBytesMax: singleFrameBytesMax(txDlBytes, offset),
    firstFrameBytes: txDlBytes - 2 - offset,
    frameMs,
    consecutiveMs: (messageBytes) => {
      const full = Math.floor(messageBytes / consecutiveBytes);
      const restBytes = messageBytes % consecutiveBytes;
      return full * fullFrameMs + (restBytes > 0 ? frameMs(restBytes) : 0);
    },
    gapsMs: (messageBytes) =>
      Math.max(0, Math.ceil(messageBytes / consecutiveBytes) - 1) * frameGapUsMin / 1000,
    requestGapMs: requestGapMsMin,
  };
}
