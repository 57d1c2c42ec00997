import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { from, lastValueFrom, toArray } from "rxjs";
import { momentsOf, withState } from "../../../src/fleet/mod.ts";
import { MIXED_RUN, stateOf } from "../report/_support.ts";

Deno.test("withState() tells each event with the fold of those until then, to each who looks", async () => {
  const moment$ = from(MIXED_RUN).pipe(withState(), toArray());
  const [first, second] = [await lastValueFrom(moment$), await lastValueFrom(moment$)];
  deepStrictEqual(first.map(({ event }) => event), MIXED_RUN);
  first.forEach(({ state }, i) =>
    deepStrictEqual([...state.nodes], [...stateOf(MIXED_RUN.slice(0, i + 1)).nodes])
  );
  deepStrictEqual(second, first);
});

Deno.test("momentsOf() tells what withState() does, from where it is told to begin", async () => {
  const moments = [...momentsOf(MIXED_RUN)];
  deepStrictEqual(moments, await lastValueFrom(from(MIXED_RUN).pipe(withState(), toArray())));
  const { state } = moments[4]!;
  deepStrictEqual([...momentsOf(MIXED_RUN.slice(5), state)], moments.slice(5));
  strictEqual([...momentsOf([])].length, 0);
});
