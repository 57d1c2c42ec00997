import { perform, type Task, type TaskResult } from "./tasks.ts";

/** What of a worker's own scope is used here; its types cannot be loaded beside a window's. */
interface WorkerScope {
  onmessage: (message: MessageEvent<Task>) => void;
  postMessage(result: TaskResult): void;
}

const scope = self as unknown as WorkerScope;
scope.onmessage = ({ data }) => scope.postMessage(perform(data));
