/** What a rogue node heard and said, with times. */
import { beginsWith, textOf } from "./rogue_options.ts";

/** One answer. */
export interface LoggedAnswer {
  /** When it was handed to the bus, in ms. */
  readonly atMs: number;
  /** Its bytes as text. */
  readonly text: string;
  /** Which tester heard it, and since when that is on the bus; nobody when absent. */
  readonly heardBy?: string | undefined;
}

/** One request. */
export interface LoggedRequest {
  /** When its first frame had come, in ms. */
  readonly beganAtMs: number;
  /** When it was complete, in ms. */
  readonly atMs: number;
  /** Its bytes. */
  readonly data: Uint8Array;
  /** The first of its bytes as text. */
  readonly text: string;
  readonly isFunctional: boolean;
  /** It came while another was open that its tester had heard 0x78 of. */
  readonly isOverlapping: boolean;
  readonly answers: LoggedAnswer[];
  /** Whether it is a request of a conversation; a keep-alive and a question are none. */
  readonly isStep: boolean;
}

/** How a session ended without being asked to. */
export interface LoggedSessionEnd {
  readonly atMs: number;
  readonly wasDownloading: boolean;
}

/** Everything a node heard, in order. */
export class RogueLog {
  readonly requests: LoggedRequest[] = [];
  /** Sessions that S3 ended. */
  readonly sessionEnds: LoggedSessionEnd[] = [];

  /** Writes a request down. */
  add(request: Omit<LoggedRequest, "text" | "answers" | "isStep">): LoggedRequest {
    const { data } = request;
    const logged = {
      ...request,
      text: textOf(data.subarray(0, 16)),
      answers: [],
      isStep: ![0x3E, 0x22].includes(data[0]!),
    };
    this.requests.push(logged);
    return logged;
  }

  /** Requests that begin so. */
  of(prefix: string): readonly LoggedRequest[] {
    return this.requests.filter(({ data }) => beginsWith(data, prefix));
  }

  /** How many requests begin so. */
  count(prefix: string): number {
    return this.of(prefix).length;
  }

  /** Requests that came while another was open that its tester had heard 0x78 of. */
  overlaps(): readonly string[] {
    return this.requests.filter(({ isOverlapping }) => isOverlapping)
      .map(({ atMs, text }) => `${atMs.toFixed(1)} ms: ${text}`);
  }

  /** Physical steps that were sent twice in a row, whatever stood between them of other kinds. */
  repeats(): readonly string[] {
    const steps = this.requests.filter(({ isFunctional, isStep }) => isStep && !isFunctional);
    return steps.filter(({ data }, i) => {
      const before = steps[i - 1]?.data;
      return before?.length === data.length && before.every((byte, k) => byte === data[k]);
    }).map(({ atMs, text }) => `${atMs.toFixed(1)} ms: ${text}`);
  }

  /** Requests whose first answer came later than P2. */
  late(p2Ms: number): readonly string[] {
    return this.requests.filter(({ atMs, answers }) =>
      answers[0] !== undefined && answers[0].atMs > atMs + p2Ms
    ).map(({ atMs, text, answers }) => `${text}: ${(answers[0]!.atMs - atMs).toFixed(1)} ms`);
  }

  /** Services in order, each once however often it came in a row: `"31 34 36 37"`. */
  services(): string {
    const names = this.requests.filter(({ isFunctional }) => !isFunctional)
      .map(({ data }) => textOf(data.subarray(0, 1)));
    return names.filter((name, i) => name !== names[i - 1]).join(" ");
  }

  /** Everything, for people. */
  toString(): string {
    return this.requests.map((
      { beganAtMs, atMs, text, data, isFunctional, answers, isOverlapping },
    ) =>
      `${beganAtMs.toFixed(1)}..${atMs.toFixed(1)} ${isFunctional ? "F" : "P"}${
        isOverlapping ? "!" : ""
      } ${text}${data.length > 16 ? `.. (${data.length})` : ""} -> ${
        answers.map((one) =>
          `${one.atMs.toFixed(1)}${one.heardBy === undefined ? "(unheard)" : ""} ${one.text}`
        )
          .join(" | ")
      }`
    ).join("\n");
  }
}

/** What its transport layer met. */
export interface RogueIsoTpCounts {
  /** Flow controls that it sent. */
  flowControls: number;
  /** Messages it gave up because no consecutive frame came within N_Cr. */
  nCrTimeouts: number;
  /** Messages it gave up for a wrong sequence number. */
  wrongSequenceNumbers: number;
  /** Messages that a new one broke off. */
  brokenOff: number;
  /** Consecutive frames that found its controller full. */
  fifoLost: number;
  /** Functional frames that it lost. */
  functionalLost: number;
  /** Answers of its own that got no flow control within N_Bs. */
  nBsTimeouts: number;
  /** Answers of its own that a new request ended. */
  answersEnded: number;
}
