import { bytesToHex, CanvoyError, hex } from "../../core/mod.ts";
import {
  conditionWords,
  type DataCondition,
  describeRequest,
  SERVICE_ID,
  toEvidence,
  type TwinEvidence,
} from "../../uds/mod.ts";

/** What a node holds is not what was sent. */
export class VerifyMismatchError extends CanvoyError {
  /** Stable name of the failure. */
  override readonly code = "VERIFY_MISMATCH";
  /** First address of the range that was compared. */
  readonly address: number;
  /** Its size, in bytes. */
  readonly sizeBytes: number;
  /** The node's answer. */
  readonly response: Uint8Array;

  /**
   * Keeps the evidence.
   *
   * @param range The range that was compared.
   * @param response The node's answer.
   */
  constructor(
    range: { readonly address: number; readonly sizeBytes: number },
    response: Uint8Array,
  ) {
    super(
      `Cannot verify ${range.sizeBytes} bytes at ${hex(range.address, 8)}: ` +
        "the node holds something else",
    );
    this.address = range.address;
    this.sizeBytes = range.sizeBytes;
    this.response = response;
  }
}

/** A routine ended, but its status is not one that the profile calls good. */
export class RoutineStatusError extends CanvoyError {
  /** Stable name of the failure. */
  override readonly code = "ROUTINE_STATUS";
  /** The request. */
  readonly request: Uint8Array;
  /** The node's answer. */
  readonly response: Uint8Array;
  /** Whether the profile does not know the status: another try meets it again. */
  readonly isUnknown: boolean;
  readonly #state: string;

  /**
   * Keeps the evidence.
   *
   * @param request What was asked.
   * @param response The node's answer.
   * @param state What is wrong with it.
   * @param isUnknown Whether the profile does not know the status; it does by default.
   */
  constructor(request: Uint8Array, response: Uint8Array, state: string, isUnknown = false) {
    const isRoutine = request[0] === SERVICE_ID.routineControl;
    const routine = `routine ${hex((request[2] ?? 0) * 256 + (request[3] ?? 0), 4)}`;
    super(`Cannot complete ${isRoutine ? routine : describeRequest(request)}: ${state}`);
    this.request = request;
    this.response = response;
    this.isUnknown = isUnknown;
    this.#state = state;
  }

  /**
   * Takes the status for the node's word for failure.
   *
   * @returns The same, worth another try.
   */
  asFailure(): RoutineStatusError {
    return new RoutineStatusError(this.request, this.response, this.#state);
  }
}

/** An answer carries a value that is another than what was sent. */
export class AnswerMismatchError extends CanvoyError {
  /** Stable name of the failure. */
  override readonly code = "ANSWER_MISMATCH";
  /** The request. */
  readonly request: Uint8Array;
  /** The node's answer. */
  readonly response: Uint8Array;

  /**
   * Keeps the evidence.
   *
   * @param request What was asked.
   * @param response The node's answer.
   * @param state Which value it is, what was expected, and by which key of the profile.
   */
  constructor(request: Uint8Array, response: Uint8Array, state: string) {
    super(`Cannot take ${describeRequest(request)} for done: the answer has ${state}`);
    this.request = request;
    this.response = response;
  }
}

/** What a profile wants of a node before anything is changed does not hold. */
export class ConditionError extends CanvoyError {
  /** Stable name of the failure. */
  override readonly code = "CONDITION";
  /** What asked for it. */
  readonly request: Uint8Array;

  /**
   * Says what is, and what should be.
   *
   * @param condition The condition.
   * @param value What the node tells; `undefined` where it does not.
   * @param request What asked for it.
   */
  constructor(condition: DataCondition, value: number | undefined, request: Uint8Array) {
    const { name = `data identifier ${hex(condition.did, 4)}`, unit } = condition;
    const told = value === undefined
      ? "is not told"
      : `is ${value}${unit === undefined ? "" : ` ${unit}`}`;
    super(`Cannot begin: ${name} ${told}, expected ${conditionWords(condition)}`);
    this.request = request;
  }
}

/** A node is not what the fleet file says it is. */
export class WrongHardwareError extends CanvoyError {
  /** Stable name of the failure. */
  override readonly code = "WRONG_HARDWARE";
  /** What the fleet file says. */
  readonly expected: string;
  /** What the node says; `undefined` when it does not tell. */
  readonly actual: string | undefined;

  /**
   * Keeps the evidence.
   *
   * @param expected What the fleet file says.
   * @param actual What the node says; `undefined` when it does not tell.
   * @param what Which of its numbers; the hardware's by default.
   */
  constructor(
    expected: string,
    actual: string | undefined,
    what: "hardware" | "part" = "hardware",
  ) {
    const told = actual === undefined ? "is not told" : `is "${actual}"`;
    super(`Cannot update node: its ${what} ${told}, the fleet file says "${expected}"`);
    this.expected = expected;
    this.actual = actual;
  }
}

/** Behind a retry another node is where the one was that had been begun with. */
export class NodeChangedError extends CanvoyError {
  /** Stable name of the failure. */
  override readonly code = "NODE_CHANGED";
  /** What the node said that was begun with. */
  readonly expected: string;
  /** What the node says that is there now. */
  readonly actual: string;

