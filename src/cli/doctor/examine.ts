import { concatMap, defer, from, map, type Observable, timer, toArray } from "rxjs";
import { type CanId, canIdKey, type CanPort, type CanPortState } from "../../can/mod.ts";
import type { WireEvidence } from "../../adapters/mod.ts";
import type { Clock } from "../../core/mod.ts";
import { formatId } from "../scan/scan_text.ts";
import { type AskedAddress, askPresence } from "../scan/sweep.ts";
import type { BusEvidence, NodeEvidence } from "./diagnosis.ts";

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
    const ask = (address: AskedAddress): Observable<readonly CanId[]> =>
      askPresence({ port, clock, fd, waitMs: ANSWER_MS }, address, heard).pipe(
        map(({ rx }) => rx),
        toArray(),
      );
    return timer(listenMs, clock).pipe(
      concatMap(() => {
        unlisten();
        return ask({ tx: FUNCTIONAL });
      }),
      concatMap((all) =>
        from(nodes).pipe(
          concatMap((node) => ask(node).pipe(map((on) => nodeEvidence(node, on, heard)))),
          toArray(),
          map((asked): BusEvidence => ({
            place,
            state,
            wire: wire?.(),
            trafficFrames,
            answeredToAll: all.map(formatId),
            nodes: asked,
          })),
        )
      ),
    );
  });
}

function nodeEvidence(
  { name, tx, rx, wasLost = false }: AskedNode,
  answers: readonly CanId[],
  heard: ReadonlySet<number>,
): NodeEvidence {
  return {
    name,
    request: formatId(tx),
    response: formatId(rx),
    answeredOn: answers.map(formatId),
    isHeard: heard.has(canIdKey(rx)),
    wasLost,
  };
}
