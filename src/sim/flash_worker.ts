import { type Clock, Prng, Timer } from "../core/mod.ts";
import { eraseTimeMs, type EraseUnit, programTimeMs, type TimeBound } from "../stm32/mod.ts";
import { type ApplicationRecord, RECORD_WRITE_MS, type RecordStore } from "./application_record.ts";
import { type BankControl, OPTION_WRITE_MS } from "./bank_control.ts";
import type { BankTrial } from "./trial_store.ts";
import type { FlashResult, VirtualFlash } from "./virtual_flash.ts";

/** Keeps what becomes of a torn record apart from other chance with the same seed. */
const RECORD_STREAM = 0x7EC0;

/** One thing that memory is busy with for a while. */
export type FlashOperation =
  | { readonly kind: "erase"; readonly unit: EraseUnit }
  | { readonly kind: "program"; readonly address: number; readonly data: Uint8Array }
  /** The bootloader's note of the application that it accepted; `undefined`: of none. */
  | {
    readonly kind: "record";
    readonly record: ApplicationRecord | undefined;
    /** Where it is noted; the worker's own store by default. */
    readonly store?: RecordStore;
  }
  /** The note of which bank is on trial, and how often it was booted; `undefined`: none. */
  | { readonly kind: "trial"; readonly trial: BankTrial | undefined }
  /** The option bit that exchanges the banks at the next reset. */
  | { readonly kind: "option"; readonly isSwapped: boolean };

/** How a worker is made. */
export interface FlashWorkerOptions {
  /** What it erases and programs. */
  readonly flash: VirtualFlash;
  /** Where it notes applications. */
  readonly store: RecordStore;
  /** What decides which of two banks runs; absent where there is one. */
  readonly banks?: BankControl;
  /** The time it lives in. */
  readonly clock: Clock;
  /** What becomes of a torn record is drawn from it. */
  readonly seed: number;
  /** Which of the part's times holds; `typical` by default. */
  readonly timeBound?: TimeBound;
  /** What these times are multiplied with; 1 by default. */
  readonly timeScale?: number;
  /** What times of programming are multiplied with besides; 1 by default. */
  readonly programTimeScale?: number;
}

/** Where in the operation at hand power goes: which of its units, and how far that one is. */
interface CutPosition {
  readonly unitIndex: number;
  readonly fraction: number;
}

/**
 * Carries out memory operations one after the other, each in the time that the part takes; what is
 * under way when power goes is cut.
 *
 * Operations are counted from 1 as they begin: an erase unit is one, a program unit is one, a
 * record is one. A sweep counts those of a clean run and then cuts at each.
 */
export class FlashWorker {
  /** Called when an operation is begun or has ended; not when power goes. */
  onBusy: ((isBusy: boolean) => void) | undefined;
  /** Called when the operation of `cutAt` comes: power has to go now. */
  onCut: (() => void) | undefined;
  /** Called when an operation has ended. */
  onEnd: ((operation: FlashOperation, result: FlashResult) => void) | undefined;
  readonly #options: FlashWorkerOptions;
  readonly #prng: Prng;
  readonly #timer: Timer;
  readonly #cutTimer: Timer;
  #queue: FlashOperation[] = [];
  #onDone: ((result: FlashResult) => void) | undefined;
  #operationCount = 0;
  #begunAtMs = 0;
  #durationMs = 0;
  #armed: { readonly operation: number; readonly fraction: number } | undefined;
  #cutPosition: CutPosition | undefined;

  /**
   * Makes a worker with nothing to do.
   *
   * @param options What it works on, and how fast.
   */
  constructor(options: FlashWorkerOptions) {
    this.#options = options;
    this.#prng = new Prng(options.seed, RECORD_STREAM);
    this.#timer = new Timer(options.clock, () => this.#endOne());
    this.#cutTimer = new Timer(options.clock, () => this.#cutNow());
  }

  /** Whether memory is busy. */
  get isBusy(): boolean {
    return this.#onDone !== undefined;
  }

  /** How many operations were begun so far. */
  get operationCount(): number {
    return this.#operationCount;
  }

  /**
   * Begins work; only when it is not busy.
   *
   * @param operations What to do, in order.
   * @param onDone Called at the end, or at the first failure; not when power goes. Called at once
   * when there is nothing to do.
   */
  start(operations: readonly FlashOperation[], onDone: (result: FlashResult) => void): void {
    if (this.isBusy) throw new Error("Broken invariant: memory is given work while it is busy");
    this.#queue = [...operations];
    this.#onDone = onDone;
    this.#beginOne();
  }

