import { deepStrictEqual } from "node:assert/strict";
import { hexToBytes } from "../../../src/core/mod.ts";
import {
  DEFAULT_UNLOCK_LIMITS,
  stepUnlock,
  UNLOCK_START,
  type UnlockInput,
  type UnlockLimits,
  type UnlockState,
} from "../../../src/uds/mod.ts";

const LIMITS: UnlockLimits = { ...DEFAULT_UNLOCK_LIMITS, delayMs: 3000 };
const SEED = hexToBytes("11 22");
const keySent: UnlockState = { ...UNLOCK_START, lastSeed: SEED, isKeySent: true };
const refusedOnce: UnlockState = { ...keySent, invalidKeyCount: 1 };
const PATIENT: UnlockLimits = { ...LIMITS, waitsForOthersAttempts: true };
const HURRIED: UnlockLimits = { ...LIMITS, oldSeedRetriesMax: 1 };
const delayedTwice: UnlockState = { ...UNLOCK_START, delayCount: 2 };
const silentOnce: UnlockState = { ...keySent, silenceCount: 1 };

const refused = (nrc: number): UnlockInput => ({ type: "refused", nrc });
const seed = (hex: string): UnlockInput => ({ type: "seed", seed: hexToBytes(hex) });
const again = (reason: string, delayMs = 0): unknown => ({ type: "requestSeed", delayMs, reason });

interface Row {
  readonly why: string;
  readonly from: UnlockState;
  readonly input: UnlockInput;
  readonly to: Partial<UnlockState>;
  readonly action: unknown;
  readonly limits?: UnlockLimits;
}

const ROWS: readonly Row[] = [
  {
    why: "answers a seed with a key",
    from: UNLOCK_START,
    input: seed("11 22"),
    to: { lastSeed: SEED },
    action: { type: "sendKey", seed: SEED },
  },
  {
    why: "takes an all-zero seed for unlocked",
    from: UNLOCK_START,
    input: seed("00 00 00 00"),
    to: {},
    action: { type: "unlocked", wasUnlocked: true },
  },
  {
    why: "is through when the key was right",
    from: keySent,
    input: { type: "keyAccepted" },
    to: {},
    action: { type: "unlocked", wasUnlocked: false },
  },
  {
    why: "waits after 0x37 to requestSeed, and asks for a new seed",
    from: UNLOCK_START,
    input: refused(0x37),
    to: { delayCount: 1 },
    action: again("requiredTimeDelayNotExpired", 3000),
  },
  {
    why: "waits after 0x37 to sendKey, and asks for a new seed",
    from: keySent,
    input: refused(0x37),
    to: { delayCount: 1 },
    action: again("requiredTimeDelayNotExpired", 3000),
  },
  {
    why: "gives up at the 0x37 beyond its bound",
    from: delayedTwice,
    input: refused(0x37),
    to: {},
    action: { type: "giveUp" },
  },
  {
    why: "asks for a new seed once after 0x35",
    from: keySent,
    input: refused(0x35),
    to: { invalidKeyCount: 1 },
    action: again("invalidKey"),
  },
  {
    why: "answers another seed after 0x35",
    from: refusedOnce,
    input: seed("33 44"),
    to: { lastSeed: hexToBytes("33 44") },
    action: { type: "sendKey", seed: hexToBytes("33 44") },
  },
  {
    why: "sends no second key for the seed whose key was refused",
    from: refusedOnce,
    input: seed("11 22"),
    to: {},
    action: { type: "giveUp" },
  },
  {
    why: "gives up at the second 0x35",
    from: refusedOnce,
    input: refused(0x35),
    to: {},
    action: { type: "giveUp" },
  },
  {
    why: "never retries 0x35 when told so",
    from: keySent,
    input: refused(0x35),
    to: {},
    action: { type: "giveUp" },
    limits: { ...LIMITS, invalidKeyRetriesMax: 0 },
  },
  {
    why: "gives up at 0x36 to sendKey",
    from: keySent,
    input: refused(0x36),
    to: {},
    action: { type: "giveUp" },
  },
  {
    why: "gives up at 0x36 to requestSeed, a retry left or not",
    from: refusedOnce,
    input: refused(0x36),
    to: {},
    action: { type: "giveUp" },
  },
  {
    why: "gives up at any other negative response",
    from: UNLOCK_START,
    input: refused(0x7F),
    to: {},
    action: { type: "giveUp" },
  },
  {
    why: "asks for a new seed after silence: it tells whether the key was taken",
    from: keySent,
    input: { type: "silence" },
    to: { silenceCount: 1 },
    action: again("silence"),
  },
  {
    why: "answers the same seed again after silence",
    from: silentOnce,
    input: seed("11 22"),
    to: {},
    action: { type: "sendKey", seed: SEED },
  },
  {
    why: "answers the first seed after a 0x35 to requestSeed",
    from: { ...UNLOCK_START, invalidKeyCount: 1 },
    input: seed("11 22"),
    to: { lastSeed: SEED },
    action: { type: "sendKey", seed: SEED },
  },
  {
    why: "waits after 0x36 to the first requestSeed where it is patient",
    from: UNLOCK_START,
    input: refused(0x36),
    to: { delayCount: 1 },
    action: again("exceedNumberOfAttempts", 3000),
    limits: PATIENT,
  },
  {
    why: "gives up at 0x36 behind a key of its own, however patient",
    from: { ...keySent, isKeySent: false },
    input: refused(0x36),
    to: {},
    action: { type: "giveUp" },
    limits: PATIENT,
  },
  {
    why: "gives up at 0x36 to the first requestSeed where nothing is stated",
    from: UNLOCK_START,
    input: refused(0x36),
    to: {},
    action: { type: "giveUp" },
  },
  {
    why: "asks for a new seed where one grew too old",
    from: keySent,
    input: { type: "oldSeed" },
    to: { oldSeedCount: 1 },
    action: again("oldSeed"),
    limits: HURRIED,
  },
  {
    why: "asks for a new seed where the node does not know it any more",
    from: keySent,
    input: refused(0x24),
    to: { oldSeedCount: 1 },
    action: again("oldSeed"),
    limits: HURRIED,
  },
  {
    why: "gives up at the old seed beyond its bound",
    from: { ...keySent, oldSeedCount: 1 },
    input: refused(0x24),
    to: {},
    action: { type: "giveUp" },
    limits: HURRIED,
  },
  {
    why: "gives up at 0x24 to requestSeed",
    from: UNLOCK_START,
    input: refused(0x24),
    to: {},
    action: { type: "giveUp" },
    limits: HURRIED,
  },
  {
    why: "gives up at the silence beyond its bound",
    from: silentOnce,
    input: { type: "silence" },
    to: {},
    action: { type: "giveUp" },
  },
];

for (const { why, from, input, to, action, limits } of ROWS) {
  Deno.test(`stepUnlock() ${why}`, () => {
    const { type } = action as { readonly type: string };
    const isKeySent = type === "sendKey" || (type !== "requestSeed" && from.isKeySent);
    deepStrictEqual(stepUnlock(from, input, limits ?? LIMITS), {
      state: { ...from, ...to, isKeySent },
      action,
    });
  });
}
