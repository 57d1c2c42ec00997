import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { EMPTY } from "rxjs";
import type { NodeBehaviour } from "../../../src/sim/mod.ts";
import { findDevice, planFlash } from "../../../src/stm32/mod.ts";
import { createUdsClient, createXorKeySource } from "../../../src/uds/mod.ts";
import {
  type NodeEvent,
  segmentForProfile,
  updateNode,
  type UpdateProfile,
} from "../../../src/update/mod.ts";
import {
  buildProfile,
  BUILT_IN_PROFILE_TEXTS,
  changeProfile,
  ISO14229_TEXT,
  type ProfileText,
} from "../../../src/update/profiles/mod.ts";
import { APPLICATION, applicationBytes, KEY_MASK, Lab, LAYOUT } from "./node_support.ts";

const OLD = applicationBytes(5000, { version: "1.4.2", seed: 7 });
const NEW = applicationBytes(30_000);

/** Updates a node with canvoy's own updater and tells what happened. */
function updateWith(
  text: ProfileText,
  behaviour: NodeBehaviour = {},
  dialect?: UpdateProfile,
): { readonly events: readonly NodeEvent[]; readonly lab: Lab } {
  const { profile, problems } = buildProfile("test", text);
  deepStrictEqual(problems, []);
  const keySource = createXorKeySource(KEY_MASK);
  const levels = profile.enter.flatMap((s) => s.kind === "securityAccess" ? [s.level] : []);
  const lab = new Lab({
    dialect: dialect ?? profile,
    behaviour,
    application: [{ start: APPLICATION, data: OLD }],
    security: levels.map((level) => ({ level, keySource })),
  }).start();
  const client = createUdsClient({
    link: lab.link,
    clock: lab.clock,
    limits: { requestGapMsMin: text.timing.requestGapMsMin ?? 0 },
  });
  const image = { ranges: [{ start: APPLICATION, end: APPLICATION + NEW.length, data: NEW }] };
  const events: NodeEvent[] = [];
  updateNode({
    clock: lab.clock,
    cancellation: { requested: false, requested$: EMPTY },
    begin$: EMPTY,
    hold$: EMPTY,
    announced$: EMPTY,
    connection: { client, keySource, setPriority: () => {}, close: () => {} },
    job: {
      plan: segmentForProfile(
        planFlash({ image, geometry: findDevice("STM32F407VG"), layout: LAYOUT }),
        profile,
      ),
      profile,
      expectedHardware: "LAB-1",
      expectedVersion: "2.0.0",
      blockNumber: 3,
      fingerprint: new Uint8Array(fingerprintBytes(text)).fill(0x26),
      driver: { address: 0x2000_0000, data: new Uint8Array(600).fill(0x5A) },
    },
  }).subscribe((event) => events.push(event));
  lab.clock.run({ untilMs: 200_000 });
  return { events, lab };
}

function fingerprintBytes(text: ProfileText): number {
  return Number(/\{fingerprint:(\d+)\}/.exec(JSON.stringify(text))?.[1] ?? 4);
}

function assertUpdated({ events, lab }: ReturnType<typeof updateWith>): void {
  deepStrictEqual(events.at(-1), { type: "nodeDone", upToDate: false, version: "2.0.0" });
  strictEqual(lab.node.mode, "application");
  deepStrictEqual(lab.held(NEW), NEW);
}

for (const [name, text] of BUILT_IN_PROFILE_TEXTS) {
  Deno.test(`a node serves the built-in profile ${name}`, () => assertUpdated(updateWith(text)));
}

Deno.test("an updater comes through PSA's sequence with lost answers and a self-check of 0x78", () => {
  const run = updateWith(BUILT_IN_PROFILE_TEXTS.get("psa-like")!, {
    maxNumberOfBlockLength: 0,
    maxNumberOfBlockLengthSizeBytes: 1,
    responseDelayMs: 30,
    lostBlockResponse: 20,
    failProgramAt: APPLICATION + 0x1000,
  });
  assertUpdated(run);
  ok(run.events.some((event) => event.type === "responsePending" && event.service === 0x37));
  const scopes = run.events.flatMap((event) => event.type === "retry" ? [event.scope] : []);
  deepStrictEqual(scopes, ["segment", "request"]);
});

