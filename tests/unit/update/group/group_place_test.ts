/** A node's place in a group: where it stands after what happened, and what becomes of its questions. */
import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { NEVER } from "rxjs";
import type { GroupMap } from "../../../../src/group/mod.ts";
import { andThen, done, fail, type Step, tell, wait } from "../../../../src/update/node/step.ts";
import {
  type GroupConversation,
  GroupPlace,
  MovedError,
  type PlaceState,
} from "../../../../src/update/mod.ts";

const OPENED = { bufferBlocks: 16, programMs: 2 };
const MAP: GroupMap = {
  isBusy: false,
  hasFailed: false,
  hasMore: false,
  mendedShare: 0,
  programMs: 2,
  generations: [],
};
const RANGE = { first: 0, count: 0 };
const FOUND = { type: "nodePhase", phase: "found" } as const;

/** A place whose group only looks on. */
class Lab {
  nowMs = 100;
  changes = 0;
  leaves = 0;
  readonly events: string[] = [];
  end = "";
  readonly place: GroupPlace;

  constructor() {
    this.place = new GroupPlace("n0", {
      nowMs: () => this.nowMs,
      changed: () => void this.changes++,
      left: () => void this.leaves++,
    });
  }

  /** Has it take part; answers its questions by `askMap`. */
  take(askMap: () => Step<GroupMap> = () => done(MAP)) {
    const member: GroupConversation = { askMap, reopen: () => done() };
    return this.place.takePart(OPENED, member).subscribe({
      next: ({ type }) => this.events.push(type),
      error: (error: Error) => this.end = error instanceof MovedError ? error.reason : `${error}`,
      complete: () => this.end = "complete",
    });
  }
}

const TABLE: readonly (readonly [string, (lab: Lab) => void, PlaceState])[] = [
  ["it said that it will come", () => {}, { kind: "coming", sinceMs: 100 }],
  ["something bounded comes first", ({ place }) => place.isAwaited(), { kind: "queued" }],
  ["its erase was begun", (lab) => {
    lab.nowMs = 110;
    lab.place.eraseBegun();
  }, { kind: "erasing", sinceMs: 110 }],
  ["its erase took 40 ms", (lab) => {
    lab.place.eraseBegun();
    lab.nowMs = 140;
    lab.place.eraseEnded();
  }, { kind: "erased", sinceMs: 140, tookMs: 40 }],
  ["an erase ended that was none", ({ place }) => place.eraseEnded(), {
    kind: "coming",
    sinceMs: 100,
  }],
  ["it has opened the group", (lab) => {
    lab.place.eraseBegun();
    lab.nowMs = 140;
    lab.place.eraseEnded();
    lab.nowMs = 150;
    lab.take();
  }, { kind: "ready", sinceMs: 150, tookMs: 40, opened: OPENED }],
  ["it opened the group without an erase", (lab) => void lab.take(), {
    kind: "ready",
    sinceMs: 100,
    tookMs: 0,
    opened: OPENED,
  }],
  ["it is in", (lab) => {
    lab.take();
    lab.place.enter();
  }, { kind: "in", tookMs: 0 }],
  ["it is let in before it has opened the group", ({ place }) => place.enter(), {
    kind: "coming",
    sinceMs: 100,
  }],
  ["the group goes on without it", ({ place }) => place.move("late"), {
    kind: "moved",
    reason: "late",
  }],
  ["it is erased all the same", ({ place }) => {
    place.move("late");
    place.eraseBegun();
  }, { kind: "moved", reason: "late" }],
];

Deno.test("GroupPlace stands where what happened has brought it", () => {
  for (const [what, happen, state] of TABLE) {
    const lab = new Lab();
    happen(lab);
    deepStrictEqual(lab.place.state, state, what);
  }
});

Deno.test("GroupPlace ends a node's part when it has everything, is moved or was moved before", () => {
  const complete = new Lab();
  complete.take();
  complete.place.complete();
  deepStrictEqual([complete.end, complete.place.isComplete, complete.leaves], [
    "complete",
    true,
    1,
  ]);

  const moved = new Lab();
  moved.take();
  moved.place.move("silent");
  deepStrictEqual([moved.end, moved.place.isComplete, moved.leaves], ["silent", false, 1]);

  const late = new Lab();
  late.place.move("late");
  late.take();
  strictEqual(late.end, "late");

  const again = new Lab();
  again.take().unsubscribe();
  strictEqual(again.leaves, 1);
  again.take();
  strictEqual(again.end, "it has left the group");
});

Deno.test("perform() gives what a question came to, and its events to the node", () => {
  const lab = new Lab();
  const got: unknown[] = [];
  lab.take(() => andThen(tell(FOUND), () => done(MAP)));
  lab.place.perform((member) => member.askMap(RANGE))
    .subscribe({ next: (map) => got.push(map), complete: () => got.push("end") });
  deepStrictEqual([got, lab.events, lab.end], [[MAP, "end"], ["nodePhase"], ""]);
});

Deno.test("perform() gives nothing where the question failed, and the node's part ends with that", () => {
  const lab = new Lab();
  const got: unknown[] = [];
  lab.take(() => fail(() => new Error("silence")));
  lab.place.perform((member) => member.askMap(RANGE))
    .subscribe({ next: (map) => got.push(map), complete: () => got.push("end") });
  deepStrictEqual([got, lab.end], [["end"], "Error: silence"]);
});

Deno.test("perform() ends with the node's part, and asks nobody who has left", () => {
  const lab = new Lab();
  const got: unknown[] = [];
  let asked = 0;
  const part = lab.take(() => {
    asked++;
    return andThen(wait(NEVER), () => done(MAP));
  });
  const ask = () =>
    lab.place.perform((member) => member.askMap(RANGE))
      .subscribe({ complete: () => got.push("end") });
  ask();
  part.unsubscribe();
  deepStrictEqual(got, ["end"]);
  ask();
  deepStrictEqual([got, asked], [["end", "end"], 1]);
});
