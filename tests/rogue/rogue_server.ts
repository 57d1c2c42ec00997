/**
 * The rogue node: a UDS server as the field has them, written from the standards. It shares no
 * server code, no template and no transport code with the product: it is the judge.
 */
import type { CanPort } from "../../src/can/mod.ts";
import type { Clock } from "../../src/core/mod.ts";
import { RogueGroup } from "./rogue_group.ts";
import { isAlwaysAnswered } from "./rogue_group_services.ts";
import { RogueFlash } from "./rogue_flash.ts";
import { RogueIsoTp, type RogueIsoTpOptions } from "./rogue_iso_tp.ts";
import { type RogueApplication, RogueLife } from "./rogue_life.ts";
import { type LoggedRequest, RogueLog } from "./rogue_log.ts";
import {
  beginsWith,
  bytesOf,
  type RogueOptions,
  type RoguePending,
  RuleBook,
} from "./rogue_options.ts";
import { hasSubFunction, type RogueVerdict, serve } from "./rogue_services.ts";
import { RogueState } from "./rogue_state.ts";

/** What a rogue node is made of. */
export interface RogueServerParts {
  readonly port: CanPort;
  readonly clock: Clock;
  readonly options: RogueOptions;
  readonly rxId: number;
  readonly txId: number;
  readonly functionalId: number;
  /** Its application region. */
  readonly application: { readonly start: number; readonly end: number };
  /** Images that start; the first is in its flash. */
  readonly applications: readonly RogueApplication[];
  /** Which tester hears what it says now, for its log; nobody where undefined. */
  readonly heardBy: () => string | undefined;
}

const LINK: Omit<RogueIsoTpOptions, "rxId" | "txId" | "functionalId"> = {
  blockSize: 0,
  stMin: 0,
  flowControlDelayMs: 0.2,
  lateFlowControlEvery: 0,
  lateFlowControlMs: 0,
  firstFlowControlLateMs: 0,
  nCrMs: 1000,
  nBsMs: 1000,
  dropsFunctionalInMessage: false,
  functionalTakenAfterMs: 0,
};

/** Negative responses that nobody hears of a functional request (ISO 14229-1). */
const NOT_ANSWERED_FUNCTIONALLY = [0x11, 0x12, 0x31, 0x7E, 0x7F];

/** One node. */
export class RogueServer {
  readonly log = new RogueLog();
  readonly flash: RogueFlash;
  readonly life: RogueLife;
  readonly state: RogueState;
  readonly link: RogueIsoTp;
  readonly group: RogueGroup;
  readonly #parts: RogueServerParts;
  readonly #rules = new RuleBook();
  #current: LoggedRequest | undefined;
  /** The request whose work goes on, though its answer may have ended, and what has it say 78 again. */
  #working: { readonly request: LoggedRequest; readonly resume: () => void } | undefined;
  #nextAnswerAtMs = 0;
  #hearsAtMs = 0;
  readonly #busySinceMs = new Map<string, number>();
  #deafUntilMs = -Infinity;
  #queue: LoggedRequest[] = [];
  /** Counts resets: what was begun before one is not answered after it. */
  #lives = 0;

  constructor(given: RogueServerParts) {
    const { takesGroup = false } = given.options;
    const parts = takesGroup ? { ...given, options: { p2StarMs: 500, ...given.options } } : given;
    this.#parts = parts;
    const { port, clock, options, rxId, txId, functionalId, applications } = parts;
    this.flash = new RogueFlash(parts.application);
    const [first] = applications;
    if (first !== undefined) this.flash.load(first.address, first.data);
    this.life = new RogueLife(clock, options, this.flash, applications);
    this.state = new RogueState(clock, options, (wasDownloading) => {
      this.log.sessionEnds.push({ atMs: clock.now(), wasDownloading });
      if (options.rebootsAtS3Ms !== undefined) {
        this.#deafUntilMs = clock.now() + options.rebootsAtS3Ms;
        return this.#reset();
      }
      this.life.leaveBootloader();
    });
    const { bootloaderIdsAbove: above } = options;
    const bootIds = above === undefined ? undefined : {
      rxId: rxId + above,
      txId: txId + above,
      isBooted: () => this.life.kind !== "application",
    };
    const own = {
      ...{ rxId, txId, functionalId, endsAnswerOnRequest: takesGroup },
      ...(bootIds === undefined ? {} : { bootIds }),
    };
    this.link = new RogueIsoTp(port, clock, { ...LINK, ...options, ...own }, {
      onMessage: (data, isFunctional, beganAtMs) => this.#take(data, isFunctional, beganAtMs),
    });
    this.group = new RogueGroup({
      port,
      clock,
      options,
      flash: this.flash,
      ownIds: [rxId, txId, functionalId],
      isDown: () => this.link.isDown,
      onValid: () => this.state.refreshS3(),
      onMute: () => this.link.isDown = true,
      onReboot: () => this.#reset(),
    });
    this.state.onEnter = () => this.group.end();
  }

