import { type Clock, Timer } from "../core/mod.ts";
import { NRC } from "../uds/mod.ts";
import type { NodeBehaviour } from "./behaviours.ts";

/** How soon a window that ends under a request is looked at again, in ms. */
const WORK_RECHECK_MS = 1;

/**
 * What happens to a node between a reset and the application as it is in the end: the bootloader's
 * window, the application that refuses everything, and the old version that it still tells.
 */
export class StartPhases {
  readonly #clock: Clock;
  readonly #behaviour: NodeBehaviour;
  readonly #window: Timer;
  readonly #newVersion: Timer;
  #onWindowEnd = (): void => {};
  #onNewVersion = (): void => {};
  #startedMs = -Infinity;
  #isHeld = false;

  /**
   * Makes phases none of which runs.
   *
   * @param clock The time they live in.
   * @param behaviour How long each is.
   */
  constructor(clock: Clock, behaviour: NodeBehaviour) {
    this.#clock = clock;
    this.#behaviour = behaviour;
    this.#window = new Timer(clock, () => this.#onWindowEnd());
    this.#newVersion = new Timer(clock, () => this.#onNewVersion());
  }

  /** Whether the bootloader can be heard before it starts the application. */
  get hasWindow(): boolean {
    return (this.#behaviour.bootWindowMs ?? 0) > 0;
  }

  /** Whether a request has come in the window that keeps the bootloader. */
  get isHeld(): boolean {
    return this.#isHeld;
  }

  /** Whether the window is open. */
  get isInWindow(): boolean {
    return this.#window.dueMs !== Infinity;
  }

  /**
   * Opens the window.
   *
   * @param onEnd Called when it is over.
   */
  openWindow(onEnd: () => void): void {
    this.#isHeld = false;
    this.#onWindowEnd = onEnd;
    this.#window.setAt(this.#clock.now() + (this.#behaviour.bootWindowMs ?? 0));
  }

  /** Keeps the window open a little longer: what was asked in time is still worked on. */
  extendWindow(): void {
    this.#window.setAt(this.#clock.now() + WORK_RECHECK_MS);
  }

  /** A request came. */
  heard(): void {
    if (this.isInWindow && this.#behaviour.isHeldInBootWindow) this.#isHeld = true;
  }

  /**
   * The application was started.
   *
   * @param onNewVersion Called once it tells its own version.
   * @returns Whether it tells the version of the one before it until then.
   */
  started(onNewVersion: () => void): boolean {
    const { oldVersionMs = 0 } = this.#behaviour;
    this.#startedMs = this.#clock.now();
    if (oldVersionMs <= 0) return false;
    this.#onNewVersion = onNewVersion;
    this.#newVersion.setAt(this.#startedMs + oldVersionMs);
    return true;
  }

  /** What every request gets while the application starts; `undefined` once it has. */
  get refusal(): number | undefined {
    const { startingMs = 0, startingNrc = "busyRepeatRequest" } = this.#behaviour;
    return this.#clock.now() < this.#startedMs + startingMs ? NRC[startingNrc] : undefined;
  }

  /** The node restarts, or is off. */
  clear(): void {
    this.#window.clear();
    this.#newVersion.clear();
    this.#startedMs = -Infinity;
    this.#isHeld = false;
  }
}
