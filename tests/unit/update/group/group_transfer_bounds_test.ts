/** Whom a group counts, asks and waits for, to the millisecond, and what is left of it by a cut. */
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import type { GroupMap } from "../../../../src/group/mod.ts";
import type { GroupPlace } from "../../../../src/update/mod.ts";
import { GroupLab, NOTHING_MISSING } from "./_group_lab.ts";

const kindOf = ({ state }: GroupPlace): string => state.kind;

function missing(...blocks: readonly number[]): GroupMap {
  const generations = [{ generation: 0, heldParity: 0, isWrong: false, missing: blocks }];
  return { ...NOTHING_MISSING, generations };
}

/** Ends a place's erase at a time, and has it take part. */
function ready(lab: GroupLab, place: GroupPlace | undefined, atMs: number): void {
  lab.wait(atMs - lab.clock.now());
  place!.eraseEnded();
  lab.takePart(place!, { answerMs: Infinity });
}

Deno.test("GroupTransfer keeps the place of a node that enrolled again as its old one is left", () => {
  const { transfer } = new GroupLab();
  const before = transfer.enroll("a");
  const now = transfer.enroll("a");
  before.leave();
  strictEqual(transfer.placeOf("a"), now);
  now.leave();
  strictEqual(transfer.placeOf("a"), undefined);
});

Deno.test("GroupTransfer takes the median of erases, whatever their order, and of no other states", () => {
  const lab = new GroupLab();
  const [a, b, c, slow] = lab.erasing("a", "b", "c", "slow");
  const coming = ["x", "y"].map((name) => lab.transfer.enroll(name));
  coming.forEach((place) => place.isAwaited());
  ready(lab, a, 1000);
  ready(lab, c, 1000);
  ready(lab, b, 1800);
  lab.wait(49);
  strictEqual(kindOf(slow!), "erasing");
  lab.wait(2);
  strictEqual(kindOf(slow!), "moved", "a fifth, and 650 ms, longer than 1000 ms");
  strictEqual(lab.firstMs, undefined);
  // Who was moved is not waited for, though it has not left yet.
  coming.forEach((place) => place.leave());
  strictEqual(lab.firstMs, 1851);
});

Deno.test("GroupTransfer moves each slow node at its own time", () => {
  const lab = new GroupLab();
  const [a, b, slow] = lab.erasing("a", "b", "slow");
  lab.wait(60);
  const [slower] = lab.erasing("slower");
  ready(lab, a, 1000);
  ready(lab, b, 1000);
  lab.wait(849);
  strictEqual(kindOf(slow!), "erasing");
  lab.wait(2);
  strictEqual(kindOf(slow!), "moved");
  strictEqual(kindOf(slower!), "erasing");
  lab.wait(57);
  strictEqual(kindOf(slower!), "erasing");
  lab.wait(3);
  strictEqual(kindOf(slower!), "moved");
});

Deno.test("GroupTransfer waits for who only said that it will from the last that is ready on", () => {
  const lab = new GroupLab();
  const [a] = lab.erasing("a");
  lab.transfer.enroll("silent");
  ready(lab, a, 100);
  lab.wait(140);
  const [late] = lab.erasing("late");
  lab.wait(500);
  // 150 ms for the silent one; for the other 2 % longer than the median erase, and 20 ms.
  strictEqual(lab.firstMs, 240 + 122);
  strictEqual(kindOf(late!), "erasing");
});

Deno.test("GroupTransfer lets in who comes late at once, though others may still come", () => {
  const lab = new GroupLab();
  const [a, late] = lab.erasing("a", "late");
  ready(lab, a, 100);
  lab.wait(50);
  ok(lab.firstMs !== undefined, "it is under way");
  lab.transfer.enroll("queued").isAwaited();
  ready(lab, late, 160);
  strictEqual(kindOf(late!), "in");
});

