import { defined, hex } from "../../core/mod.ts";
import { SERVICE_ID, suppressesPositiveResponse } from "../../uds/mod.ts";
import type { RequestTemplate } from "../../uds/mod.ts";
import type { AnswerRule, NodeStep, PollRule, StatedWaits } from "./profile.ts";
import { buildCondition, readingRequest } from "./_build_conditions.ts";
import { keepingProblem } from "./_kept_names.ts";
import type { FieldScope, TemplateReader } from "./_profile_templates.ts";
import type {
  AnswerText,
  PollText,
  RequestText,
  SecurityText,
  StepText,
  When,
} from "./profile_text.ts";

/** Where something stands in a profile: keys and indices. */
export type Path = readonly (string | number)[];

/** A step that asks a node something. */
export type RequestStep = NodeStep & { readonly kind: "request" };

/** What an answer's fields are kept under. */
type Keeping = Pick<RequestText, "keep">;

/** Unless a profile says otherwise, in ms. */
const POLL_INTERVAL_MS = 100;

/** Makes steps and answers of their text, and notes what is wrong with them. */
export class StepBuilder {
  readonly #reader: TemplateReader;

  /**
   * Begins.
   *
   * @param reader Reads their requests.
   */
  constructor(reader: TemplateReader) {
    this.#reader = reader;
  }

  /**
   * Makes a list of steps.
   *
   * @param steps Their text.
   * @param path Their place.
   * @returns The steps, each with its key.
   */
  steps(steps: readonly StepText[], path: Path): readonly NodeStep[] {
    // A node may leave some out: the others keep their keys.
    return steps.map((step, i) => ({
      ...this.#step(step, [...path, i]),
      ...this.when(step, [...path, i]),
      key: keyOf([...path, i]),
    }));
  }

  /**
   * Makes what decides whether a step is taken.
   *
   * @param step Its text.
   * @param path Its place.
   * @returns The condition; nothing where it always is.
   */
  when(step: StepText, path: Path): Pick<NodeStep, "when"> {
    return typeof step === "string" || "talkTo" in step || step.when === undefined
      ? {}
      : { when: buildCondition(step.when, [...path, "when"], this.#reader.problems) };
  }

  #step(step: StepText, path: Path): NodeStep {
    if (typeof step !== "string") {
      if ("authentication" in step) return { kind: "authentication" };
      if ("securityAccess" in step) return this.#security(step, path);
      if ("talkTo" in step) return { kind: "talkTo", program: step.talkTo };
      if ("waitMs" in step) return { kind: "wait", delayMs: step.waitMs };
    }
    return this.request(step, "node", path);
  }

  #security(text: SecurityText, path: Path): NodeStep {
    const { securityAccess: level, record, keyAfterMs, seedMsMax, delayMs, delaysMax } = text;
    if (seedMsMax !== undefined && seedMsMax <= (keyAfterMs ?? 0)) {
      const message = `expected more than keyAfterMs, ${keyAfterMs ?? 0}: no key would be in time`;
      this.#reader.problems.push({ path: [...path, "seedMsMax"], message });
    }
    const seedRequest = record === undefined ? undefined : this.#reader.readRest(
      [SERVICE_ID.securityAccess, level],
      record,
      "node",
      [...path, "record"],
    );
    return {
      kind: "securityAccess",
      level,
      ...defined({ seedRequest, keyAfterMs, seedMsMax, delayMs, delaysMax }),
    };
  }

  /**
   * Makes a request and how its answer is read.
   *
   * @param text Its text.
   * @param scope Which fields it may have.
   * @param path Its place.
   * @returns The request.
   */
  request(text: string | RequestText & When, scope: FieldScope, path: Path): RequestStep {
    if (typeof text === "string") return this.request({ request: text }, scope, path);
    const request = this.#reader.read(text.request, scope, path);
    const { optional = false, timeoutMs, keep, knock } = text;
    this.#checkKnock(text, request, path);
    return {
      kind: "request",
      request,
      optional,
      ...(isAnyGood(text) ? {} : { answer: this.answer(text, path, sidOf(request)) }),
      ...(keep === undefined ? {} : { keep: this.#keep(text, request, path) }),
      ...defined({ timeoutMs, knock }),
    };
  }

  /** What is asked again and again must do no harm, and be answered. */
  #checkKnock({ knock, when }: RequestText & When, request: RequestTemplate, path: Path): void {
    if (knock === undefined) return;
    const expected = (message: string): void => {
      this.#reader.problems.push({ path: [...path, "knock"], message });
    };
    if (when !== undefined) {
      expected("expected no when beside knock: that is asked once, and before");
    }
    const [first] = request.parts;
    const isAnswered = first?.kind !== "bytes" ||
      (first.bytes[0] !== SERVICE_ID.ecuReset && !suppressesPositiveResponse(first.bytes));
    if (!isAnswered) expected("expected a request that is always answered beside knock");
    if (knock.everyMs > knock.forMs) expected("expected everyMs to be at most forMs");
  }

  #keep(text: RequestText & When, request: RequestTemplate, path: Path): readonly string[] {
    const { keep = [], answer } = text;
    const message = keepingProblem(text, request);
    if (message !== undefined) this.#reader.problems.push({ path: [...path, "keep"], message });
    if (answer === undefined) this.#reader.keeping(keep, keyed(path), () => undefined);
    return keep;
  }

  #poll(poll: PollText, path: Path): PollRule {
    const { intervalMs = POLL_INTERVAL_MS, notReadyNrcs = [], always = false } = poll;
    const { problems } = this.#reader;
    const common = { intervalMs, notReadyNrcs, always };
    if (poll.until === undefined) {
      if (poll.failsWhen !== undefined) {
        const message = "expected until beside it: what holds once it is done";
        problems.push({ path: [...path, "failsWhen"], message });
      }
      if (poll.request === undefined) return common;
      const request = this.#reader.read(poll.request, "none", [...path, "request"]);
      return { ...common, request };
    }
    if (poll.request !== undefined) {
      const message = "expected no request beside until, which reads its data identifier";
      problems.push({ path: [...path, "request"], message });
    }
    const until = buildCondition(poll.until, [...path, "until"], problems);
    const failsWhen = poll.failsWhen &&
      buildCondition(poll.failsWhen, [...path, "failsWhen"], problems);
    if (failsWhen !== undefined && failsWhen.did !== until.did) {
      const message = `expected the data identifier of until, ${hex(until.did, 4)}`;
      problems.push({ path: [...path, "failsWhen", "did"], message });
    }
    const request = readingRequest(until.did);
    return { ...common, always: true, request, until, ...defined({ failsWhen }) };
  }

  /**
   * Makes the rule by which answers are read.
   *
   * @param text Its text.
   * @param path Its place.
   * @param sid The service that was asked for, where that could be read.
   * @returns The rule.
   */
  answer(text: AnswerText & Keeping, path: Path, sid: number | undefined): AnswerRule {
    const { poll, answer, keep = [] } = text;
    const response = answer === undefined ? undefined : this.#reader.keeping(
      keep,
      keyed(path),
      () => this.#reader.readAnswer(answer, sid, [...path, "answer"], answerScope(path)),
    );
    const rule = { ...statuses(text, path), ...defined({ response, waits: waitsOf(text) }) };
    if (poll === undefined) return rule;
    return { ...rule, poll: this.#poll(poll, [...path, "poll"]) };
  }
}

