/** One group in virtual time: whom it waits for, when it sends, and what a silent node costs others. */
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import type { GroupMap } from "../../../../src/group/mod.ts";
import type { GroupPlace } from "../../../../src/update/mod.ts";
import { GroupLab, MESSAGE_MS, NOTHING_MISSING } from "./_group_lab.ts";

Deno.test("GroupTransfer begins when all that come are ready, and sends one message at a time", () => {
  const lab = new GroupLab();
  const [a, b] = lab.erasing("a", "b");
  lab.wait(1000);
  a!.eraseEnded();
  lab.takePart(a!);
  lab.wait(10);
  strictEqual(lab.sentAtMs.length, 0, "the other one erases still, and would miss it");
  b!.eraseEnded();
  lab.takePart(b!);
  strictEqual(lab.firstMs, 1010);
  lab.wait(1000);
  strictEqual(lab.sentAtMs.length, 8);
  strictEqual(lab.onWireMax, 1);
  deepStrictEqual([...lab.ends], [["a", "whole"], ["b", "whole"]]);
});

Deno.test("GroupTransfer waits for no erase that takes over 2 % longer than the median one", () => {
  const lab = new GroupLab();
  const [a, b, late] = lab.erasing("a", "b", "late");
  lab.wait(1000);
  for (const place of [a!, b!]) {
    place.eraseEnded();
    lab.takePart(place);
  }
  lab.wait(39);
  strictEqual(lab.firstMs, undefined, "it may be done in a moment");
  lab.wait(500);
  strictEqual(lab.firstMs, 1040);
  late!.eraseEnded();
  lab.takePart(late!, {
    map: (nth) =>
      nth === 0
        ? {
          ...NOTHING_MISSING,
          generations: [{ generation: 0, heldParity: 0, isWrong: false, missing: [0, 1, 2] }],
        }
        : NOTHING_MISSING,
  });
  lab.wait(2000);
  deepStrictEqual([...lab.ends.values()], ["whole", "whole", "whole"], "it is sent what it missed");
});

function kindOf({ state }: GroupPlace): string {
  return state.kind;
}

Deno.test("GroupTransfer moves who erases a fifth longer than the median one, and no other", () => {
  const lab = new GroupLab();
  const [a, b, slow] = lab.erasing("a", "b", "slow");
  lab.wait(1000);
  for (const place of [a!, b!]) {
    place.eraseEnded();
    // They are at work for a while.
    lab.takePart(place, { map: () => ({ ...NOTHING_MISSING, isBusy: lab.clock.now() < 3000 }) });
  }
  // A lost answer may add 650 ms.
  lab.wait(849);
  strictEqual(kindOf(slow!), "erasing");
  lab.wait(2);
  strictEqual(kindOf(slow!), "moved");
  lab.takePart(slow!);
  ok(
    /erasing takes over 1850 ms, the median node.s 1000 ms/.test(lab.ends.get("slow") ?? ""),
    lab.ends.get("slow"),
  );
  slow!.eraseEnded();
  strictEqual(kindOf(slow!), "moved", "it does not come back");
});

Deno.test("GroupTransfer knows no median before half of its nodes have erased", () => {
  const lab = new GroupLab();
  const places = lab.erasing("a", "b", "c", "d", "e");
  const took = (place: GroupPlace, ms: number): void => {
    lab.wait(ms - lab.clock.now());
    place.eraseEnded();
    lab.takePart(place);
  };
  took(places[0]!, 300);
  took(places[1]!, 900);
  lab.wait(5000);
  strictEqual(lab.firstMs, undefined, "three of five may all take longer than these");
  took(places[2]!, 6000);
  // The middle one of five took 6 s: 6.14 s are waited for.
  lab.wait(139);
  strictEqual(lab.firstMs, undefined);
  lab.wait(2);
  strictEqual(lab.firstMs, 6140);
});

