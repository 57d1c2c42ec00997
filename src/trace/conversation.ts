import { defined } from "../core/mod.ts";
import { type CandumpRecord, type CanId, canIdKey } from "../can/mod.ts";
import { MessageAssembler, type TraceMessage } from "./message_assembler.ts";

/** Two ends that talk to each other. */
export interface TracePair {
  /** Whom the tester talks to. */
  readonly name: string;
  /** The bus, as the trace names it; absent: any. */
  readonly interfaceName?: string;
  /** Identifier of requests. */
  readonly request: CanId;
  /** Identifier of responses; absent for functional requests. */
  readonly response?: CanId;
  /** First data byte of requests, where it belongs to the address. */
  readonly requestPrefix?: number;
  /** First data byte of responses, where it belongs to the address. */
  readonly responsePrefix?: number;
}

/** A request with what came back. */
export interface Exchange {
  /** Whom it was for. */
  readonly name: string;
  /** The request. */
  readonly request: TraceMessage;
  /** The response; absent where none came before the next request. */
  readonly response?: TraceMessage;
  /** How often the node asked for patience (0x78). */
  readonly pendingCount: number;
  /** Messages that broke off in between: why. */
  readonly broken: readonly string[];
}

/** What two ends said to each other. */
export interface Conversation {
  /** The exchanges, in their order; of very many the first. */
  readonly exchanges: readonly Exchange[];
  /** How many more there were, which are counted but not kept. */
  readonly leftOutCount: number;
}

/** A day of TesterPresent, one a second, is fewer; what more would be kept nobody reads. */
export const EXCHANGES_MAX = 100_000;
/** Messages that broke off within one exchange: the others say the same. */
const BROKEN_MAX = 16;

/** Longest that a response may take, in ms. */
const RESPONSE_MS_MAX = 60_000;

/**
 * Reads the conversations of a trace.
 *
 * @param records The frames, in their order.
 * @param pairs Who talks to whom.
 * @returns What each pair said, by the pair's name; of one pair {@linkcode EXCHANGES_MAX} exchanges at
 * most.
 */
export function readConversations(
  records: Iterable<CandumpRecord>,
  pairs: readonly TracePair[],
): ReadonlyMap<string, Conversation> {
  const listeners = new Map<number, Listener[]>();
  const talks = pairs.map((pair) => new Talk(pair));
  for (const talk of talks) {
    const { request, response, requestPrefix, responsePrefix } = talk.pair;
    add(listeners, request, new Listener(talk, true, requestPrefix));
    if (response !== undefined) add(listeners, response, new Listener(talk, false, responsePrefix));
  }
  for (const record of records) {
    for (const listener of listeners.get(canIdKey(record.frame)) ?? []) listener.next(record);
  }
  return new Map(talks.map((talk) => [talk.pair.name, talk.end()]));
}

function add(listeners: Map<number, Listener[]>, id: CanId, listener: Listener): void {
  const key = canIdKey(id);
  listeners.set(key, [...listeners.get(key) ?? [], listener]);
}

/** One direction of a pair. */
class Listener {
  readonly #talk: Talk;
  readonly #isRequest: boolean;
  readonly #prefix: number | undefined;
  readonly #assembler: MessageAssembler;

  constructor(talk: Talk, isRequest: boolean, prefix: number | undefined) {
    this.#talk = talk;
    this.#isRequest = isRequest;
    this.#prefix = prefix;
    this.#assembler = new MessageAssembler(prefix === undefined ? 0 : 1);
  }

  next({ frame, atMs, interfaceName }: CandumpRecord): void {
    const { pair } = this.#talk;
    if (pair.interfaceName !== undefined && pair.interfaceName !== interfaceName) return;
    if (this.#prefix !== undefined && frame.data[0] !== this.#prefix) return;
    for (const piece of this.#assembler.next(frame, atMs)) {
      if (piece.kind === "broken") this.#talk.broke(this.#isRequest, piece.reason);
      if (piece.kind !== "message") continue;
      if (this.#isRequest) this.#talk.asked(piece.message);
      else this.#talk.answered(piece.message);
    }
  }
}

interface OpenExchange {
  readonly request: TraceMessage;
  pendingCount: number;
  broken: string[];
}

/** Brings requests and responses together. */
class Talk {
  readonly pair: TracePair;
  readonly #exchanges: Exchange[] = [];
  #leftOutCount = 0;
  #open: OpenExchange | undefined;
  #brokenRequests: string[] = [];

  constructor(pair: TracePair) {
    this.pair = pair;
  }

  asked(request: TraceMessage): void {
    this.#close();
    this.#open = { request, pendingCount: 0, broken: this.#brokenRequests };
    this.#brokenRequests = [];
  }

  answered(response: TraceMessage): void {
    const open = this.#open;
    if (open === undefined || response.endMs - open.request.endMs > RESPONSE_MS_MAX) return;
    const sid = open.request.data[0];
    const [first, second, third] = response.data;
    if (first === 0x7F && second === sid && third === 0x78) {
      open.pendingCount++;
      return;
    }
    if (first !== 0x7F ? first === sid! + 0x40 : second === sid) this.#close(response);
  }

  broke(isRequest: boolean, reason: string): void {
    if (isRequest) this.#note(this.#brokenRequests, `a request: ${reason}`);
    else if (this.#open !== undefined) this.#note(this.#open.broken, `a response: ${reason}`);
  }

  end(): Conversation {
    this.#close();
    return { exchanges: this.#exchanges, leftOutCount: this.#leftOutCount };
  }

  #note(broken: string[], what: string): void {
    if (broken.length < BROKEN_MAX) broken.push(what);
    else if (broken.length === BROKEN_MAX) broken.push("and more of them");
  }

  #close(response?: TraceMessage): void {
    if (this.#open === undefined) return;
    const { name } = this.pair;
    if (this.#exchanges.length < EXCHANGES_MAX) {
      this.#exchanges.push({ name, ...this.#open, ...defined({ response }) });
    } else this.#leftOutCount++;
    this.#open = undefined;
  }
}
