import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { bytesToHex } from "../../../src/core/mod.ts";
import { expandRequest } from "../../../src/uds/mod.ts";
import {
  buildProfile,
  BUILT_IN_PROFILE_TEXTS,
  BUILT_IN_PROFILES,
  changeProfile,
  type UpdateProfile,
} from "../../../src/update/mod.ts";
import { fleetText, read } from "./_support.ts";

Deno.test("BUILT_IN_PROFILES are all without a mistake", () => {
  ok(BUILT_IN_PROFILES.size >= 6);
  for (const [name, text] of BUILT_IN_PROFILE_TEXTS) {
    deepStrictEqual(buildProfile(name, text).problems, [], name);
    strictEqual(BUILT_IN_PROFILES.get(name)?.name, name);
  }
});

/** What the field's own tools send, as the project's survey of sequences lists it. */
const REQUESTS: readonly (readonly [string, (profile: UpdateProfile) => string])[] = [
  ["31 01 FF 00 44 08 00 80 00 00 00 40 00", (profile) => erase(profile, "iso14229")],
  ["31 01 FF 00 01 02", (profile) => erase(profile, "vw-like")],
  ["31 01 FF 00", (profile) => erase(profile, "nxp-s32k-unified")],
  ["34 00 41 02 00 00 40 00", (profile) => download(profile, "vw-like")],
  ["34 00 44 08 00 80 00 00 00 40 00", (profile) => download(profile, "nxp-s32k-unified")],
  ["31 01 02 02 01 02 00 04 DE AD BE EF", (profile) => check(profile, "vw-like", 4)],
  ["31 01 02 02 00 00 DE AD", (profile) => check(profile, "nxp-s32k-unified", 2)],
  [
    "31 01 FF 01 44 08 00 80 00 00 00 40 00 DE AD",
    (profile) => check(profile, "ff01-checksum", 2),
  ],
];

const FIELDS = { address: 0x0800_8000, size: 0x4000, block: 2 };

for (const [expected, make] of REQUESTS) {
  Deno.test(`BUILT_IN_PROFILES send ${expected}`, () => {
    const sent = [...BUILT_IN_PROFILES.values()].map((profile) => make(profile));
    ok(sent.includes(expected), sent.join("\n"));
  });
}

Deno.test("readFleetFile() takes a profile's changes into the one it extends", () => {
  const text = fleetText({
    node: "profile: mine",
    file: [
      "profiles:",
      "  mine:",
      "    extends: iso14229",
      "    enter:",
      "      - 10 02",
      "      - { request: 31 01 02 03, good: any, timeoutMs: 5000 }",
      "      - { waitMs: 250 }",
      "    erase:",
      "      good: [0, 1]",
      "      poll: { request: 31 03 FF 00, always: true, notReadyNrcs: [0x24] }",
      "    check: none",
      "    timing: { p2Ms: 150 }",
    ].join("\n"),
  });
  const { profile } = read(text).nodes[0]!;
  const base = BUILT_IN_PROFILES.get("iso14229")!;
  strictEqual(profile.name, "mine");
  deepStrictEqual(profile.finish, base.finish);
  strictEqual(profile.check, undefined);
  deepStrictEqual(profile.timing, { ...base.timing, p2Ms: 150 });
  deepStrictEqual(profile.erase.request, base.erase.request);
  deepStrictEqual(profile.erase.answer.good, [0, 1]);
  const { request, ...poll } = profile.erase.answer.poll!;
  strictEqual(bytesToHex(expandRequest(request!, {})), "31 03 FF 00");
  deepStrictEqual(poll, { intervalMs: 100, notReadyNrcs: [0x24], always: true });
  deepStrictEqual(profile.enter.map((step) => step.kind), ["request", "request", "wait"]);
  const [, precondition] = profile.enter;
  ok(precondition?.kind === "request");
  strictEqual(precondition.answer, undefined);
  strictEqual(precondition.timeoutMs, 5000);
});

Deno.test("readFleetFile() asks for the flash driver of a profile that downloads one", () => {
  const text = fleetText({
    node: "profile: supplier-hash\n    driver: ram",
    security: '{ add: "01" }',
    image: "app.hex\n  ram: ram.hex\n",
  }).replace("images: { app: app.hex", "images:\n  app: app.hex").replace("\n }\n", "\n");
  const [node] = read(text).nodes;
  strictEqual(node!.driver, "ram");
  deepStrictEqual(node!.security.map(({ level }) => level), [0x11]);
});

function erase(profile: UpdateProfile, name: string): string {
  return profile.name === name ? bytesToHex(expandRequest(profile.erase.request!, FIELDS)) : "";
}

function download(profile: UpdateProfile, name: string): string {
  return profile.name === name ? bytesToHex(expandRequest(profile.download.request!, FIELDS)) : "";
}

function check(profile: UpdateProfile, name: string, sizeBytes: number): string {
  if (profile.name !== name) return "";
  const checksum = Uint8Array.of(0xDE, 0xAD, 0xBE, 0xEF).slice(0, sizeBytes);
  return bytesToHex(expandRequest(profile.check!.request, { ...FIELDS, checksum }));
}

Deno.test("buildProfile() takes no erase and no check that asks for no positive response", () => {
  const text = changeProfile(BUILT_IN_PROFILE_TEXTS.get("iso14229")!, {
    erase: { request: "31 81 FF 00 44 {address:4} {size:4}" },
    check: { request: "31 81 02 02 44 {address:4} {size:4} {checksum}" },
  });
  deepStrictEqual(buildProfile("mine", text).problems.map(({ path }) => path.join(".")), [
    "erase.request",
    "check.request",
  ]);
});
