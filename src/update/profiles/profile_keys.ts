import { defined } from "../../core/mod.ts";
import {
  type DataCondition,
  matchRequest,
  type RequestTemplate,
  SERVICE_ID,
} from "../../uds/mod.ts";
import type { AnswerRule, KnockRule, NodeStep, SeedRule, UpdateProfile } from "./profile.ts";
import { readingRequest } from "./_build_conditions.ts";

/** In which part of a conversation a request is due. */
export type ProfileRoom = "before" | "identity" | "enter" | "write" | "finish" | "after";

/** A request that a profile has canvoy send, and where the profile says so. */
export interface ProfileRequest {
  /** When. */
  readonly room: ProfileRoom;
  /** The key: `enter[1]`, `erase`, `download.block`. */
  readonly key: string;
  /** How it is written; absent where no template writes it. */
  readonly template?: RequestTemplate;
  /** How its answer is read; absent where any positive one is good. */
  readonly answer?: AnswerRule;
  /** Whether it asks again how far the routine of the same key is. */
  readonly isPoll?: boolean;
  /** Whether the conversation goes on where it is refused. */
  readonly isOptional?: boolean;
  /** The security level that it unlocks: two requests. */
  readonly level?: number;
  /** What must hold of what it reads. */
  readonly condition?: DataCondition;
  /** The step that is left out where it does not hold; absent: all is. */
  readonly decidesOver?: string;
  /** Fields of its answer that later requests name. */
  readonly keep?: readonly string[];
  /** How it is asked again and again until the node is there. */
  readonly knock?: KnockRule;
  /** How that goes. */
  readonly seed?: SeedRule;
  /** Whether some bytes are this request. */
  readonly matches: (request: Uint8Array) => boolean;
}

/**
 * Lists what a profile has canvoy send, in its order.
 *
 * @param profile The profile.
 * @returns Each request of it, with its key.
 *
 * @example Usage
 * ```ts
 * import { strictEqual } from "node:assert/strict";
 * import { ISO14229_PROFILE } from "./iso14229.ts";
 * import { profileRequests } from "./profile_keys.ts";
 *
 * const reset = profileRequests(ISO14229_PROFILE).find(({ matches }) =>
 *   matches(Uint8Array.of(0x11, 0x01))
 * );
 * strictEqual(reset?.key, "finish[1]");
 * ```
 */
export function profileRequests(profile: UpdateProfile): readonly ProfileRequest[] {
  const { banks } = profile;
  return [
    ...functional(profile, "before"),
    ...identityRequests(profile),
    ...conditionRequests(profile),
    ...stepRequests(profile.enter, "enter", "enter"),
    ...writeRequests(profile),
    ...(banks === undefined ? [] : [
      ...stepRequests(banks.swap, "finish", "banks.swap"),
      ...stepRequests(banks.confirm, "finish", "banks.confirm"),
    ]),
    ...stepRequests(profile.finish, "finish", "finish"),
    ...functional(profile, "after"),
  ];
}

/** Finds out which part of a profile had each request of a conversation sent. */
export class ProfileRequestFinder {
  readonly #requests: readonly ProfileRequest[];
  #last = 0;

  /**
   * Begins at the beginning.
   *
   * @param profile The profile.
   */
  constructor(profile: UpdateProfile) {
    this.#requests = profileRequests(profile);
  }

  /**
   * Finds the next one: where the same bytes stand in several places, the first from the last one on.
   *
   * @param request The bytes.
   * @param room When they are sent.
   * @returns Its place; `undefined`: canvoy sends it by itself.
   */
  next(request: Uint8Array, room: ProfileRoom): ProfileRequest | undefined {
    const fits = (one: ProfileRequest): boolean => one.matches(request);
    const inRoom = (one: ProfileRequest): boolean => one.room === room && fits(one);
    const later = this.#requests.findIndex((one, i) => i > this.#last && inRoom(one));
    const index = later >= 0 ? later : this.#requests.findIndex(inRoom);
    const found = index >= 0 ? index : this.#requests.findIndex(fits);
    if (found < 0) return undefined;
    // Segments come one after the other, and each begins anew.
    if (room !== "write") this.#last = found;
    return this.#requests[found];
  }
}

/**
 * Tells where a user's file says what a key says.
 *
 * @param profile The profile.
 * @param key The key of a request, as {@linkcode ProfileRequest} has it.
 * @returns The place, as `ours.yaml:3:5`; `undefined` where the key is as it is built in.
 */
export function placeOfKey({ places }: UpdateProfile, key: string): string | undefined {
  return places?.get(`${key}.request`) ?? places?.get(key);
}

function functional(profile: UpdateProfile, room: "before" | "after"): readonly ProfileRequest[] {
  return profile[room].map(({ request }, i) => fromTemplate(room, `${room}[${i}]`, request));
}

