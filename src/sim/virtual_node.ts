import type { Subscription } from "rxjs";
import { Timer } from "../core/mod.ts";
import {
  createIsoTpLink,
  type IsoTpLink,
  oppositeAddressing,
  TransmitScheduler,
} from "../isotp/mod.ts";
import {
  dispatch,
  encodeResponsePending,
  finalResponse,
  type FinalResult,
  type ServerService,
} from "../uds/mod.ts";
import { applicationServices } from "./application.ts";
import { BootloaderMemory, hasValidApplication } from "./boot.ts";
import { bootloaderServices } from "./bootloader.ts";
import { FlashWorker } from "./flash_worker.ts";
import type { NodeBehaviour, VirtualNodeOptions } from "./node_options.ts";
import { VirtualFlash } from "./virtual_flash.ts";

/** What runs on a node. */
export type NodeMode = "off" | "bootloader" | "application";

/** What a service of a node knows when it is asked. */
export interface NodeServerContext {
  /** How the request came. */
  readonly addressing: "physical" | "functional";
  /** Active session. */
  readonly session: number;
  /** Unlocked level; 0: none. */
  readonly securityLevel: number;
}

/** How long a node takes from reset to being heard, in ms. */
const BOOT_MS = 10;
/** Longest time without a request in a session other than the default one, in ms. */
const S3_SERVER_MS = 5000;

/**
 * An STM32 node: flash, bootloader, application, and a UDS server on a bus.
 *
 * The bootloader starts the application only when what it noted at the end of the last update still
 * fits the flash; otherwise it stays and can be reached. It is what remains when anything goes wrong.
 */
export class VirtualNode {
  /** Its flash: for checkers, read it directly. */
  readonly flash: VirtualFlash;
  /** What its bootloader remembers across resets. */
  readonly memory: BootloaderMemory = new BootloaderMemory();
  /** How it was made. */
  readonly options: VirtualNodeOptions;
  /** What carries out its flash work. */
  readonly worker: FlashWorker;
  /** Active session. */
  session = 1;
  /** Unlocked security level; 0: none. */
  securityLevel = 0;
  readonly #behaviour: NodeBehaviour;
  readonly #s3: Timer;
  readonly #pending: Timer;
  readonly #restart: Timer;
  #mode: NodeMode = "off";
  #links: readonly IsoTpLink[] = [];
  #scheduler: TransmitScheduler | undefined;
  #subscriptions: Subscription[] = [];
  #services: ReadonlyMap<number, ServerService<NodeServerContext>> = new Map();
  #later: { readonly request: Uint8Array; pendingCount: number } | undefined;
  #afterBoot: (() => void) | undefined;
  #responseEpoch = 0;

