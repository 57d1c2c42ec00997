import { catchError, concat, concatMap, defer, EMPTY, type Observable, of } from "rxjs";
import { CanvoyError } from "../../core/mod.ts";
import {
  decodeReadDataByIdentifierResponse,
  encodeReadDataByIdentifierRequest,
  type UdsClient,
} from "../../uds/mod.ts";

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

/**
 * Reads what a node is. A question that it does not answer is left out.
 *
 * @param client The way to it.
 * @returns Cold; one value.
 */
export function readIdentity(client: UdsClient): Observable<ScannedIdentity> {
  return defer(() => {
    const identity: ScannedIdentity = {};
    const names = Object.keys(IDENTITY_DIDS) as (keyof typeof IDENTITY_DIDS)[];
    const reads = names.map((name) => {
      const did = IDENTITY_DIDS[name];
      const request = encodeReadDataByIdentifierRequest({ dataIdentifiers: [did] });
      return client.exchange(request).pipe(
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
    });
    return concat(...reads, of(identity));
  });
}

/** Printable ASCII only: what a hostile node tells must not steer a terminal. */
function toText(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes.filter((byte) => byte >= 0x20 && byte < 0x7F)).trim();
}
