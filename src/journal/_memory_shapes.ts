import { count, flag, list, oneOf, optional, record, text } from "./_shape.ts";
import type { Memory, NodeRecord, UnreadJournal } from "./memory.ts";
import type { NodeClaims } from "./node_claims.ts";

/** Reads what a node is known by. */
export const CLAIMS = record<NodeClaims>({
  serial: optional(text),
  adapter: optional(text),
  machine: optional(text),
  spot: optional(text),
  name: optional(text),
});

/** Reads what earlier runs left of a node. */
export const HISTORY_FIELDS = {
  distrusted: list(record<NodeRecord["distrusted"][number]>({ start: count, end: count })),
  endState: oneOf<NodeRecord["endState"]>({
    untouched: true,
    oldImage: true,
    eraseUnconfirmed: true,
    bootloader: true,
    newImageUnconfirmed: true,
    rolledBack: true,
  }),
};

/** Reads what is known of all nodes. */
export const MEMORY = record<Memory>({
  records: list(record<NodeRecord>({
    claims: CLAIMS,
    name: text,
    fleet: text,
    because: optional(text),
    isFound: optional(flag),
    ...HISTORY_FIELDS,
  })),
  unread: list(record<UnreadJournal>({ file: text, met: list(CLAIMS) })),
  shared: list(text),
});
