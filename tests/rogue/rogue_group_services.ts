/**
 * Requests about groups: 31 01, 31 03, 31 02 and 22 with 4752, in the order of their checks.
 *
 * Source: docs/group-download.md, section 3.
 */
import { generationCount, readOpening } from "./rogue_group_region.ts";
import type { RogueServiceParts, RogueVerdict } from "./rogue_services.ts";
import { beginsWith, type RogueOptions } from "./rogue_options.ts";

const IDENTIFIER = [0x47, 0x52];
const OPENING_BYTES_MIN = 24;

/** Whether a request is about groups, and the node takes any. */
export function isAboutGroups({ takesGroup }: RogueOptions, data: Uint8Array): boolean {
  return takesGroup === true && data[0] === 0x31 && data[2] === 0x47 && data[3] === 0x52;
}

/** Versions that it speaks, where it takes groups and is asked in its programming session. */
export function groupVersions(
  { options, state }: RogueServiceParts,
): readonly number[] | undefined {
  return options.takesGroup === true && state.session === 2
    ? options.groupVersions ?? [2]
    : undefined;
}

/** What a request about groups leads to. */
export function groupRoutine(parts: RogueServiceParts, data: Uint8Array): RogueVerdict {
  const subFunction = data[1]! & 0x7F;
  if (subFunction === 1) return opening(parts, data);
  if (subFunction === 2) return { workMs: 0, finish: () => closeGroup(parts, data) };
  return { workMs: 0, finish: () => tellMap(parts, data) };
}

function refusal(nrc: number): readonly number[] {
  return [0x7F, 0x31, nrc];
}

/** The group is open at once; whoever forges parity keeps the answer back. */
function opening(parts: RogueServiceParts, data: Uint8Array): RogueVerdict {
  const { group } = parts;
  const before = group.holding;
  const answer = openGroup(parts, data);
  const isNew = answer[0] === 0x71 && group.holding !== before;
  return { workMs: isNew ? group.forger.opened(group.holding!.region) : 0, finish: () => answer };
}

function openGroup({ group, state }: RogueServiceParts, data: Uint8Array): readonly number[] {
  if (data.length < OPENING_BYTES_MIN) return refusal(0x13);
  if (!group.isRepeated(data)) {
    const region = readOpening(data);
    if (!group.canTake(region)) return refusal(0x31);
    if (data.length !== OPENING_BYTES_MIN + 2 * generationCount(region)) return refusal(0x13);
    const nrc = group.open(region, state.isErasing || state.download !== undefined);
    if (nrc !== undefined) return refusal(nrc);
  }
  return [0x71, 1, ...IDENTIFIER, ...group.opened()];
}

function tellMap({ group }: RogueServiceParts, data: Uint8Array): readonly number[] {
  if (data.length !== 7) return refusal(0x13);
  if (group.holding === undefined) return refusal(0x24);
  return [0x71, 3, ...IDENTIFIER, ...group.map(data[4]! << 8 | data[5]!, data[6]!)];
}

function closeGroup({ group }: RogueServiceParts, data: Uint8Array): readonly number[] {
  if (data.length !== 4) return refusal(0x13);
  group.end();
  return [0x71, 2, ...IDENTIFIER];
}

/** Requests that a node that takes groups answers whatever it is doing. */
export function isAlwaysAnswered(options: RogueOptions, data: Uint8Array): boolean {
  return isAboutGroups(options, data) || beginsWith(data, "22") || beginsWith(data, "3E");
}
