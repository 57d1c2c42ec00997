import { printable } from "../core/mod.ts";
import type { NodeState } from "../fleet/mod.ts";
import { endStateOf } from "./end_state.ts";
import { failuresFirst, outcomeOf, tookMsOf } from "./node_outcome.ts";
import { remedyFor } from "./remedies.ts";
import type { RunRecord } from "./run_record.ts";

const COLUMNS = [
  "node",
  "bus",
  "device",
  "serial",
  "image",
  "outcome",
  "versionBefore",
  "versionAfter",
  "imageSha256",
  "bytesWritten",
  "retries",
  "tookMs",
  "leftIn",
  "errorCode",
  "error",
  "remedy",
] as const;

/** What comes before a formula: the beginning of a cell, whatever separates cells where it is read. */
const FORMULA = /(^|[;|]["' ]*)(?=[=+\-@\uFF1D\uFF0B\uFF0D\uFF20])/g;

/**
 * Tells a run as a table for spreadsheets, RFC 4180: one line a node, failures first.
 *
 * A text that a spreadsheet would take for a formula begins with an apostrophe.
 *
 * @param record The run.
 * @returns The file's text, lines ended by CR LF.
 */
export function csvReport(record: RunRecord): string {
  const images = new Map(record.info.images.map((image) => [image.name, image.sha256]));
  const rows = failuresFirst(record.state.nodes.values())
    .map((node) => cellsOf(node, images.get(node.image) ?? ""));
  return [COLUMNS, ...rows].map((cells) => cells.map(csvCell).join(",") + "\r\n").join("");
}

function cellsOf(node: NodeState, sha256: string): readonly string[] {
  const { error } = node;
  const isBad = node.phase !== "done" && error !== undefined;
  return [
    node.name,
    node.bus,
    node.device,
    node.identity.serial ?? "",
    node.image,
    outcomeOf(node),
    node.identity.version ?? "",
    node.version ?? "",
    sha256,
    String(node.bytesWritten),
    String(node.retries),
    String(Math.round(tookMsOf(node))),
    endStateOf(node) ?? "",
    isBad ? error.code : "",
    isBad ? error.message : "",
    isBad ? remedyFor(error) : "",
  ];
}

function csvCell(outside: string): string {
  const text = printable(outside);
  // A spreadsheet whose separator is another one begins a cell behind it.
  const safe = text.replaceAll(FORMULA, "$&'");
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
