import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { BehaviorSubject, EMPTY } from "rxjs";
import { VirtualClock } from "../../../../src/core/mod.ts";
import { UdsTimeoutError } from "../../../../src/uds/mod.ts";
import {
  ActivationError,
  BusAwayError,
  BusWatch,
  endedAbsences,
  WrongHardwareError,
} from "../../../../src/update/mod.ts";
import { tryAgain } from "../../../../src/update/node/retry.ts";
import { done, fail, type Step } from "../../../../src/update/node/step.ts";

const SILENCE = new UdsTimeoutError(Uint8Array.of(0x22, 0xF1, 0x91), {
  wait: "P2",
  waitedMs: 50,
  responsePendingCount: 0,
});

function watch(waitMs = 60_000): {
  readonly clock: VirtualClock;
  readonly state: BehaviorSubject<string>;
  readonly bus: BusWatch;
} {
  const clock = new VirtualClock();
  const state = new BehaviorSubject("errorActive");
  return { clock, state, bus: new BusWatch({ name: "b", state$: state, clock, waitMs }) };
}

Deno.test("BusWatch counts absences, and knows how long the last one took", () => {
  const { clock, state, bus } = watch();
  const seen = (): unknown[] => [bus.isAway, bus.absences, bus.awayMs];
  deepStrictEqual(seen(), [false, 0, 0]);
  state.next("errorPassive");
  deepStrictEqual(seen(), [false, 0, 0]);
  state.next("busOff");
  clock.run({ untilMs: 700 });
  state.next("stopped");
  clock.run({ untilMs: 1000 });
  deepStrictEqual(seen(), [true, 1, 1000]);
  state.next("errorActive");
  clock.run({ untilMs: 5000 });
  deepStrictEqual(seen(), [false, 1, 1000]);
  bus.close();
  state.next("stopped");
  strictEqual(bus.isAway, false);
});

Deno.test("BusWatch counts from when the bus went away, and not while it is there", () => {
  const { clock, state, bus } = watch();
  clock.run({ untilMs: 500 });
  state.next("errorPassive");
  strictEqual(bus.awayMs, 0, "it was never away");
  state.next("stopped");
  clock.run({ untilMs: 1200 });
  strictEqual(bus.awayMs, 700);
  state.next("errorActive");
  clock.run({ untilMs: 2000 });
  state.next("errorPassive");
  strictEqual(bus.awayMs, 700);
});

Deno.test("endedAbsences() counts those that are over", () => {
  const absent = { awayMs: 0, absences: 3, back: () => EMPTY };
  strictEqual(endedAbsences(undefined), 0);
  strictEqual(endedAbsences({ ...absent, isAway: false }), 3);
  strictEqual(endedAbsences({ ...absent, isAway: true }), 2);
});

Deno.test("BusWatch.back() completes when the bus is back, at once where it is there", () => {
  const { clock, state, bus } = watch();
  const told: string[] = [];
  const wait = (): void =>
    void bus.back().subscribe({ complete: () => told.push(`back ${clock.now()}`) });
  wait();
  state.next("stopped");
  wait();
  clock.run({ untilMs: 12_000 });
  state.next("errorActive");
  deepStrictEqual(told, ["back 0", "back 12000"]);
  clock.run();
  strictEqual(clock.pendingCount, 0);
});

Deno.test("BusWatch.back() errors when the bus was away for long enough, whoever waits since when", () => {
  const { clock, state, bus } = watch(5000);
  const told: string[] = [];
  const error = (caught: unknown): void => {
    ok(caught instanceof BusAwayError);
    told.push(`${clock.now()} ${caught.message}`);
  };
  state.next("busOff");
  bus.back().subscribe({ error });
  clock.run({ untilMs: 4000 });
  bus.back().subscribe({ error });
  clock.run();
  bus.back().subscribe({ error });
  clock.run();
  const message = "Cannot go on over bus b: its controller is bus-off, for 5 s now";
  deepStrictEqual(told, Array(3).fill(`5000 ${message}`));
});