function identityRequests({ identity, banks }: UpdateProfile): readonly ProfileRequest[] {
  const { readings = {}, ...plain } = identity;
  const dids = [
    ...Object.entries(readings).flatMap(([name, list]) =>
      list.map(({ did }, i) =>
        [`identity.${name}${list.length === 1 ? "" : `[${i}]`}`, did] as const
      )
    ),
    ...Object.entries(plain).map(([key, did]) => [`identity.${key}`, did] as const),
    ...(banks === undefined ? [] : [["banks.statusDid", banks.statusDid] as const]),
  ];
  return dids.flatMap(([key, did]) =>
    did === undefined ? [] : [{
      room: "identity",
      key,
      matches: ([sid, high, low]: Uint8Array) =>
        sid === SERVICE_ID.readDataByIdentifier && high === did >> 8 && low === (did & 0xFF),
    }]
  );
}

function conditionRequests({ conditions = [] }: UpdateProfile): readonly ProfileRequest[] {
  return conditions.map((condition, i) => ({
    ...fromTemplate("identity", `conditions[${i}]`, readingRequest(condition.did)),
    condition,
  }));
}

function writeRequests(profile: UpdateProfile): readonly ProfileRequest[] {
  const { driver, erase, download, check } = profile;
  const at = "write";
  return [
    ...(erase.request === undefined ? [] : [
      ...stepRequests(erase.before, at, "erase.before"),
      ...withPoll(fromTemplate(at, "erase", erase.request, { answer: erase.answer })),
      ...stepRequests(erase.after, at, "erase.after"),
    ]),
    ...(download.request === undefined ? [] : [
      fromTemplate(at, "download.request", download.request, defined({ answer: download.answer })),
    ]),
    fromTemplate(
      at,
      "download.block",
      download.block.request,
      defined({ answer: download.block.answer }),
    ),
    ...(download.exit === undefined ? [] : withPoll(
      fromTemplate(at, "download.exit", download.exit, defined({ answer: download.exitAnswer })),
    )),
    ...(driver?.check === undefined ? [] : stepRequests([driver.check], at, "driver.check")),
    ...(check === undefined
      ? []
      : withPoll(fromTemplate(at, "check", check.request, { answer: check.answer }))),
  ];
}

function stepRequests(
  steps: readonly NodeStep[],
  room: ProfileRoom,
  list: string,
): readonly ProfileRequest[] {
  return steps.flatMap((step, i): readonly ProfileRequest[] => {
    const key = list === "driver.check" ? list : step.key ?? `${list}[${i}]`;
    return [...whenRequest(step, room, key), ...ownRequests(step, room, key)];
  });
}

/** What is read to find out whether a step is taken. */
function whenRequest(
  { when }: NodeStep,
  room: ProfileRoom,
  key: string,
): readonly ProfileRequest[] {
  return when === undefined ? [] : [{
    ...fromTemplate(room, `${key}.when`, readingRequest(when.did)),
    condition: when,
    decidesOver: key,
  }];
}

function ownRequests(step: NodeStep, room: ProfileRoom, key: string): readonly ProfileRequest[] {
  switch (step.kind) {
    case "request":
      return withPoll(fromTemplate(room, key, step.request, {
        isOptional: step.optional,
        ...defined({ keep: step.keep, knock: step.knock }),
        ...(step.answer === undefined ? {} : { answer: step.answer }),
      }));
    case "securityAccess": {
      const { level } = step;
      return [{
        room,
        key,
        level,
        seed: step,
        matches: (request) => isUnlocking(request, level),
      }];
    }
    case "authentication":
      return [{ room, key, matches: ([sid]) => sid === SERVICE_ID.authentication }];
    case "talkTo":
    case "wait":
      return [];
  }
}

function isUnlocking([sid, level]: Uint8Array, expected: number): boolean {
  return sid === SERVICE_ID.securityAccess && (level === expected || level === expected + 1);
}

function fromTemplate(
  room: ProfileRoom,
  key: string,
  template: RequestTemplate,
  more: Pick<ProfileRequest, "answer" | "isOptional" | "isPoll" | "keep" | "knock"> = {},
): ProfileRequest {
  const matches = (request: Uint8Array): boolean => matchRequest(template, request) !== undefined;
  return { room, key, template, ...more, matches };
}

/** What is sent to ask how far it is, where that is another request. */
function withPoll(request: ProfileRequest): readonly ProfileRequest[] {
  const poll = request.answer?.poll?.request;
  if (poll === undefined) return [request];
  const { room, key, answer } = request;
  return [request, fromTemplate(room, key, poll, { answer: answer!, isPoll: true })];
}
