import type { Prng } from "../../src/core/mod.ts";
import type { NodeBehaviour } from "../../src/sim/mod.ts";
import { eraseTimeMs, eraseUnitsTouching, findDevice } from "../../src/stm32/mod.ts";
import type { Strength } from "./draw.ts";
import type { NodeSpec } from "./world.ts";

/** What the second of two nodes with the same identifiers is. */
export interface Twin {
  /** The hardware number that it tells: never the one of the node. */
  readonly hardware: string;
  /** What it takes to think before each response, in ms. */
  readonly responseDelayMs: number;
}

/** 0x78 as rarely as some nodes say it; each promises its next answer a second later at most. */
const PENDING_EVERY_MS = [200, 900, 4000] as const;
const HONEST_MARGIN_MS = 1000;
/** Longest time of one request in all built-in profiles, in ms. */
const REQUEST_MS_MAX = 30_000;
/** S3 of a widely used C stack, which counts 10 and 3E only. */
const S3_MS = 5100;
const DOWNLOAD_WHILE_OPEN = [
  "conditionsNotCorrect",
  "requestSequenceError",
  "uploadDownloadNotAccepted",
  "restarts",
] as const;
const SESSIONS: readonly NodeBehaviour[] = [
  { keepsSessionByTesterPresentOnly: true },
  { keepsSessionByPhysicalOnly: true },
  { functionalRequests: "droppedInMessage" },
  { functionalRequests: "dropped" },
  { keepsSessionByTesterPresentOnly: true, functionalRequests: "droppedInMessage" },
];
/** What a twin takes to think: nothing, so that answers collide; less than P2; nearly P2. */
const TWIN_DELAYS_MS = [0, 4, 30] as const;

/**
 * Draws what a node does as the strictest servers do, each kind by itself.
 *
 * @param prng What it is drawn from.
 * @param kind How hard each kind strikes in this world.
 * @param node The node; what it does already stays.
 * @returns The node, stricter.
 */
export function withStrictness(
  prng: Prng,
  kind: (name: string) => Strength,
  node: NodeSpec,
): NodeSpec {
  const has = (name: string): boolean => {
    const strength = kind(name);
    return strength !== "off" && prng.chance(strength === "mild" ? 0.3 : 0.8);
  };
  const { behaviour } = node;
  const mayBePatient = !behaviour.isDeafWhileBusy && behaviour.responsePendingEveryMs === undefined;
  const everyMs = pick(prng, PENDING_EVERY_MS);
  const strict: NodeBehaviour = {
    ...(has("longPending") && mayBePatient
      ? {
        responsePendingAfterMs: 8,
        responsePendingEveryMs: everyMs,
        p2StarServerMaxMs: everyMs + HONEST_MARGIN_MS,
        flashTimeScale: Math.min(1 + prng.below(4), slownessMax(node)),
      }
      : {}),
    ...(has("openDownload") ? { downloadWhileOpen: pick(prng, DOWNLOAD_WHILE_OPEN) } : {}),
    ...(has("earlyExit") ? { endsDownloadAtEarlyExit: true } : {}),
    ...(has("refusedBlock") ? { endsDownloadAtRefusedBlock: true } : {}),
    ...drawSession(prng, has),
    ...(has("pausing") ? { responsePauseMs: 50 } : {}),
    ...(has("lateFlowControl")
      ? { lateFlowControlEvery: pick(prng, [3, 10, 40]), lateFlowControlMs: 50 + prng.below(350) }
      : {}),
    ...drawStart(prng, has),
  };
  return {
    ...node,
    behaviour: outlivingErases({ ...node, behaviour: { ...strict, ...behaviour } }),
  };
}

/**
 * A session that nothing but physical TesterPresent keeps cannot be kept while a request is worked at:
 * nothing else may be asked meanwhile. Where it then ends within the erase, and the answer with it,
 * nobody could ever update the node: its S3 is longer than its longest erase.
 */
function outlivingErases(node: NodeSpec): NodeBehaviour {
  const { behaviour } = node;
  const { keepsSessionByPhysicalOnly, keepsSessionByTesterPresentOnly, s3Ms } = behaviour;
  const isKeptRarely = keepsSessionByPhysicalOnly && keepsSessionByTesterPresentOnly;
  if (!isKeptRarely || s3Ms === undefined) return behaviour;
  const eraseMs = longestEraseMs(node) * (behaviour.flashTimeScale ?? 1);
  return { ...behaviour, s3Ms: Math.max(s3Ms, eraseMs + HONEST_MARGIN_MS) };
}

/**
 * How much slower than typical a node may erase its whole application region in one request: what the
 * profiles' `requestMsMax` bears, as 0x78 beyond it counts as endless.
 */
function slownessMax(node: NodeSpec): number {
  return Math.max(1, REQUEST_MS_MAX * 0.8 / longestEraseMs(node));
}

/** How long a node takes to erase its whole application region in one request, in ms. */
function longestEraseMs({ device, layout, behaviour }: NodeSpec): number {
  const geometry = findDevice(device);
  const units = eraseUnitsTouching(geometry, layout.application);
  return eraseTimeMs(geometry, units, behaviour.flashTimeBound ?? "typical");
}

/**
 * What keeps its session. A node that needs TesterPresent within a download and refuses it there is no
 * node: no long segment could ever be written.
 */
function drawSession(prng: Prng, has: (name: string) => boolean): NodeBehaviour {
  const session = has("session") ? { s3Ms: S3_MS, ...pick(prng, SESSIONS) } : undefined;
  const isRefused = has("presenceRefused");
  return session ?? (isRefused ? { refusesTesterPresentInDownload: true } : {});
}

/**
 * How a node comes back from a reset. All of it is over within the profiles' 3 s, and the window in
 * which a request holds it within the second that `supplier-hash` waits.
 */
function drawStart(prng: Prng, has: (name: string) => boolean): NodeBehaviour {
  const startingNrc = pick(prng, ["busyRepeatRequest", "conditionsNotCorrect"] as const);
  return {
    ...(has("silentReset") ? { unansweredServices: [0x11] } : {}),
    ...(has("slowBoot") ? { bootMs: 200 + prng.below(300) } : {}),
    ...(has("bootWindow") ? { bootWindowMs: 100 + prng.below(300) } : {}),
    ...(has("starting") ? { startingMs: 50 + prng.below(400), startingNrc } : {}),
    ...(has("oldVersion") ? { oldVersionMs: 50 + prng.below(400) } : {}),
  };
}

/**
 * Draws the second of two nodes with the same identifiers.
 *
 * @param prng What it is drawn from.
 * @returns The twin.
 */
export function drawTwin(prng: Prng): Twin {
  return { hardware: "ANOTHER", responseDelayMs: pick(prng, TWIN_DELAYS_MS) };
}

function pick<T>(prng: Prng, from: readonly T[]): T {
  return from[prng.below(from.length)]!;
}
