import { Observable, Subject, Subscription } from "rxjs";
import { type Clock, hexToBytes } from "../../../src/core/mod.ts";
import type {
  IsoTpError,
  IsoTpIndication,
  IsoTpLink,
  IsoTpSendProgress,
} from "../../../src/isotp/mod.ts";

/** What a scripted node does, `afterMs` after the request was sent; less than 0 before that. */
export type ScriptStep =
  /** Hexadecimal bytes: a message comes. */
  | { readonly afterMs: number; readonly message: string }
  | { readonly afterMs: number; readonly firstFrame: number }
  | { readonly afterMs: number; readonly error: IsoTpError };

/** The node's part: what follows the `index`th request; an error: it cannot be sent. */
export type Script = (request: Uint8Array, index: number) => readonly ScriptStep[] | Error;

/** A link whose other end is a table: the contract of IsoTpLink and nothing of its inside. */
export class ScriptedLink implements IsoTpLink {
  readonly name: string;
  /** Requests as they were begun, with the time. */
  readonly sent: { readonly atMs: number; readonly request: Uint8Array }[] = [];
  /** How many sends were taken back. */
  takenBackCount = 0;
  /** What `queueingDelayMs()` answers. */
  delayMs = 0;
  readonly #clock: Clock;
  readonly #script: Script;
  readonly #sendMs: number;
  readonly #indications = new Subject<IsoTpIndication>();
  readonly #node = new Subscription();
  readonly indications$ = this.#indications.asObservable();

  constructor(
    clock: Clock,
    script: Script,
    options: { readonly sendMs?: number; readonly name?: string } = {},
  ) {
    this.#clock = clock;
    this.#script = script;
    this.#sendMs = options.sendMs ?? 10;
    this.name = options.name ?? "0x7E0/0x7E8";
  }

  send(request: Uint8Array): Observable<IsoTpSendProgress> {
    return new Observable((subscriber) => {
      const clock = this.#clock;
      const steps = this.#script(request, this.sent.length);
      this.sent.push({ atMs: clock.now(), request });
      subscriber.next({ type: "started", atMs: clock.now() });
      let isThrough = false;
      const sentAction = clock.schedule(() => {
        isThrough = true;
        if (steps instanceof Error) return subscriber.error(steps);
        subscriber.next({ type: "sent", atMs: clock.now() });
        subscriber.complete();
      }, this.#sendMs);
      if (!(steps instanceof Error)) this.#answer(steps, this.#sendMs);
      return () => {
        if (!isThrough) this.takenBackCount++;
        sentAction.unsubscribe();
      };
    });
  }

  /** Lets the node say something that nobody asked for. */
  indicate(step: ScriptStep): void {
    this.#answer([step], 0);
  }

  setPriority(): void {}

  queueingDelayMs(): number {
    return this.delayMs;
  }

  close(): void {
    this.#node.unsubscribe();
    this.#indications.complete();
  }

  #answer(steps: readonly ScriptStep[], sentAfterMs: number): void {
    for (const step of steps) {
      this.#node.add(this.#clock.schedule(() => {
        this.#indications.next(toIndication(step, this.#clock.now()));
      }, sentAfterMs + step.afterMs));
    }
  }
}

function toIndication(step: ScriptStep, atMs: number): IsoTpIndication {
  if ("message" in step) return { type: "message", data: hexToBytes(step.message), atMs };
  if ("error" in step) return { type: "error", error: step.error, atMs };
  return { type: "firstFrame", lengthBytes: step.firstFrame, atMs };
}
