import type { SummedBy } from "../codec/mod.ts";
import type { BankBits } from "../stm32/mod.ts";
import {
  type BlockTemplate,
  type DataCondition,
  type DataReading,
  matchRequest,
  type RequestTemplate,
  SERVICE_ID,
} from "../uds/mod.ts";

/**
 * The requests that a virtual bootloader understands, and how it answers them: an update profile,
 * seen from the node. A profile of the tester has this shape and can be given as it is.
 */
export interface NodeDialect {
  /** Under which data identifiers it tells what it is. */
  readonly identity: {
    readonly hardwareDid?: number;
    /** Serial number. */
    readonly serialDid?: number;
    readonly versionDid?: number;
    readonly bootloaderDid?: number;
    readonly partDid?: number;
    readonly sequenceDid?: number;
    /** How records hold what is not text as a whole; the first of each is what it tells. */
    readonly readings?: {
      readonly [Name in "hardware" | "version" | "bootloader" | "part" | "serial"]?:
        readonly DataReading[];
    };
  };
  /** What it tells so that these hold. */
  readonly conditions?: readonly DataCondition[];
  /** How it is entered: its sessions, precondition routines and what may be written. */
  readonly enter: readonly DialectStep[];
  /** Present where a flash driver has to be in RAM before the first erase. */
  readonly driver?: { readonly check?: DialectRequest };
  /** Erases `{address}` and `{size}`, or the whole application where it names none; absent: 34 does. */
  readonly erase: Partial<DialectRequest> & {
    /** Must have come before each erase. */
    readonly before?: readonly DialectStep[];
    /** Is answered once it is erased. */
    readonly after?: readonly DialectStep[];
    /** Set where its mark "valid" lies beside the vector table: that is erased first, or nothing. */
    readonly first?: "vectors";
  };
  /** What `{offset}` and `{page}` count; from the application's start, in erase units, by default. */
  readonly memory?: { readonly base?: number; readonly pageBytes?: number };
  /** What it wants between an answer and the next request, in ms: what comes sooner is not heard. */
  readonly timing?: { readonly requestGapMsMin?: number };
  /**
   * Begins and ends a download of `{size}` bytes to `{address}`, or the application's start; where nothing
   * begins one, each block says where it belongs.
   */
  readonly download: {
    readonly request?: RequestTemplate;
    readonly exit?: RequestTemplate;
    /** How the first is answered, if not as ISO 14229-1 has it. */
    readonly answer?: DialectAnswer;
    /** How the second is answered, if not by one byte. */
    readonly exitAnswer?: DialectAnswer;
    /** What `{checksum}` of the second or its answer is made with. */
    readonly exitAlgorithm?: SummedBy;
    /** How its blocks look, and how it answers them; bare data by default. */
    readonly block?: BlockTemplate & { readonly answer?: DialectAnswer };
  };
  /** Compares `{size}` bytes at `{address}`, or those downloaded last, with `{checksum}`. */
  readonly check?: DialectRequest & {
    /** What is summed up, where it is not what was written or is named. */
    readonly over?: {
      readonly part?: "written" | "erased" | "application";
      readonly skipBytes?: number;
      readonly tailBytes?: number;
    };
    readonly algorithm: SummedBy;
    readonly mode: "compare" | "report";
  };
  /** Present where it takes group downloads: the routine that opens one. */
  readonly group?: { readonly routineIdentifier: number };
  /** Present where it exchanges banks, on a part that has two. */
  readonly banks?: BankBits & {
    /** Data identifier of the record that tells how the banks are. */
    readonly statusDid: number;
    /** Has the banks exchanged at the next reset, if the inactive one is whole. */
    readonly swap: readonly DialectStep[];
    /** Has the bank that runs stay. */
    readonly confirm: readonly DialectStep[];
  };
  /** Routines that check the whole application and mark it valid; without one, the reset does. */
  readonly finish: readonly DialectStep[];
}

/** One step of a conversation. */
export type DialectStep = DialectStepKind & {
  /** It is taken where this holds, and the node tells that it does. */
  readonly when?: DataCondition;
};

/** What a step asks. */
export type DialectStepKind =
  | (DialectRequest & {
    readonly kind: "request";
    /** Fields of its answer that requests behind it name: another value each time. */
    readonly keep?: readonly string[];
  })
  | {
    readonly kind: "securityAccess";
    readonly level: number;
    /** What its seed is asked for with, where that carries a record. */
    readonly seedRequest?: RequestTemplate;
    /** Between seed and key there must be so long, in ms. */
    readonly keyAfterMs?: number;
    /** How long it knows a seed, in ms; until the next where absent. */
    readonly seedMsMax?: number;
  }
  | { readonly kind: "authentication" }
  | { readonly kind: "talkTo" }
  | { readonly kind: "wait" };