  /**
   * Keeps the evidence.
   *
   * @param what Which of its numbers is another.
   * @param expected What the node said that was begun with.
   * @param actual What the node says that is there now.
   */
  constructor(what: "hardware" | "serial number", expected: string, actual: string) {
    super(`Cannot go on with node: its ${what} is "${actual}", and was "${expected}" before`);
    this.expected = expected;
    this.actual = actual;
  }
}

/** Two nodes, or two testers, use one pair of identifiers: nothing can be said to one of them alone. */
export class TwinNodesError extends CanvoyError {
  /** Stable name of the failure. */
  override readonly code = "TWIN_NODES";
  /** What was seen. */
  readonly evidence: TwinEvidence;
  /** What was asked, cut to its first bytes. */
  readonly request: Uint8Array;
  /** What came first, cut to its first bytes; absent where the other answers nothing that was asked. */
  readonly firstResponse: Uint8Array | undefined;
  /** What came that cannot be of the same node, cut to its first bytes. */
  readonly response: Uint8Array;

  /**
   * Shows both answers.
   *
   * @param evidence What was seen.
   */
  constructor(evidence: TwinEvidence) {
    const { request, first, second } = evidence;
    super(`Cannot update node: two nodes answer on its identifiers; ${describeTwins(evidence)}`);
    this.evidence = evidence;
    this.request = toEvidence(request);
    this.firstResponse = first === undefined ? undefined : toEvidence(first);
    this.response = toEvidence(second);
  }
}

/**
 * Tells people what shows that two nodes answer on one pair of identifiers.
 *
 * @param evidence What was seen.
 * @returns The question and both answers.
 */
export function describeTwins({ kind, request, first, second }: TwinEvidence): string {
  const asked = describeRequest(request);
  if (first === undefined) {
    return `${showAnswer(second)} came, which nobody here asked for (last asked: ${asked})`;
  }
  const both = `${showAnswer(first)} and ${showAnswer(second)}`;
  return kind === "interleaved"
    ? `frames of two answers to ${asked} came within each other: ${both}`
    : `${asked} was answered twice: ${both}`;
}

/** In hexadecimal and, where it holds text, in that. */
function showAnswer(answer: Uint8Array): string {
  const shown = toEvidence(answer);
  const text = String.fromCharCode(...shown).match(/[ -~]{3,}/g)?.join(" ");
  return `"${bytesToHex(shown)}"${text === undefined ? "" : ` (${text})`}`;
}

/** A node has a newer release than the bundle, or one that cannot be compared with it. */
export class DowngradeError extends CanvoyError {
  /** Stable name of the failure. */
  override readonly code = "DOWNGRADE";

  /**
   * Says what is older than what.
   *
   * @param has What the node has: "release 8", "version 2.1.0".
   * @param brings What the bundle brings.
   * @param options Whether it is known that it is older: so by default.
   */
  constructor(has: string, brings: string, options: { readonly isComparable?: boolean } = {}) {
    const why = options.isComparable ?? true ? "" : ", and which is newer cannot be told";
    super(`Cannot update node: it has ${has}, the bundle brings ${brings}${why}`);
  }
}

/** The new application does not answer, or is another version. */
export class ActivationError extends CanvoyError {
  /** Stable name of the failure. */
  override readonly code = "ACTIVATION";

  /**
   * Keeps the evidence.
   *
   * @param state What was seen instead of the new application.
   * @param options The last failure, as `cause`.
   */
  constructor(state: string, options?: ErrorOptions) {
    super(`Cannot confirm new application: ${state}`, options);
  }
}

/** A node's banks are not as the fleet file says, or it does not tell how they are. */
export class BankModeError extends CanvoyError {
  /** Stable name of the failure. */
  override readonly code = "BANK_MODE";
  /** Whether the node has told that it has one bank. */
  readonly hasOneBank: boolean;

  /**
   * Says what is expected and what is.
   *
   * @param device What the fleet file says.
   * @param bankCount What the node tells; `undefined` when it does not.
   */
  constructor(device: string, bankCount: 1 | 2 | undefined) {
    const state = bankCount === undefined
      ? "but it does not tell how its banks are"
      : `its option bits say ${bankCount === 1 ? "one bank" : "two banks"}`;
    super(`Cannot update node: the fleet file says ${device}, ${state}`);
    this.hasOneBank = bankCount === 1;
  }
}

/** What runs is another image that nobody confirmed yet: the node still has to go back from it. */
export class BankTrialError extends CanvoyError {
  /** Stable name of the failure. */
  override readonly code = "BANK_TRIAL";

  /** Says so. */
  constructor() {
    super("Cannot write inactive bank: it holds the image that the node may still go back to");
  }
}

/** The operator asked to stop. */
export class CancelledError extends CanvoyError {
  /** Stable name of the failure. */
  override readonly code = "CANCELLED";

  /** Says so. */
  constructor() {
    super("Cannot go on: the operator asked to stop");
  }
}
