import { concat, defer, filter, from, Observable, repeat, tap } from "rxjs";
import { defined, Prng, VirtualClock } from "../core/mod.ts";
import {
  EMPTY_FLEET,
  type FleetEvent,
  type FleetFileNode,
  type FleetMoment,
  type FleetState,
  withState,
} from "../fleet/mod.ts";
import { type NodeKeys, talkToFleet } from "../tester/mod.ts";
import type { NodeContext, NodeEvent } from "../update/mod.ts";
import { busWaitOption } from "./bus_wait.ts";
import { type CommandArguments, optionNumber } from "./command_spec.ts";
import type { JournalKeeper } from "./journal_keeper.ts";
import type { KeySources } from "./key_source.ts";
import type { LoadedFleet } from "./load_jobs.ts";
import type { RunBus } from "./run_bus.ts";
import type { RunClock } from "./run_clock.ts";
import type { StopRequest } from "./stop_request.ts";

const GROUP_KEY_BYTES = 4;
/** Keeps the keys of groups apart from other chance with the same seed. */
const GROUP_KEY_STREAM = 0x6B65;

/** A conversation with every node of a fleet, and everything that it needs. */
export interface Conversation {
  /** The command line. */
  readonly args: CommandArguments;
  /** The fleet. */
  readonly loaded: LoadedFleet;
  /** Its buses, by name. */
  readonly buses: ReadonlyMap<string, RunBus>;
  /** The time that it lives in. */
  readonly runClock: RunClock;
  /** The wish to stop. */
  readonly stop: StopRequest;
  /** Where events are written down. */
  readonly journal: JournalKeeper;
  /** Where keys come from. */
  readonly keySources: KeySources;
  /** One node's conversation. */
  readonly talk: (context: NodeContext) => Observable<NodeEvent>;
  /** Called between two turns of the clock, about ten times a second. */
  readonly onTurn: () => void;
  /**
   * A try is over, and nodes are left that did not get through; absent where nobody can be asked.
   *
   * @param state The fleet by then.
   * @returns Whether they are to be tried again.
   */
  readonly isTriedAgain: ((state: FleetState) => Promise<boolean>) | undefined;
}

/**
 * Holds a conversation with every node, again with those that did not get through where that is
 * wanted, and closes the journal.
 *
 * @param conversation What it needs.
 * @returns Cold: the run's moments; completes when the run is over and its journal is closed.
 */
export function playRun(conversation: Conversation): Observable<FleetMoment> {
  const { loaded, journal, isTriedAgain } = conversation;
  return defer(() => {
    let state = EMPTY_FLEET;
    // What a try leaves of its nodes counts in the next one.
    let told: FleetEvent[] = [];
    const try$ = defer(() => playTry(conversation, notThrough(loaded, state)));
    const again$ = defer(async () => {
      if (isTriedAgain === undefined || !canTryAgain(state, conversation.stop)) return false;
      journal.runEnded(told);
      told = [];
      return await isTriedAgain(state);
    });
    const tries$ = try$.pipe(
      tap((event) => isTriedAgain && told.push(event)),
      repeat({ delay: () => again$.pipe(filter((isAgain) => isAgain)) }),
    );
    const closed$ = defer(() => from(journal.finish(state))).pipe(
      filter((event) => event !== undefined),
    );
    return concat(tries$, closed$).pipe(withState(), tap((moment) => state = moment.state));
  });
}

/** A stopped run is not gone on with, nor one whose events cannot be written down. */
function canTryAgain(state: FleetState, stop: StopRequest): boolean {
  return !stop.requested && state.journalError === undefined &&
    [...state.nodes.values()].some(({ phase }) => phase !== "done");
}

function notThrough(loaded: LoadedFleet, state: FleetState): LoadedFleet {
  const isLeft = ({ name }: { readonly name: string }): boolean =>
    state.nodes.get(name)?.phase !== "done";
  return { ...loaded, nodes: loaded.nodes.filter(isLeft), jobs: loaded.jobs.filter(isLeft) };
}

/** Lets time go by until all nodes have ended, or a stop that is urgent ends them. */
function playTry(conversation: Conversation, loaded: LoadedFleet): Observable<FleetEvent> {
  const { runClock, stop, onTurn } = conversation;
  return new Observable((subscriber) => {
    let isOver = false;
    let failure: unknown;
    const talk = talkTo(conversation, loaded).subscribe({
      next: (event) => {
        isOver ||= event.type === "runFinished";
        subscriber.next(event);
      },
      error: (error: unknown) => {
        isOver = true;
        failure = error;
      },
    });
    runClock.run({ isOver: () => isOver || subscriber.closed || stop.isUrgent, onTurn }).then(
      () => {
        talk.unsubscribe();
        if (failure === undefined) subscriber.complete();
        else subscriber.error(failure);
      },
      (error: unknown) => subscriber.error(error),
    );
    return talk;
  });
}

function talkTo(
  { args, buses, runClock, stop, journal, keySources, talk }: Conversation,
  { fleet, nodes, jobs }: LoadedFleet,
): Observable<FleetEvent> {
  return talkToFleet({
    fleet,
    nodes,
    jobs: jobs.map((node) => journal.withHistory(node)),
    buses,
    clock: runClock.clock,
    cancellation: stop,
    ...journal.port,
    keysFor: (node) => keysFor(node, keySources),
    newGroupKey: groupKeys(args, runClock),
    ...defined({ busWaitMs: busWaitOption(args) }),
  }, talk);
}

/** Unforeseeable, except where a run is to be repeated bit by bit. */
function groupKeys(args: CommandArguments, { clock }: RunClock): () => Uint8Array {
  if (!(clock instanceof VirtualClock)) {
    return () => crypto.getRandomValues(new Uint8Array(GROUP_KEY_BYTES));
  }
  const prng = new Prng(optionNumber(args, "seed") ?? 1, GROUP_KEY_STREAM);
  return () => prng.bytes(GROUP_KEY_BYTES);
}

function keysFor(node: FleetFileNode, keySources: KeySources): NodeKeys {
  return defined({
    keySource: keySources.forNode(node.security),
    credentials: keySources.credentialsFor(node),
  });
}