  /**
   * Has power cut in the midst of an operation, once.
   *
   * @param operation Which, counted from 1 over the worker's life.
   * @param fraction How far it will have come, 0..1; half by default.
   */
  cutAt(operation: number, fraction = 0.5): void {
    this.#armed = { operation, fraction };
  }

  /** Power goes: the operation under way leaves what it works on undefined. */
  cut(): void {
    const operation = this.#queue[0];
    const position = this.#cutPosition ?? this.#position();
    this.#queue = [];
    this.#onDone = undefined;
    this.#cutPosition = undefined;
    this.#timer.clear();
    this.#cutTimer.clear();
    if (operation === undefined) return;
    const { flash, store, banks } = this.#options;
    this.#operationCount -= this.#unitCount(operation) - 1 - position.unitIndex;
    switch (operation.kind) {
      case "erase":
        return flash.cutErase(operation.unit, position.fraction);
      case "program":
        return flash.cutProgram(operation.address, operation.data, position.unitIndex);
      case "record":
        return (operation.store ?? store).tear(operation.record, this.#prng);
      case "trial":
        return banks!.tearTrial(operation.trial, this.#prng);
      case "option":
        return banks!.tearSwap(operation.isSwapped, this.#prng);
    }
  }

  #beginOne(): void {
    const operation = this.#queue[0];
    if (operation === undefined) return this.#finish("ok");
    const nowMs = this.#options.clock.now();
    const unitCount = this.#unitCount(operation);
    const before = this.#operationCount;
    this.#operationCount += unitCount;
    this.#begunAtMs = nowMs;
    this.#durationMs = this.#operationMs(operation);
    this.#timer.setAt(nowMs + this.#durationMs);
    const armed = this.#armed;
    if (armed !== undefined && armed.operation > before && armed.operation <= before + unitCount) {
      this.#armed = undefined;
      const fraction = Math.min(Math.max(armed.fraction, 0), 0.999);
      this.#cutPosition = { unitIndex: armed.operation - before - 1, fraction };
      const share = (this.#cutPosition.unitIndex + fraction) / unitCount;
      this.#cutTimer.setAt(nowMs + this.#durationMs * share);
    }
    this.onBusy?.(true);
  }

  #endOne(): void {
    const operation = this.#queue.shift()!;
    const result = this.#perform(operation);
    this.onBusy?.(false);
    this.onEnd?.(operation, result);
    if (result === "ok") return this.#beginOne();
    this.#queue = [];
    this.#finish(result);
  }

  #perform(operation: FlashOperation): FlashResult {
    const { flash, store, banks } = this.#options;
    switch (operation.kind) {
      case "erase":
        return flash.erase(operation.unit);
      case "program":
        return flash.program(operation.address, operation.data);
      case "record":
        (operation.store ?? store).write(operation.record);
        return "ok";
      case "trial":
        banks!.writeTrial(operation.trial);
        return "ok";
      case "option":
        banks!.programSwap(operation.isSwapped);
        return "ok";
    }
  }

  #finish(result: FlashResult): void {
    const onDone = this.#onDone;
    this.#onDone = undefined;
    onDone?.(result);
  }

  #cutNow(): void {
    if (this.onCut === undefined) this.cut();
    else this.onCut();
  }

  #position(): CutPosition {
    const operation = this.#queue[0];
    if (operation === undefined) return { unitIndex: 0, fraction: 0 };
    const unitCount = this.#unitCount(operation);
    const elapsedMs = this.#options.clock.now() - this.#begunAtMs;
    const units = Math.min(elapsedMs / Math.max(this.#durationMs, 1e-9), 0.999) * unitCount;
    return { unitIndex: Math.floor(units), fraction: units % 1 };
  }

  #unitCount(operation: FlashOperation): number {
    if (operation.kind !== "program") return 1;
    return operation.data.length / this.#options.flash.geometry.program.unitBytes;
  }

  #operationMs(operation: FlashOperation): number {
    const { flash: { geometry }, timeBound = "typical", timeScale = 1, programTimeScale = 1 } =
      this.#options;
    switch (operation.kind) {
      case "erase":
        return eraseTimeMs(geometry, [operation.unit], timeBound) * timeScale;
      case "program":
        return programTimeMs(geometry, operation.data.length, timeBound) * timeScale *
          programTimeScale;
      case "record":
      case "trial":
        return RECORD_WRITE_MS * timeScale;
      case "option":
        return OPTION_WRITE_MS * timeScale;
    }
  }
}
