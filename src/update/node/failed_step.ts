import { map, type MonoTypeOperatorFunction } from "rxjs";
import { hexToBytes } from "../../core/mod.ts";
import type { UpdateProfile } from "../profiles/profile.ts";
import {
  placeOfKey,
  type ProfileRequest,
  profileRequests,
  type ProfileRoom,
} from "../profiles/profile_keys.ts";
import type { ErrorReport, NodeEvent } from "./events.ts";

/** What a node's phases say of the requests that follow. */
const ROOMS: ReadonlyMap<string, ProfileRoom> = new Map([
  ["found", "identity"],
  ["entering", "enter"],
  ["updating", "write"],
  ["swapping", "finish"],
  ["activating", "finish"],
  ["confirming", "finish"],
]);

/**
 * Names the step of a user's profile that a node failed at, and where it stands in the file. Profiles
 * that are built in stand nowhere: what failed is named by its request.
 *
 * @param profile The node's profile.
 * @returns The same events; the one that ends a node that failed says more.
 */
export function namingFailedStep(profile: UpdateProfile): MonoTypeOperatorFunction<NodeEvent> {
  return (events$) => {
    if (profile.places === undefined) return events$;
    let room: ProfileRoom = "identity";
    return events$.pipe(map((event): NodeEvent => {
      if (event.type === "nodePhase") room = ROOMS.get(event.phase) ?? room;
      if (event.type !== "nodeFailed" && event.type !== "nodeRefused") return event;
      return { ...event, error: withStep(event.error, profile, room) };
    }));
  };
}

function withStep(error: ErrorReport, profile: UpdateProfile, room: ProfileRoom): ErrorReport {
  const step = keyOf(error, profile, room);
  if (step === undefined) return error;
  const place = placeOfKey(profile, step);
  const where = place === undefined ? "as its base profile has it" : place;
  return {
    ...error,
    message: `${error.message} (${step} of profile ${profile.name}, ${where})`,
    step,
    ...(place === undefined ? {} : { place }),
  };
}

function keyOf(
  { code, request }: ErrorReport,
  profile: UpdateProfile,
  room: ProfileRoom,
): string | undefined {
  if (request === undefined) return keyOfCode(code, profile);
  const bytes = hexToBytes(request);
  const fitting = profileRequests(profile).filter((one) => isBegunBy(one, bytes));
  return (fitting.find((one) => one.room === room) ?? fitting[0])?.key;
}

/** What fails without a request of its own. */
function keyOfCode(code: string, { identity }: UpdateProfile): string | undefined {
  if (code === "VERIFY_MISMATCH") return "check";
  if (code !== "ACTIVATION") return undefined;
  return identity.readings?.version === undefined ? "identity.versionDid" : "identity.version";
}

/** Evidence is shortened: what is left of it has to begin as the request does. */
function isBegunBy({ template, matches }: ProfileRequest, request: Uint8Array): boolean {
  if (matches(request)) return true;
  const [first] = template?.parts ?? [];
  return first?.kind === "bytes" && first.bytes.length <= request.length &&
    first.bytes.every((byte, i) => byte === request[i]);
}
