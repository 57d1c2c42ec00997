import type { Subscription } from "rxjs";
import { type CanId, canIdKey, type CanPort } from "../can/mod.ts";
import { type Clock, Timer } from "../core/mod.ts";
import { resolveAddressing, type ResolvedAddressing } from "../isotp/mod.ts";
import type { SilenceWitness } from "../update/mod.ts";
import { HeardMeanwhile } from "./heard_frames.ts";

/** How long all frames of a bus are listened to after a request met silence, in ms. */
const LISTEN_MS = 2000;
/** A controller counts so many error frames of others when two answers destroy each other. */
const COLLISION_FRAMES_MIN = 8;

/** Notices what a bus carries while a node is silent: what may be in place of its answer. */
export class BusWitness implements SilenceWitness {
  readonly #port: CanPort;
  readonly #rxKey: number;
  readonly #isKnown: (id: CanId) => boolean;
  readonly #heard: HeardMeanwhile;
  readonly #clock: Clock;
  readonly #timer: Timer;
  #states: Subscription | undefined;
  #unlisten: (() => void) | undefined;
  #errorFrames = 0;

  /**
   * Notices nothing yet.
   *
   * @param port The bus.
   * @param clock The time it lives in.
   * @param addressing How the node is reached, seen from the tester.
   * @param isKnown Whether an identifier is one of another node's answers.
   */
  constructor(
    port: CanPort,
    clock: Clock,
    addressing: Parameters<typeof resolveAddressing>[0],
    isKnown: (id: CanId) => boolean,
  ) {
    const { rx, rxPrefix }: ResolvedAddressing = resolveAddressing(addressing);
    this.#port = port;
    this.#rxKey = canIdKey(rx);
    this.#isKnown = isKnown;
    this.#heard = new HeardMeanwhile(rx, rxPrefix);
    this.#clock = clock;
    this.#timer = new Timer(clock, () => this.#stopListening());
  }

  /** Begins to count error frames. */
  begin(): void {
    let before = 0;
    this.#states ??= this.#port.state$.subscribe(({ rec = 0 }) => {
      if (rec > before) this.#errorFrames += rec - before;
      before = rec;
    });
  }

  /** Listens to all frames for a while. */
  listen(): void {
    this.#timer.setAt(this.#clock.now() + LISTEN_MS);
    this.#unlisten ??= this.#port.listenAll((frame) => {
      if (canIdKey(frame) === this.#rxKey || !this.#isKnown(frame)) this.#heard.take(frame);
    });
  }

  /** Notices nothing more. */
  end(): void {
    this.#states?.unsubscribe();
    this.#states = undefined;
    this.#timer.clear();
    this.#stopListening();
  }

  /** What was noticed, for the end of a message; empty where nothing was. */
  get words(): string {
    const { others, odd } = this.#heard.heard;
    return [
      ...(this.#errorFrames < COLLISION_FRAMES_MIN ? [] : [
        "frames are disturbed when its answer is due, as by two nodes with the same identifiers " +
        "that answer at once",
      ]),
      ...(odd === undefined ? [] : [
        odd.kind === "classicLength"
          ? `it sends single frames of CAN FD with a classic length, which are no ISO-TP: ${odd.sample}`
          : `what comes on its identifier is no ISO-TP: ${odd.sample}`,
      ]),
      ...(others.length === 0 ? [] : [`heard meanwhile: ${others.join(", ")}`]),
    ].map((words) => `; ${words}`).join("");
  }

  #stopListening(): void {
    this.#unlisten?.();
    this.#unlisten = undefined;
  }
}
