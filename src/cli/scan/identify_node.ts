import {
  catchError,
  concat,
  concatMap,
  defer,
  EMPTY,
  finalize,
  ignoreElements,
  type Observable,
  of,
  timer,
} from "rxjs";
import { CanvoyError, type Clock } from "../../core/mod.ts";
import { describeTwins } from "../../update/mod.ts";
import {
  decodeReadDataByIdentifierResponse,
  encodeReadDataByIdentifierRequest,
  stepTwinWatch,
  TWIN_WATCH_START,
  type UdsClient,
} from "../../uds/mod.ts";

/** A scan's requests to all are TesterPresent, whose answers count for nothing. */
const NO_FUNCTIONAL: ReadonlySet<number> = new Set();

/** What a node may tell of itself. Source: ISO 14229-1, "Data identifier definitions". */
export const IDENTITY_DIDS = {
  hardware: 0xF191,
  hardwareVersion: 0xF193,
  partNumber: 0xF187,
  software: 0xF188,
  version: 0xF189,
  bootloader: 0xF180,
  supplier: 0xF18A,
  serial: 0xF18C,
} as const;

/** What a node has told; absent where it has not. */
export type ScannedIdentity = Partial<Record<keyof typeof IDENTITY_DIDS, string>>;

/** What a node has told, and what shows that it was two. */
export interface ScannedAnswers {
  /** What it is. */
  readonly identity: ScannedIdentity;
  /** What shows that two nodes answer, in words; absent where one explains all. */
  readonly twins?: string;
}

/**
 * Reads what a node is. A question that it does not answer is left out. Behind hardware and serial
 * number nothing is asked for a while: a second node on the same identifiers may answer later.
 *
 * @param client The way to it.
 * @param clock The time it lives in.
 * @param quietMs How long, in ms.
 * @returns Cold; one value.
 */
export function readIdentity(
  client: UdsClient,
  clock: Clock,
  quietMs: number,
): Observable<ScannedAnswers> {
  return defer(() => {
    const identity: ScannedIdentity = {};
    let twins: string | undefined;
    let state = TWIN_WATCH_START;
    const watch = client.traffic$.subscribe((traffic) => {
      const step = stepTwinWatch(state, traffic, NO_FUNCTIONAL);
      state = step.state;
      if (step.evidence !== undefined) twins ??= describeTwins(step.evidence);
    });
    const names = Object.keys(IDENTITY_DIDS) as (keyof typeof IDENTITY_DIDS)[];
    const reads = names.map((name) => {
      const did = IDENTITY_DIDS[name];
      const request = encodeReadDataByIdentifierRequest({ dataIdentifiers: [did] });
      const asked$ = client.exchange(request).pipe(
        concatMap((event) => {
          if (event.type !== "response") return EMPTY;
          const text = toText(decodeReadDataByIdentifierResponse(event.data).records[0]!.data);
          if (text !== "") identity[name] = text;
          return EMPTY;
        }),
        catchError((error: unknown) => {
          if (error instanceof CanvoyError) return EMPTY;
          throw error;
        }),
      );
      const isTelling = name === "hardware" || name === "serial";
      return isTelling ? concat(asked$, timer(quietMs, clock).pipe(ignoreElements())) : asked$;
    });
    const answers$ = defer(() => of(twins === undefined ? { identity } : { identity, twins }));
    return concat(...reads, answers$).pipe(finalize(() => watch.unsubscribe()));
  });
}

/** Printable ASCII only: what a hostile node tells must not steer a terminal. */
function toText(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes.filter((byte) => byte >= 0x20 && byte < 0x7F)).trim();
}
