import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import type { FleetEvent } from "../../src/fleet/mod.ts";
import type { FirmwareImage } from "../../src/image/mod.ts";
import { findDevice, planFlash } from "../../src/stm32/mod.ts";
import { writtenParts } from "../../src/update/mod.ts";
import { buildProfile, type CheckText, type ProfileText } from "../../src/update/profiles/mod.ts";
import { ISO14229_TEXT } from "../../src/update/profiles/iso14229.ts";
import { F407_LAYOUT, randomImage, runBench } from "../support/bench.ts";

const START = F407_LAYOUT.application.start;
const SKIPPING_TEXT: ProfileText = {
  ...ISO14229_TEXT,
  download: { ...ISO14229_TEXT.download, skipsErased: true },
};
const SKIPPING = buildProfile("skipping", SKIPPING_TEXT).profile;
const WHOLE = buildProfile("whole", ISO14229_TEXT).profile;

/** 64 KiB in three segments, of which these ranges hold the erased value. */
function imageWithRuns(...runs: readonly (readonly [start: number, end: number])[]): FirmwareImage {
  const image = randomImage(START, 64 * 1024, 1);
  for (const [start, end] of runs) image.ranges[0]!.data.fill(0xFF, start, end);
  return image;
}

function framesOf(image: FirmwareImage, profile = SKIPPING): {
  readonly frames: number;
  readonly events: readonly FleetEvent[];
} {
  const { bus, events, nodes } = runBench({ image, profile, behaviours: [{}] });
  strictEqual(events.filter(({ type }) => type === "nodeDone").length, 1);
  const { start, data } = image.ranges[0]!;
  deepStrictEqual(nodes[0]!.flash.read(start, data.length), data);
  return { frames: bus.statistics.frames, events };
}

Deno.test("long runs of what erased flash holds are not sent, where the profile allows", () => {
  // Within a segment, over a border, and to a segment's end: 20 KiB of 64.
  const image = imageWithRuns([2048, 6144], [12_000, 20_192], [24_576, 32_768]);
  const all = framesOf(image, WHOLE).frames;
  const skipping = framesOf(image).frames;
  const ratio = skipping / all;
  ok(ratio > 1 - 20 / 64 && ratio < 1 - 18 / 64, `${skipping} of ${all} frames`);
});

Deno.test("a segment that is erased and nothing else is checked all the same", () => {
  // Its flash was never used: it would be found right, and left alone.
  const unasked = buildProfile("unasked", {
    ...SKIPPING_TEXT,
    check: { ...ISO14229_TEXT.check as CheckText, readOnly: false },
  }).profile;
  const { events } = framesOf(imageWithRuns([16_384, 32_768]), unasked);
  const phases = events.flatMap((event) =>
    event.type === "segmentPhase" && event.segment === 1 ? [event.phase] : []
  );
  deepStrictEqual(phases.slice(-4), ["erasing", "writing", "verifying", "verified"]);
  const written = events.findLast((event) =>
    event.type === "segmentProgress" && event.segment === 1
  );
  ok(written?.type === "segmentProgress" && written.writtenBytes === 16_384);
});

Deno.test("without long runs a segment comes in one download as before", () => {
  const image = imageWithRuns([4096, 5000]);
  strictEqual(framesOf(image).frames, framesOf(image, WHOLE).frames);
});

Deno.test("writtenParts() begins and ends at program units", () => {
  for (const device of ["STM32H743ZI", "STM32F103ZE", "STM32G474RE"]) {
    const geometry = findDevice(device);
    const { erasedValue, program: { unitBytes } } = geometry;
    const layout = {
      bootloader: { start: 0x0800_0000, end: 0x0802_0000 },
      application: { start: 0x0802_0000, end: 0x0804_0000 },
    };
    const image = randomImage(0x0802_0000, 64 * 1024, 2);
    const { data } = image.ranges[0]!;
    new DataView(data.buffer).setUint32(0, geometry.ram[0]!.end, true);
    new DataView(data.buffer).setUint32(4, 0x0802_0101, true);
    data.fill(erasedValue, 2051, 9999);
    const plan = planFlash({ image, geometry, layout });
    let held = 0;
    for (const segment of plan.segments) {
      const copy = new Uint8Array(segment.write.data.length).fill(erasedValue);
      for (const part of writtenParts({ plan, profile: SKIPPING }, segment)) {
        strictEqual(part.address % unitBytes, 0);
        strictEqual(part.data.length % unitBytes, 0);
        copy.set(part.data, part.offset);
        held += part.data.length;
      }
      deepStrictEqual(copy, segment.write.data, device);
    }
    ok(held < 60 * 1024, `${held}`);
  }
});

Deno.test("a profile may not leave bytes out where nothing could tell where the rest belongs", () => {
  const { problems } = buildProfile("wrong", {
    ...ISO14229_TEXT,
    download: { ...ISO14229_TEXT.download, skipsErased: true, unit: "image" },
  });
  strictEqual(problems.length, 1);
  deepStrictEqual(problems[0]!.path, ["download", "skipsErased"]);
});
