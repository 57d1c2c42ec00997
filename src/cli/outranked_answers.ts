import { type CanId, compareArbitration } from "../can/mod.ts";
import { hex } from "../core/mod.ts";
import type { FleetFileNode } from "../fleet/mod.ts";
import { resolveAddressing } from "../isotp/mod.ts";

/**
 * Warns of identifiers with which requests to one node win against answers of others, as 0x7E0 does
 * against 0x7E8: a wire that is full of requests lets no such answer through, so that gaps must be
 * left for them.
 *
 * @param nodes The nodes of one bus.
 * @returns What to tell; `undefined` where every answer wins against every request, or nobody else is
 * there who could answer late.
 */
export function outrankedAnswers(
  nodes: readonly Pick<FleetFileNode, "addressing">[],
): string | undefined {
  if (nodes.length < 2) return undefined;
  const links = nodes.map(({ addressing }) => resolveAddressing(addressing));
  const lowest = links.map(({ rx }) => rx).sort(compareArbitration).at(-1)!;
  const outranking = new Set(
    links.map(({ tx }) => tx)
      .filter((tx) => compareArbitration(tx, lowest) < 0)
      .sort(compareArbitration).map(text),
  );
  const [first] = outranking;
  if (first === undefined) return undefined;
  const who = outranking.size === 1
    ? first
    : `${first} and ${outranking.size - 1} more identifiers`;
  return `requests with ${who} win against answers with ${
    text(lowest)
  }: gaps are left for these; ` +
    "none are needed where every response identifier is below every request identifier";
}

function text({ id, extended }: CanId): string {
  return hex(id, extended ? 8 : 3);
}
