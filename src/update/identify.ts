import { catchError, concat, defer, EMPTY, type Observable, of, throwError } from "rxjs";
import {
  decodeReadDataByIdentifierResponse,
  encodeReadDataByIdentifierRequest,
  UdsNegativeResponseError,
} from "../uds/mod.ts";
import { ask, type AskOptions } from "./ask.ts";
import { WrongHardwareError } from "./errors.ts";
import type { NodeEvent, NodeIdentity } from "./events.ts";
import type { NodeContext } from "./node_context.ts";

/**
 * Asks a node what it is, with reading requests only, and refuses one that is another.
 *
 * @param context The node.
 * @returns `nodeIdentified`; errors with {@linkcode WrongHardwareError}, or when the node is silent.
 */
export function identify(context: NodeContext): Observable<NodeEvent> {
  const { hardwareDid, versionDid, bootloaderDid } = context.job.profile.identity;
  const { expectedHardware } = context.job;
  return defer(() => {
    const identity: { -readonly [K in keyof NodeIdentity]: NodeIdentity[K] } = {};
    return concat(
      readText(context, hardwareDid, (text) => identity.hardware = text),
      readText(context, versionDid, (text) => identity.version = text),
      readText(context, bootloaderDid, (text) => identity.bootloader = text),
      defer(() => {
        const event$ = of<NodeEvent>({ type: "nodeIdentified", identity });
        if (expectedHardware === undefined || identity.hardware === expectedHardware) return event$;
        const actual = identity.hardware ?? "not told";
        return concat(event$, throwError(() => new WrongHardwareError(expectedHardware, actual)));
      }),
    );
  });
}

/**
 * Reads one data identifier as text; a node that does not know it has told nothing.
 *
 * @param context The node.
 * @param did The data identifier; nothing is asked when it is `undefined`.
 * @param found Takes the text, without padding.
 * @param options Bounds.
 * @returns The events of the exchange.
 */
export function readText(
  context: NodeContext,
  did: number | undefined,
  found: (text: string) => void,
  options: AskOptions = {},
): Observable<NodeEvent> {
  if (did === undefined) return EMPTY;
  const request = encodeReadDataByIdentifierRequest({ dataIdentifiers: [did] });
  return ask(context, request, (response) => {
    const { records } = decodeReadDataByIdentifierResponse(response);
    found(toText(records[0]!.data));
    return EMPTY;
  }, options).pipe(
    catchError((error: unknown) =>
      error instanceof UdsNegativeResponseError ? EMPTY : throwError(() => error)
    ),
  );
}

/** Printable ASCII only: what a hostile node tells must not steer a terminal. */
function toText(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes.filter((byte) => byte >= 0x20 && byte < 0x7F)).trim();
}
