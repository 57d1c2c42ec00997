import { hex } from "../core/mod.ts";
import type { ExpandedNode } from "./_expand_nodes.ts";
import { type IssueList, moreNodes } from "./_issue_list.ts";
import type { YamlPath } from "./_yaml_source.ts";
import type { FleetAddressing, FleetCanId, FleetFileBus, FleetFileNode } from "./fleet.ts";

/** One identifier, with the first data byte where the addressing has one. */
interface Use {
  readonly id: FleetCanId;
  readonly prefix: number | undefined;
}

/** Who has an identifier. */
interface Owner {
  readonly prefix: number | undefined;
  readonly what: string;
  /** The node whose it is; absent: the bus's. */
  readonly node?: ExpandedNode;
}

/**
 * Checks that on one bus every identifier belongs to one purpose, and every name to one node.
 *
 * Two may share an identifier when each has a first data byte of its own, as extended and mixed
 * addressing give it.
 *
 * @param buses The buses.
 * @param nodes The nodes.
 * @param written Where each node stands in the file, by name.
 * @param issues Takes the mistakes.
 */
export function checkIdentifiers(
  buses: Iterable<FleetFileBus>,
  nodes: readonly (readonly [FleetFileNode, ExpandedNode])[],
  issues: IssueList,
): void {
  const owners = new Map<string, Owner[]>();
  const allBuses = [...buses];
  for (const { name, functional } of allBuses) {
    if (functional === undefined) continue;
    const what = `the functional identifier of ${name}`;
    claim(owners, name, { ...usesOf(functional).request, what });
  }
  checkGroups(allBuses, nodes, issues);
  const clashes = new Map<string, Clash>();
  for (const [node, written] of nodes) {
    for (const { use, what, path } of claimsOf(node, written)) {
      const owner = claim(owners, node.bus, { ...use, what, node: written });
      if (owner === undefined) continue;
      const of = owner.node?.namePath.join() ?? "";
      const id = `${path.join()} ${of}`;
      const clash = clashes.get(id);
      if (clash !== undefined) clash.moreCount++;
      else clashes.set(id, { node, written, use, what, path, owner, moreCount: 0 });
    }
  }
  for (const clash of clashes.values()) reportClash(clash, issues);
}

/** An identifier that a node is to have. */
interface Claim {
  readonly use: Use;
  readonly what: string;
  readonly path: YamlPath;
}

function claimsOf(node: FleetFileNode, written: ExpandedNode): readonly Claim[] {
  const { addressing, bootloaderAddressing, name } = node;
  const claims = (
    one: FleetAddressing,
    of: string,
    pathOf: (key: "request" | "response" | "address") => YamlPath,
  ): readonly Claim[] =>
    (["request", "response"] as const).map((purpose) => ({
      use: usesOf(one)[purpose],
      what: `the ${purpose} of ${of}`,
      path: pathOf("tx" in one ? purpose : "address"),
    }));
  return [
    ...claims(addressing, name, (key) => written.pathOf(key)),
    ...(bootloaderAddressing === undefined ? [] : claims(
      bootloaderAddressing,
      `the bootloader of ${name}`,
      (key) => [...written.pathOf("bootloader"), key],
    )),
  ];
}

/** Two that have one identifier, and how many more nodes of the same range have. */
interface Clash {
  readonly node: FleetFileNode;
  readonly written: ExpandedNode;
  readonly use: Use;
  readonly what: string;
  readonly path: YamlPath;
  readonly owner: Owner;
  moreCount: number;
}

function reportClash(
  { node, written, use, what, path, owner, moreCount }: Clash,
  issues: IssueList,
): void {
  const shown = formatUse(use);
  const isOneRange = owner.node !== undefined && owner.node !== written &&
    owner.node.namePath.join() === written.namePath.join();
  const text = issues.quote(path) ?? "";
  if (isOneRange && !text.includes("{i")) {
    issues.report(
      path,
      `expected {i} in it, for example ${text} + {i}: it is the same for all nodes of this range`,
    );
    return;
  }
  const itself = owner.what.endsWith(` of ${node.name}`) ? "" : ` (here as ${what})`;
  issues.report(
    path,
    `expected an identifier of its own on ${node.bus}, ${shown} is ${owner.what} already` +
      itself + moreNodes(moreCount),
  );
}

