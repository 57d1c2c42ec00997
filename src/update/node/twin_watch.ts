import {
  catchError,
  concat,
  concatMap,
  defer,
  EMPTY,
  filter,
  finalize,
  ignoreElements,
  merge,
  type Observable,
  Subject,
  takeUntil,
  takeWhile,
  throwError,
} from "rxjs";
import { CanvoyError, equalBytes } from "../../core/mod.ts";
import {
  encodeReadDataByIdentifierRequest,
  matchResponse,
  type PairTraffic,
  SERVICE_ID,
  stepTwinWatch,
  TWIN_WATCH_START,
} from "../../uds/mod.ts";
import { TwinNodesError } from "./errors.ts";
import { functionalRequests } from "../profiles/functional_requests.ts";
import { profileRequests } from "../profiles/profile_keys.ts";
import type { NodeContext } from "./node_context.ts";
import { pause } from "./retry.ts";
import { andThen, deferStep, fail, recover, type Step, through, wait } from "./step.ts";

/**
 * Does work with a node, and gives it up as soon as a second one is seen on the node's identifiers.
 * What it is, is then read once more, so that both answers can be shown whole.
 *
 * @param context The node: its connection, its job, and what is known of it.
 * @param work What is done.
 * @param isOver Whether it is too late to refuse: something was erased.
 * @returns The work; errors with {@linkcode TwinNodesError}, else as the work does.
 */
export function refuseTwins<T>(
  context: NodeContext,
  work: Step<T>,
  isOver: () => boolean,
): Step<T> {
  const watched = deferStep(() => {
    const functional = functionalServices(context);
    const ended$ = new Subject<void>();
    let state = TWIN_WATCH_START;
    const watch$ = context.connection.client.traffic$.pipe(
      takeWhile(() => !isOver()),
      filter(tellsOfNode(context)),
      concatMap((traffic) => {
        const step = stepTwinWatch(state, traffic, functional);
        state = step.state;
        const { evidence } = step;
        return evidence === undefined ? EMPTY : throwError(() => new TwinNodesError(evidence));
      }),
      takeUntil(ended$),
    );
    // Listening comes first: a virtual node may answer inside the call that sends.
    return through(work, (work$) => merge(watch$, work$.pipe(finalize(() => ended$.next()))));
  });
  return recover(
    watched,
    (error) => error instanceof TwinNodesError ? askOnceMore(context, error) : undefined,
  );
}

/**
 * A record that tells how far a node is, or something new for each session, changes from one question
 * to the next, by one node's doing: what follows such a question tells of no other node.
 */
function tellsOfNode({ job: { profile } }: NodeContext): (traffic: PairTraffic) => boolean {
  const polled = profileRequests(profile).filter(({ isPoll, answer, keep }) =>
    keep !== undefined || (isPoll === true && answer?.poll?.until !== undefined)
  );
  let isPolled = false;
  return (traffic) => {
    if (traffic.type === "asked") {
      isPolled = polled.some(({ matches }) => matches(traffic.request));
    }
    return !isPolled;
  };
}

function functionalServices({ connection, job }: NodeContext): ReadonlySet<number> {
  return new Set([
    SERVICE_ID.testerPresent,
    ...connection.functionalServices ?? [],
    ...(["before", "after"] as const).flatMap((when) =>
      functionalRequests(job.profile, when).map((request) => request[0]!)
    ),
  ]);
}

/**
 * Reads once more, slowly, what may differ, until two answers are whole: a second node may be slow, or
 * busy, and what showed it is not always what tells most. Else what was seen is shown.
 */
function askOnceMore(context: NodeContext, error: TwinNodesError): Step<never> {
  const { hardwareDid, serialDid, versionDid, bootloaderDid } = context.job.profile.identity;
  const requests = [
    error.evidence.request,
    ...[hardwareDid, serialDid, versionDid, bootloaderDid].flatMap((did) =>
      did === undefined ? [] : [encodeReadDataByIdentifierRequest({ dataIdentifiers: [did] })]
    ),
  ].filter(([sid]) => sid === SERVICE_ID.readDataByIdentifier);
  const quiet$ = pause(context.job.profile.timing.p2Ms, context.clock);
  return andThen(
    wait(concat(quiet$, ...requests.map((request) => readByBoth(context, request, quiet$)))),
    () => fail(() => error),
  );
}

/** Errors with both answers where there are two; completes else. */
function readByBoth(
  { connection: { client } }: NodeContext,
  request: Uint8Array,
  quiet$: Observable<never>,
): Observable<never> {
  return defer(() => {
    const heard: Uint8Array[] = [];
    const ended$ = new Subject<void>();
    const listened$ = client.traffic$.pipe(
      takeUntil(ended$),
      concatMap((traffic) => {
        if (traffic.type === "message" && isNewAnswer(request, traffic.data, heard)) {
          heard.push(traffic.data);
        }
        return EMPTY;
      }),
    );
    const asked$ = concat(
      client.exchange(request).pipe(
        ignoreElements(),
        catchError((failure: unknown) =>
          failure instanceof CanvoyError ? EMPTY : throwError(() => failure)
        ),
      ),
      quiet$,
    ).pipe(finalize(() => ended$.next()));
    return concat(
      merge(listened$, asked$),
      defer(() => {
        const [first, second] = heard;
        if (first === undefined || second === undefined) return EMPTY;
        return throwError(() => new TwinNodesError({ kind: "twoAnswers", request, first, second }));
      }),
    );
  });
}

/** A refusal tells little: a node that is busy with another question may give one to each. */
function isNewAnswer(
  request: Uint8Array,
  data: Uint8Array,
  heard: readonly Uint8Array[],
): boolean {
  return matchResponse(request, data).kind === "positive" &&
    !heard.some((other) => equalBytes(other, data));
}
