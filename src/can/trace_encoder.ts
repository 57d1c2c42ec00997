import type { CanFrame } from "./frame.ts";

/** Encodes a trace piece by piece; each call gives what comes next in the file. */
export interface TraceEncoder {
  /** Its beginning; also of each further file. */
  begin(): Uint8Array;
  /**
   * A frame.
   *
   * @param frame The frame.
   * @param atMs When, in ms.
   * @param bus Name of its bus.
   */
  frame(frame: CanFrame, atMs: number, bus: string): Uint8Array;
  /**
   * A comment, where the format has them.
   *
   * @param text What to say.
   * @param atMs When, in ms.
   */
  comment(text: string, atMs: number): Uint8Array;
  /** Its end. */
  end(): Uint8Array;
  /** What is to stand at its beginning once the end is written, where that is known only then. */
  head?(): Uint8Array;
}
