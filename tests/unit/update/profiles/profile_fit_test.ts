/** Places that requests name: what they come to, and which of them do not fit. */
import { deepStrictEqual, ok, strictEqual, throws } from "node:assert/strict";
import { findDevice, planFlash, planOpaque } from "../../../../src/stm32/mod.ts";
import {
  buildProfile,
  BUILT_IN_PROFILE_TEXTS,
  changeProfile,
  opaqueProfile,
  type ProfileChange,
  ProfileFitError,
  segmentForProfile,
} from "../../../../src/update/mod.ts";
import { offsetBase, placeFields } from "../../../../src/update/profiles/profile_fit.ts";
import { G474, imageFor } from "../../../support/host_bench.ts";

const PLAN = planFlash({
  image: imageFor(G474, 40 * 1024, 1),
  geometry: findDevice(G474.device),
  layout: G474.layout,
});

function built(change: ProfileChange) {
  const base = BUILT_IN_PROFILE_TEXTS.get("iso14229")!;
  const { profile, problems } = buildProfile("mine", changeProfile(base, change));
  deepStrictEqual(problems, []);
  return profile;
}

/** What is said of a profile that cannot name a place; `undefined` where it can name all. */
function misfit(change: ProfileChange): string | undefined {
  let told: string | undefined;
  try {
    segmentForProfile(PLAN, built(change));
  } catch (error) {
    ok(error instanceof ProfileFitError);
    strictEqual(error.code, "PROFILE_FIT");
    told = error.message.replace('Cannot write the image with profile "mine": ', "");
  }
  return told;
}

Deno.test("placeFields() counts from the application's start, or from the profile's base", () => {
  const range = { start: 0x0800_9000, end: 0x0800_A000 };
  const own = { plan: PLAN, profile: built({}) };
  strictEqual(offsetBase(own), 0x0800_8000);
  deepStrictEqual(placeFields(own, range), {
    address: 0x0800_9000,
    size: 0x1000,
    uncompressedSize: 0x1000,
    offset: 0x1000,
    page: 2,
    pages: 2,
  });
  const memory = { base: 0x0800_0000, pageBytes: 0x400 };
  const other = placeFields({ plan: PLAN, profile: built({ memory }) }, range);
  deepStrictEqual([other.offset, other.page, other.pages], [0x9000, 36, 4]);
});

Deno.test("segmentForProfile() lets a profile be whose fields hold all places", () => {
  strictEqual(misfit({ download: { request: "34 00 32 {offset:2} {size:3}" } }), undefined);
  const pages = "31 01 FF 00 {page:1} {pages:1}";
  strictEqual(misfit({ erase: { request: pages } }), undefined);
  const memory = { pageBytes: 0x2000 };
  strictEqual(misfit({ memory, erase: { request: pages } }), undefined);
  strictEqual(misfit({ memory, erase: { request: "31 01 FF 00 {page:1} {size:3}" } }), undefined);
});

Deno.test("segmentForProfile() refuses steps beside an erase whose pages reach beyond a segment", () => {
  const memory = { pageBytes: 0x10_0000 };
  for (const key of ["before", "after"]) {
    const step = "31 01 FF 10 {page:1} {pages:1}";
    const said = misfit({ memory, erase: { [key]: [step] } });
    ok(said?.startsWith("erase: pages of 1048576 bytes reach beyond 0x"), said);
    strictEqual(misfit({ erase: { [key]: [step] } }), undefined);
  }
});

// Which request it is that erases, the node alone knows.
Deno.test("segmentForProfile() refuses downloads whose pages reach beyond a segment", () => {
  const memory = { pageBytes: 0x10_0000 };
  for (const [key, service] of [["request", "34 00"], ["exit", "37"]]) {
    const download = { [key!]: `${service} {page:1} {pages:1}` };
    const said = misfit({ memory, download });
    ok(said?.startsWith(`download.${key}: pages of 1048576 bytes reach beyond 0x`), said);
    strictEqual(misfit({ memory: { pageBytes: 0x2000 }, download }), undefined);
  }
});