const POLL = "31 03 FF 00";

/** What else profiles may say, one at a time. */
const VARIANTS: readonly { readonly name: string; readonly text: ProfileText }[] = [
  {
    name: "conditions, and a check and an erase that are told by a record",
    text: changeProfile(ISO14229_TEXT, {
      conditions: [{ did: 0xF442, from: 1, bytes: 2, scale: 0.001, min: 11.5, max: 15 }],
      erase: { poll: { until: { did: 0xF1A1, is: 7 } } },
      check: {
        poll: {
          until: { did: 0xF1A0, mask: 0x01, is: 1 },
          failsWhen: { did: 0xF1A0, mask: 0x02, is: 1 },
        },
      },
    }),
  },
  {
    name: "steps that records decide over",
    text: changeProfile(ISO14229_TEXT, {
      enter: ["10 02", { securityAccess: 1, when: { did: 0xDD01, mask: 0x80, is: 1 } }, {
        request: "2E F1 5A {fingerprint:4}",
        when: { did: 0xDD01, mask: 0x01, min: 1 },
      }],
    }),
  },
  {
    name: "least gaps between frames and between requests",
    text: changeProfile(ISO14229_TEXT, {
      timing: { ...ISO14229_TEXT.timing, frameGapUsMin: 300, requestGapMsMin: 20 },
    }),
  },
  {
    name: "two levels, the first with a record, the second with a pause",
    text: changeProfile(ISO14229_TEXT, {
      enter: [
        "10 02",
        { securityAccess: 1, record: "AA {fingerprint:4}" },
        { securityAccess: 5, keyAfterMs: 300, seedMsMax: 400 },
      ],
    }),
  },
  {
    name: "two levels, each in a session of its own",
    text: changeProfile(ISO14229_TEXT, {
      enter: ["10 03", { securityAccess: 1 }, "10 02", { securityAccess: 3 }],
    }),
  },
  {
    name: "an erase that is begun, and asked about with NRC 0x24 until it is done",
    text: changeProfile(ISO14229_TEXT, {
      erase: { poll: { request: POLL, always: true, notReadyNrcs: [0x24] } },
    }),
  },
  {
    name: "an erase whose status is 01 while busy and 02 when good",
    text: changeProfile(ISO14229_TEXT, {
      erase: { good: [0x02], busy: [0x01], poll: { request: POLL } },
    }),
  },
  {
    name: "an erase whose good status is 01",
    text: changeProfile(ISO14229_TEXT, { erase: { good: [0x01] } }),
  },
  {
    name: "an erase with its address least significant byte first",
    text: changeProfile(ISO14229_TEXT, {
      erase: { request: "31 01 FF 00 {address:4le} {size:4le}" },
    }),
  },
  {
    name: "an erase of everything without operands",
    text: changeProfile(ISO14229_TEXT, { erase: { scope: "image", request: "31 01 FF 00" } }),
  },
  {
    name: "a check that reports CRC-32/MPEG-2",
    text: changeProfile(ISO14229_TEXT, {
      check: {
        request: "31 01 02 02 {address:4} {size:4}",
        algorithm: "crc32-mpeg2",
        mode: "report",
      },
    }),
  },
  {
    name: "an integrity routine F001 with CRC-16 right-aligned",
    text: changeProfile(ISO14229_TEXT, {
      check: {
        request: "31 01 F0 01 {address:4} {size:4} 00 00 {checksum:2}",
        algorithm: "crc16-ccitt",
      },
    }),
  },
  {
    name: "blocks counted from 00, 01 behind FF, over the downloads of a session",
    text: changeProfile(ISO14229_TEXT, {
      download: {
        maxNumberOfBlockLengthCap: 66,
        block: {
          request: "36 {counter:1} {data}",
          counter: { first: 0, wrapsTo: 1, goesOn: true },
        },
      },
    }),
  },
  {
    name: "blocks without a counter, and a status in 76",
    text: changeProfile(ISO14229_TEXT, {
      download: {
        block: { request: "36 {data}", counter: "none", answer: "76 {status:1}", good: [0x04] },
      },
    }),
  },
  {
    name: "answers that repeat nothing",
    text: changeProfile(ISO14229_TEXT, {
      erase: { answer: "71 {status:1}" },
      download: { block: { request: "36 {counter:1} {data}", answer: "76" } },
      check: { answer: "71 00 {status:1}", good: [0x04] },
    }),
  },
  { name: "no erase but that of 34", text: changeProfile(ISO14229_TEXT, { erase: "none" }) },
  {
    name: "no erase but that of 34, of the whole image",
    text: changeProfile(ISO14229_TEXT, { erase: "none", download: { unit: "image" } }),
  },
  {
    name: "an erase that is unlocked before and told behind",
    text: changeProfile(ISO14229_TEXT, {
      erase: {
        before: ["31 01 FF 10", { waitMs: 5 }],
        after: [{ request: "31 01 FF 20 {address:4}", busy: [0x01], poll: {} }],
      },
    }),
  },
  {
    name: "a check by a CRC that has no name",
    text: changeProfile(ISO14229_TEXT, {
      check: {
        request: "31 01 02 02 44 {address:4} {size:4} {checksum:3}",
        algorithm: { width: 24, polynomial: 0x864CFB, initial: 0xB704CE },
      },
    }),
  },
  {
    name: "a checksum, address and size in 37, and all of them in its answer",
    text: changeProfile(ISO14229_TEXT, {
      check: "none",
      download: {
        exit: {
          request: "37 {address:4} {size:3} {checksum:2le}",
          algorithm: "crc16-ccitt",
          answer: "77 {status:1} {checksum:2} {size:4} {address:4}",
          good: [0x04],
        },
      },
    }),
  },
  {
    name: "addresses, sizes and checksums in 74 and 76",
    text: changeProfile(ISO14229_TEXT, {
      download: {
        answer: "74 {maxNumberOfBlockLength:1} {address:4} {size:4}",
        block: {
          request: "36 {counter:1} {data}",
          algorithm: "sum8",
          answer: "76 {counter:1} {address:4} {size:2} {checksum:1}",
        },
      },
    }),
  },
  {
    name: "offsets of 3 bytes, also in blocks and answers",
    text: changeProfile(ISO14229_TEXT, {
      memory: { base: 0x0800_0000 },
      erase: { request: "31 01 FF 00 {offset:3le} {size:3le}" },
      download: {
        request: "34 00 03 {offset:3}",
        answer: "74 20 {maxNumberOfBlockLength:2} {offset:3}",
        exit: { request: "37 {offset:4} {size:4}", answer: "77 {offset:3}" },
        block: {
          request: "36 {counter:1} {offset:3} {data}",
          answer: "76 {counter:1} {offset:3}",
        },
      },
      check: { request: "31 01 02 02 {offset:3} {size:3} {checksum:4}" },
    }),
  },
  {
    name: "pages that are the part's erase units",
    text: changeProfile(ISO14229_TEXT, {
      erase: { request: "31 01 FF 00 {page:1} {pages:1}" },
      download: { request: "34 00 11 {page:1} {size:4}" },
      check: { request: "31 01 02 02 {page:1} {size:4} {checksum:4}" },
    }),
  },
  {
    name: "pages of 4 KiB",
    text: changeProfile(ISO14229_TEXT, {
      memory: { pageBytes: 0x1000 },
      erase: { request: "31 01 FF 00 {page:2le} {pages:2le}" },
      download: { request: "34 00 11 {page:1} {pages:1}" },
    }),
  },
  { name: "no security", text: changeProfile(ISO14229_TEXT, { enter: ["10 02"] }) },
  {
    name: "a session of its own",
    text: changeProfile(ISO14229_TEXT, { enter: ["10 03", "10 60"] }),
  },
  {
    name: "an image whose only end is the reset",
    text: changeProfile(ISO14229_TEXT, { finish: ["11 01"] }),
  },
];

