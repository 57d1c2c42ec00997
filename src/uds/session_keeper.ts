import { type Observable, Subject, Subscription } from "rxjs";
import { type Clock, Timer } from "../core/mod.ts";
import type { UdsClient } from "./client.ts";
import { UdsNegativeResponseError } from "./errors.ts";
import { POSITIVE_RESPONSE_OFFSET, SERVICE_ID } from "./service_id.ts";
import { encodeTesterPresentRequest } from "./services/tester_present.ts";

/**
 * What keeps a node's session alive. `functional`: TesterPresent to the whole bus. `physical`: an
 * answered `3E 00` to the node itself, between two requests. `both`, or `none`. `auto`: functional,
 * and physical too once a session has died of that.
 */
export type KeepAlive = "auto" | "functional" | "physical" | "both" | "none";

/** What a node has shown about its session. */
export type SessionFinding =
  /** Its session ended though functional TesterPresent went out: it gets physical ones from now on. */
  | "physicalKeepAlive"
  /** It refused TesterPresent within a download: it is not asked so again. */
  | "noTesterPresentInDownload";

/** What a keeper needs. */
export interface SessionKeeperOptions {
  /** What is told in the fleet file. */
  readonly keepAlive: KeepAlive;
  /** S3 client, in ms: longest time without a TesterPresent that the node has taken. */
  readonly s3Ms: number;
  /** The time it lives in. */
  readonly clock: Clock;
}

/** Part of S3 after which a physical TesterPresent is due. */
const DUE_SHARE = 1 / 2;
/** A session that ends sooner after the last 10 or 3E has another reason. */
const BLAME_SHARE = 0.8;
/** So many silences in one run that S3 may be the reason of are no chance. */
const LATE_SILENCES = 2;
/** Before another try where nothing came back, as a part of S3. */
const AGAIN_SHARE = 0.1;

const TESTER_PRESENT = encodeTesterPresentRequest({});

/**
 * Keeps the session of one node alive by TesterPresent on its own identifier, where its fleet file
 * says so or it has shown that it needs that.
 *
 * Some servers count only 10 and 3E for S3, and drop functional frames while a segmented request
 * comes in, or always. It is a request of the node's own client: it never stands within a message or
 * between 0x78 and the answer.
 *
 * Source: ISO 14229-2:2013, "Session layer timing parameters" (S3Client); behaviours as seen in the
 * field.
 */
export class SessionKeeper {
  readonly #options: SessionKeeperOptions;
  readonly #timer: Timer;
  readonly #findings = new Subject<SessionFinding>();
  /** What a node has shown: hot. */
  readonly findings$: Observable<SessionFinding> = this.#findings.asObservable();
  #client: UdsClient | undefined;
  #asking: Subscription | undefined;
  #keepsPhysically: boolean;
  #isInSession = false;
  #isInDownload = false;
  #refusesInDownload = false;
  #lateSilences = 0;
  /** When the node last answered a 10 or 3E, in ms. */
  #answeredMs = -Infinity;

  /**
   * Keeps nothing yet.
   *
   * @param options Mode, S3 and clock.
   */
  constructor(options: SessionKeeperOptions) {
    this.#options = options;
    this.#keepsPhysically = options.keepAlive === "physical" || options.keepAlive === "both";
    this.#timer = new Timer(options.clock, () => this.#due());
  }

  /**
   * Takes the client that asks.
   *
   * @param client The node's own.
   */
  use(client: UdsClient): void {
    this.#client = client;
  }

  /**
   * A request goes out.
   *
   * @param request What is asked.
   */
  requested(request: Uint8Array): void {
    // From here on it may start anew: a question could hold it in its bootloader.
    if (request[0] === SERVICE_ID.ecuReset) this.#leave();
    if (request[0] !== SERVICE_ID.requestDownload) return;
    this.#isInDownload = true;
    this.#arm();
  }

  /**
   * The node answered positively.
   *
   * @param response The response.
   */
  answered(response: Uint8Array): void {
    switch (response[0]! - POSITIVE_RESPONSE_OFFSET) {
      case SERVICE_ID.diagnosticSessionControl:
        this.#isInSession = (response[1]! & 0x7F) !== 0x01;
        this.#isInDownload = false;
        return this.#isInSession ? this.#kept() : this.#leave();
      case SERVICE_ID.testerPresent:
        return this.#kept();
      case SERVICE_ID.requestTransferExit:
        this.#isInDownload = false;
        return this.#arm();
    }
  }

  /**
   * The node says that it is no longer in its session, or forgot its download. Where that is so late
   * after the last 10 or 3E of its own that S3 may be the reason, it gets physical ones from now on.
   */
  sessionDied(): void {
    const { keepAlive } = this.#options;
    if (keepAlive !== "auto" || this.#keepsPhysically || !this.#isLate) return;
    this.#keepsPhysically = true;
    this.#arm();
    this.#findings.next("physicalKeepAlive");
  }

  /**
   * The node fell silent in the midst of its work, as one does that starts anew when S3 is over. Once
   * that may be chance; twice so late it counts as {@linkcode sessionDied}.
   */
  fellSilent(): void {
    if (!this.#isLate) return;
    this.#lateSilences++;
    if (this.#lateSilences >= LATE_SILENCES) this.sessionDied();
  }

  /** Stops. */
  close(): void {
    this.#leave();
    this.#findings.complete();
  }

  /** Whether its session may have ended for want of a 10 or 3E of its own. */
  get #isLate(): boolean {
    const { s3Ms, clock } = this.#options;
    return this.#isInSession && clock.now() - this.#answeredMs >= BLAME_SHARE * s3Ms;
  }

  #kept(): void {
    this.#answeredMs = this.#options.clock.now();
    this.#arm();
  }

  #leave(): void {
    this.#isInSession = false;
    this.#isInDownload = false;
    this.#timer.clear();
    this.#asking?.unsubscribe();
    this.#asking = undefined;
  }

  #arm(): void {
    const mayAsk = !(this.#isInDownload && this.#refusesInDownload);
    if (!this.#keepsPhysically || !this.#isInSession || !mayAsk) return this.#timer.clear();
    this.#timer.setAt(this.#answeredMs + DUE_SHARE * this.#options.s3Ms);
  }

  #due(): void {
    const { s3Ms, clock } = this.#options;
    const client = this.#client;
    if (client === undefined || this.#asking !== undefined) return;
    const asking = new Subscription();
    this.#asking = asking;
    let isInDownload = false;
    const again = (afterMs: number): void => {
      this.#asking = undefined;
      if (this.#isInSession) this.#timer.setAt(clock.now() + afterMs);
    };
    asking.add(
      client.exchange(TESTER_PRESENT).subscribe({
        next: ({ type }) => {
          if (type === "sent") isInDownload = this.#isInDownload;
        },
        complete: () => this.#asking = undefined,
        error: (error: unknown) => {
          again(s3Ms * AGAIN_SHARE);
          if (!(error instanceof UdsNegativeResponseError) || !isInDownload) return;
          this.#refusesInDownload = true;
          this.#arm();
          this.#findings.next("noTesterPresentInDownload");
        },
      }),
    );
  }
}
