import { loadDecoder } from "./decoders.ts";
import { fuzz, type FuzzRange, type FuzzResult } from "./fuzz.ts";

/** A range that a worker tries; `progress`: where it writes the number at hand. */
export interface FuzzTask {
  readonly decoder: string;
  readonly range: FuzzRange;
  readonly progress: SharedArrayBuffer;
}

/** What a worker answers. */
export interface FuzzAnswer extends FuzzResult {
  /** Memory of all workers and all else, in bytes. */
  readonly memoryBytes: number;
}

/** What of a worker's own scope is used here; its types cannot be loaded beside a window's. */
interface WorkerScope {
  onmessage: (message: MessageEvent<FuzzTask>) => void;
  postMessage(answer: FuzzAnswer): void;
}

// Refusals are errors, and most inputs are refused: their stacks would take a sixth of the time. One
// input alone, which is how findings are looked at, has them.
Error.stackTraceLimit = 0;
const scope = self as unknown as WorkerScope;
scope.onmessage = async ({ data: { decoder: name, range, progress } }) => {
  const decoder = await loadDecoder(name);
  const at = new Uint32Array(progress);
  const result = fuzz(decoder!, range, (index) => void (at[0] = index));
  scope.postMessage({ ...result, memoryBytes: Deno.memoryUsage().rss });
};
