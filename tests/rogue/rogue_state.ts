/** What a rogue node remembers between two requests: session, lock, download. */
import type { Clock } from "../../src/core/mod.ts";
import type { Subscription } from "rxjs";
import { bytesOf, type RogueOptions } from "./rogue_options.ts";

/** An open download. */
export interface RogueDownload {
  readonly address: number;
  readonly sizeBytes: number;
  writtenBytes: number;
  /** A container that comes, and how long it is once it is unpacked. */
  readonly container?: { readonly bytes: Uint8Array; readonly unpackedBytes: number };
  /** The counter that comes next. */
  counter: number;
  /** The counter that came last. */
  lastCounter?: number;
  /** What that was answered. */
  lastAnswer?: readonly number[];
  /** Whether a block was written. */
  hasBegun: boolean;
}

/** Session, S3, security access and download of a server. */
export class RogueState {
  session = 1;
  isUnlocked = false;
  /** The first of two levels. */
  isFirstUnlocked = false;
  /** When the seed was given that a key is due for, in ms. */
  seedAtMs = 0;
  /** Whether S3 ended the last session. */
  isExpired = false;
  download: RogueDownload | undefined;
  /** The counter of the session's next block, for a node that goes on with it. */
  sessionCounter: number | undefined;
  seed: Uint8Array | undefined;
  wrongKeys = 0;
  /** An erase is under way. */
  isErasing = false;
  /** The next erase is allowed. */
  isEraseUnlocked = false;
  /** What the last download brought that was ended. */
  lastDownload: { readonly address: number; readonly sizeBytes: number } | undefined;
  /** Where the last block by address was written. */
  lastWritten: number | undefined;
  /** What an erase must end in. */
  nonce: readonly number[] | undefined;
  /** The check whose end is told by a record: when that is, in ms, and how it ends. */
  check: { readonly endsAtMs: number; readonly isRight: boolean } | undefined;
  /** When the erase is through that goes on behind its answer, in ms. */
  eraseEndsAtMs = 0;
  /** A session is entered, and what it had unlocked is locked. */
  onEnter: () => void = () => {};
  lockedUntilMs = 0;
  #seedCount = 0;
  #s3Timer: Subscription | undefined;
  readonly #clock: Clock;
  readonly #options: RogueOptions;
  readonly #onS3: (wasDownloading: boolean) => void;

  constructor(clock: Clock, options: RogueOptions, onS3: (wasDownloading: boolean) => void) {
    this.#clock = clock;
    this.#options = options;
    this.#onS3 = onS3;
  }

  /** Enters a session: whatever was open is closed, whatever was unlocked is locked. */
  enter(session: number): void {
    const { downloadClosedBy = "session" } = this.#options;
    this.session = session;
    this.isExpired = false;
    this.isUnlocked = false;
    this.isFirstUnlocked = false;
    if (
      downloadClosedBy === "session" || (downloadClosedBy === "defaultSession" && session === 1)
    ) {
      this.download = undefined;
    }
    this.seed = undefined;
    this.sessionCounter = undefined;
    this.isEraseUnlocked = false;
    this.nonce = undefined;
    this.lastDownload = undefined;
    this.holdS3();
    this.onEnter();
  }

  /** A reset leaves nothing. */
  reset(): void {
    this.enter(1);
    this.download = undefined;
    this.isErasing = false;
  }

  /** S3 begins anew where it runs. */
  refreshS3(): void {
    if (this.#s3Timer !== undefined) this.startS3();
  }

  /** S3 stands still while a request comes in and is worked on. */
  holdS3(): void {
    this.#s3Timer?.unsubscribe();
    this.#s3Timer = undefined;
  }

  /** S3 begins anew. */
  startS3(): void {
    this.holdS3();
    if (this.session === 1) return;
    this.#s3Timer = this.#clock.schedule(() => {
      const wasDownloading = this.download !== undefined;
      this.enter(1);
      this.isExpired = true;
      this.#onS3(wasDownloading);
    }, this.#options.s3Ms ?? 5000);
  }

  /** A seed that a key is due for. */
  newSeed(): Uint8Array {
    const { staticSeed, zeroSeedWantsKey = false } = this.#options;
    const count = ++this.#seedCount;
    this.seed = staticSeed !== undefined
      ? bytesOf(staticSeed)
      : zeroSeedWantsKey
      ? new Uint8Array(4)
      : Uint8Array.of(0x11 + count, 0x5B ^ count, 0x9E, 0x37 + 3 * count);
    return this.seed;
  }

  /** Whether a key opens the seed. */
  isKey(key: Uint8Array, level = 1): boolean {
    const { keyMask = "A5 5A 12 34", secondLevel } = this.#options;
    const mask = bytesOf(level === 3 ? secondLevel ?? "" : keyMask);
    const { seed } = this;
    return seed !== undefined && key.length === seed.length &&
      seed.every((byte, i) => key[i] === (byte ^ mask[i % mask.length]!));
  }
}