const SHORT = "34 00 41 {size:4}";
const MISFITS: (readonly [ProfileChange, string])[] = [
  [
    { download: { request: "34 00 43 {address:3} {size:4}" } },
    "{address:3} of download.request cannot hold 0x08008000; {offset} counts from the " +
    "application's start",
  ],
  [
    { download: { request: "34 00 12 {offset:2} {size:1}" } },
    "{size:1} of download.request " +
    "cannot hold 0x4000",
  ],
  [
    { download: { request: "34 00 41 {offset:1} {size:4}" } },
    "{offset:1} of download.request " +
    "cannot hold 0x4000",
  ],
  [{ download: { exit: "37 {offset:1}" } }, "{offset:1} of download.exit cannot hold 0x4000"],
  [
    { check: { request: "31 01 02 02 {offset:1} {checksum:4}" } },
    "{offset:1} of check.request " +
    "cannot hold 0x4000",
  ],
  [
    { download: { request: SHORT, block: { request: "36 {counter:1} {offset:1} {data}" } } },
    "{offset:1} of download.block.request cannot hold 0x3FFF",
  ],
  [{ erase: { before: ["31 01 FF 10 {offset:1}"] } }, "{offset:1} of erase cannot hold 0x4000"],
  [
    { memory: { base: 0x0800_9000 }, erase: { request: "31 01 FF 00 {offset:4}" } },
    "{offset:4} of erase.request cannot hold -4096, before memory.base",
  ],
  [
    { memory: { pageBytes: 0x3000 }, erase: { request: "31 01 FF 00 {page:1} {size:3}" } },
    "{page:1} of erase.request: 0x0800C000 is not where a page begins",
  ],
];

const PAGED = "34 00 12 {page:2} {pages:1}";
MISFITS.push(
  [
    { erase: { request: "31 01 FF 00 {page:1}" } },
    "{page} of erase.request names one page where 8 are erased; add {pages}",
  ],
  [
    {
      memory: { base: 0x0800_0000, pageBytes: 0x8000 },
      download: { unit: "image" },
      erase: { request: "31 01 FF 00 {page:1} {pages:1}" },
    },
    "erase.request: pages of 32768 bytes reach beyond 0x08012000, where a segment ends",
  ],
  [
    {
      memory: { base: 0x0800_0000, pageBytes: 0x8000 },
      erase: "none",
      download: { unit: "image", request: PAGED },
    },
    "download.request: pages of 32768 bytes reach beyond 0x08012000, where a segment ends",
  ],
);

for (const [change, told] of MISFITS) {
  Deno.test(`segmentForProfile() refuses what cannot be named: ${told}`, () => {
    strictEqual(misfit(change), told);
  });
}

Deno.test("segmentForProfile() refuses also where the image becomes one segment", () => {
  const whole = built({ download: { unit: "image", request: "34 00 21 {size:2}" } });
  strictEqual(segmentForProfile(PLAN, whole).segments.length, 1);
  const short = built({ download: { unit: "image", request: "34 00 11 {size:1}" } });
  throws(() => segmentForProfile(PLAN, short), ProfileFitError);
});

Deno.test("segmentForProfile() refuses an opaque image of which nobody states what a request names", () => {
  const profile = built({ download: { request: "34 11 22 {offset:2} {uncompressedSize:2}" } });
  const [{ write }] = PLAN.segments as [typeof PLAN.segments[number]];
  const input = { ...PLAN, image: { ranges: [write] } };
  throws(() => segmentForProfile(planOpaque(input, {}), profile), {
    message: 'Cannot write the image with profile "mine": {uncompressedSize:2} of ' +
      "download.request: nothing states it: say uncompressedSize beside the image's file",
  });
  const plan = planOpaque(input, { uncompressedSizeBytes: 0x8000 });
  strictEqual(segmentForProfile(plan, profile), plan);
  strictEqual(placeFields({ plan, profile }, write).uncompressedSize, 0x8000);
  throws(
    () => segmentForProfile(planOpaque(input, { uncompressedSizeBytes: 0x1_0000 }), profile),
    /\{uncompressedSize:2\} of download.request cannot hold 0x10000/,
  );
});

Deno.test("opaqueProfile() takes out what needs to know what flash will hold", () => {
  const profile = built({ download: { skipsErased: true }, group: {} });
  const opaque = opaqueProfile(profile);
  deepStrictEqual(
    [opaque.download.skipsErased, opaque.check?.readOnly, "group" in opaque],
    [false, false, false],
  );
  deepStrictEqual(opaque.finish, profile.finish);
  strictEqual(opaqueProfile(built({ check: "none" })).check, undefined);
});