/** Tries that fail as long as the bus is away, or where they are told to. */
function tries(
  { bus, clock, isNode = false, fails }: {
    readonly bus: BusWatch;
    readonly clock: VirtualClock;
    readonly isNode?: boolean;
    readonly fails: (atMs: number) => unknown;
  },
): string[] {
  const told: string[] = [];
  const attempt = (number: number): Step<void> => {
    told.push(`try ${number} at ${clock.now()}`);
    const error = fails(clock.now());
    return error === undefined ? done() : fail(() => error);
  };
  const cancellation = { requested: false, requested$: EMPTY };
  tryAgain(
    attempt,
    (_, number) => number >= 2 ? undefined : { events: [], delayMs: 100 },
    { clock, cancellation, bus },
    isNode ? () => told.push("brought in anew") : undefined,
  ).subscribe({
    complete: () => told.push(`through at ${clock.now()}`),
    error: (error) => told.push(`${error.code} at ${clock.now()}`),
  });
  return told;
}

Deno.test("tryAgain() counts no try that failed while the bus was away", () => {
  for (const error of [SILENCE, new ActivationError("silence")]) {
    const { clock, state, bus } = watch();
    state.next("stopped");
    const fails = (): unknown => bus.isAway ? error : undefined;
    const told = tries({ bus, clock, isNode: true, fails });
    clock.run({ untilMs: 12_000 });
    state.next("errorActive");
    clock.run();
    deepStrictEqual(told, [
      "try 1 at 0",
      "brought in anew",
      "try 1 at 12050",
      "through at 12050",
    ]);
  }
});

Deno.test("tryAgain() does not ask again what a node refused for good before its bus went", () => {
  const { clock, state, bus } = watch();
  const refusal = new WrongHardwareError("A", "B");
  state.next("stopped");
  const told = tries({ bus, clock, isNode: true, fails: () => refusal });
  clock.run({ untilMs: 2_000 });
  state.next("errorActive");
  clock.run({ untilMs: 60_000 });
  ok(!told.includes("brought in anew"), told.join());
});

Deno.test("tryAgain() tries the same again after a moment, and gives up once the session is over", () => {
  for (
    const [awayMs, end] of [
      [500, ["try 1 at 0", "try 1 at 550", "through at 550"]],
      [12_000, ["try 1 at 0", "UDS_TIMEOUT at 12000"]],
    ] as const
  ) {
    const { clock, state, bus } = watch();
    state.next("stopped");
    const told = tries({ bus, clock, fails: () => bus.isAway ? SILENCE : undefined });
    clock.run({ untilMs: awayMs });
    state.next("errorActive");
    clock.run();
    deepStrictEqual(told, end);
  }
});

Deno.test("tryAgain() counts what fails on a bus that is there, or was away before", () => {
  const { clock, state, bus } = watch();
  state.next("stopped");
  clock.run({ untilMs: 1000 });
  state.next("errorActive");
  const told = tries({ bus, clock, isNode: true, fails: () => SILENCE });
  clock.run();
  deepStrictEqual(told, ["try 1 at 1000", "try 2 at 1100", "UDS_TIMEOUT at 1100"]);
});

Deno.test("tryAgain() does not wait without end for a bus that comes and goes", () => {
  const { clock, state, bus } = watch();
  let absences = 0;
  const fails = (): unknown => {
    absences++;
    state.next("busOff");
    clock.schedule(() => state.next("errorActive"), 10);
    return SILENCE;
  };
  const told = tries({ bus, clock, isNode: true, fails });
  clock.run();
  strictEqual(told.at(-1)!.startsWith("UDS_TIMEOUT"), true);
  ok(absences < 40, `${absences}`);
});

// Campaign seed 654: a disturbed bus whose controller goes bus-off for milliseconds, all the time.
Deno.test("tryAgain() counts tries on a bus that goes away without end, however many levels try", () => {
  const { clock, state, bus } = watch();
  let isOver = false;
  const context = { clock, bus, cancellation: { requested: false, requested$: EMPTY } };
  const twice = (_error: unknown, attempt: number): { delayMs: number; events: [] } | undefined =>
    attempt < 2 ? { delayMs: 0, events: [] } : undefined;
  const flap = (): Step<void> => {
    state.next("busOff");
    clock.schedule(() => state.next("errorActive"), 3);
    return fail(() => SILENCE);
  };
  const level = (attempt: () => Step<void>): () => Step<void> => () =>
    tryAgain(attempt, twice, context, () => {});
  level(level(level(flap)))().subscribe({ error: () => isOver = true });
  clock.run({ untilMs: 60_000 });
  ok(isOver, "it ends");
  ok(bus.absences < 60, `${bus.absences} absences`);
});