Deno.test("GroupTransfer mends those that have answered as soon as the one that has not leaves", () => {
  const lab = new GroupLab();
  const [a, silent] = lab.erasing("a", "silent");
  for (const place of [a!, silent!]) place.eraseEnded();
  lab.takePart(a!, { map: (nth) => nth === 0 ? missing(4) : NOTHING_MISSING });
  const part = lab.takePart(silent!, { answerMs: Infinity });
  lab.wait(80);
  strictEqual(lab.sentAtMs.length, 8, "it is waited for");
  part.unsubscribe();
  strictEqual(lab.sentAtMs[8], 80);
});

Deno.test("GroupTransfer goes on with its pass while nodes answer, and asks all of them", () => {
  const lab = new GroupLab({ region: { sizeBytes: 40 * 512, generationBlocks: 40 } });
  const names = Array.from({ length: 20 }, (_, i) => `n${i}`);
  const places = lab.erasing(...names);
  for (const [i, place] of places.entries()) {
    place.eraseEnded();
    // The first eight keep all others waiting, for longer than a round may be silent.
    lab.takePart(place, { answerMs: (nth) => nth === 0 && i < 8 ? 190 : 2 });
  }
  lab.wait(8 * 5 + 100);
  ok(lab.sentAtMs.length > 20, `${lab.sentAtMs.length} messages`);
  lab.wait(3000);
  strictEqual(lab.asked.length, 2 * 20, "each behind the first blocks, and at the end");
  deepStrictEqual([...lab.ends.values()], names.map(() => "whole"));
});

Deno.test("GroupTransfer asks on where those in the middle are slow, and the last ones are not", () => {
  const lab = new GroupLab({ region: { sizeBytes: 40 * 512, generationBlocks: 40 } });
  const names = Array.from({ length: 20 }, (_, i) => `n${i}`);
  for (const [i, place] of lab.erasing(...names).entries()) {
    place.eraseEnded();
    lab.takePart(place, { answerMs: (nth) => nth === 0 && i >= 8 && i < 16 ? 300 : 10 });
  }
  lab.wait(5000);
  const countOf = (name: string): number =>
    lab.asked.filter((one) => one.startsWith(`${name} `)).length;
  ok(names.every((name) => countOf(name) >= 2), "each behind the first blocks, and at the end");
  deepStrictEqual([...lab.ends.values()], names.map(() => "whole"));
});

Deno.test("GroupTransfer takes a round for silent 150 ms behind its last answer, and asks once", () => {
  const lab = new GroupLab();
  const names = Array.from({ length: 48 }, (_, i) => `n${i}`);
  for (const place of lab.erasing(...names)) {
    place.eraseEnded();
    lab.takePart(place, { answerMs: 50 });
  }
  // Six by eight, 50 ms each: 300 ms in all.
  lab.wait(2000);
  strictEqual(lab.asked.length, 48, "nobody is asked twice");
  const times = new Set(lab.asked.map((one) => Number(one.split(" at ")[1])));
  const [first] = times;
  deepStrictEqual([...times].map((ms) => ms - first!), [0, 50, 100, 150, 200, 250]);
  deepStrictEqual([...lab.ends.values()], names.map(() => "whole"));
});

Deno.test("GroupTransfer passes over a node that has left before it could be asked", () => {
  const lab = new GroupLab();
  const names = Array.from({ length: 10 }, (_, i) => `n${i}`);
  const parts = lab.erasing(...names).map((place) => {
    place.eraseEnded();
    return lab.takePart(place, { answerMs: 20 });
  });
  lab.wait(50);
  ok(lab.asked.length === 8, `${lab.asked.length} are asked`);
  parts[8]!.unsubscribe();
  lab.wait(1000);
  strictEqual(lab.ends.size, 9);
  ok(!lab.asked.some((one) => one.startsWith("n8 ")));
});

Deno.test("GroupTransfer counts a block's time from where its first frame was on the wire", () => {
  const lab = new GroupLab({ waitsMs: 20, programMs: 40 });
  for (const place of lab.erasing("a", "b")) {
    place.eraseEnded();
    lab.takePart(place);
  }
  lab.wait(2000);
  const gaps = lab.sentAtMs.slice(1).map((atMs, i) => atMs - lab.sentAtMs[i]!);
  deepStrictEqual(gaps.slice(0, 4), [60, 60, 60, 60]);
});