  /**
   * @param options Everything about it; it is off at first.
   */
  constructor(options: VirtualNodeOptions) {
    this.options = options;
    this.#behaviour = options.behaviour ?? {};
    this.flash = new VirtualFlash({ geometry: options.geometry, seed: options.seed });
    if (this.#behaviour.failProgramAt !== undefined) {
      this.flash.failProgramOnce(this.#behaviour.failProgramAt);
    }
    this.worker = new FlashWorker(this.flash, options.clock);
    this.worker.onOperation = (count, durationMs) => this.#operationBegun(count, durationMs);
    this.#s3 = new Timer(options.clock, () => this.#sessionTimedOut());
    this.#pending = new Timer(options.clock, () => this.#sendResponsePending());
    this.#restart = new Timer(options.clock, () => this.#boot());
  }

  /** What runs on it. */
  get mode(): NodeMode {
    return this.#mode;
  }

  /** Gives it power; it is heard a little later. */
  powerOn(): void {
    this.#restart.setAt(this.options.clock.now() + BOOT_MS);
  }

  /** Takes its power: flash work is cut, RAM is lost. */
  powerOff(): void {
    this.worker.cut();
    this.memory.isUpdateRequested = false;
    this.#stop();
  }

  /**
   * Restarts it; RAM that survives a reset is kept.
   *
   * @param afterBoot Called when it runs again.
   */
  reset(afterBoot?: () => void): void {
    this.#stop();
    this.#afterBoot = afterBoot;
    this.#restart.setAt(this.options.clock.now() + BOOT_MS);
  }

  /**
   * Ends a request that its service answered with `later`.
   *
   * @param result How it ended.
   */
  finishLater(result: FinalResult): void {
    const later = this.#later;
    if (later === undefined) return;
    this.#later = undefined;
    this.#pending.clear();
    const response = finalResponse(later.request, result, {
      addressing: "physical",
      responsePendingSent: later.pendingCount > 0,
    });
    if (response !== undefined) this.#send(response);
  }

  /**
   * Sends a response and restarts once it is on the wire.
   *
   * @param response What is sent first.
   */
  resetAfter(response: Uint8Array): void {
    this.#links[0]?.send(response).subscribe({
      complete: () => this.reset(),
      error: () => this.reset(),
    });
  }

  /**
   * Sends a message, restarts, and sends another once it runs again.
   *
   * @param before What is sent first.
   * @param after What is sent then.
   */
  resetWith(before: Uint8Array, after: Uint8Array): void {
    const resume = (): void =>
      this.reset(() => {
        this.enterSession(after[1]!);
        this.#send(after);
      });
    this.#links[0]?.send(before).subscribe({ complete: resume, error: resume });
  }

  /** Drops a request that its service answered with `later`: its response is lost. */
  forgetLater(): void {
    this.#later = undefined;
    this.#pending.clear();
  }

  /** Enters a session; leaving the default one needs requests to go on. */
  enterSession(session: number): void {
    this.session = session;
    this.securityLevel = 0;
    this.#touchS3();
  }

  #boot(): void {
    const { port, clock, addressing, functionalId, format } = this.options;
    const isValid = hasValidApplication(this);
    this.#mode = isValid && !this.memory.isUpdateRequested ? "application" : "bootloader";
    this.memory.isUpdateRequested = false;
    this.session = 1;
    this.securityLevel = 0;
    this.#services = this.#mode === "application"
      ? applicationServices(this)
      : bootloaderServices(this);
    port.connect();
    const scheduler = new TransmitScheduler(port, clock);
    this.#scheduler = scheduler;
    const common = { port, scheduler, clock, format };
    const physical = createIsoTpLink({
      ...common,
      addressing,
      blockSize: this.#behaviour.blockSize ?? 0,
      stMin: this.#behaviour.stMin ?? 0,
    });
    const functional = createIsoTpLink({
      ...common,
      role: "groupListener",
      messageBytesMax: format.txDlBytes,
      addressing: {
        mode: "normal",
        tx: functionalId,
        rx: functionalId,
      },
    });
    this.#links = [physical, functional];
    this.#subscriptions = [physical, functional].map((link, i) =>
      link.indications$.subscribe((indication) => {
        if (indication.type === "message") {
          this.#request(indication.data, i === 0 ? "physical" : "functional");
        }
      })
    );
    const afterBoot = this.#afterBoot;
    this.#afterBoot = undefined;
    afterBoot?.();
  }

  #stop(): void {
    this.#mode = "off";
    this.#responseEpoch++;
    this.#later = undefined;
    this.#afterBoot = undefined;
    for (const timer of [this.#s3, this.#pending, this.#restart]) timer.clear();
    for (const subscription of this.#subscriptions) subscription.unsubscribe();
    for (const link of this.#links) link.close();
    this.#scheduler?.close();
    this.#subscriptions = [];
    this.#links = [];
    this.flash.lock();
    this.options.port.release();
    this.options.port.disconnect();
  }

  #request(request: Uint8Array, addressing: "physical" | "functional"): void {
    if (this.#behaviour.isDead) return;
    this.#touchS3();
    // One request at a time: a server that is busy with one does not hear the next.
    if (this.#later !== undefined) return;
    const { session, securityLevel } = this;
    const reply = dispatch(this.#services, request, { addressing, session, securityLevel });
    if (reply.type === "later") {
      this.#later = { request, pendingCount: 0 };
      this.#armPending(this.#behaviour.responsePendingAfterMs ?? 25);
      return;
    }
    for (const { afterMs, response } of reply.responses) {
      this.#sendAfter(response, afterMs + (this.#behaviour.responseDelayMs ?? 0));
    }
  }

  #armPending(delayMs: number): void {
    if (delayMs !== Infinity) this.#pending.setAt(this.options.clock.now() + delayMs);
  }

  #sendResponsePending(): void {
    const later = this.#later;
    if (later === undefined) return;
    later.pendingCount++;
    this.#send(encodeResponsePending(later.request));
    this.#armPending(this.#behaviour.responsePendingEveryMs ?? 2000);
  }

  #sendAfter(response: Uint8Array, delayMs: number): void {
    if (delayMs <= 0) return this.#send(response);
    const epoch = this.#responseEpoch;
    this.options.clock.schedule(() => {
      if (epoch === this.#responseEpoch) this.#send(response);
    }, delayMs);
  }

  #send(response: Uint8Array): void {
    // A response that cannot be sent is lost, as on a real node: the tester's time-out sees to it.
    this.#links[0]?.send(response).subscribe({ error: () => {} });
  }

  #touchS3(): void {
    if (this.session === 1) this.#s3.clear();
    else this.#s3.setAt(this.options.clock.now() + S3_SERVER_MS);
  }

  #sessionTimedOut(): void {
    if (this.worker.isBusy) return this.#touchS3();
    this.enterSession(1);
    if (this.#mode === "bootloader") this.reset();
  }

  #operationBegun(count: number, durationMs: number): void {
    const { clock, port } = this.options;
    if (this.#behaviour.isDeafWhileBusy) {
      port.stall();
      clock.schedule(() => {
        if (!this.worker.isBusy) port.release();
      }, durationMs + 0.001);
    }
    if (count !== this.#behaviour.powerLossAtOperation) return;
    clock.schedule(() => {
      this.powerOff();
      clock.schedule(() => this.powerOn(), this.#behaviour.powerLossMs ?? 100);
    }, durationMs / 2);
  }
}

/**
 * @param options The node.
 * @returns The addressing of the tester that talks to it.
 */
export function testerAddressing(
  options: VirtualNodeOptions,
): ReturnType<typeof oppositeAddressing> {
  return oppositeAddressing(options.addressing);
}
