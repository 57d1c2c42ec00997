/** Conversations that must end: where another node is there now, and where one more key would lock. */
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { bytesToHex } from "../../../src/core/mod.ts";
import { findDevice, planFlash } from "../../../src/stm32/mod.ts";
import { expandRequest, parseRequestTemplate } from "../../../src/uds/mod.ts";
import type { NodeStep } from "../../../src/update/profiles/profile.ts";
import { ISO14229_PROFILE } from "../../../src/update/profiles/iso14229.ts";
import { G474, imageFor } from "../../support/host_bench.ts";
import { asked, converse, SEGMENT_BYTES, told } from "./_conversation.ts";

Deno.test("updateNode() gives another node in its place nothing, nor the image to go back to", () => {
  const rollbackPlan = planFlash({
    image: imageFor(G474, SEGMENT_BYTES, 2),
    geometry: findDevice(G474.device),
    layout: G474.layout,
  });
  const answers = {
    "22 F1 8C": (i: number) => i === 0 ? "62 F1 8C 31" : "62 F1 8C 32",
    // It was taken off in the middle: the other one is not in this session.
    "36 02": (i: number) => i === 0 ? "7F 36 7F" : undefined,
  };
  const conversation = converse({ job: { rollbackPlan }, answers });
  const { requests } = conversation;
  const exchanged = requests.findIndex((request, i) => request === "22 F1 8C" && i > 4);
  ok(exchanged > 0);
  deepStrictEqual(
    requests.slice(exchanged + 1),
    ["10 01"],
    "it is let go at once, and brought into its bootloader for nothing",
  );
  strictEqual(
    told(conversation).split(", failed ").at(-1),
    'bootloader: Cannot go on with node: its serial number is "2", and was "1" before',
  );
});

Deno.test("updateNode() sends no more keys to a node that refuses them, however it is entered", () => {
  // It takes no download, so that it is sent home; then its seed is none that this tester knows.
  let isHome = false;
  const { requests } = converse({
    answers: {
      "34": () => "7F 34 70",
      "10 01": () => {
        isHome = true;
        return undefined;
      },
      "27 01": () => isHome ? "67 01 12 34" : undefined,
      "27 02": () => "7F 27 35",
    },
  });
  ok(isHome);
  const keys = requests.filter((request) => request.startsWith("27 02"));
  ok(keys.length > 0 && keys.length <= 2, `${keys.length} keys: a third one would lock it`);
});

Deno.test("updateNode() closes a download whose answer was lost before it asks for another one", () => {
  // The first 34 was taken, and its answer lost; the second one fails for a moment.
  const answers = { "34": (i: number) => ["silence", "7F 34 10"][i] };
  const all = asked(converse({ imageBytes: 300, answers }));
  strictEqual(
    all,
    "check, erase, 2 download, exit, download, block, exit, check, dependencies, reset, version?",
  );
});

Deno.test("updateNode() waits for a node that is silent as it restarts to close what is open", () => {
  // Nothing else closes its download, and then it starts for a while.
  let isHome = false;
  let silentCount = 0;
  const conversation = converse({
    imageBytes: 300,
    answers: {
      "34": () => isHome ? undefined : "7F 34 70",
      "10 01": () => {
        isHome = true;
        return undefined;
      },
      "10 02": () => isHome && silentCount++ < 4 ? "silence" : undefined,
    },
  });
  strictEqual(conversation.events.at(-1)?.type, "nodeDone");
  strictEqual(conversation.requests.filter((request) => request.startsWith("11 01")).length, 1);
});

Deno.test("updateNode() lets no node keep it waiting for its version by 0x78 without end", () => {
  const pending = Array.from({ length: 60 }, (_, i) => `7F 22 78 after ${1 + 2000 * i}`).join(", ");
  const { requests, times, events } = converse({
    imageBytes: 300,
    answers: {
      // All before that took its time.
      "31 01 FF 00": () =>
        "7F 31 78, 7F 31 78 after 4000, 7F 31 78 after 8000, " +
        "71 01 FF 00 00 after 12000",
      "22 F1 89": (i) => i === 0 ? "62 F1 89 31" : pending,
    },
  });
  strictEqual(events.at(-1)?.type, "nodeFailed");
  const reset = requests.findIndex((request) => request.startsWith("11 01"));
  const { activationMsMax } = ISO14229_PROFILE.timing;
  const isOf = (ms: number): boolean =>
    ms > times[reset]! && ms < times[reset]! + activationMsMax + 500;
  const asks = requests.filter((request, i) => request === "22 F1 89" && isOf(times[i]!));
  ok(asks.length > 1, "one question has all the time of the confirmation, and no more");
});

Deno.test("updateNode() takes any answer of a node whose profile knows no version to ask for", () => {
  const { versionDid: _versionDid, ...identity } = ISO14229_PROFILE.identity;
  const { events, requests } = converse({
    imageBytes: 300,
    profile: { identity },
    job: { expectedVersion: "3" },
  });
  strictEqual(events.at(-1)?.type, "nodeDone");
  strictEqual(requests.filter((request) => request === "3E 00").length, 1);
});

const FIELDS = { fingerprint: new Uint8Array(4) };

Deno.test("updateNode() resets no node once more by what only brought it into its bootloader", () => {
  const isReset = (step: NodeStep): boolean =>
    step.kind === "request" && bytesToHex(expandRequest(step.request, FIELDS)) === "11 01";
  const { enter, finish } = ISO14229_PROFILE;
  const { requests, events } = converse({
    imageBytes: 300,
    profile: {
      enter: [finish.find(isReset)!, ...enter],
      finish: finish.filter((step) => !isReset(step)),
    },
    job: { expectedVersion: "3" },
    answers: {
      "11 01": () => "silence",
      "22 F1 86": () => "7F 22 31",
      "22 F1 89": (count) => count === 0 ? undefined : "7F 22 31",
    },
  });
  strictEqual(events.at(-1)?.type, "nodeFailed");
  strictEqual(requests.filter((request) => request === "11 01").length, 1);
});

Deno.test("updateNode() resets no node once more that says to the end that it is at work", () => {
  const { requests, events } = converse({
    imageBytes: 300,
    job: { expectedVersion: "3" },
    answers: {
      "11 01": () => "silence",
      "22 F1 86": () => "7F 22 31",
      "22 F1 89": (count) => count === 0 ? undefined : "7F 22 22",
    },
  });
  strictEqual(events.at(-1)?.type, "nodeFailed");
  strictEqual(requests.filter((request) => request === "11 01").length, 1);
});

Deno.test("updateNode() takes no erase for confirmed that asks for no positive response", () => {
  const request = parseRequestTemplate("31 81 FF 00 44 {address:4} {size:4}");
  const { events } = converse({
    profile: { erase: { ...ISO14229_PROFILE.erase, request } },
    answers: { "31 81": () => "silence", "34": () => "7F 34 31" },
  });
  const end = events.at(-1)!;
  strictEqual(end.type === "nodeFailed" && end.state, "eraseUnconfirmed");
});
