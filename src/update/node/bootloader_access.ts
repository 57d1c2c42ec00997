import { ignoreElements, type Observable } from "rxjs";
import type { AddressRange } from "../../core/mod.ts";
import {
  eraseUnitsTouching,
  type FlashGeometry,
  type FlashPlan,
  type FlashSegment,
  type MemoryLayout,
} from "../../stm32/mod.ts";
import { expandRequest } from "../../uds/mod.ts";
import { checkBehindGroup } from "./check.ts";
import { enter, tellAlone } from "./close_first.ts";
import { VerifyMismatchError } from "./errors.ts";
import { eraseFields, writeFields } from "./fields.ts";
import { KeptValues } from "./kept_values.ts";
import type { NodeContext } from "./node_context.ts";
import { growingDelayMs, tryAgain } from "./retry.ts";
import { eraseUnits } from "./segment.ts";
import { SegmentLedger } from "./segment_ledger.ts";
import { andThen, deferStep, done, eventsOf, inOrder, recover, resultOf } from "./step.ts";

/** What a node is reached with, before anything is to be written on it. */
export type AccessContext = Omit<NodeContext, "job"> & {
  /** Its profile, and what its templates may name. */
  readonly job: Omit<NodeContext["job"], "plan"> & {
    /** Its part, and how its flash is divided. */
    readonly plan: { readonly geometry: FlashGeometry; readonly layout: MemoryLayout };
  };
};

/**
 * The steps of a node's profile one by one, for whoever does something else than an update with its
 * bootloader: enters it, erases a range, has bytes compared.
 */
export class BootloaderAccess {
  readonly #context: AccessContext;
  readonly #ledger = new SegmentLedger();

  /**
   * Does nothing yet.
   *
   * @param context The node: its connection, its job, and what is known of it.
   */
  constructor(context: AccessContext) {
    this.#context = { kept: new KeptValues(), ...context };
  }

  /**
   * Brings it into its bootloader, unlocked. Where the first try fails another one is made: an
   * application may have been on its way.
   *
   * @returns Cold; emits nothing; errors with the last failure.
   */
  enter(): Observable<never> {
    const entered = deferStep(() => {
      const context = this.#contextFor({ start: 0, end: 0 }, new Uint8Array(0));
      const { timing } = context.job.profile;
      return tryAgain(
        () => inOrder(tellAlone(context, "before"), enter(context, this.#ledger)),
        (_error, attempt) =>
          attempt >= timing.nodeAttemptsMax
            ? undefined
            : { delayMs: growingDelayMs(attempt, timing), events: [] },
        context,
      );
    });
    return eventsOf(entered).pipe(ignoreElements());
  }

  /**
   * Erases all units that a range touches, by one request.
   *
   * @param range The range.
   * @returns Cold; emits nothing; errors with the failure.
   */
  erase(range: AddressRange): Observable<never> {
    const erased = deferStep(() => {
      const context = this.#contextFor(range, new Uint8Array(0));
      const [segment] = context.job.plan.segments;
      this.#ledger.touch(segment!.index);
      return eraseUnits(context, this.#ledger, segment!);
    });
    return eventsOf(erased).pipe(ignoreElements());
  }

  /**
   * Has it compare flash with bytes, by the profile's check; again while it says that it is busy.
   *
   * @param address Of the first.
   * @param data The bytes.
   * @returns Cold; one value, whether they are there; errors with any other failure.
   */
  check(address: number, data: Uint8Array): Observable<boolean> {
    const checked = deferStep(() => {
      const context = this.#contextFor({ start: address, end: address + data.length }, data);
      const { check } = context.job.profile;
      const [segment] = context.job.plan.segments;
      return recover(
        andThen(checkBehindGroup(context, check!, segment!), () => done(true)),
        (error) => error instanceof VerifyMismatchError ? done(false) : undefined,
      );
    });
    return resultOf(checked);
  }

  /**
   * Makes the request that erases a range.
   *
   * @param range The range.
   * @returns The request.
   */
  eraseRequest(range: AddressRange): Uint8Array {
    const context = this.#contextFor(range, new Uint8Array(0));
    const { plan, profile } = context.job;
    // Whoever takes groups has one: see `buildProfile`.
    return expandRequest(profile.erase.request!, eraseFields(context, plan.segments[0]!));
  }

  /**
   * Makes the request that begins an ordinary download.
   *
   * @param range Where to.
   * @returns The request.
   */
  downloadRequest(range: AddressRange): Uint8Array {
    const context = this.#contextFor(range, new Uint8Array(range.end - range.start));
    const { plan, profile } = context.job;
    // As above.
    return expandRequest(profile.download.request!, writeFields(context, plan.segments[0]!));
  }

  /** The same node with one segment to be done to it. */
  #contextFor(range: AddressRange, data: Uint8Array): NodeContext {
    const { job } = this.#context;
    const { geometry, layout } = job.plan;
    const units = eraseUnitsTouching(geometry, range);
    const segment: FlashSegment = {
      index: 0,
      range: { start: units[0]?.start ?? range.start, end: units.at(-1)?.end ?? range.end },
      eraseUnits: units,
      write: { ...range, data },
      holdsVectorTable: true,
    };
    const plan: FlashPlan = {
      geometry,
      layout,
      segments: [segment],
      vectorTable: { address: range.start, initialStackPointer: 0, resetVector: 0 },
      imageSizeBytes: data.length,
      warnings: [],
    };
    return { ...this.#context, job: { ...job, plan } };
  }
}