Deno.test("GroupTransfer needs no deeper stack for each message of a wire that takes no time", () => {
  const count = 6000;
  const lab = new GroupLab({
    isInstant: true,
    programMs: 0,
    region: { sizeBytes: count * 8, blockBytes: 8, generationBlocks: 96 },
  });
  const [a] = lab.erasing("a");
  a!.eraseEnded();
  lab.takePart(a!);
  lab.wait(1000);
  strictEqual(lab.ends.get("a"), "whole");
  strictEqual(lab.sentAtMs.length, count);
});

Deno.test("GroupTransfer that is cut has those who are in open it anew, and waits behind it for them", () => {
  const lab = new GroupLab({ region: { sizeBytes: 96 * 512, generationBlocks: 96 } });
  const [a, b, late] = lab.erasing("a", "b", "late");
  for (const place of [a!, b!]) place.eraseEnded();
  const map = (nth: number): GroupMap => nth === 0 ? missing(0, 1, 2) : NOTHING_MISSING;
  lab.takePart(a!, { map });
  const failing = lab.takePart(b!, { map, answerMs: (nth) => nth === 0 ? 2 : Infinity });
  lab.wait(150);
  const { rest } = lab.transfer;
  deepStrictEqual(lab.reopened, ["a", "b"]);
  strictEqual(lab.ends.get("a"), "whole");
  const behind = (): readonly string[] =>
    ["a", "b", "late"].map((name) => rest?.placeOf(name)?.state.kind ?? "none");
  deepStrictEqual(behind(), ["queued", "queued", "none"], "who comes late is not waited for there");
  late!.leave();
  failing.unsubscribe();
  deepStrictEqual(behind(), ["queued", "none", "none"], "who fails does not come as far");
  strictEqual(lab.transfer.placeOf("a"), undefined);
});

Deno.test("GroupPlace goes from state to state, and none that is left or moved comes back", () => {
  const lab = new GroupLab();
  lab.wait(60);
  const place = lab.transfer.enroll("a");
  place.eraseEnded();
  place.enter();
  place.complete();
  deepStrictEqual(place.state, { kind: "coming", sinceMs: 60 }, "it is neither erased nor ready");
  place.eraseBegun();
  lab.wait(1000);
  place.eraseEnded();
  deepStrictEqual(place.state, { kind: "erased", sinceMs: 1060, tookMs: 1000 });

  const other = new GroupLab();
  other.transfer.enroll("queued").isAwaited();
  const direct = other.transfer.enroll("direct");
  other.takePart(direct);
  const opened = { bufferBlocks: 64, programMs: 1 };
  deepStrictEqual(direct.state, { kind: "ready", sinceMs: 0, tookMs: 0, opened });
  direct.move("it is slow");
  direct.isAwaited();
  deepStrictEqual(direct.state, { kind: "moved", reason: "it is slow" });

  let count = 0;
  direct.leave();
  direct.perform((member) => member.askMap({ first: 0, count: 0 })).subscribe({
    next: () => count++,
    complete: () => count += 10,
  });
  strictEqual(count, 10, "nobody is there to be asked");
});

Deno.test("GroupTransfer waits no longer in a round for who answers a question before it only then", () => {
  const mendedAtMs = (answerMs: number): number | undefined => {
    const lab = new GroupLab({ region: { sizeBytes: 40 * 512, generationBlocks: 40 } });
    const [a, slow] = lab.erasing("a", "slow");
    for (const place of [a!, slow!]) place.eraseEnded();
    lab.takePart(a!, { map: (nth) => nth === 1 ? missing(4) : NOTHING_MISSING });
    lab.takePart(slow!, { answerMs: (nth) => nth === 0 ? answerMs : Infinity });
    lab.wait(1000);
    return lab.sentAtMs[40];
  };
  // The round begins at 203 ms, 163 ms behind that question.
  const soonMs = mendedAtMs(100)!;
  ok(soonMs > 350, `${soonMs}`);
  strictEqual(mendedAtMs(250), soonMs);
});
