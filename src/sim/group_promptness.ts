import { SERVICE_ID } from "../uds/mod.ts";
import type { NodeBehaviour } from "./behaviours.ts";
import type { VirtualNodeOptions } from "./node_options.ts";

/** P2*Server_max that a node states which takes groups, in ms. */
const P2_STAR_SERVER_MAX_MS = 500;
/** What part of it goes by until it asks for patience again: three times within it, at least. */
const PENDING_SHARE = 0.3;

/**
 * Tells how a node that takes groups behaves by default: it lets no lost answer go unnoticed
 * for long.
 *
 * Source: docs/group-download.md, "Promptness".
 *
 * @param options The node.
 * @returns The times that it states and keeps; nothing for a node that takes no groups.
 */
export function groupTimes(
  options: VirtualNodeOptions,
): Pick<NodeBehaviour, "p2StarServerMaxMs" | "responsePendingEveryMs"> {
  if (options.dialect.group === undefined) return {};
  const { p2StarServerMaxMs = P2_STAR_SERVER_MAX_MS } = options.behaviour ?? {};
  return { p2StarServerMaxMs, responsePendingEveryMs: p2StarServerMaxMs * PENDING_SHARE };
}

/**
 * Tells which requests a node that takes groups answers while it works on another one: what it is,
 * that it is there, and its group.
 *
 * Source: docs/group-download.md, "Promptness".
 *
 * @param options The node.
 * @returns Whether a request is one of them; `undefined` for a node that takes no groups.
 */
export function besideRule(
  { dialect: { group } }: VirtualNodeOptions,
): ((request: Uint8Array) => boolean) | undefined {
  if (group === undefined) return undefined;
  const { readDataByIdentifier, testerPresent, routineControl } = SERVICE_ID;
  return (request) =>
    request[0] === readDataByIdentifier || request[0] === testerPresent ||
    (request[0] === routineControl && request[2]! * 256 + request[3]! === group.routineIdentifier);
}
