import { concat, concatMap, defer, from, Observable, of, toArray } from "rxjs";
import { type CanFrame, type CanId, canIdKey, type CanPort } from "../../can/mod.ts";
import { type Clock, Timer } from "../../core/mod.ts";
import { BusOffError, NoAcknowledgeError, SEND_MS_MAX } from "./unsent_errors.ts";

/** The identifiers of a node that answered: the tester's side of its addressing. */
export interface FoundNode {
  /** Identifier of requests to it. */
  readonly tx: CanId;
  /** Identifier of its responses. */
  readonly rx: CanId;
  /** Whether one request was answered twice there, and once more so: two nodes have it. */
  readonly answersTwice?: boolean;
}

/** How a bus is searched. */
export interface SweepOptions {
  /** The bus; nothing else transmits on it meanwhile. */
  readonly port: CanPort;
  /** The time it lives in. */
  readonly clock: Clock;
  /** Whether requests go in CAN FD frames. */
  readonly fd: boolean;
  /** Identifiers that all nodes listen to. */
  readonly functional: readonly CanId[];
  /** Identifiers of requests that are tried, one after the other. */
  readonly candidates: readonly CanId[];
  /** How long answers are awaited, in ms. */
  readonly waitMs: number;
}

/** Before a frame that the bus took back is sent again, in ms. */
const RETRY_MS = 50;
/** How much longer than others an identifier is listened for that seemed to answer. */
const CONFIRM_FACTOR = 4;
/** An answer may be late by so many identifiers. */
const LATE_MAX = 3;

/**
 * Searches a bus for nodes that answer TesterPresent (`3E 00`) on identifiers of their own: first by
 * a request to all, then by one to each candidate that nobody was heard to send on. Each answer is
 * confirmed by asking again, so that a late one is not taken for that of the next identifier.
 *
 * Cold; emits each node once and completes; errors with {@linkcode NoAcknowledgeError} or
 * {@linkcode BusOffError}. Unsubscribing ends the search.
 *
 * Limitations: normal and normal fixed addressing; a node that needs an address byte is not found.
 *
 * @param options Bus, candidates and waits.
 * @returns The nodes, as they are found.
 */
export function sweep(options: SweepOptions): Observable<FoundNode> {
  const { functional, candidates, waitMs } = options;
  return defer(() => {
    const heard = new Set<number>();
    const found = new Set<number>();
    const take = (node: FoundNode): Observable<FoundNode> => {
      const key = canIdKey(node.rx);
      if (found.has(key)) return from([]);
      found.add(key);
      return of(node);
    };
    const byAll$ = from(functional).pipe(
      concatMap((tx) => ask(options, tx, waitMs * CONFIRM_FACTOR, heard)),
      toArray(),
      concatMap(() => from([])),
    );
    const one = (tx: CanId, i: number): Observable<FoundNode> => {
      if (heard.has(canIdKey(tx))) return from([]);
      return ask(options, tx, waitMs, heard).pipe(
        toArray(),
        concatMap((answers) => {
          const isNews = answers.some(({ rx }) => !found.has(canIdKey(rx)));
          if (!isNews) return from([]);
          const near = candidates.slice(Math.max(0, i - LATE_MAX), i + 1).reverse();
          const wasTwice = hasTwice(answers);
          return concat(...near.map((tx) => defer(() => confirm(options, tx, heard)))).pipe(
            toArray(),
            concatMap((confirmed) => confirmed.map((node) => withTwice(node, confirmed, wasTwice))),
            concatMap(take),
          );
        }),
      );
    };
    return concat(byAll$, from(candidates).pipe(concatMap(one)));
  });
}

/** A bus may repeat a frame: both requests must have been answered twice. */
function withTwice(
  node: FoundNode,
  confirmed: readonly FoundNode[],
  wasTwice: boolean,
): FoundNode {
  const own = confirmed.filter(({ tx }) => canIdKey(tx) === canIdKey(node.tx));
  return wasTwice && hasTwice(own) ? { ...node, answersTwice: true } : node;
}

