import type { Observable } from "rxjs";
import type { IsoTpError } from "./errors.ts";

/** What a link tells of the messages that come in. */
export type IsoTpIndication =
  /** The first frame of a segmented message came (N_USData_FF.indication): P2 ends here. */
  | {
    readonly type: "firstFrame";
    readonly lengthBytes: number;
    /** Its own bytes of the message, where the link tells them. */
    readonly head?: Uint8Array;
    readonly atMs: number;
  }
  /** A whole message came (N_USData.indication, N_OK). */
  | { readonly type: "message"; readonly data: Uint8Array; readonly atMs: number }
  /** A segmented message broke off; the link lives on. */
  | {
    readonly type: "error";
    readonly error: IsoTpError;
    /** Two frames that one sender cannot have sent, where such came: no loss explains them. */
    readonly contradiction?: IsoTpContradiction;
    readonly atMs: number;
  };

/** Payloads of two consecutive frames with one sequence number and different bytes. */
export interface IsoTpContradiction {
  /** The one that was taken. */
  readonly first: Uint8Array;
  /** The one that came behind it. */
  readonly second: Uint8Array;
}

/** What a link tells of one message that it sends. */
export type IsoTpSendProgress =
  /** The first of its frames was on the wire. */
  | { readonly type: "started"; readonly atMs: number }
  /** The last of its frames was on the wire: P2 starts here. */
  | { readonly type: "sent"; readonly atMs: number };

/**
 * One tester's (or node's) pair of addresses on a bus: whole messages out, whole messages in.
 */
export interface IsoTpLink {
  /** For people: `0x7E0/0x7E8`. */
  readonly name: string;

  /** Hot, no replay; ends only with the link; errors of messages are values. */
  readonly indications$: Observable<IsoTpIndication>;

  /**
   * Sends one message. Cold: each subscription sends once. Emits `started`, then `sent`, and
   * completes; errors with {@linkcode IsoTpError}, and with RangeError for what can never be sent
   * (no bytes, or functionally more than one frame). One message at a time: a second subscription
   * waits for the first to end. Unsubscribing takes the unsent rest of the message back, so that
   * the receiver runs into N_Cr: harmless, but never a way to leave a node in mid-work.
   *
   * @param message 1 byte up to 2^32 - 1; a functional link takes what fits one frame.
   */
  send(message: Uint8Array): Observable<IsoTpSendProgress>;

  /**
   * States how urgent this link's segmented messages are among those of its bus; those of up to 32
   * bytes, which ask for something rather than carry it, go first all the same.
   *
   * @param priority Lower goes first; 0 by default.
   */
  setPriority(priority: number): void;

  /**
   * How long frames of this end presently keep the other end's answer off the wire, in ms: what a
   * wait for an answer must be longer by.
   */
  queueingDelayMs(): number;

  /** Ends the link: `indications$` completes, a message under way is taken back. */
  close(): void;
}
