import { deepStrictEqual } from "node:assert/strict";
import { concat, defer, EMPTY, ignoreElements, timer } from "rxjs";
import { VirtualClock } from "../../../src/core/mod.ts";
import { IdentityBarrier } from "../../../src/fleet/identity_barrier.ts";

/** A identityBarrier of three nodes that writes down whom the buses are told of, and who goes on when. */
function identityBarrier(): {
  readonly clock: VirtualClock;
  readonly log: string[];
  readonly pass: (name: string) => void;
  readonly identityBarrier: IdentityBarrier;
} {
  const clock = new VirtualClock();
  const log: string[] = [];
  const subject = new IdentityBarrier(["a", "b", "c"], clock, (members) =>
    concat(
      defer(() => {
        log.push(`tell ${[...members].join("")}`);
        return EMPTY;
      }),
      timer(20, clock).pipe(ignoreElements()),
    ));
  return {
    clock,
    log,
    identityBarrier: subject,
    pass: (name) =>
      void subject.pass(name).subscribe({ complete: () => log.push(`${name} at ${clock.now()}`) }),
  };
}

Deno.test("IdentityBarrier() lets all go on once the last came, after the buses were told once", () => {
  const { clock, log, pass } = identityBarrier();
  pass("a");
  pass("b");
  deepStrictEqual(log, []);
  pass("c");
  clock.run();
  deepStrictEqual(log, ["tell abc", "a at 20", "b at 20", "c at 20"]);
});

Deno.test("IdentityBarrier() tells no bus of a node that was refused", () => {
  const { clock, log, pass, identityBarrier: subject } = identityBarrier();
  pass("a");
  subject.leave("b");
  pass("c");
  clock.run();
  deepStrictEqual(log, ["tell ac", "a at 20", "c at 20"]);
  deepStrictEqual([...subject.told], ["a", "c"]);
});

Deno.test("IdentityBarrier() tells nobody when all were refused", () => {
  const { clock, log, identityBarrier: subject } = identityBarrier();
  for (const name of ["a", "b", "c"]) subject.leave(name);
  clock.run();
  deepStrictEqual(log, []);
  deepStrictEqual([...subject.told], []);
});

Deno.test("IdentityBarrier() waits 300 ms for who is silent; who comes late goes on at once", () => {
  const { clock, log, pass, identityBarrier: subject } = identityBarrier();
  pass("a");
  pass("b");
  clock.run();
  deepStrictEqual(log, ["tell abc", "a at 320", "b at 320"]);
  deepStrictEqual([...subject.told], ["a", "b", "c"], "the silent one too");
  pass("c");
  deepStrictEqual(log.at(-1), "c at 320");
});

Deno.test("IdentityBarrier() waits for nobody who has ended, and for all others", () => {
  const last = identityBarrier();
  last.pass("a");
  last.pass("b");
  last.clock.schedule(() => last.identityBarrier.leave("c"), 10);
  last.clock.run();
  deepStrictEqual(last.log, ["tell ab", "a at 30", "b at 30"]);
  const early = identityBarrier();
  early.pass("a");
  early.clock.schedule(() => early.identityBarrier.leave("b"), 10);
  early.clock.schedule(() => early.pass("c"), 100);
  early.clock.run();
  deepStrictEqual(early.log, ["tell ac", "a at 120", "c at 120"]);
});

Deno.test("IdentityBarrier() keeps whom the buses were told of, though they have ended since", () => {
  const { clock, pass, identityBarrier: subject } = identityBarrier();
  for (const name of ["a", "b", "c"]) pass(name);
  clock.run();
  for (const name of ["a", "b", "c"]) subject.leave(name);
  deepStrictEqual([...subject.told], ["a", "b", "c"]);
});
