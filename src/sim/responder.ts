import { type Clock, equalBytes, Timer } from "../core/mod.ts";
import {
  dispatch,
  encodeResponsePending,
  finalResponse,
  type FinalResult,
  NRC,
  type ServerContext,
  suppressesPositiveResponse,
} from "../uds/mod.ts";
import type { NodeBehaviour } from "./behaviours.ts";
import type { NodeDialect } from "./dialect.ts";
import type { NodeServices } from "./node_handle.ts";

/** Unless its behaviour says otherwise: half of P2, so that 0x78 is on the wire in time. */
const RESPONSE_PENDING_AFTER_MS = 25;
/** Unless its behaviour says otherwise: well within P2*. */
const RESPONSE_PENDING_EVERY_MS = 2000;

/** What a responder needs of its node. */
export interface ResponderHost {
  /** The services of the program that runs. */
  services(): NodeServices;
  /** What refuses every request now, because the program only starts; `undefined` when nothing. */
  readonly startRefusal: number | undefined;
  /**
   * Which requests a node that takes groups answers while it works on another one, whose answer then
   * ends; `undefined` for other nodes. Source: docs/group-download.md, "Promptness".
   */
  readonly isAnsweredBeside: ((request: Uint8Array) => boolean) | undefined;
  /** Session, security and addressing. */
  context(addressing: ServerContext["addressing"]): ServerContext;
  /**
   * Sends a message.
   *
   * @param response The message.
   * @param options `onSent`: once it is on the wire, or lost; `isUrgent`: though flash is busy.
   */
  send(
    response: Uint8Array,
    options?: { readonly onSent?: (() => void) | undefined; readonly isUrgent?: boolean },
  ): void;
}

interface Current {
  readonly request: Uint8Array;
  readonly addressing: ServerContext["addressing"];
  pendingCount: number;
}

/**
 * Takes a node's requests one after the other and times its responses: the work's own time, 0x78
 * meanwhile, and what its behaviour makes of both.
 */
export class Responder {
  readonly #host: ResponderHost;
  readonly #behaviour: NodeBehaviour;
  readonly #clock: Clock;
  readonly #pending: Timer;
  readonly #delayed: Timer;
  readonly #paused: Timer;
  readonly #deafMs: number;
  #respondedMs = -Infinity;
  #current: Current | undefined;
  /** The request whose work goes on, though its answer may have ended: see `isAnsweredBeside`. */
  #working: Current | undefined;
  #delayedResponse: Uint8Array | undefined;
  #afterResponse: (() => void) | undefined;