Deno.test("GroupTransfer waits for who is in a queue as long as it takes, and not for who leaves", () => {
  const lab = new GroupLab();
  const [a, b] = lab.erasing("a", "b");
  const queued = lab.transfer.enroll("queued");
  queued.isAwaited();
  lab.wait(100);
  for (const place of [a!, b!]) {
    place.eraseEnded();
    lab.takePart(place);
  }
  lab.wait(60_000);
  strictEqual(lab.firstMs, undefined, "its erase has its turn when another one's ends");
  queued.leave();
  strictEqual(lab.firstMs, 60_100);
});

Deno.test("GroupTransfer waits 150 ms behind the last that came for who only said that it will", () => {
  const lab = new GroupLab();
  const [a, b] = lab.erasing("a", "b");
  lab.transfer.enroll("silent");
  lab.wait(100);
  a!.eraseEnded();
  lab.takePart(a!);
  lab.wait(100);
  b!.eraseEnded();
  lab.takePart(b!);
  lab.wait(149);
  strictEqual(lab.firstMs, undefined);
  lab.wait(2);
  strictEqual(lab.firstMs, 350);
});

Deno.test("GroupTransfer goes on behind a message that could not be sent, after a pause", () => {
  const lab = new GroupLab();
  lab.unsendable.add(2);
  const [a] = lab.erasing("a");
  a!.eraseEnded();
  lab.takePart(a!);
  lab.wait(1000);
  strictEqual(lab.sentAtMs.length, 8, "the maps will tell");
  ok(lab.sentAtMs[3]! - lab.sentAtMs[2]! >= 50 + MESSAGE_MS, "the bus may be away");
  strictEqual(lab.ends.get("a"), "whole");
});

Deno.test("GroupTransfer goes on in a round without who is silent for 150 ms", () => {
  const lab = new GroupLab();
  const [a, silent] = lab.erasing("a", "silent");
  const missing = [{ generation: 0, heldParity: 0, isWrong: false, missing: [4] }];
  const map = (nth: number): GroupMap =>
    nth === 0 ? { ...NOTHING_MISSING, generations: missing } : NOTHING_MISSING;
  for (const place of [a!, silent!]) place.eraseEnded();
  lab.takePart(a!, { map });
  lab.takePart(silent!, { answerMs: Infinity });
  lab.wait(100);
  strictEqual(lab.sentAtMs.length, 8);
  lab.wait(2000);
  ok(lab.sentAtMs.length > 8, "nobody is mended for as long as one is silent");
  ok(lab.sentAtMs[8]! - lab.sentAtMs[7]! > 150);
  strictEqual(lab.ends.get("a"), "whole");
});

Deno.test("GroupTransfer asks eight at once, so that each one's answer is soon through", () => {
  const lab = new GroupLab();
  const places = lab.erasing(...Array.from({ length: 20 }, (_, i) => `n${i}`));
  for (const place of places) {
    place.eraseEnded();
    lab.takePart(place, { answerMs: 10 });
  }
  lab.wait(2000);
  strictEqual(lab.askedAtOnceMax, 8);
  strictEqual(lab.ends.size, 20);
  ok([...lab.ends.values()].every((end) => end === "whole"));
});

Deno.test("GroupTransfer lets a node go that has left, and takes its place once", () => {
  const lab = new GroupLab();
  const [a, b] = lab.erasing("a", "b");
  for (const place of [a!, b!]) place.eraseEnded();
  const part = lab.takePart(a!, { answerMs: Infinity });
  lab.takePart(b!);
  lab.wait(60);
  part.unsubscribe();
  strictEqual(lab.transfer.placeOf("a"), undefined);
  lab.wait(1000);
  strictEqual(lab.ends.get("b"), "whole");
  lab.takePart(a!);
  strictEqual(lab.ends.get("a"), "Cannot stay in the group: it has left the group");
});

Deno.test("GroupTransfer moves a node that could not program a block, and no other", () => {
  const lab = new GroupLab();
  const [a, bad] = lab.erasing("a", "bad");
  for (const place of [a!, bad!]) place.eraseEnded();
  lab.takePart(a!);
  lab.takePart(bad!, { map: () => ({ ...NOTHING_MISSING, hasFailed: true }) });
  lab.wait(2000);
  strictEqual(lab.ends.get("a"), "whole");
  ok(/a block could not be programmed/.test(lab.ends.get("bad") ?? ""));
});