function hasTwice(answers: readonly FoundNode[]): boolean {
  return new Set(answers.map(({ rx }) => canIdKey(rx))).size < answers.length;
}

function confirm(options: SweepOptions, tx: CanId, heard: Set<number>): Observable<FoundNode> {
  return heard.has(canIdKey(tx))
    ? from([])
    : ask(options, tx, options.waitMs * CONFIRM_FACTOR, heard);
}

function ask(
  options: SweepOptions,
  tx: CanId,
  waitMs: number,
  heard: Set<number>,
): Observable<FoundNode> {
  return askPresence({ ...options, waitMs }, { tx }, heard);
}

/** Who is asked: an identifier, and the address bytes of extended or mixed addressing. */
export interface AskedAddress {
  /** Identifier of requests. */
  readonly tx: CanId;
  /** First data byte of requests, where there is one. */
  readonly txPrefix?: number | undefined;
  /** First data byte of responses, where there is one. */
  readonly rxPrefix?: number | undefined;
}

/**
 * Asks TesterPresent on one identifier, and tells who answers within a while. While the controller
 * is bus-off the request waits for its restart.
 *
 * @param options The bus, and how long answers are awaited.
 * @param address Who is asked.
 * @param heard Is given the identifiers of all frames that are heard meanwhile.
 * @returns Cold; emits who answers, and completes; errors with {@linkcode NoAcknowledgeError} or
 * {@linkcode BusOffError}.
 */
export function askPresence(
  { port, clock, fd, waitMs }: Pick<SweepOptions, "port" | "clock" | "fd" | "waitMs">,
  address: AskedAddress,
  heard: Set<number>,
): Observable<FoundNode> {
  const { tx } = address;
  return new Observable((subscriber) => {
    const timer = new Timer(clock, () => subscriber.complete());
    let busOffs = 0;
    const states = port.state$.subscribe(({ kind }) => {
      if (kind === "busOff") busOffs++;
    });
    const stuck = new Timer(clock, () => {
      const { name } = port;
      subscriber.error(busOffs > 0 ? new BusOffError(name, busOffs) : new NoAcknowledgeError(name));
    });
    const retry = new Timer(clock, () => send());
    const send = (): void =>
      port.transmit(testerPresent(address, fd), (outcome) => {
        if (subscriber.closed) return;
        if (outcome === "aborted") return retry.setAt(clock.now() + RETRY_MS);
        stuck.clear();
        timer.setAt(clock.now() + waitMs);
      });
    const unlisten = port.listenAll((frame) => {
      heard.add(canIdKey(frame));
      const { id, extended } = frame;
      if (isAnswer(frame, address)) subscriber.next({ tx, rx: { id, extended } });
    });
    stuck.setAt(clock.now() + SEND_MS_MAX);
    send();
    return () => {
      unlisten();
      states.unsubscribe();
      retry.clear();
      timer.clear();
      stuck.clear();
    };
  });
}

/** A single frame `02 3E 00` behind its address byte, padded as most bootloaders want it. */
function testerPresent({ tx, txPrefix }: AskedAddress, fd: boolean): CanFrame {
  const data = new Uint8Array(8).fill(0xCC);
  data.set([...addressByte(txPrefix), 0x02, 0x3E, 0x00]);
  return { id: tx.id, extended: tx.extended, fd, bitRateSwitch: fd, data };
}

function addressByte(prefix: number | undefined): readonly number[] {
  return prefix === undefined ? [] : [prefix];
}

/** Whether a frame is a single frame with the answer to TesterPresent, positive or negative. */
function isAnswer({ data }: CanFrame, { rxPrefix }: AskedAddress): boolean {
  const begins = (...bytes: readonly number[]): boolean =>
    [...addressByte(rxPrefix), ...bytes].every((byte, i) => data[i] === byte);
  return begins(0x02, 0x7E, 0x00) || begins(0x03, 0x7F, 0x3E);
}
