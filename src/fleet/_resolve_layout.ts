import { type AddressRange, defined } from "../core/mod.ts";
import { ownEntry, unknownName } from "./_expand_nodes.ts";
import type { IssueList } from "./_issue_list.ts";
import { sizeBytes, type SizeText } from "./_size_text.ts";
import type { YamlPath } from "./_yaml_source.ts";
import type { FleetLayout } from "./fleet.ts";
import type { FleetDocument, LayoutDocument, NodeFields } from "./fleet_schema.ts";

/** A layout and where it is written. */
interface WrittenLayout {
  readonly layout: FleetLayout;
  readonly path: YamlPath;
}

/**
 * Finds how a node's flash is divided.
 *
 * @param written What the node says.
 * @param path Its place.
 * @param document The file, for layouts by name.
 * @param issues Takes its mistakes.
 * @returns The layout and its place; `undefined` when there is none.
 */
export function resolveLayout(
  written: NonNullable<NodeFields["layout"]>,
  path: YamlPath,
  document: FleetDocument,
  issues: IssueList,
): WrittenLayout | undefined {
  if (typeof written !== "string") return { layout: toLayout(written), path };
  const found = ownEntry(document.layouts ?? {}, written);
  if (found !== undefined) return { layout: toLayout(found), path: ["layouts", written] };
  issues.report(path, unknownName("layouts", written, Object.keys(document.layouts ?? {})));
  return undefined;
}

/**
 * Reads a layout.
 *
 * @param document It as it is written.
 * @returns It with its ranges.
 */
export function toLayout(document: LayoutDocument): FleetLayout {
  const { bootloader, application, configuration, headerBytes } = document;
  return {
    bootloader: toRange(bootloader),
    application: toRange(application),
    ...(configuration === undefined ? {} : { configuration: configuration.map(toRange) }),
    ...(headerBytes === undefined ? {} : { applicationHeader: { sizeBytes: headerBytes } }),
    ...defined({ linkedAt: application.linkedAt }),
  };
}

function toRange({ start, size }: { start: number; size: SizeText }): AddressRange {
  return { start, end: start + sizeBytes(size) };
}
