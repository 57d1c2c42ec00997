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