for (const { name, text } of VARIANTS) {
  Deno.test(`a node serves a profile with ${name}`, () => assertUpdated(updateWith(text)));
}

Deno.test("a node does not hear what comes sooner behind its answer than its profile says", () => {
  const own = changeProfile(ISO14229_TEXT, {
    timing: { ...ISO14229_TEXT.timing, requestGapMsMin: 20 },
  });
  const run = updateWith(ISO14229_TEXT, {}, buildProfile("node", own).profile);
  ok(run.events.some(({ type }) => type === "retry"));
});

for (
  const [what, told, nrc] of [
    ["of another record", [{ securityAccess: 1, record: "AB" }, { securityAccess: 5 }], 0x31],
    ["of the second level first", [{ securityAccess: 5 }], 0x33],
    ["whose key comes too early", [{ securityAccess: 1, record: "AA" }, {
      securityAccess: 5,
    }], 0x22],
  ] as const
) {
  Deno.test(`a node refuses an unlocking ${what}`, () => {
    const own = changeProfile(ISO14229_TEXT, {
      enter: ["10 02", { securityAccess: 1, record: "AA" }, { securityAccess: 5, keyAfterMs: 50 }],
    });
    const dialect = buildProfile("node", own).profile;
    const run = updateWith(changeProfile(own, { enter: ["10 02", ...told] }), {}, dialect);
    const end = run.events.at(-1)!;
    ok("error" in end && end.error.response?.endsWith(nrc.toString(16).toUpperCase()), what);
  });
}

