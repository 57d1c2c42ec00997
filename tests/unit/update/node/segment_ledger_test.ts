import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import type { FlashSegment } from "../../../../src/stm32/mod.ts";
import { VerifyMismatchError } from "../../../../src/update/node/errors.ts";
import { SegmentLedger } from "../../../../src/update/node/segment_ledger.ts";

/** Segments of 16 bytes, one behind the other. */
function segment(index: number): FlashSegment {
  const range = { start: 16 * index, end: 16 * index + 16 };
  return {
    index,
    range,
    eraseUnits: [],
    write: { ...range, data: new Uint8Array(16) },
    holdsVectorTable: index === 0,
  };
}

const SEGMENTS = [0, 1, 2].map(segment);
const DIFFERENT = new VerifyMismatchError({ address: 0, sizeBytes: 16 }, new Uint8Array(0));

Deno.test("SegmentLedger knows nothing at first, and trusts what it is asked about", () => {
  const ledger = new SegmentLedger();
  ok(!ledger.isDistrusted && !ledger.isTouched && !ledger.isErased && !ledger.isTransferOpen);
  ok(!ledger.erasesInSilence && !ledger.isClosingInVain && ledger.asksJointly);
  strictEqual(ledger.stateBefore, undefined);
  deepStrictEqual(ledger.torn(SEGMENTS), []);
  ok(SEGMENTS.every((one) => ledger.isWorthAsking(one)));
  ok(SEGMENTS.every(({ index }) => !ledger.isBlank(index) && !ledger.isVerified(index)));
});

Deno.test("SegmentLedger.touch() makes what was verified or blank uncertain again", () => {
  const ledger = new SegmentLedger();
  ledger.verify(0);
  ledger.blank(1);
  ledger.touch(0);
  ledger.touch(1);
  ok(!ledger.isVerified(0), "an erase was asked for: whatever it held may be half erased");
  ok(!ledger.isBlank(1), "another erase may be broken off: it is not written as if it were blank");
  ok(!ledger.isWorthAsking(segment(0)), "half-erased cells can read right");
  deepStrictEqual(ledger.torn(SEGMENTS), [segment(0).range, segment(1).range]);
  ledger.verify(0);
  deepStrictEqual(ledger.torn(SEGMENTS), [segment(1).range]);
  ok(!ledger.isWorthAsking(segment(0)));
});

Deno.test("SegmentLedger.touch() takes back a refused erase, and no one that was before it", () => {
  const ledger = new SegmentLedger();
  ledger.verify(0);
  ledger.touch(0)();
  ok(ledger.isVerified(0) && !ledger.isTouched, "the node still holds what was compared");
  deepStrictEqual(ledger.torn(SEGMENTS), []);

  ledger.touch(1)();
  ok(!ledger.isTouched && !ledger.isVerified(1));
  ok(ledger.isWorthAsking(segment(1)));

  ledger.touch(2);
  ledger.touch(2)();
  ok(ledger.isTouched, "the first erase may have begun");
  ok(!ledger.isWorthAsking(segment(2)));
  deepStrictEqual(ledger.torn(SEGMENTS), [segment(2).range]);
});

Deno.test("SegmentLedger.refused() has erased again what was blank in an earlier session alone", () => {
  const ledger = new SegmentLedger();
  ledger.blank(0);
  ledger.blank(1);
  ledger.refused(0);
  ok(ledger.isBlank(0), "it was erased in this session: another erase would not help");

  ledger.sessionLost();
  ok(ledger.isBlank(0) && ledger.isBlank(1), "a reset writes nothing");
  ledger.blank(1);
  ledger.refused(0);
  ledger.refused(1);
  ok(!ledger.isBlank(0), "its bootloader wants to have erased in this session");
  ok(ledger.isBlank(1), "it was erased again in this session");

  ledger.refused(0);
  ledger.blank(0);
  ledger.refused(0);
  ok(ledger.isBlank(0), "erased again: what was before the loss counts no more");

  ledger.sessionLost();
  ledger.write(0);
  ledger.blank(0);
  ledger.refused(0);
  ok(ledger.isBlank(0));
});

Deno.test("SegmentLedger.sessionLost() knows that no download outlives a session", () => {
  const ledger = new SegmentLedger();
  ledger.isTransferOpen = true;
  ledger.sessionLost();
  ok(!ledger.isTransferOpen);
});

Deno.test("SegmentLedger.write() has erased what was written in part", () => {
  const ledger = new SegmentLedger();
  ledger.touch(0);
  ledger.blank(0);
  ledger.write(0);
  ok(!ledger.isBlank(0));
});

Deno.test("SegmentLedger.isInvalidatedBy() is so while a segment is blank, or was written anew", () => {
  const ledger = new SegmentLedger();
  ok(!ledger.isInvalidatedBy(0), "it holds the old table");
  ledger.verify(0);
  ok(!ledger.isInvalidatedBy(0), "the node takes its application for valid by it");
  ledger.touch(0);
  ok(!ledger.isInvalidatedBy(0), "nobody knows what became of the erase");
  ledger.blank(0);
  ok(ledger.isInvalidatedBy(0));
  ledger.write(0);
  ok(!ledger.isInvalidatedBy(0), "it may hold half of the new table");
  ledger.verify(0);
  ok(ledger.isInvalidatedBy(0));
});

Deno.test("SegmentLedger.learn() adds what is known by a serial number to what is known by the place", () => {
  const [first, second] = [segment(0).range, segment(1).range];
  const ledger = new SegmentLedger({ distrusted: [first], endState: "bootloader" });
  ledger.learn({ distrusted: [second], endState: "oldImage" });
  ledger.learn(undefined);
  ok(ledger.isDistrusted);
  deepStrictEqual(ledger.torn(SEGMENTS), [first, second]);
  deepStrictEqual(SEGMENTS.map((one) => ledger.isWorthAsking(one)), [false, false, true]);
  strictEqual(ledger.stateBefore, "bootloader");
});

Deno.test("SegmentLedger distrusts a segment that a torn place touches at either end", () => {
  const { start, end } = segment(1).range;
  const isAsked = (torn: { start: number; end: number }): boolean =>
    new SegmentLedger({ distrusted: [torn], endState: "bootloader" }).isWorthAsking(segment(1));
  ok(!isAsked({ start: end - 1, end: end + 8 }));
  ok(!isAsked({ start: start - 8, end: start + 1 }));
  ok(isAsked({ start: end, end: end + 8 }));
  ok(isAsked({ start: start - 8, end: start }));
});

Deno.test("SegmentLedger counts what it knows, and what was asked for and compared", () => {
  const ledger = new SegmentLedger();
  ledger.verify(0);
  ledger.differ(1, DIFFERENT);
  strictEqual(ledger.verifiedCount, 1);
  strictEqual(ledger.comparedCount, 2, "a node that tells of one more each time gets on");
  strictEqual(ledger.differenceOf(1), DIFFERENT);
  strictEqual(ledger.differenceOf(0), undefined);
  deepStrictEqual(SEGMENTS.map((one) => ledger.isWorthAsking(one)), [false, false, true]);
});

Deno.test("SegmentLedger has the very first erase tried once more, and no other", () => {
  const ledger = new SegmentLedger();
  ok(ledger.mayTryFirstErase());
  ok(!ledger.mayTryFirstErase());
  ok(!ledger.isErased);
  ledger.confirmErase();
  ok(ledger.isErased);
});
