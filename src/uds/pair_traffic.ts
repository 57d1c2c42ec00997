import { defined } from "../core/mod.ts";
import { EMPTY, type Observable, of } from "rxjs";
import type { IsoTpContradiction, IsoTpIndication } from "../isotp/mod.ts";

/** What passes on one pair of identifiers, as a client sees it. */
export type PairTraffic =
  /** A request is handed to the link, for the first time or again. */
  | {
    readonly type: "asked";
    readonly request: Uint8Array;
    /** What its positive response begins with, where that is no echo. */
    readonly answerHead?: Uint8Array;
  }
  /** A segmented message has begun to come: its first bytes. */
  | { readonly type: "firstFrame"; readonly head: Uint8Array; readonly lengthBytes: number }
  /** A whole message came. */
  | { readonly type: "message"; readonly data: Uint8Array }
  /** A segmented message broke off; with what one sender cannot have sent, where that is why. */
  | { readonly type: "broken"; readonly contradiction?: IsoTpContradiction };

/**
 * Takes what a link tells as traffic. A message that another one pushes aside is not told as broken:
 * the other one tells more.
 *
 * @param indication What the link tells.
 * @returns One value, or none.
 */
export function toTraffic(indication: IsoTpIndication): Observable<PairTraffic> {
  switch (indication.type) {
    case "firstFrame": {
      const { head, lengthBytes } = indication;
      return head === undefined ? EMPTY : of({ type: "firstFrame", head, lengthBytes });
    }
    case "message":
      return of({ type: "message", data: indication.data });
    case "error": {
      const { contradiction, error } = indication;
      if (error.nResult === "N_UNEXP_PDU") return EMPTY;
      return of({ type: "broken", ...defined({ contradiction }) });
    }
  }
}
