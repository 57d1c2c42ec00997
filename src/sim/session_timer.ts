import { type Clock, Timer } from "../core/mod.ts";
import { type ServerContext, SERVICE_ID } from "../uds/mod.ts";
import type { NodeBehaviour } from "./behaviours.ts";

/** Unless its behaviour says otherwise. */
const S3_SERVER_MS = 5000;
/** How soon a session that outlived its time under work is looked at again. */
const RECHECK_MS = 20;
const KEEPING: readonly number[] = [
  SERVICE_ID.diagnosticSessionControl,
  SERVICE_ID.testerPresent,
];

/** What a session timer needs of its node. */
export interface SessionTimerHost {
  /** Whether a session other than the default one is active. */
  readonly hasSession: boolean;
  /** Whether a request or an operation of memory is under way: the session does not end under it. */
  readonly isAtWork: boolean;
  /** The session has ended. */
  sessionEnded(): void;
}

/** S3 of a node: what keeps its session, and when it ends. */
export class SessionTimer {
  readonly #clock: Clock;
  readonly #behaviour: NodeBehaviour;
  readonly #host: SessionTimerHost;
  readonly #timer: Timer;

  /**
   * Makes a timer that does not run.
   *
   * @param clock The time it lives in.
   * @param behaviour What counts as a sign of life, and how long one lasts.
   * @param host The node.
   */
  constructor(clock: Clock, behaviour: NodeBehaviour, host: SessionTimerHost) {
    this.#clock = clock;
    this.#behaviour = behaviour;
    this.#host = host;
    this.#timer = new Timer(clock, () => this.#due());
  }

  /**
   * A request came.
   *
   * @param request The request.
   * @param addressing How.
   */
  heard(request: Uint8Array, addressing: ServerContext["addressing"]): void {
    const { keepsSessionByTesterPresentOnly, keepsSessionByPhysicalOnly } = this.#behaviour;
    if (keepsSessionByPhysicalOnly && addressing === "functional") return;
    if (keepsSessionByTesterPresentOnly && !KEEPING.includes(request[0]!)) return;
    this.restart();
  }

  /**
   * A long request was answered, or a message for all came: the time begins anew where any request
   * keeps a session.
   */
  answered(): void {
    if (!this.#behaviour.keepsSessionByTesterPresentOnly) this.restart();
  }

  /** The time begins anew; in the default session there is none. */
  restart(): void {
    if (!this.#host.hasSession) return this.clear();
    this.#timer.setAt(this.#clock.now() + (this.#behaviour.s3Ms ?? S3_SERVER_MS));
  }

  /** The node has no session any more. */
  clear(): void {
    this.#timer.clear();
  }

  #due(): void {
    if (this.#host.isAtWork) return this.#timer.setAt(this.#clock.now() + RECHECK_MS);
    this.#host.sessionEnded();
  }
}
