/** What a node of a group is asked, where its answers are longer than one message, or do not come. */
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { bytesToHex } from "../../../../src/core/mod.ts";
import {
  encodeMapResponse,
  type GenerationMap,
  GROUP_ROUTINE_ID,
  type GroupMap,
  type MapRange,
} from "../../../../src/group/mod.ts";
import type { FirmwareImage } from "../../../../src/image/mod.ts";
import { findDevice, planFlash } from "../../../../src/stm32/mod.ts";
import {
  groupContent,
  groupRuns,
  type GroupTransfer,
  type NodeContext,
} from "../../../../src/update/mod.ts";
import { askMap, closeGroup, isOutOfRange } from "../../../../src/update/group/group_exchanges.ts";
import { act, andThen, done, eventsOf, recover } from "../../../../src/update/node/step.ts";
import { UdsNegativeResponseError } from "../../../../src/uds/mod.ts";
import { G474, imageFor } from "../../../support/host_bench.ts";
import { converse, SEGMENT_BYTES } from "../_conversation.ts";

const REGION = {
  address: 0x0800_8000,
  sizeBytes: 8 * 16 * 512,
  blockBytes: 512,
  generationBlocks: 16,
};
const TRANSFER = { opening: { region: REGION } } as GroupTransfer;

function missing(generation: number): GenerationMap {
  return { generation, heldParity: 0, isWrong: false, missing: [generation] };
}

function answer(hasMore: boolean, ...generations: readonly number[]): string {
  const map: GroupMap = {
    isBusy: false,
    hasFailed: false,
    hasMore,
    mendedShare: 0,
    programMs: 1,
    generations: generations.map(missing),
  };
  return bytesToHex(encodeMapResponse(GROUP_ROUTINE_ID, map, REGION));
}

/** Asks a node that has room for some generations in one answer. */
function ask(range: MapRange, ...answers: readonly string[]): {
  readonly requests: readonly string[];
  readonly generations: readonly number[];
} {
  let generations: readonly number[] = [];
  const { requests } = converse({
    answers: { "31 03 47 52": (i) => answers[i] },
    talk: (context) =>
      eventsOf(andThen(askMap(context, TRANSFER, range), (map) =>
        act(() => {
          generations = map.generations.map(({ generation }) => generation);
        }))),
  });
  return { requests: requests.map((request) => request.slice(12)), generations };
}

Deno.test("askMap() asks on behind what had no room in one answer, and tells all of it at once", () => {
  deepStrictEqual(
    ask({ first: 0, count: 0 }, answer(true, 0, 2), answer(true, 3), answer(false, 7)),
    {
      requests: ["00 00 00", "00 03 00", "00 04 00"],
      generations: [0, 2, 3, 7],
    },
  );
  deepStrictEqual(ask({ first: 2, count: 4 }, answer(true, 2, 3), answer(false, 5)), {
    requests: ["00 02 04", "00 04 02"],
    generations: [2, 3, 5],
  });
});

Deno.test("askMap() asks for no more than it was to, and not again where nothing came", () => {
  deepStrictEqual(ask({ first: 2, count: 2 }, answer(true, 2, 3), answer(false)), {
    requests: ["00 02 02"],
    generations: [2, 3],
  });
  deepStrictEqual(ask({ first: 0, count: 0 }, answer(true), answer(false)), {
    requests: ["00 00 00"],
    generations: [],
  });
});

/** What closing a group comes to. */
function close(answerText: string): string {
  let end = "closed";
  converse({
    answers: { "31 02 47 52": () => answerText },
    talk: (context: NodeContext) =>
      eventsOf(recover(closeGroup(context), (error) => {
        end = (error as { code: string }).code;
        return done();
      })),
  });
  return end;
}

Deno.test("closeGroup() takes silence for closed, as the check behind it decides, and no refusal", () => {
  strictEqual(close("71 02 47 52"), "closed");
  strictEqual(close("silence"), "closed");
  strictEqual(close("7F 31 7F"), "UDS_NEGATIVE_RESPONSE");
});

Deno.test("isOutOfRange() is what a node of another version answers, and nothing else", () => {
  const refused = (nrc: number) =>
    new UdsNegativeResponseError(Uint8Array.of(0x31), Uint8Array.of(0x7F, 0x31, nrc));
  ok(isOutOfRange(refused(0x31)));
  ok(!isOutOfRange(refused(0x22)));
  ok(!isOutOfRange(new Error("0x31")));
});

function planOf(image: FirmwareImage) {
  return planFlash({ image, geometry: findDevice(G474.device), layout: G474.layout });
}

Deno.test("groupRuns() joins what has no gap, neither where it is erased nor where it is written", () => {
  const whole = imageFor(G474, 3 * SEGMENT_BYTES, 1);
  const [run, ...none] = groupRuns(planOf(whole));
  deepStrictEqual(none, []);
  strictEqual(run!.segments.length, 3);
  deepStrictEqual(run!.whole.write.data, whole.ranges[0]!.data);
  deepStrictEqual(run!.whole.range, {
    start: G474.layout.application.start,
    end: G474.layout.application.start + 3 * SEGMENT_BYTES,
  });
  strictEqual(run!.whole.eraseUnits.length, 24);
  ok(run!.whole.holdsVectorTable, "its first segment does");

  // Erased in one go, and written with a gap: not one message may go where nothing belongs.
  const { start, data } = whole.ranges[0]!;
  const cut = SEGMENT_BYTES - 1024;
  const range = (from: number, end: number) => ({
    start: start + from,
    end: start + end,
    data: data.subarray(from, end),
  });
  const gap = planOf({ ranges: [range(0, cut), range(SEGMENT_BYTES, 3 * SEGMENT_BYTES)] });
  const parts = groupRuns(gap);
  const bytes = parts.map(({ whole: { write } }) => write.data.length);
  strictEqual(bytes.length, 2);
  ok(bytes[0]! <= SEGMENT_BYTES);
  ok(!parts[1]!.whole.holdsVectorTable);
});

Deno.test("groupContent() tells images apart by their bytes and by where they lie", () => {
  const one = groupContent(planOf(imageFor(G474, SEGMENT_BYTES, 1)));
  strictEqual(groupContent(planOf(imageFor(G474, SEGMENT_BYTES, 1))), one);
  ok(groupContent(planOf(imageFor(G474, SEGMENT_BYTES, 2))) !== one);
  const [range] = imageFor(G474, SEGMENT_BYTES, 1).ranges;
  const more = { start: range!.start + 2 * SEGMENT_BYTES, end: range!.end + 2 * SEGMENT_BYTES };
  const two = groupContent(planOf({ ranges: [range!, { ...more, data: range!.data }] }));
  ok(two !== one && two !== `${one},${one}`);
});
