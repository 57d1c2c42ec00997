import { perform, type Task, type TaskResult } from "./tasks.ts";

/** What a worker answers. */
export interface WorkerAnswer extends TaskResult {
  /** What all workers and all else take of memory by now, in bytes. */
  readonly memoryBytes: number;
}

/** What of a worker's own scope is used here; its types cannot be loaded beside a window's. */
interface WorkerScope {
  onmessage: (message: MessageEvent<Task>) => void;
  postMessage(answer: WorkerAnswer): void;
}

const scope = self as unknown as WorkerScope;
scope.onmessage = ({ data }) =>
  scope.postMessage({ ...perform(data), memoryBytes: Deno.memoryUsage().rss });