/** A check has its word for "different", most often 01; no other routine needs one. */
const CHECK_BAD: readonly number[] = [0x00, 0x01];

function statuses({ good, busy = [], bad }: AnswerText, path: Path): AnswerRule {
  const goods = good === "any" ? EVERY_BYTE : good ?? [0x00];
  const bads = bad ?? (path[0] === "check" ? CHECK_BAD : []);
  return {
    good: goods,
    busy,
    bad: bads.filter((status) => !goods.includes(status) && !busy.includes(status)),
    key: keyOf(path),
  };
}

/** The longest time of a step is the step's own. */
function isAnyGood(text: AnswerText): boolean {
  const { timeoutMs: _timeoutMs, ...others } = text;
  return text.good === "any" && text.answer === undefined && waitsOf(others) === undefined;
}

function waitsOf({ p2Ms, p2StarMs, timeoutMs, busyMsMax }: AnswerText): StatedWaits | undefined {
  const waits = defined({ p2Ms, p2StarMs, timeoutMs, busyMsMax });
  return Object.keys(waits).length === 0 ? undefined : waits;
}

/** Which fields an answer may have. */
function answerScope([section, key]: Path): FieldScope {
  if (section === "check") return "checkAnswer";
  if (section !== "download") return "answer";
  return key === "block" ? "blockAnswer" : key === "exit" ? "exitAnswer" : "downloadAnswer";
}

/**
 * @param request A request.
 * @returns Its service; `undefined` where it could not be read.
 */
export function sidOf({ parts: [first] }: RequestTemplate): number | undefined {
  return first?.kind === "bytes" ? first.bytes[0] : undefined;
}

function keyed(path: Path): { readonly path: Path; readonly key: string } {
  return { path: [...path, "keep"], key: keyOf(path) };
}

function keyOf(path: Path): string {
  return path.map((part) => typeof part === "number" ? `[${part}]` : `.${part}`).join("").slice(1);
}

/** Status bytes where any is good. */
export const EVERY_BYTE: readonly number[] = Array.from({ length: 256 }, (_, byte) => byte);