  /** It is taken off the bus for good. */
  unplug(): void {
    this.#parts.port.close();
  }

  /** Its power is gone for a moment: it starts as after a reset. */
  powerCut(): void {
    this.#reset();
  }

  get #wasReset(): boolean {
    return this.life.resets > 0;
  }

  #take(data: Uint8Array, isFunctional: boolean, beganAtMs: number): void {
    const { options, clock } = this.#parts;
    const isLost = this.#current !== undefined;
    const request = this.log.add({
      beganAtMs,
      atMs: clock.now(),
      data,
      isFunctional,
      // A keep-alive that wants no answer may come at any time; a node with one buffer loses it.
      isOverlapping: !(isFunctional && isSuppressed(data)) && this.#isWaitedFor(),
    });
    if (this.#isDeaf || (!isFunctional && clock.now() < this.#hearsAtMs)) return;
    if (this.#rules.match(options.ignore, data, this.#wasReset) !== undefined) return;
    if (options.takesGroup === true && this.#isAskedAgain(request)) return;
    if (!isLost) this.#begin(request);
    else if (options.queuesRequests === true) this.#queue.push(request);
    else if (options.takesGroup === true) this.#takeBeside(request, this.#current!);
  }

  get #isDeaf(): boolean {
    const nowMs = this.#parts.clock.now();
    if (nowMs < this.#deafUntilMs) return true;
    return this.#parts.options.isDeafWhileErasing === true && nowMs < this.state.eraseEndsAtMs;
  }

  /** What it works on already is answered again where another request had ended the answer. */
  #isAskedAgain({ data }: LoggedRequest): boolean {
    const working = this.#working;
    if (working === undefined || working.request === this.#current) return false;
    const isSame = data.length === working.request.data.length &&
      data.every((byte, i) => byte === working.request.data[i]);
    if (!isSame) return false;
    this.#current = working.request;
    working.resume();
    return true;
  }

  /** A node that takes groups leaves no request unanswered, also while it works on another one. */
  #takeBeside(request: LoggedRequest, current: LoggedRequest): void {
    const { data } = request;
    const isSame = data.length === current.data.length &&
      data.every((byte, i) => byte === current.data[i]);
    if (isSuppressed(data)) return;
    if (!isSame && isAlwaysAnswered(this.#parts.options, data)) return this.#begin(request);
    // What is asked again gets the answer that comes anyway.
    if (!isSame) this.#answer(request, [0x7F, data[0]!, 0x21], () => {});
    else if (current.answers.length > 0) this.#answer(request, [0x7F, data[0]!, 0x78], () => {});
  }

  #begin(request: LoggedRequest): void {
    const { options } = this.#parts;
    const { data } = request;
    this.life.ask();
    this.#current = request;
    this.#refreshS3(request, "start");
    const verdict = this.#judge(data);
    const isLostAnswer = this.#rules.match(options.lose, data, this.#wasReset) !== undefined;
    const stray = this.#rules.match(options.stray, data, this.#wasReset);
    if (stray !== undefined) this.#answer(request, bytesOf(stray.data), () => {});
    this.#work(request, verdict, isLostAnswer);
  }

  /** Whether whoever is on the bus heard 0x78 of the request that is open. */
  #isWaitedFor(): boolean {
    const tester = this.#parts.heardBy();
    return tester !== undefined &&
      this.#current?.answers.some(({ text, heardBy }) =>
          text.startsWith("7F") && text.endsWith("78") && heardBy === tester
        ) === true;
  }

  #judge(data: Uint8Array): RogueVerdict {
    const { options, clock } = this.#parts;
    const busy = options.busy?.find(({ on }) => beginsWith(data, on));
    if (busy !== undefined) {
      const sinceMs = this.#busySinceMs.get(busy.on) ?? clock.now();
      this.#busySinceMs.set(busy.on, sinceMs);
      if (clock.now() < sinceMs + busy.forMs) {
        return { workMs: 0, finish: () => [0x7F, data[0]!, 0x21] };
      }
    }
    const refusal = this.#rules.match(options.refuse, data, this.#wasReset);
    if (refusal !== undefined) return { workMs: 0, finish: () => [0x7F, data[0]!, refusal.nrc] };
    const { state, flash, life, group } = this;
    const verdict = serve({ options, state, flash, life, group, now: () => clock.now() }, data);
    const reply = this.#rules.match(options.reply, data, this.#wasReset);
    if (reply === undefined) return verdict;
    return {
      workMs: verdict.workMs,
      finish: () => {
        const response = verdict.finish();
        return response[0] === 0x7F ? response : [...bytesOf(reply.data)];
      },
    };
  }

  /** 0x78 as long as the work takes, then its end. */
  #work(request: LoggedRequest, verdict: RogueVerdict, isLostAnswer: boolean): void {
    const { options, clock } = this.#parts;
    const lives = this.#lives;
    const begunAtMs = clock.now();
    const rule = this.#rules.match(options.pending, request.data, this.#wasReset);
    const { firstMs, everyMs, answerMs } = rule ?? this.#ownPending(request, verdict.workMs);
    let isPending = false;
    let resumes = 0;
    const say78 = (atMs: number) => {
      if (atMs >= answerMs) return;
      const turn = resumes;
      clock.schedule(() => {
        const isEnded = this.#current !== request || turn !== resumes;
        if (this.#lives !== lives || isEnded) return;
        isPending = true;
        this.#answer(request, [0x7F, request.data[0]!, 0x78], () => {});
        if (everyMs !== undefined) say78(atMs + everyMs);
      }, atMs - (clock.now() - begunAtMs));
    };
    say78(firstMs);
    if (answerMs === Infinity) return;
    // One that says 78 anyway says it at once where it is asked again.
    const resume = () => {
      resumes++;
      if (firstMs < answerMs) say78(clock.now() - begunAtMs);
    };
    const working = { request, resume };
    if (verdict.workMs > 0) this.#working = working;
    clock.schedule(() => {
      if (this.#lives !== lives) return;
      if (this.#working === working) this.#working = undefined;
      const response = verdict.finish();
      // A response that follows 0x78 is always sent (ISO 14229-1).
      const isGivenUp = options.takesGroup === true && this.#current !== request;
      const isSaid = !isLostAnswer && !isGivenUp &&
        !(isSuppressed(request.data) && !isPending && response[0] !== 0x7F) &&
        !(request.isFunctional && response[0] === 0x7F &&
          NOT_ANSWERED_FUNCTIONALLY.includes(response[2]!));
      this.#end(request, response, isSaid);
    }, answerMs);
  }

  #ownPending({ data }: LoggedRequest, workMs: number): Omit<RoguePending, "on"> {
    const { p2Ms = 50, p2StarMs = 5000, answerDelayMs = 1 } = this.#parts.options;
    // What is not answered does not keep it from the next request.
    const answerMs = workMs + (isSuppressed(data) ? 0 : answerDelayMs);
    const firstMs = answerMs > p2Ms - 2 ? p2Ms * 0.6 : Infinity;
    const { takesGroup = false } = this.#parts.options;
    return { firstMs, everyMs: p2StarMs * (takesGroup ? 0.3 : 0.6), answerMs };
  }

  #end(request: LoggedRequest, response: readonly number[], isSaid: boolean): void {
    const isReset = response[0] === 0x51;
    const after = () => {
      if (this.#current === request) this.#current = undefined;
      this.#refreshS3(request, "end");
      if (isReset) return this.#reset();
      const next = this.#current === undefined ? this.#queue.shift() : undefined;
      if (next !== undefined) this.#begin(next);
    };
    if (!isSaid || (isReset && this.#parts.options.resetUnanswered === true)) after();
    else this.#answer(request, response, after);
  }

  /** Answers leave at least `answerGapMs` apart; the node is free when its answer is handed over. */
  #answer(
    request: LoggedRequest,
    response: readonly number[] | Uint8Array,
    after: () => void,
  ): void {
    const { clock, options, heardBy } = this.#parts;
    const lives = this.#lives;
    const nowMs = clock.now();
    const atMs = Math.max(nowMs, this.#nextAnswerAtMs);
    this.#nextAnswerAtMs = atMs + (options.answerGapMs ?? 0);
    const send = () => {
      if (this.#lives !== lives) return;
      const text = [...response].map((byte) => byte.toString(16).toUpperCase().padStart(2, "0"));
      request.answers.push({ atMs: clock.now(), text: text.join(" "), heardBy: heardBy() });
      const isReset = response[0] === 0x51;
      this.#hearsAtMs = clock.now() + (options.deafBehindAnswerMs ?? 0);
      this.link.send(Uint8Array.from(response), isReset ? after : undefined);
      if (!isReset) after();
    };
    if (atMs === nowMs) send();
    else clock.schedule(send, atMs - nowMs);
  }

  #refreshS3({ data, isFunctional }: LoggedRequest, moment: "start" | "end"): void {
    const { s3RefreshedBy = "any" } = this.#parts.options;
    if (s3RefreshedBy === "any") {
      if (moment === "start") this.state.holdS3();
      else this.state.startS3();
      return;
    }
    const isPhysicalWanted = s3RefreshedBy === "physicalSessionServices";
    // The session that a 10 begins has a time to live whoever asked for it.
    const isCounted = data[0] === 0x10 ||
      (data[0] === 0x3E && !(isPhysicalWanted && isFunctional));
    if (moment === "end" && isCounted) this.state.startS3();
  }

  #reset(): void {
    this.#lives++;
    this.#current = undefined;
    this.#working = undefined;
    this.#queue = [];
    this.state.reset();
    this.group.reset();
    this.link.clear();
    this.link.isDown = true;
    this.life.reset(() => this.link.isDown = false);
  }
}

/** Whether a request wants no positive response. */
function isSuppressed(data: Uint8Array): boolean {
  return hasSubFunction(data[0]!) && (data[1]! & 0x80) !== 0;
}
