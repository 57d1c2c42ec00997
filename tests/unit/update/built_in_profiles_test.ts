/** What each built-in profile sends, in order, and what it makes of the answers. */
import { deepStrictEqual, strictEqual } from "node:assert/strict";
import {
  buildProfile,
  BUILT_IN_PROFILE_TEXTS,
  BUILT_IN_PROFILES,
  type NodeStep,
  type UpdateProfile,
} from "../../../src/update/mod.ts";

type Answer = UpdateProfile["erase"]["answer"];

/** `good/busy/bad`, and `poll` where it is asked again. */
function statuses(answer: Answer | undefined): string {
  if (answer === undefined) return "any";
  const { good, busy, bad, poll } = answer;
  const list = (bytes: readonly number[] = []): string =>
    bytes.length > 9 ? "all" : bytes.join(",");
  const asked = poll === undefined
    ? ""
    : ` poll ${poll.request?.text ?? "same"} ${poll.intervalMs} ms${poll.always ? " always" : ""}` +
      poll.notReadyNrcs.map((nrc) => ` not 0x${nrc.toString(16)}`).join("");
  return `${list(good)}/${list(busy)}/${list(bad)}${asked}`;
}

/** A step; what is `0//` of an answer is left out, as most are. */
function stepText(step: NodeStep): string {
  switch (step.kind) {
    case "talkTo":
      return `talk to ${step.program}`;
    case "wait":
      return `wait ${step.delayMs}`;
    case "securityAccess":
      return `key ${step.level}`;
    case "authentication":
      return "certificate";
    case "request": {
      const said = statuses(step.answer);
      return `${step.request.text}${step.optional ? "?" : ""}${said === "0//" ? "" : ` (${said})`}`;
    }
  }
}

/** One profile, a line for each section. */
function lines(profile: UpdateProfile): readonly string[] {
  const { before, enter, driver, erase, download, check, group, banks, finish, after } = profile;
  const steps = (all: readonly NodeStep[]): string => all.map(stepText).join(" | ");
  const texts = (all: UpdateProfile["before"]): string =>
    all.map(({ request }) => request.text).join(" | ");
  const { block } = download;
  const blocks = `${block.request.text} ${block.algorithm ?? ""} (${statuses(block.answer)})`;
  return [
    `before: ${texts(before)}`,
    `enter: ${steps(enter)}`,
    ...(driver === undefined
      ? []
      : [`driver: ${driver.check === undefined ? "" : stepText(driver.check)}`]),
    `erase ${erase.scope} ${erase.first ?? ""}: ${erase.request!.text} (${statuses(erase.answer)})`,
    `download ${download.unit}: ${download.request?.text} | ${blocks} | ${download.exit?.text}, ` +
    `${download.maxNumberOfBlockLengthCap} by ${download.blockMultipleBytes}` +
    (download.skipsErased ? ", parts" : ""),
    ...(check === undefined ? [] : [
      `check ${check.scope}: ${check.request.text} (${statuses(check.answer)}), ` +
      `${check.algorithm} ${check.mode}${check.readOnly ? ", reads" : ""}`,
    ]),
    ...(group === undefined ? [] : [`group: ${Object.values(group).join(" ")}`]),
    ...(banks === undefined ? [] : [
      `banks: ${steps(banks.swap)}, then ${steps(banks.confirm)}, within ${banks.rollbackMsMax} ms`,
    ]),
    `finish: ${steps(finish)}`,
    `after: ${texts(after)}`,
  ];
}

const ISO = [
  "before: 10 83 | 85 82 | 28 83 01",
  "enter: 10 02 | key 1 | 2E F1 5A {fingerprint}?",
  "erase segment : 31 01 FF 00 44 {address:4} {size:4} (0//)",
  "download segment: 34 00 44 {address:4} {size:4} | 36 {counter:1} {data}  (any) | 37, 4095 by 32",
  "check segment: 31 01 02 02 44 {address:4} {size:4} {checksum:4} (0//1), crc32 compare, reads",
  "finish: 31 01 FF 01 | 11 01",
  "after: 28 80 01 | 85 81 | 10 81",
];
const ERASE_BAD = "erase segment : 31 01 FF 00 44 {address:4} {size:4} (0//1)";

