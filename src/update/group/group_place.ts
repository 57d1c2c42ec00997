import { Observable, type Subscriber } from "rxjs";
import type { GroupMap, GroupOpened, GroupOpening, MapRange } from "../../group/mod.ts";
import type { NodeEvent } from "../node/events.ts";
import { act, andThen, eventsOf, type Step } from "../node/step.ts";

/** The group goes on without this node: it is to be updated by itself. */
export class MovedError extends Error {
  /**
   * Says why.
   *
   * @param reason Why, in words.
   */
  constructor(readonly reason: string) {
    super(`Cannot stay in the group: ${reason}`);
  }
}

/** What the group wants of the node's own conversation. */
export interface GroupConversation {
  /**
   * Asks the node for its map.
   *
   * @param range Which generations.
   * @returns The events of the exchange, and the map.
   */
  readonly askMap: (range: MapRange) => Step<GroupMap>;
  /**
   * Has the node open the group anew, as it was cut.
   *
   * @param opening What it is told.
   * @returns The events of the exchange.
   */
  readonly reopen: (opening: GroupOpening) => Step<void>;
}

/** Where a node stands on its way through a group. */
export type PlaceState =
  /** It said that it will come. */
  | { readonly kind: "coming"; readonly sinceMs: number }
  /** Something bounded comes first: others' erases, or the group that this one is the rest of. */
  | { readonly kind: "queued" }
  | { readonly kind: "erasing"; readonly sinceMs: number }
  | { readonly kind: "erased"; readonly sinceMs: number; readonly tookMs: number }
  /** It has opened the group. */
  | {
    readonly kind: "ready";
    readonly sinceMs: number;
    readonly tookMs: number;
    readonly opened: GroupOpened;
  }
  /** It is in, or was. */
  | { readonly kind: "in"; readonly tookMs: number }
  /** The group goes on without it. */
  | { readonly kind: "moved"; readonly reason: string };

/** What a place needs of its group. */
export interface GroupPlaceHost {
  /** The time, in ms. */
  nowMs(): number;
  /** A place has changed. */
  changed(): void;
  /** A place is given up. */
  left(place: GroupPlace): void;
}

/** One node's place in a group, from its saying that it will come to its leaving. */
export class GroupPlace {
  /** The node. */
  readonly name: string;
  readonly #host: GroupPlaceHost;
  #state: PlaceState;
  #member: GroupConversation | undefined;
  #subscriber: Subscriber<NodeEvent> | undefined;
  #isComplete = false;
  #hasLeft = false;

  /**
   * A node says that it will come.
   *
   * @param name The node.
   * @param host The group.
   */
  constructor(name: string, host: GroupPlaceHost) {
    this.name = name;
    this.#host = host;
    this.#state = { kind: "coming", sinceMs: host.nowMs() };
  }

  /** Where it stands. */
  get state(): PlaceState {
    return this.#state;
  }

  /** Whether the node has everything. */
  get isComplete(): boolean {
    return this.#isComplete;
  }

  /** The node is certain to come or to leave: something bounded comes first. */
  isAwaited(): void {
    this.#set({ kind: "queued" });
  }

  /** The node is about to be erased. */
  eraseBegun(): void {
    this.#set({ kind: "erasing", sinceMs: this.#host.nowMs() });
  }

  /** The node is erased. */
  eraseEnded(): void {
    if (this.#state.kind !== "erasing") return;
    const sinceMs = this.#host.nowMs();
    this.#set({ kind: "erased", sinceMs, tookMs: sinceMs - this.#state.sinceMs });
  }

  /**
   * The node has opened the group and takes part in it until it has everything.
   *
   * @param opened What it answered.
   * @param member What the group may ask of it.
   * @returns Cold; the events of what is asked; completes when the node has everything; errors with
   * {@linkcode MovedError}, or as a question failed. Unsubscribing takes the node out.
   */
  takePart(opened: GroupOpened, member: GroupConversation): Observable<NodeEvent> {
    return new Observable((subscriber) => {
      this.#subscriber = subscriber;
      this.#member = member;
      // A place is taken once: the group knows nothing of one that was left.
      if (this.#hasLeft) this.move("it has left the group");
      else if (this.#state.kind === "moved") this.move(this.#state.reason);
      else {
        const tookMs = this.#state.kind === "erased" ? this.#state.tookMs : 0;
        this.#set({ kind: "ready", sinceMs: this.#host.nowMs(), tookMs, opened });
      }
      return () => this.leave();
    });
  }

  /** It is in. */
  enter(): void {
    if (this.#state.kind === "ready") this.#state = { kind: "in", tookMs: this.#state.tookMs };
  }

  /**
   * Has the node do something; its failing ends the node's part, and is told there.
   *
   * @param make What.
   * @returns Cold; what it came to: one value, or none where it failed or the node has left; no error.
   */
  perform<T>(make: (member: GroupConversation) => Step<T>): Observable<T> {
    return new Observable((asker) => {
      const subscriber = this.#subscriber;
      if (subscriber === undefined) return asker.complete();
      const told = andThen(make(this.#member!), (value) => act(() => asker.next(value)));
      const work = eventsOf(told).subscribe({
        next: (event) => subscriber.next(event),
        error: (error: unknown) => subscriber.error(error),
      });
      work.add(() => asker.complete());
      subscriber.add(work);
      return work;
    });
  }

  /** The node has everything. */
  complete(): void {
    this.#isComplete = true;
    this.#subscriber?.complete();
  }

  /**
   * The group goes on without it.
   *
   * @param reason Why, in words.
   */
  move(reason: string): void {
    this.#state = { kind: "moved", reason };
    this.#subscriber?.error(new MovedError(reason));
  }

  /** The place is given up. */
  leave(): void {
    this.#hasLeft = true;
    this.#subscriber = undefined;
    this.#host.left(this);
  }

  #set(state: PlaceState): void {
    if (this.#state.kind === "moved") return;
    this.#state = state;
    this.#host.changed();
  }
}
