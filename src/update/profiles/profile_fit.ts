import { type AddressRange, CanvoyError, defined, hex, rangeSizeBytes } from "../../core/mod.ts";
import { type FlashPlan, placesOf } from "../../stm32/mod.ts";
import type { RequestFields, RequestTemplate } from "../../uds/mod.ts";
import type { UpdateProfile } from "./profile.ts";
import { summedPart } from "./summed_part.ts";

/** What a plan and its profile tell of places. */
interface Placed {
  readonly plan: Pick<FlashPlan, "geometry" | "layout" | "opaque">;
  readonly profile: Pick<UpdateProfile, "memory">;
}

/** A profile cannot name a place that a plan needs. */
export class ProfileFitError extends CanvoyError {
  /** Stable name of the failure. */
  override readonly code = "PROFILE_FIT";

  /**
   * Says which field of which request it is.
   *
   * @param profile The profile's name.
   * @param state What does not fit.
   */
  constructor(profile: string, state: string) {
    super(`Cannot write the image with profile "${profile}": ${state}`);
  }
}

/**
 * @param placed The plan, and how the node is talked to.
 * @returns The address that `{offset}` counts from.
 */
export function offsetBase({ plan, profile }: Placed): number {
  return profile.memory?.base ?? plan.layout.application.start;
}

/**
 * Names a range in all ways that a template may.
 *
 * @param placed The plan, and how the node is talked to.
 * @param range The range, of one byte at least.
 * @returns `address`, `size`, `uncompressedSize` and `offset`; `page` and `pages` where it begins with a page.
 */
export function placeFields(placed: Placed, range: AddressRange): RequestFields {
  const { geometry } = placed.plan;
  const rule = {
    base: offsetBase(placed),
    ...defined({ pageBytes: placed.profile.memory?.pageBytes }),
  };
  const size = rangeSizeBytes(range);
  const { opaque } = placed.plan;
  return {
    address: range.start,
    size,
    ...defined({ uncompressedSize: opaque === undefined ? size : opaque.uncompressedSizeBytes }),
    ...placesOf({ start: range.start, end: range.end }, rule, geometry),
  };
}

/**
 * Makes sure, before anything is sent, that a profile can name all places of a plan.
 *
 * @param plan The plan, cut as the profile wants it.
 * @param profile How the node is talked to.
 * @throws {ProfileFitError} If a field of a request cannot hold what it is for.
 */
export function assertProfileFits(plan: FlashPlan, profile: UpdateProfile): void {
  const { erase, download, check } = profile;
  const requests = [...erase.before, ...erase.after].flatMap((step) =>
    step.kind === "request" ? [step.request] : []
  );
  const beside = requests.map((request) => ["erase", request] as const);
  const erasing = erase.request === undefined ? [] : [["erase.request", erase.request] as const];
  for (const segment of plan.segments) {
    const { range, write } = segment;
    const erased = placeFields({ plan, profile }, range);
    for (const [key, request] of [...beside, ...erasing]) fit(profile, { key, request }, erased);
    // Which of the requests it is that erases, the node alone knows.
    for (const [key, request] of beside) {
      fitPageEnds(profile, { key, request, named: erased }, range);
    }
    const written = placeFields({ plan, profile }, write);
    if (erase.request !== undefined) {
      fitPages(profile, { key: "erase.request", request: erase.request, named: erased }, range);
    } else if (download.request !== undefined) {
      const { request } = download;
      fitPages(profile, { key: "download.request", request, named: written }, range);
    }
    const carried = [["request", download.request], ["exit", download.exit]] as const;
    for (const [name, request] of carried) {
      if (request === undefined) continue;
      const key = `download.${name}`;
      fit(profile, { key, request }, written);
      fitPageEnds(profile, { key, request, named: written }, range);
    }
    if (check !== undefined) {
      const summed = summedPart({ plan, profile }, segment);
      if (summed.data.length === 0) {
        const state = `check.over leaves nothing of ${rangeSizeBytes(write)} bytes to sum up`;
        throw new ProfileFitError(profile.name, state);
      }
      const named = placeFields({ plan, profile }, summed);
      fit(profile, { key: "check.request", request: check.request }, named);
      const whole = check.over?.part === "application" ? plan.layout.application : range;
      fitPageEnds(profile, { key: "check.request", request: check.request, named }, whole);
    }
    // The last block's: none of the others has a larger address.
    const last = placeFields({ plan, profile }, { start: write.end - 1, end: write.end });
    const { size: _size, page: _page, pages: _pages, ...block } = last;
    fit(profile, { key: "download.block.request", request: download.block.request }, block);
  }
}

interface NamedRequest {
  readonly key: string;
  readonly request: RequestTemplate;
  /** The range that it is about, in all ways that a template may name it. */
  readonly named: RequestFields;
}

function has({ parts }: RequestTemplate, field: string): boolean {
  return parts.some((part) => part.kind === "field" && part.name === field);
}

/** Pages that are erased must be the segment's own: neither fewer, nor what lies behind it. */
function fitPages(profile: UpdateProfile, eraser: NamedRequest, range: AddressRange): void {
  const { key, request, named: { page, pages } } = eraser;
  if (typeof page !== "number" || typeof pages !== "number" || has(request, "size")) return;
  if (has(request, "page") && !has(request, "pages") && pages > 1) {
    const state = `{page} of ${key} names one page where ${pages} are erased; add {pages}`;
    throw new ProfileFitError(profile.name, state);
  }
  fitPageEnds(profile, eraser, range);
}

/** No page reaches beyond its segment. */
function fitPageEnds(
  { name, memory }: UpdateProfile,
  { key, request, named: { page, pages } }: NamedRequest,
  { start, end }: AddressRange,
): void {
  if (typeof page !== "number" || typeof pages !== "number" || has(request, "size")) return;
  const pageBytes = memory?.pageBytes;
  if ((!has(request, "page") && !has(request, "pages")) || pageBytes === undefined) return;
  if (start + pages * pageBytes <= end) return;
  const state = `pages of ${pageBytes} bytes reach beyond ${hex(end, 8)}, where a segment ends`;
  throw new ProfileFitError(name, `${key}: ${state}`);
}

const PLACE_FIELDS = ["address", "offset", "size", "uncompressedSize", "page", "pages"];

function fit(
  { name: profile }: UpdateProfile,
  { key, request }: { readonly key: string; readonly request: RequestTemplate },
  fields: RequestFields,
): void {
  for (const part of request.parts) {
    if (part.kind !== "field" || !PLACE_FIELDS.includes(part.name)) continue;
    const { name, sizeBytes = 0 } = part;
    const value = fields[name];
    const field = `{${name}:${sizeBytes}} of ${key}`;
    if (typeof value !== "number") {
      if (key === "download.block.request") continue;
      const state = name === "uncompressedSize"
        ? "nothing states it: say uncompressedSize beside the image's file"
        : `${hex(Number(fields.address), 8)} is not where a page begins`;
      throw new ProfileFitError(profile, `${field}: ${state}`);
    }
    if (value >= 0 && value < 2 ** (8 * sizeBytes)) continue;
    const shown = value < 0
      ? `${value}, before memory.base`
      : hex(value, name === "address" ? 8 : 2 * sizeBytes);
    const hint = name === "address" ? "; {offset} counts from the application's start" : "";
    throw new ProfileFitError(profile, `${field} cannot hold ${shown}${hint}`);
  }
}