/** As docs/reference tells them, and the sources that each profile's own comment names. */
const EXPECTED: Readonly<Record<string, readonly string[]>> = {
  "iso14229": ISO,
  "iso14229-group": [
    ...ISO.toSpliced(2, 1, ERASE_BAD).slice(0, 5),
    "group: 18258 512 96",
    ...ISO.slice(5),
  ],
  "iso14229-banks": [
    ...ISO.toSpliced(2, 1, ERASE_BAD).slice(0, 5),
    "banks: 31 01 42 53 | 11 01, then 31 01 42 43, within 30000 ms",
    ...ISO.slice(5),
  ],
  "textbook": [
    "before: 10 03 | 85 02 | 28 03 03",
    "enter: 10 02 | key 3 | 2E F1 99 {fingerprint:4}",
    ISO[2]!,
    ISO[3]!,
    "finish: 31 01 FF 01 | 11 01",
    "after: 10 03 | 28 00 03 | 85 01 | 10 01",
  ],
  "vw-like": [
    "before: 04",
    "enter: 10 03 | 31 01 02 03 (any) | 10 02 | key 17 | 2E F1 5A {fingerprint:9}",
    "erase image : 31 01 FF 00 01 {block:1} (all//)",
    "download image: 34 00 41 {block:1} {size:4} | 36 {counter:1} {data}  (any) | 37, 4095 by 32",
    "check image: 31 01 02 02 01 {block:1} 00 04 {checksum:4} (0//1), crc32 compare",
    "finish: 31 01 FF 01 (any) | wait 5000 | 11 01",
    "after: 04",
  ],
  "nxp-s32k-unified": [
    "before: ",
    "enter: 10 03 | 28 03 03 | 10 02 | key 1 | 2E F1 5A {fingerprint}?",
    "driver: 31 01 02 02 00 00 {checksum:2}",
    "erase image : 31 01 FF 00 (0//)",
    "download image: 34 00 44 {address:4} {size:4} | 36 {counter:1} {data}  (any) | 37, 4095 by 8",
    "check image: 31 01 02 02 00 00 {checksum:2} (0//1), crc16-dnp compare",
    "finish: 31 01 FF 01 | 11 01",
    "after: ",
  ],
  "psa-like": [
    "before: ",
    "enter: 10 02 | key 1",
    "erase image : 31 01 FF 00 {block:1} F0 5A (2/1/ poll same 100 ms)",
    "download image: 34 {block:1} 11 00 00 | 36 {counter:1} {address:4} {data} {size:1} " +
    "{checksum:2} crc16-x25 (2//) | 37, 4095 by 8",
    "finish: 31 01 FF 04 (2/1/ poll 31 03 FF 04 100 ms) | 11 01",
    "after: ",
  ],
  "supplier-hash": [
    "before: 10 03 | 85 02 | 28 03 01",
    "enter: 10 02 | key 17 | 2E F1 84 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 {fingerprint}",
    "driver: 31 01 02 02 {checksum:32} (4//)",
    "erase image : 31 01 FF 00 44 {address:4} {size:4} (4//)",
    "download image: 34 00 44 {address:4} {size:4} | 36 {counter:1} {data}  (any) | 37, 4095 by 32",
    "check image: 31 01 02 02 {checksum:32} (4//0,1), sha256 compare",
    "finish: 31 01 FF 01 (4//) | 11 01 | wait 1000 | 10 03",
    "after: 28 00 01 | 85 01 | 10 01",
  ],
  "ff01-checksum": [
    ...ISO.slice(0, 3),
    "download image: 34 00 44 {address:4} {size:4} | 36 {counter:1} {data}  (any) | 37, 2050 by 32",
    "check image: 31 01 FF 01 44 {address:4} {size:4} {checksum:2} (0//1), crc16-ccitt compare",
    "finish: 11 01",
    ISO[6]!,
  ],
};

Deno.test("BUILT_IN_PROFILES are those that the documents name", () => {
  deepStrictEqual([...BUILT_IN_PROFILES.keys()], Object.keys(EXPECTED));
});

for (const [name, expected] of Object.entries(EXPECTED)) {
  Deno.test(`BUILT_IN_PROFILES: ${name} sends what it says, in order`, () => {
    const profile = BUILT_IN_PROFILES.get(name);
    strictEqual(profile?.name, name);
    deepStrictEqual(lines(profile), expected);
    const { problems, profile: built } = buildProfile(name, BUILT_IN_PROFILE_TEXTS.get(name)!);
    deepStrictEqual([problems, lines(built)], [[], expected]);
  });
}