/** Where group downloads are used, everything else on the bus must win against them. */
function checkGroups(
  buses: readonly FleetFileBus[],
  nodes: readonly (readonly [FleetFileNode, ExpandedNode])[],
  issues: IssueList,
): void {
  for (const { name, group, functional } of buses) {
    const members = nodes.filter(([{ bus }]) => bus === name);
    if (members.every(([{ profile }]) => profile.group === undefined)) continue;
    const all = [
      ...(functional === undefined ? [] : [functional]),
      ...members.flatMap(([{ addressing, bootloaderAddressing }]) =>
        bootloaderAddressing === undefined ? [addressing] : [addressing, bootloaderAddressing]
      ),
    ].map(usesOf);
    const outranked = all.flatMap(({ request, response }) => [request, response])
      .find(({ id }) => arbitrationKey(id) >= arbitrationKey(group));
    if (outranked === undefined) continue;
    issues.report(
      ["buses", name, "group"],
      `expected an identifier of lower priority than all others on ${name}, ` +
        `${formatUse({ id: group, prefix: undefined })} does not lose against ` +
        `${formatUse({ ...outranked, prefix: undefined })}: group downloads would hold it up`,
    );
  }
}

/** Orders identifiers as the bus does: 11 bits first, then the 18 further ones. */
function arbitrationKey({ id, extended }: FleetCanId): number {
  return extended ? Math.floor(id / 2 ** 18) * 2 ** 19 + 2 ** 18 + id % 2 ** 18 : id * 2 ** 19;
}

function claim(
  owners: Map<string, Owner[]>,
  bus: string,
  { id, ...owner }: Use & Owner,
): Owner | undefined {
  const key = `${bus} ${id.extended} ${id.id}`;
  const present = owners.get(key) ?? [];
  owners.set(key, [...present, owner]);
  const { prefix } = owner;
  return present.find((other) =>
    other.prefix === undefined || prefix === undefined || other.prefix === prefix
  );
}

/** ISO 15765-2, "Mapping of the N_PDU fields": identifiers and first data bytes. */
function usesOf(addressing: FleetAddressing): { readonly request: Use; readonly response: Use } {
  switch (addressing.mode) {
    case "normal":
      return both(addressing, undefined, undefined);
    case "extended":
      return both(addressing, addressing.target, addressing.source);
    case "mixed11":
      return both(addressing, addressing.addressExtension, addressing.addressExtension);
    case "normalFixed":
      return both(
        fixedIds(addressing.functional ? 0x18DB : 0x18DA, addressing),
        undefined,
        undefined,
      );
    case "mixed29": {
      const { addressExtension } = addressing;
      const ids = fixedIds(addressing.functional ? 0x18CD : 0x18CE, addressing);
      return both(ids, addressExtension, addressExtension);
    }
  }
}

function both(
  ids: { readonly tx: FleetCanId; readonly rx: FleetCanId },
  txPrefix: number | undefined,
  rxPrefix: number | undefined,
): { readonly request: Use; readonly response: Use } {
  return { request: { id: ids.tx, prefix: txPrefix }, response: { id: ids.rx, prefix: rxPrefix } };
}

function fixedIds(
  upper: number,
  { source, target }: { readonly source: number; readonly target: number },
): { readonly tx: FleetCanId; readonly rx: FleetCanId } {
  const base = upper * 0x1_0000;
  return {
    tx: { id: base + target * 256 + source, extended: true },
    rx: { id: base + source * 256 + target, extended: true },
  };
}

function formatUse({ id, prefix }: Use): string {
  const text = hex(id.id, id.extended ? 8 : 3);
  return prefix === undefined ? text : `${text}#${hex(prefix, 2)}`;
}
