import { type AddressRange, rangeContains } from "../core/mod.ts";
import type { EraseUnit } from "../stm32/mod.ts";
import { type HandlerResult, matchRequest, NRC } from "../uds/mod.ts";
import type { DialectRequest, NodeDialect } from "./dialect.ts";
import type { DownloadLog } from "./download_log.ts";
import { fieldRange } from "./field_range.ts";
import type { HeaderMark } from "./header_mark.ts";
import { type NodeHandle, refuse } from "./node_handle.ts";
import type { RoutineRunner } from "./routine_runner.ts";

/** What an erase meets in the bootloader. */
export interface EraseSurroundings {
  /** Programs what it was sent by a group. */
  readonly group: {
    readonly isProgramming: boolean;
    close(): void;
    whenIdle(work: () => void): void;
  };
  /** An erase is accepted. */
  readonly begun: () => void;
}

/**
 * Lists the requests that a dialect has beside its erase.
 *
 * @param dialect The dialect.
 * @returns Those before it and behind it.
 */
export function eraseSteps({ erase }: NodeDialect): readonly DialectRequest[] {
  return [...erase.before ?? [], ...erase.after ?? []].filter((step) => step.kind === "request");
}

/** Erases: by a routine, or within RequestDownload. */
export class EraseServer {
  readonly #node: NodeHandle;
  readonly #log: DownloadLog;
  readonly #routines: RoutineRunner;
  readonly #surroundings: EraseSurroundings;
  /** What has come of the requests that must come before an erase. */
  readonly #asked = new Set<DialectRequest>();

  /**
   * Makes a server with nothing erased.
   *
   * @param node The node.
   * @param log Takes note of erases.
   * @param routines Runs the routine.
   * @param surroundings What else there is.
   */
  constructor(
    node: NodeHandle,
    log: DownloadLog,
    routines: RoutineRunner,
    surroundings: EraseSurroundings,
  ) {
    this.#node = node;
    this.#log = log;
    this.#routines = routines;
    this.#surroundings = surroundings;
  }

  /** The erase, or a request before or behind it; `undefined` when it is none of them. */
  routine(request: Uint8Array): HandlerResult | undefined {
    const { dialect } = this.#node.options;
    const step = eraseSteps(dialect).find((one) => matchRequest(one.request, request));
    if (step !== undefined) {
      this.#asked.add(step);
      return this.#routines.start(request, step.answer, (done) => done({ isGood: true }));
    }
    const template = dialect.erase.request;
    const fields = template === undefined ? undefined : matchRequest(template, request);
    if (fields === undefined) return undefined;
    const range = fieldRange(fields, this.#node.target, this.#node.options);
    const refusal = this.refusal(range);
    if (refusal !== undefined) return refuse(refusal);
    this.#accept(range);
    return this.#routines.start(
      request,
      dialect.erase.answer,
      (done) => this.#start(range, (isGood) => done({ isGood })),
    );
  }

  /**
   * What refuses an erase.
   *
   * @param range The range.
   * @returns The negative response code; `undefined` when nothing does.
   */
  refusal(range: AddressRange): number | undefined {
    const { worker, target, banks, mark, flash, options: { dialect } } = this.#node;
    if (range.end <= range.start || !rangeContains(target, range)) return NRC.requestOutOfRange;
    // On trial, or with the exchange already asked for, the other bank is the way back or forth.
    if (banks?.isOnTrial || banks?.isSwapDue) return NRC.conditionsNotCorrect;
    const isBusy = worker.isBusy && !this.#surroundings.group.isProgramming;
    const isLocked = eraseSteps({ ...dialect, erase: { ...dialect.erase, after: [] } })
      .some((step) => !this.#asked.has(step));
    if (isBusy || isLocked || (dialect.driver !== undefined && !this.#log.hasDriver)) {
      return NRC.conditionsNotCorrect;
    }
    const [first] = markFirst(flash.unitsTouching(range), mark);
    const hasMark = mark !== undefined && first === flash.unitAt(mark.address);
    // While the mark stands, nothing else may be erased: what is left would pass for valid.
    return mark?.record !== undefined && !hasMark ? NRC.conditionsNotCorrect : undefined;
  }

  /**
   * Erases all units that a range touches.
   *
   * @param range The range: nothing refuses it.
   * @param done Called once it is over, with whether it worked.
   */
  erase(range: AddressRange, done: (isGood: boolean) => void): void {
    this.#accept(range);
    this.#start(range, done);
  }

  #accept(range: AddressRange): void {
    this.#surroundings.begun();
    this.#surroundings.group.close();
    this.#asked.clear();
    for (const unit of this.#node.flash.unitsTouching(range)) this.#log.eraseBegun(unit);
  }

  #start(range: AddressRange, done: (isGood: boolean) => void): void {
    const { flash, worker, targetStore: store, mark } = this.#node;
    const units = markFirst(flash.unitsTouching(range), mark);
    const erase = units.map((unit) => ({ kind: "erase", unit }) as const);
    // Invalid first: whatever happens from here on, a boot ends in the bootloader.
    const isValid = mark === undefined && store.record !== undefined;
    const invalidate = isValid ? [{ kind: "record", record: undefined, store } as const] : [];
    this.#surroundings.group.whenIdle(() => {
      flash.unlock();
      worker.start([...invalidate, ...erase], (result) => {
        flash.lock();
        if (result === "ok") { for (const unit of units) this.#log.erased(unit); }
        done(result === "ok");
      });
    });
  }
}

/** The unit that holds the mark goes first: from then on nothing passes for valid. */
function markFirst(
  units: readonly EraseUnit[],
  mark: HeaderMark | undefined,
): readonly EraseUnit[] {
  const holds = ({ start, end }: EraseUnit): boolean =>
    mark !== undefined && start <= mark.address && mark.address < end;
  return [...units.filter(holds), ...units.filter((unit) => !holds(unit))];
}
