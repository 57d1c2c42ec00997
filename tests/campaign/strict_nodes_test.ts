import { deepStrictEqual, ok } from "node:assert/strict";
import type { NodeBehaviour } from "../../src/sim/mod.ts";
import { BUILT_IN_PROFILES } from "../../src/update/mod.ts";
import { bentWorld } from "./_one_node.ts";

// Those whose nodes exchange banks have a layout of their own.
const PROFILES = [...BUILT_IN_PROFILES.keys()].filter((name) => name !== "iso14229-banks");
const LATE = { lateFlowControlEvery: 3, lateFlowControlMs: 150 };
const LONG: NodeBehaviour = {
  responsePendingAfterMs: 8,
  responsePendingEveryMs: 4000,
  p2StarServerMaxMs: 5000,
  flashTimeScale: 4,
};
const OWN_SESSION: NodeBehaviour = {
  s3Ms: 5100,
  keepsSessionByTesterPresentOnly: true,
  functionalRequests: "dropped",
  flashTimeScale: 4,
};

/** Nothing goes wrong here but what the strictest servers do: each update is through. */
const STRICT: Readonly<Record<string, NodeBehaviour>> = {
  "long work under one 0x78": LONG,
  "34 that gets 0x24 while a download is open": { downloadWhileOpen: "requestSequenceError" },
  "34 that gets 0x70": { downloadWhileOpen: "uploadDownloadNotAccepted" },
  "a lost answer, and 0x24 for the block again": {
    lostBlockResponse: 2,
    repeatedBlock: "sequenceErrorAndReset",
    endsDownloadAtEarlyExit: true,
  },
  "a lost answer, and 0x73 for the block again": {
    lostBlockResponse: 2,
    repeatedBlock: "wrongCounter",
    endsDownloadAtRefusedBlock: true,
  },
  "a session that only its own 10 and 3E keep": OWN_SESSION,
  "3E refused in a download, and little else that counts": {
    refusesTesterPresentInDownload: true,
    keepsSessionByPhysicalOnly: true,
  },
  "a pause behind each response": { responsePauseMs: 50 },
  "late flow control": LATE,
  "late flow control of a small stack": { ...LATE, blockSize: 8 },
  "a silent reset": { unansweredServices: [0x11] },
  "a slow boot": { bootMs: 800 },
  "a boot window": { bootWindowMs: 500 },
  "an application that starts with 0x21": { startingMs: 600, startingNrc: "busyRepeatRequest" },
  "an application that starts with 0x22": { startingMs: 600, startingNrc: "conditionsNotCorrect" },
  // Its bootloader says what it is, and the application that starts then refuses to be left.
  "an application that starts behind the first question": {
    bootWindowMs: 80,
    startingMs: 600,
    startingNrc: "conditionsNotCorrect",
  },
  "an old version for a moment": { oldVersionMs: 400 },
  "all of a start": {
    unansweredServices: [0x11],
    bootMs: 500,
    bootWindowMs: 300,
    startingMs: 400,
    oldVersionMs: 800,
  },
};

for (const profile of PROFILES) {
  for (const [what, behaviour] of Object.entries(STRICT)) {
    Deno.test(`${profile}: an update comes through ${what}`, () => {
      const { world, checkers } = bentWorld(profile, behaviour);
      const events = world.run();
      checkers.runEnded(events);
      deepStrictEqual(checkers.violations, []);
      const end = events.find(({ type }) => /^node(Done|Failed|Refused)$/.test(type));
      ok(end?.type === "nodeDone", JSON.stringify(end));
    });
  }
}
