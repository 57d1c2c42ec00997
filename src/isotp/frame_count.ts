/**
 * How many frames carry a message, the first frame among them.
 *
 * Source: ISO 15765-2:2016, "Segmented message transmission".
 *
 * @param lengthBytes Bytes of the message, 4,095 at most.
 * @param frameBytes Bytes that a consecutive frame carries; a first frame carries one less.
 * @returns How many.
 */
export function frameCount(lengthBytes: number, frameBytes: number): number {
  return 1 + Math.ceil(Math.max(0, lengthBytes - (frameBytes - 1)) / frameBytes);
}
