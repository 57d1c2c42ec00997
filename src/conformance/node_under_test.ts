import type { Observable } from "rxjs";
import type { AddressRange, Clock } from "../core/mod.ts";
import type { GroupIdentifier } from "../group/mod.ts";
import type { UdsClient } from "../uds/mod.ts";

/** What is tried, and how it is reached. */
export interface GroupNodeUnderTest {
  /** The time it lives in. */
  readonly clock: Clock;
  /** Requests on its own identifiers. */
  readonly client: Pick<UdsClient, "exchange" | "traffic$">;
  /** Where the group's messages go. */
  readonly identifier: GroupIdentifier;
  /** The routine that opens, asks and closes a group. */
  readonly routine: number;
  /** What may be erased and written. */
  readonly application: AddressRange;
  /** Bytes of a program unit. */
  readonly programUnitBytes: number;
  /** What each byte of erased flash reads as. */
  readonly erasedValue: number;
  /** Bytes of a block. */
  readonly blockBytes: number;
  /** Its own identifier, of requests to it. */
  readonly requestIdentifier: GroupIdentifier;
  /** Binds messages to the trial's groups: 4 bytes. */
  readonly key: Uint8Array;
  /** How long its session lives without a sign of life, in ms. */
  readonly s3Ms: number;
  /** The request that enters its programming session; absent where it has none. */
  readonly sessionRequest?: Uint8Array;
  /** Whether it has to be unlocked. */
  readonly isLockable: boolean;

  /**
   * Sends a message on the group identifier.
   *
   * @param message The message.
   * @param isTorn Whether one of its frames is out of sequence.
   * @returns Cold; emits when its first frame, and its last, were on the wire, in ms; completes.
   */
  say(message: Uint8Array, isTorn: boolean): Observable<number>;
  /**
   * Has it wait with the rest of an answer that does not fit one frame, as long as its N_Bs lets it.
   *
   * @param isHeld Whether flow control says "wait" from now on.
   */
  holdAnswers(isHeld: boolean): void;
  /**
   * Sends a request to all nodes; absent where they cannot be addressed at once.
   *
   * @param request The request: 7 bytes at most.
   * @returns Cold; completes once it is on the wire.
   */
  readonly sayToAll?: (request: Uint8Array) => Observable<unknown>;
  /** Cold; completes once it is in its bootloader, unlocked; errors where it cannot be. */
  readonly enter$: Observable<unknown>;
  /** Cold; completes once a range is erased; errors where it cannot be. */
  erase(range: AddressRange): Observable<unknown>;
  /**
   * Has it compare flash with bytes.
   *
   * @param address Of the first.
   * @param data The bytes.
   * @returns Cold; one value, whether they are there; absent where its profile has no check.
   */
  readonly check?: (address: number, data: Uint8Array) => Observable<boolean>;
  /**
   * Makes the request that erases a range.
   *
   * @param range The range.
   */
  eraseRequest(range: AddressRange): Uint8Array;
  /**
   * Makes the request that begins an ordinary download.
   *
   * @param range Where to.
   */
  downloadRequest(range: AddressRange): Uint8Array;
}
