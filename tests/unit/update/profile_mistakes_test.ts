/** What is wrong with a profile that somebody wrote, and what of it is taken. */
import { deepStrictEqual } from "node:assert/strict";
import {
  buildProfile,
  BUILT_IN_PROFILE_TEXTS,
  changeProfile,
  type ProfileChange,
  type ProfileText,
} from "../../../src/update/mod.ts";

const BASE = BUILT_IN_PROFILE_TEXTS.get("iso14229")!;

/** Mistakes of a profile that changes `iso14229`: "where: what". */
function mistakes(change: ProfileChange): readonly string[] {
  return buildProfile("mine", changeProfile(BASE, change)).problems
    .map(({ path, message }) => `${path.join(".")}: ${message}`);
}

const erase = (request: string): ProfileChange => ({ erase: { request } });
const check = (request: string): ProfileChange => ({ check: { request } });
const block = (request: string, more = {}): ProfileChange => ({
  download: { block: { request, ...more } },
});
const NO_BLOCK = "expected 36 {counter:1}, and {data} somewhere behind it; " +
  "of a bootloader that counts no blocks: counter: none; 3D and 2E may write blocks, too";

const MISTAKES: readonly (readonly [string, ProfileChange, readonly string[]])[] = [
  ["numbers of 6 bytes", erase("31 01 FF 00 {address:6} {size:6}"), []],
  ["a number of 7 bytes", erase("31 01 FF 00 {address:4} {size:7}"), [
    "erase.request: {size:7}: expected at most 6 bytes",
  ]],
  ["a number without a length", erase("31 01 FF 00 {size}"), [
    "erase.request: {size}: expected a length, for example {size:4}",
  ]],
  ["an address of 2 bytes", erase("31 01 FF 00 {address:2} {size:1}"), [
    "erase.request: {address:2}: expected 4 bytes, as addresses of STM32 have; " +
    "places counted from the application's start are {offset:2}",
  ]],
  ["bytes without a length", { enter: ["2E F1 5A {fingerprint}"] }, []],
  ["no service", erase("{address:4} FF"), [
    "erase.request: expected a request that begins with its service",
  ]],
  ["a checksum of its own length", check("31 01 02 02 {checksum:4}"), []],
  ["a checksum without a length", check("31 01 02 02 {checksum}"), []],
  ["a checksum of another length", check("31 01 02 02 {checksum:3}"), [
    "check.request: {checksum:3}: expected 4 bytes, as the check's algorithm makes them",
  ]],
  ["a checksum of nothing", { check: "none", driver: { check: "31 01 02 02 {checksum:4}" } }, [
    "driver.check: {checksum}: expected an algorithm to make it",
  ]],
  ["a block", block("36 {counter:1} {data}"), []],
  ["a block with more in it", block("36 {counter:1} {address:4} {size:2} {data}"), []],
  [
    "a block with a checksum",
    block("36 {counter:1} {data} {checksum:2}", { algorithm: "crc16-ccitt" }),
    [],
  ],
  [
    "a block with a checksum of another length",
    block("36 {counter:1} {data} {checksum:3}", { algorithm: "crc16-ccitt" }),
    ["download.block.request: {checksum:3}: expected 2 bytes, as the block's algorithm makes them"],
  ],
  ["a block without a counter", block("36 {data}"), [`download.block.request: ${NO_BLOCK}`]],
  ["a block that is its service", block("36"), [`download.block.request: ${NO_BLOCK}`]],
  ["a block without data", block("36 {counter:1}"), [`download.block.request: ${NO_BLOCK}`]],
  ["a block with an address for data", block("36 {counter:1} {address:4}"), [
    `download.block.request: ${NO_BLOCK}`,
  ]],
  ["a block with a wide counter", block("36 {counter:2} {data}"), [
    "download.block.request: {counter}: expected {counter:1}, one byte",
  ]],
  ["a block with a byte before its counter", block("36 01 {counter:1} {data}"), [
    `download.block.request: ${NO_BLOCK}`,
  ]],
  ["a block of another service", block("34 {counter:1} {data}"), [
    `download.block.request: ${NO_BLOCK}`,
  ]],
  ["a block with another number for its counter", block("36 {size:1} {data}"), [
    `download.block.request: ${NO_BLOCK}`,
  ]],
  ["a cap that leaves no room for data", { download: { maxNumberOfBlockLengthCap: 2 } }, [
    "download.maxNumberOfBlockLengthCap: expected more than 2: a block has that many bytes beside " +
    "its data",
  ]],
  ["a cap that leaves room for a byte", { download: { maxNumberOfBlockLengthCap: 3 } }, []],
  ["a group of blocks that none takes", { group: { blockBytes: 7 } }, ["group"]],
  ["a driver that nobody checks", { driver: {} }, []],
  ["parts of whole images", { download: { skipsErased: true, unit: "image" } }, [
    "download.skipsErased: expected false: only downloads of segments that name {address} or {offset}, and " +
    "{size}, with an erase before and a check behind, may leave bytes out",
  ]],
  ["parts that nobody checks", { download: { skipsErased: true }, check: "none" }, [
    "download.skipsErased: expected false: only downloads of segments that name {address} or {offset}, and " +
    "{size}, with an erase before and a check behind, may leave bytes out",
  ]],
  ["parts that say where they belong", { download: { skipsErased: true } }, []],
];

for (const [what, change, expected] of MISTAKES) {
  Deno.test(`buildProfile() of ${what}: ${expected.length === 0 ? "right" : "wrong"}`, () => {
    const found = mistakes(change);
    const isGroup = expected[0] === "group";
    deepStrictEqual(isGroup ? found.map((one) => one.split(":")[0]) : found, expected);
  });
}

Deno.test("buildProfile() leaves no part of a request that it cannot read", () => {
  const { profile, problems } = buildProfile("mine", changeProfile(BASE, erase("31 0 FF")));
  deepStrictEqual(problems.map(({ path }) => path), [["erase", "request"]]);
  deepStrictEqual(profile.erase.request, { text: "31 0 FF", parts: [] });
});

Deno.test("buildProfile() leaves no bytes out where the profile may not", () => {
  for (
    const [download, skipsErased] of [
      [{}, false],
      [{ skipsErased: false }, false],
      [{ skipsErased: true }, true],
      [{ skipsErased: true, unit: "image" }, false],
      [{ skipsErased: true, request: "34 00 41 {segment:1} {size:4}" }, false],
      [{ skipsErased: true, request: "34 00 44 {address:4}" }, false],
    ] as const
  ) {
    const { profile } = buildProfile("mine", changeProfile(BASE, { download }));
    deepStrictEqual(profile.download.skipsErased, skipsErased, JSON.stringify(download));
  }
});

Deno.test("changeProfile() replaces lists and texts, and merges sections key by key", () => {
  const changed = (change: ProfileChange): Partial<ProfileText> => {
    const text = changeProfile(BASE, change);
    const keys = Object.keys(text) as (keyof ProfileText)[];
    return Object.fromEntries(
      keys.filter((key) => text[key] !== BASE[key]).map((key) => [key, text[key]]),
    );
  };
  const driver = { check: "31 01 02 03" };
  deepStrictEqual(changed({}), {});
  deepStrictEqual(changed({ before: undefined } as unknown as ProfileChange), {});
  deepStrictEqual(changed({ before: [] }), { before: [] });
  deepStrictEqual(changed({ timing: { p2Ms: 7 } }), { timing: { ...BASE.timing, p2Ms: 7 } });
  deepStrictEqual(changed({ driver }), { driver });
  deepStrictEqual(changed({ check: "none" }), { check: "none" });
});