Deno.test("a node refuses a 37 whose checksum is another than its flash's", () => {
  const exit = { request: "37 {checksum:4}", answer: "77 {status:1}" };
  const text = changeProfile(ISO14229_TEXT, { download: { exit } });
  const dialect = buildProfile("node", text).profile;
  const run = updateWith(changeProfile(text, { check: { algorithm: "crc32-mpeg2" } }), {}, dialect);
  const end = run.events.at(-1)!;
  strictEqual("error" in end && end.error.code, "ROUTINE_STATUS");
  ok("error" in end && /RequestTransferExit "37 .*status 0x01/.test(end.error.message));
});

/** Behaviours that an updater must come through, each with what shows that it was bent. */
const BENT: readonly {
  readonly name: string;
  readonly behaviour: NodeBehaviour;
  readonly shows: (run: ReturnType<typeof updateWith>) => boolean;
}[] = [
  {
    name: "power loss in the midst of an erase",
    behaviour: { powerLossAtOperation: 2, powerLossMs: 300 },
    shows: ({ lab }) => lab.events.some(({ type }) => type === "powerLost"),
  },
  {
    name: "power loss in the midst of the record of an application",
    behaviour: { powerLossAtOperation: 1, powerLossMs: 300 },
    shows: ({ lab }) => lab.events.some(({ type }) => type === "powerLost"),
  },
  {
    name: "a reset in the midst of a transfer",
    behaviour: { resetAtBlock: 2 },
    shows: ({ lab }) => lab.events.filter(({ type }) => type === "reset").length === 3,
  },
  {
    name: "an erase and a program that fail once",
    behaviour: { failEraseAt: APPLICATION, failProgramAt: APPLICATION + 0x4010 },
    shows: ({ events }) => events.filter(({ type }) => type === "retry").length === 2,
  },
];

for (const { name, behaviour, shows } of BENT) {
  Deno.test(`an updater comes through ${name}`, () => {
    const run = updateWith(ISO14229_TEXT, behaviour);
    assertUpdated(run);
    ok(shows(run));
  });
}
