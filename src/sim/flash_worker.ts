import { type Clock, Timer } from "../core/mod.ts";
import { eraseTimeMs, type EraseUnit, programTimeMs } from "../stm32/mod.ts";
import type { VirtualFlash } from "./virtual_flash.ts";

/** One thing that the flash is busy with for a while. */
export type FlashOperation =
  | { readonly kind: "erase"; readonly unit: EraseUnit }
  | { readonly kind: "program"; readonly address: number; readonly data: Uint8Array };

/**
 * Carries out flash operations one after the other, each in the time that the part takes; what is
 * under way when power goes is cut.
 */
export class FlashWorker {
  /** How many operations were begun since the node was made. */
  operationCount = 0;
  /** Called when an operation is begun, with its number from 1 and how long it takes. */
  onOperation: ((count: number, durationMs: number) => void) | undefined;
  readonly #flash: VirtualFlash;
  readonly #clock: Clock;
  readonly #timer: Timer;
  #queue: FlashOperation[] = [];
  #onDone: ((result: "ok" | "failed") => void) | undefined;
  #begunAtMs = 0;
  #durationMs = 0;

  /**
   * @param flash What it works on.
   * @param clock The time it lives in.
   */
  constructor(flash: VirtualFlash, clock: Clock) {
    this.#flash = flash;
    this.#clock = clock;
    this.#timer = new Timer(clock, () => this.#finishOne());
  }

  /** Whether the flash is busy. */
  get isBusy(): boolean {
    return this.#onDone !== undefined;
  }

  /**
   * Begins work.
   *
   * @param operations What to do, in order.
   * @param onDone Called at the end, or at the first failure; not when power goes.
   */
  start(operations: readonly FlashOperation[], onDone: (result: "ok" | "failed") => void): void {
    this.#queue = [...operations];
    this.#onDone = onDone;
    this.#beginOne();
  }

  /** Power goes: the operation under way leaves its cells undefined. */
  cut(): void {
    const operation = this.#queue[0];
    this.#queue = [];
    this.#onDone = undefined;
    this.#timer.clear();
    if (operation === undefined) return;
    const ratio = (this.#clock.now() - this.#begunAtMs) / Math.max(this.#durationMs, 1e-9);
    if (operation.kind === "erase") this.#flash.cutErase(operation.unit, Math.min(ratio, 1));
    else {
      const count = operation.data.length / this.#flash.geometry.program.unitBytes;
      const index = Math.min(Math.floor(ratio * count), count - 1);
      this.#flash.cutProgram(operation.address, operation.data, index);
    }
  }

  #beginOne(): void {
    const operation = this.#queue[0];
    if (operation === undefined) return this.#end("ok");
    const { geometry } = this.#flash;
    this.#begunAtMs = this.#clock.now();
    this.#durationMs = operation.kind === "erase"
      ? eraseTimeMs(geometry, [operation.unit], "typical")
      : programTimeMs(geometry, operation.data.length, "typical");
    this.#timer.setAt(this.#begunAtMs + this.#durationMs);
    this.onOperation?.(++this.operationCount, this.#durationMs);
  }

  #finishOne(): void {
    const operation = this.#queue.shift()!;
    if (operation.kind === "erase") this.#flash.erase(operation.unit);
    else if (this.#flash.program(operation.address, operation.data) === "failed") {
      this.#queue = [];
      return this.#end("failed");
    }
    this.#beginOne();
  }

  #end(result: "ok" | "failed"): void {
    const onDone = this.#onDone;
    this.#onDone = undefined;
    onDone?.(result);
  }
}
