import { defined } from "../core/mod.ts";
import { checkIdentifiers } from "./_check_identifiers.ts";
import { checkFiles } from "./_needed_files.ts";
import { type ExpandedNode, expandNodes } from "./_expand_nodes.ts";
import { IssueList } from "./_issue_list.ts";
import { resolveBuses } from "./_resolve_buses.ts";
import { resolveDevices } from "./_resolve_devices.ts";
import { resolveImages, resolvePath } from "./_resolve_images.ts";
import { type FleetLookups, resolveNode } from "./_resolve_node.ts";
import { ProfileFiles } from "./_profile_source.ts";
import { resolveReport } from "./_report_schema.ts";
import { resolveProfiles } from "./_resolve_profiles.ts";
import { type YamlPath, YamlSource } from "./_yaml_source.ts";
import type { Fleet, FleetFileNode } from "./fleet.ts";
import { FLEET_SCHEMA } from "./fleet_schema.ts";

export type { ProfileFileReader } from "./_profile_source.ts";
export type { FileCheck, FileMistake, NeededFile } from "./_needed_files.ts";
export type { FleetLookups, LayoutMistake } from "./_resolve_node.ts";

/** A fleet file as it was found. */
export interface FleetFileText {
  /** Its name, for messages. */
  readonly name: string;
  /** Its content. */
  readonly text: string;
}

/**
 * Reads a fleet file: its form, then its meaning; all mistakes of a kind at once.
 *
 * @param file The file; any text.
 * @param lookups Checks of words that other layers own.
 * @returns The fleet, with nothing left to look up.
 * @throws {FleetFileError} With every mistake found, each at its line and column.
 *
 * @example Usage
 * ```ts
 * import { strictEqual, throws } from "node:assert/strict";
 * import { readFleetFile } from "./fleet_file.ts";
 *
 * const lookups = { device: () => ({ canFd: true }), layout: () => [], busUrl: () => {} };
 * const text = `
 * buses: { bench: { url: "virtual:bench" } }
 * images: { app: app.hex }
 * nodes:
 *   - name: door-{i}
 *     count: 2
 *     bus: bench
 *     request: 0x200 + {i}
 *     response: 0x300 + {i}
 *     device: STM32F407VG
 *     layout:
 *       bootloader: { start: 0x08000000, size: 32K }
 *       application: { start: 0x08008000, size: 480K }
 *     image: app
 *     security: none
 * `;
 * const fleet = readFleetFile({ name: "bench.yaml", text }, lookups);
 * strictEqual(fleet.nodes.map((node) => node.name).join(), "door-0,door-1");
 * throws(
 *   () => readFleetFile({ name: "bench.yaml", text: text.replace("count", "cuont") }, lookups),
 *   /bench.yaml:6:5: nodes\[0\].cuont: unknown key, did you mean "count"\?/,
 * );
 * ```
 */
export function readFleetFile(file: FleetFileText, lookups: FleetLookups): Fleet {
  const source = new YamlSource(file.name, file.text);
  const issues = new IssueList(file.name, source);
  const parsed = FLEET_SCHEMA.safeParse(source.content);
  if (!parsed.success) issues.reportSchemaIssues(parsed.error.issues);
  issues.throwIfAny();
  const document = parsed.data!;
  const written = expandNodes(document, issues);
  const buses = resolveBuses(document, { checkUrl: lookups.busUrl, nodes: written }, issues);
  const images = resolveImages(document, issues);
  const files = new ProfileFiles(file.name, issues, lookups.profileFile);
  const profiles = resolveProfiles(document, files, issues);
  const devices = resolveDevices(
    document,
    (device) => void lookups.device(device.name, device),
    issues,
  );
  const parts = { document, buses, images, devices, profiles, lookups };
  const nodes = written.flatMap((node): (readonly [FleetFileNode, ExpandedNode])[] => {
    const resolved = resolveNode(node, parts, issues);
    return resolved === undefined ? [] : [[resolved, node]];
  });
  checkNames(written, issues);
  checkIdentifiers(buses.values(), nodes, issues);
  checkKeepAlive(buses, nodes, issues);
  if (lookups.file !== undefined) checkFiles(document, written, lookups.file, issues);
  const state = document.state && resolvePath(document.state, ["state"], issues);
  issues.throwIfAny();
  const { require_signature: roots = false } = document;
  return {
    file: file.name,
    ...(roots === false ? {} : { requireSignature: { rootKeyIds: roots === true ? [] : roots } }),
    ...defined({ state }),
    ...(document.report === undefined ? {} : { report: resolveReport(document.report) }),
    buses,
    images,
    nodes: nodes.map(([node]) => node),
  };
}

/** What keeps a node's session must reach it. */
function checkKeepAlive(
  buses: Fleet["buses"],
  nodes: readonly (readonly [FleetFileNode, ExpandedNode])[],
  issues: IssueList,
): void {
  for (const [{ bus, profile }, { pathOf }] of nodes) {
    const hasFunctional = buses.get(bus)?.functional !== undefined;
    if (hasFunctional || profile.keepAlive !== "functional") continue;
    issues.report(
      pathOf("bus"),
      `expected a bus with a functional identifier: profile ${profile.name} keeps sessions by it alone`,
    );
  }
}

/** Selections name nodes and groups alike: each name means one thing. */
function checkNames(nodes: readonly ExpandedNode[], issues: IssueList): void {
  const groups = new Set(nodes.flatMap(({ fields }) => fields.groups ?? []));
  const names = new Map<string, YamlPath>();
  for (const { name, namePath } of nodes) {
    const taken = names.get(name);
    // A range without {i} in its name is told already.
    if (taken !== undefined && taken !== namePath) {
      issues.reportPerNode(namePath, `expected a name of its own, ${name} is taken`);
    }
    if (groups.has(name)) {
      issues.reportPerNode(namePath, `expected another name than that of a group, ${name}`);
    }
    names.set(name, namePath);
  }
}
