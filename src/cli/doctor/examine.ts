import { concatMap, defer, finalize, from, map, type Observable, of, timer, toArray } from "rxjs";
import { type CanId, canIdKey, type CanPort, type CanPortState } from "../../can/mod.ts";
import type { WireEvidence } from "../../adapters/mod.ts";
import type { Clock } from "../../core/mod.ts";
import { formatId } from "../scan/scan_text.ts";
import { type AskedAddress, askPresence } from "../scan/sweep.ts";
import type { BusEvidence, NodeEvidence } from "./diagnosis.ts";
import { type HeardFrames, HeardMeanwhile } from "../../tester/mod.ts";

/** How long each answer is awaited, in ms. */
const ANSWER_MS = 250;
const FUNCTIONAL: CanId = { id: 0x7DF, extended: false };

/** A node to be asked. */
export interface AskedNode extends AskedAddress {
  /** Its name in the fleet file. */
  readonly name: string;
  /** Identifier on which its responses are due. */
  readonly rx: CanId;
  /** Whether it answered a run, and then not any more. */
  readonly wasLost?: boolean;
}

/** A bus to be examined. */
export interface ExaminedBus {
  /** Where it is, in words. */
  readonly place: string;
  /** The way onto it; nothing else transmits on it meanwhile. */
  readonly port: CanPort;
  /** What went wrong on its wire so far. */
  readonly wire?: () => WireEvidence | undefined;
  /** The time it lives in. */
  readonly clock: Clock;
  /** Who is asked by itself. */
  readonly nodes: readonly AskedNode[];
  /** How long it is listened to before anything is sent, in ms. */
  readonly listenMs: number;
}

/**
 * Listens to a bus and asks who is there, by TesterPresent: nothing is changed on it.
 *
 * Cold; one value; errors with `NoAcknowledgeError` or `BusOffError` where nothing can be sent.
 *
 * @param bus The bus.
 * @returns What it has shown.
 */
export function examine(bus: ExaminedBus): Observable<BusEvidence> {
  const { place, port, wire, clock, nodes, listenMs } = bus;
  return defer(() => {
    let trafficFrames = 0;
    let state: CanPortState = { kind: "errorActive" };
    port.state$.subscribe((next) => state = next);
    const heard = new Set<number>();
    const unlisten = port.listenAll((frame) => {
      trafficFrames++;
      heard.add(canIdKey(frame));
    });
    const fd = port.bitRates?.dataBitrateBps !== undefined;
    const askOnce = (address: AskedAddress): Observable<Answers> =>
      askPresence({ port, clock, fd, waitMs: ANSWER_MS }, address, heard).pipe(
        map(({ rx }) => rx),
        toArray(),
        map(toAnswers),
      );
    // A bus may repeat a frame: who answers twice is asked again.
    const ask = (address: AskedAddress): Observable<Answers> =>
      askOnce(address).pipe(
        concatMap((first) =>
          first.twice.length === 0 ? of(first) : askOnce(address).pipe(map((second) => ({
            on: first.on,
            twice: first.twice.filter((rx) => includes(second.twice, rx)),
          })))
        ),
      );
    const askNode = (node: AskedNode): Observable<NodeEvidence> =>
      defer(() => {
        const before = errorFramesOf(wire?.());
        const meanwhile = new HeardMeanwhile(node.rx, node.rxPrefix);
        const unlistenNode = port.listenAll((frame) => meanwhile.take(frame));
        return ask(node).pipe(
          map((answers) => ({
            ...nodeEvidence(node, answers, heard, meanwhile.heard),
            errorFrames: errorFramesOf(wire?.()) - before,
          })),
          finalize(unlistenNode),
        );
      });
    return timer(listenMs, clock).pipe(
      concatMap(() => {
        unlisten();
        return ask({ tx: FUNCTIONAL });
      }),
      concatMap((all) =>
        from(nodes).pipe(
          concatMap(askNode),
          toArray(),
          map((asked): BusEvidence => ({
            place,
            state,
            wire: wire?.(),
            trafficFrames,
            answeredToAll: all.on.map(formatId),
            answeredTwiceToAll: all.twice.map(formatId),
            nodes: asked,
          })),
        )
      ),
    );
  });
}

/** Identifiers on which a request was answered, each once, and those on which it was so twice. */
interface Answers {
  readonly on: readonly CanId[];
  readonly twice: readonly CanId[];
}

function toAnswers(all: readonly CanId[]): Answers {
  const on = all.filter((rx, i) => all.findIndex((other) => isSame(other, rx)) === i);
  const twice = on.filter((rx) => all.filter((other) => isSame(other, rx)).length > 1);
  return { on, twice };
}

function includes(ids: readonly CanId[], id: CanId): boolean {
  return ids.some((other) => isSame(other, id));
}

function isSame(left: CanId, right: CanId): boolean {
  return canIdKey(left) === canIdKey(right);
}

/** Two answers that start at once destroy each other: error frames, and bus-off at last. */
function errorFramesOf(wire: WireEvidence | undefined): number {
  return wire === undefined ? 0 : wire.disturbed + wire.busOffs;
}

function nodeEvidence(
  { name, tx, rx, wasLost = false }: AskedNode,
  { on, twice }: Answers,
  heard: ReadonlySet<number>,
  meanwhile: HeardFrames,
): NodeEvidence {
  return {
    name,
    request: formatId(tx),
    response: formatId(rx),
    answeredOn: on.map(formatId),
    answeredTwiceOn: twice.map(formatId),
    isHeard: heard.has(canIdKey(rx)),
    wasLost,
    meanwhile,
  };
}
