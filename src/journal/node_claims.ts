/**
 * What a node is known by, from what tells most to what tells least: each is a claim that a history
 * has on whatever node shares it.
 */
export interface NodeClaims {
  /** Serial number that it told. */
  readonly serial?: string;
  /** Machine, the adapter's own identity, and the node's identifiers. */
  readonly adapter?: string;
  /** Machine, interface, and the node's identifiers. */
  readonly machine?: string;
  /** Interface and identifiers, on whichever machine. */
  readonly spot?: string;
  /** Fleet file and name, of journals that know no more. */
  readonly name?: string;
}

/** The strongest first. */
const KINDS = ["serial", "adapter", "machine", "spot", "name"] as const;
const PLACE_KINDS = ["adapter", "machine", "spot"] as const;

type ClaimKind = typeof KINDS[number];

/**
 * Tells whether a history of one may be the other's: that is so where anything is equal.
 *
 * @param left One.
 * @param right The other.
 * @returns Whether they share a claim.
 */
export function sharesClaim(left: NodeClaims, right: NodeClaims): boolean {
  return KINDS.some((kind) => isEqualIn(kind, left, right));
}

/**
 * Tells whether two are one node for certain: what tells most of what is known of both is equal, and
 * they do not tell one serial number at two places: either node may have moved, or both tell it.
 *
 * @param left One.
 * @param right The other.
 * @returns Whether they are; not where nothing is known of both.
 */
export function isSameNode(left: NodeClaims, right: NodeClaims): boolean {
  const hasMoved = isEqualIn("serial", left, right) && decides(PLACE_KINDS, left, right) === false;
  return !hasMoved && decides(KINDS, left, right) === true;
}

/**
 * Tells whether whatever is known of both is equal.
 *
 * @param left One.
 * @param right The other.
 * @returns Whether they share a claim and differ in none.
 */
export function agrees(left: NodeClaims, right: NodeClaims): boolean {
  return sharesClaim(left, right) &&
    KINDS.every((kind) =>
      left[kind] === undefined || right[kind] === undefined || isEqualIn(kind, left, right)
    );
}

/**
 * Takes from a history's claims those that a node has met which was brought through.
 *
 * Who shares the strongest claim is the node that the history is about. Of two nodes with one serial
 * number at two places neither is taken for the other: then the history keeps its place.
 *
 * @param held The history's claims.
 * @param node The node's.
 * @returns What is left; `undefined` where nothing is, so that the history is settled.
 */
export function claimsLeft(held: NodeClaims, node: NodeClaims): NodeClaims | undefined {
  if (isSameNode(held, node)) return undefined;
  const left = KINDS.filter((kind) => held[kind] !== undefined && !isEqualIn(kind, held, node));
  return left.length === 0
    ? undefined
    : Object.fromEntries(left.map((kind) => [kind, held[kind]!]));
}

/**
 * Says where or what a node is, for people.
 *
 * @param claims What it is known by.
 * @returns For example `serial 4711 at 0x7E0/0x7E8@socketcan:can0`.
 */
export function describeClaims(claims: NodeClaims): string {
  const { serial, spot, name } = claims;
  const place = spot ?? name;
  return [
    ...(serial === undefined ? [] : [`serial ${serial}`]),
    ...(place === undefined ? [] : [`at ${place}`]),
  ].join(" ");
}

function isEqualIn(kind: ClaimKind, left: NodeClaims, right: NodeClaims): boolean {
  return left[kind] !== undefined && left[kind] === right[kind];
}

/** What the strongest claim that both have says; `undefined` where they have none in common. */
function decides(
  kinds: readonly ClaimKind[],
  left: NodeClaims,
  right: NodeClaims,
): boolean | undefined {
  const kind = kinds.find((one) => left[one] !== undefined && right[one] !== undefined);
  return kind === undefined ? undefined : isEqualIn(kind, left, right);
}