/** A request and how it is answered. */
export interface DialectRequest {
  /** What comes. */
  readonly request: RequestTemplate;
  /** What its answer's status means to the tester; status 0x00 is good by default. */
  readonly answer?: DialectAnswer;
}

/** How a routine's answer is meant. */
export interface DialectAnswer {
  /** Status bytes that mean success: the first is sent. */
  readonly good: readonly number[];
  /** Status bytes that mean "ask again": the first is sent. */
  readonly busy: readonly number[];
  /** What it looks like, where it is not as ISO 14229-1 has it. */
  readonly response?: RequestTemplate;
  /**
   * How the tester asks again. With it the routine is begun and answered at once, where the answer
   * can say so (`always`, or a busy status); else it is answered when it is through.
   */
  readonly poll?: {
    /** The request that began it again, where absent. */
    readonly request?: RequestTemplate;
    /** What its record tells once it is through, and once it has failed; not yet before that. */
    readonly until?: DataCondition;
    readonly failsWhen?: DataCondition;
    readonly notReadyNrcs: readonly number[];
    readonly always: boolean;
  };
}

/** What holds where a dialect states no answer. */
export const DEFAULT_ANSWER: DialectAnswer = { good: [0x00], busy: [] };

/**
 * Lists what a node tells so that the whole conversation is held.
 *
 * @param dialect The dialect.
 * @returns Conditions that are asked first, and those that decide over steps.
 */
export function toldConditions(dialect: NodeDialect): readonly DataCondition[] {
  const { conditions = [], enter, finish, erase, banks } = dialect;
  const steps = [enter, erase.before, erase.after, banks?.swap, banks?.confirm, finish];
  const deciding = steps.flatMap((list = []) =>
    list.flatMap(({ when }) => when === undefined ? [] : [when])
  );
  return [...conditions, ...deciding];
}

/**
 * Finds the session in which flash is written.
 *
 * @param dialect The dialect.
 * @returns The last session that `enter` names; `undefined` when it names none.
 */
export function programmingSession(dialect: NodeDialect): number | undefined {
  return enterSessions(dialect).at(-1);
}

/**
 * Lists the sessions that a way into the bootloader goes through.
 *
 * @param dialect The dialect.
 * @returns diagnosticSessionTypes, in order.
 */
export function enterSessions(dialect: NodeDialect): readonly number[] {
  return requestsOf(dialect.enter, SERVICE_ID.diagnosticSessionControl).map(({ request }) => {
    const bytes = request.parts[0];
    return bytes?.kind === "bytes" ? bytes.bytes[1]! & 0x7F : 0;
  });
}

/**
 * Finds the step that a request belongs to.
 *
 * @param steps Steps of a conversation.
 * @param request What came.
 * @returns The step; `undefined` when it belongs to none.
 */
export function matchStep(
  steps: readonly DialectStep[],
  request: Uint8Array,
): DialectRequest | undefined {
  return requestsOf(steps, request[0]!).find((step) =>
    matchRequest(step.request, request) !== undefined
  );
}

/**
 * Lists the requests of one service in a conversation.
 *
 * @param steps Its steps.
 * @param sid The service.
 * @returns The requests, in order.
 */
export function requestsOf(
  steps: readonly DialectStep[],
  sid: number,
): readonly DialectRequest[] {
  return steps.filter((step) => step.kind === "request").filter((step) =>
    serviceOf(step.request) === sid
  );
}

/**
 * Reads a template's service.
 *
 * @param template A request.
 * @returns Its service identifier; `undefined` when it begins with a field.
 */
export function serviceOf(template: RequestTemplate): number | undefined {
  const first = template.parts[0];
  return first?.kind === "bytes" ? first.bytes[0] : undefined;
}

/**
 * Chooses a status that tells the tester of a failure.
 *
 * @param answer How answers are meant.
 * @returns A status that is neither good nor busy; `undefined` when every byte is one of them.
 */
export function badStatus(answer: DialectAnswer): number | undefined {
  for (let status = 1; status < 256; status++) {
    if (!answer.good.includes(status) && !answer.busy.includes(status)) return status;
  }
  return undefined;
}

/**
 * Tells whether an answer says how it went.
 *
 * @param answer How answers look.
 * @returns Whether a status has a place in them.
 */
export function hasStatus(answer: DialectAnswer | undefined): boolean {
  return answer?.response?.parts.some((part) => part.kind === "field" && part.name === "status") ===
    true;
}
