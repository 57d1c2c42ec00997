import { EMPTY, finalize, map, merge, type Observable, Subject, takeUntil } from "rxjs";
import type { NodeEvent } from "./events.ts";
import type { NodeConnection } from "./node_connection.ts";

/**
 * Tells what is found out of a node's session while a conversation goes on.
 *
 * @param connection The way to the node.
 * @param conversation$ The events of the conversation.
 * @returns Them, with a `sessionFinding` for each finding in between.
 */
export function withFindings(
  { session }: NodeConnection,
  conversation$: Observable<NodeEvent>,
): Observable<NodeEvent> {
  const ended = new Subject<void>();
  const findings$ = (session?.findings$ ?? EMPTY).pipe(
    map((finding): NodeEvent => ({ type: "sessionFinding", finding })),
    takeUntil(ended),
  );
  return merge(findings$, conversation$.pipe(finalize(() => ended.next())));
}