  /**
   * Makes a responder that waits for requests.
   *
   * @param host The node.
   * @param behaviour What it does otherwise.
   * @param clock The time it lives in.
   * @param timing How soon behind its response it hears another request of its own.
   */
  constructor(
    host: ResponderHost,
    behaviour: NodeBehaviour,
    clock: Clock,
    timing: NodeDialect["timing"] = {},
  ) {
    this.#deafMs = timing.requestGapMsMin ?? 0;
    this.#host = host;
    this.#behaviour = behaviour;
    this.#clock = clock;
    this.#pending = new Timer(clock, () => this.#sendPending());
    this.#delayed = new Timer(clock, () => this.#send(this.#delayedResponse));
    this.#paused = new Timer(clock, () => {
      if (this.#current !== undefined) this.#serve(this.#current);
    });
  }

  /** Whether a request is being worked on. */
  get isBusy(): boolean {
    return this.#current !== undefined || this.#working !== undefined;
  }

  /**
   * Takes a request.
   *
   * @param request What came.
   * @param addressing How.
   */
  take(request: Uint8Array, addressing: ServerContext["addressing"]): void {
    const isTooSoon = this.#clock.now() < this.#respondedMs + this.#deafMs;
    if (isTooSoon && addressing === "physical") return;
    const isBeside = this.#host.isAnsweredBeside !== undefined && this.#working !== undefined;
    if (isBeside) return this.#takeBeside(this.#working!, request, addressing);
    if (this.#current !== undefined) return this.#refuseBusy(request, addressing);
    this.#begin(request, addressing);
  }

  #begin(request: Uint8Array, addressing: ServerContext["addressing"]): void {
    const current: Current = { request, addressing, pendingCount: 0 };
    this.#current = current;
    const pauseMs = this.#pauseMs();
    if (pauseMs > 0) return this.#paused.setAt(this.#clock.now() + pauseMs);
    this.#serve(current);
  }

  /** What is left of the pause behind the last response. */
  #pauseMs(): number {
    return this.#respondedMs + (this.#behaviour.responsePauseMs ?? 0) - this.#clock.now();
  }

  #serve(current: Current): void {
    const { request, addressing } = current;
    const nrc = this.#host.startRefusal;
    if (nrc !== undefined && request.length > 0) return this.finish({ type: "negative", nrc });
    const reply = dispatch(this.#host.services(), request, this.#host.context(addressing));
    // The node may have been reset by the request.
    if (this.#current !== current) return;
    if (reply.type === "later") {
      this.#working = current;
      return this.#armPending();
    }
    const { responseDelayMs = 0 } = this.#behaviour;
    const response = reply.responses.at(-1)?.response;
    if (response === undefined || responseDelayMs <= 0) return this.#send(response);
    this.#delayedResponse = response;
    this.#delayed.setAt(this.#clock.now() + responseDelayMs);
    this.#armPending();
  }

  /**
   * Ends the request that its service answered with `later`.
   *
   * @param result How it ended.
   */
  finish(result: FinalResult): void {
    const current = this.#current;
    const isGivenUp = this.#working !== undefined && this.#working !== current;
    this.#working = undefined;
    if (current === undefined || isGivenUp) return this.#goOn();
    this.#send(finalResponse(current.request, result, {
      addressing: current.addressing,
      responsePendingSent: current.pendingCount > 0,
    }));
  }

  /** What was to follow a response follows though nobody waits for that any more. */
  #goOn(): void {
    const action = this.#afterResponse;
    this.#afterResponse = undefined;
    action?.();
  }

  /** Drops the request at hand without a response. */
  drop(): void {
    this.#working = undefined;
    this.#clear();
  }

  #clear(): void {
    this.#current = undefined;
    this.#afterResponse = undefined;
    this.#delayedResponse = undefined;
    this.#pending.clear();
    this.#delayed.clear();
    this.#paused.clear();
  }

  /**
   * Asks for patience now, and does something once that is on the wire.
   *
   * @param onSent What to do.
   */
  sendPendingNow(onSent: () => void): void {
    const current = this.#current;
    if (current === undefined) return;
    current.pendingCount++;
    this.#host.send(encodeResponsePending(current.request), { onSent });
  }

  /**
   * Does something once the response to the request at hand is on the wire, or was left out.
   *
   * @param action What to do.
   */
  afterResponse(action: () => void): void {
    this.#afterResponse = action;
  }

  #send(response: Uint8Array | undefined): void {
    const sid = this.#current?.request[0];
    const onSent = this.#afterResponse;
    this.#clear();
    const isUnanswered = sid !== undefined &&
      (this.#behaviour.unansweredServices?.includes(sid) ?? false);
    if (response === undefined || isUnanswered) return onSent?.();
    this.#respondedMs = this.#clock.now();
    this.#host.send(response, { onSent });
  }

  #armPending(): void {
    const { responsePendingAfterMs = RESPONSE_PENDING_AFTER_MS } = this.#behaviour;
    if (responsePendingAfterMs === Infinity) return;
    if (responsePendingAfterMs > 0) {
      return this.#pending.setAt(this.#clock.now() + responsePendingAfterMs);
    }
    this.#sendPending(true);
  }

  #sendPending(isUrgent = false): void {
    const current = this.#current;
    if (current === undefined) return;
    const { unansweredServices = [], responsePendingEveryMs = RESPONSE_PENDING_EVERY_MS } =
      this.#behaviour;
    if (unansweredServices.includes(current.request[0]!)) return;
    current.pendingCount++;
    this.#host.send(encodeResponsePending(current.request), { isUrgent });
    this.#pending.setAt(this.#clock.now() + responsePendingEveryMs);
  }

  /** The same request gets patience, some others are answered, which ends its answer; the rest is busy. */
  #takeBeside(
    working: Current,
    request: Uint8Array,
    addressing: ServerContext["addressing"],
  ): void {
    if (equalBytes(request, working.request)) {
      const hasEnded = this.#current !== working;
      this.#current = working;
      if (working.pendingCount > 0) return this.#sendPending();
      // What was not told to be patient yet is answered soon enough, unless another answer ended it.
      if (hasEnded) this.#armPending();
      return;
    }
    if (request.length === 0 || suppressesPositiveResponse(request)) return;
    if (this.#host.isAnsweredBeside!(request)) {
      this.#clear();
      return this.#begin(request, addressing);
    }
    const result = { type: "negative", nrc: NRC.busyRepeatRequest } as const;
    const response = finalResponse(request, result, { addressing, responsePendingSent: false });
    if (response !== undefined) this.#host.send(response);
  }

  #refuseBusy(request: Uint8Array, addressing: ServerContext["addressing"]): void {
    if (!this.#behaviour.answersBusy || request.length === 0) return;
    const result = { type: "negative", nrc: NRC.busyRepeatRequest } as const;
    const response = finalResponse(request, result, { addressing, responsePendingSent: false });
    if (response !== undefined) this.#host.send(response);
  }
}
