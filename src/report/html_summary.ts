import { printable } from "../core/mod.ts";
import type { FleetState, NodeState } from "../fleet/mod.ts";
import { countEndStates, END_STATES, type EndState } from "./end_state.ts";
import { endedAlike, endWords, nameRanges } from "./final_table.ts";
import { dueWords, isUpdateDue, outcomeOf } from "./node_outcome.ts";
import { countNodes } from "./progress.ts";
import type { ImageInfo, RunRecord } from "./run_record.ts";
import { counted, cut, formatBytes, formatDuration } from "./_text.ts";
import { escapeMarkup } from "./_markup.ts";

/** What does not fit the one page of a summary is counted: the rest of the report shows all. */
const FAILURES_MAX = 8;
const IMAGES_MAX = 8;
const CAUSE_MAX = 160;
const NAMES_MAX = 160;

/**
 * Sums a run up: what became of it, who ran it where, which images, what did not get through. On
 * paper it is one page.
 *
 * @param record The run.
 * @returns A header element.
 */
export function htmlSummary(record: RunRecord): string {
  const { info, state } = record;
  const { words, tone } = verdictOf(state);
  const title = info.title ?? info.fleetFile;
  const of = info.title === undefined ? "" : ` ${escapeMarkup(info.fleetFile)}`;
  const when = info.startedAt === undefined
    ? ""
    : `, began ${escapeMarkup(timeWords(info.startedAt))}`;
  const ends = Object.entries(countEndStates(state)).filter(([, count]) => count > 0)
    .map(([end, count]) => `${count} ${END_STATES[end as EndState]}`).join(", ");
  return [
    `<header class="summary"><h1>${escapeMarkup(title)}</h1>`,
    `<p class="dim">canvoy ${escapeMarkup(info.command)}${of}${when}</p>`,
    `<p class="verdict ${tone}">${escapeMarkup(words)}</p>`,
    cards(state),
    ends === "" ? "" : `<p class="dim">Now: ${ends}.</p>`,
    fieldTable(info.fields ?? []),
    imageTable(info.images),
    failureList(state),
    "</header>",
  ].filter((part) => part !== "").join("\n");
}

/** `2026-11-24 21:00:00 UTC` for what is written as ISO 8601 in UTC. */
function timeWords(iso: string): string {
  return iso.replace(/^(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)(?:\.\d+)?Z$/, "$1 $2 UTC");
}

/** What became of the run, in a sentence. */
function verdictOf(state: FleetState): { readonly words: string; readonly tone: string } {
  const { nodes, done, upToDate, due } = countNodes(state);
  if (!state.isFinished) {
    return { words: "The run had not ended when this was written.", tone: "bad" };
  }
  const bad = nodes - done - upToDate - due;
  if (bad > 0) {
    return { words: `${counted(bad, "node")} of ${nodes} did not get through.`, tone: "bad" };
  }
  if (due === 0) return { words: "Every node runs its image.", tone: "good" };
  return { words: `Of ${nodes}, ${dueWords(state.nodes.values()).join(", ")}.`, tone: "" };
}

function cards(state: FleetState): string {
  const { nodes, done, upToDate, due, failed, refused, cancelled } = countNodes(state);
  let bytes = 0;
  let retries = 0;
  for (const node of state.nodes.values()) {
    bytes += node.bytesWritten;
    retries += node.retries;
  }
  const all: readonly (readonly [string | number, string])[] = [
    [nodes, nodes === 1 ? "node" : "nodes"],
    [done, "updated"],
    ...(upToDate > 0 ? [[upToDate, "up to date"] as const] : []),
    ...(due > 0 ? [[due, "to update"] as const] : []),
    [failed, "failed"],
    ...(refused > 0 ? [[refused, "refused"] as const] : []),
    ...(cancelled > 0 ? [[cancelled, "stopped"] as const] : []),
    [formatDuration(state.atMs - state.startedAtMs), "in all"],
    [formatBytes(bytes), "acknowledged"],
    [retries, retries === 1 ? "retry" : "retries"],
  ];
  const items = all.map(([value, name]) => `<li><b>${value}</b>${name}</li>`);
  return `<ul class="cards">${items.join("")}</ul>`;
}

/** An empty field is a line to write on. */
function fieldTable(fields: readonly (readonly [string, string])[]): string {
  if (fields.length === 0) return "";
  const rows = fields.map(([name, text]) =>
    `<tr><th scope="row">${escapeMarkup(name)}</th><td${text === "" ? ' class="blank"' : ""}>` +
    `${escapeMarkup(text)}</td></tr>`
  );
  return `<table class="fields"><tbody>${rows.join("\n")}</tbody></table>`;
}

function imageTable(images: readonly ImageInfo[]): string {
  if (images.length === 0) return "";
  const rows = images.slice(0, IMAGES_MAX).map(({ name, file, version, bytes, sha256 }) =>
    `<tr><td>${escapeMarkup(name)}</td><td class="mono">${escapeMarkup(file)}</td>` +
    `<td>${escapeMarkup(version ?? "–")}</td><td class="number">${bytes}</td>` +
    `<td class="digest">${escapeMarkup(sha256)}</td></tr>`
  );
  const more = images.length - rows.length;
  return '<h2>Images</h2><div class="scroll" tabindex="0" role="region" aria-label="Images">' +
    "<table><thead><tr><th>Name</th><th>File</th><th>Version</th>" +
    '<th class="number">Bytes</th><th>SHA-256 over its span</th></tr></thead>' +
    `<tbody>${rows.join("\n")}</tbody></table></div>` +
    (more > 0 ? `<p class="dim">${counted(more, "more image")}.</p>` : "");
}

function failureList(state: FleetState): string {
  const bad = [...state.nodes.values()]
    .filter((node) => node.phase !== "done" && !isUpdateDue(node));
  if (bad.length === 0) return "";
  const groups = endedAlike(bad);
  const items = groups.slice(0, FAILURES_MAX).map(failureItem);
  const left = groups.slice(FAILURES_MAX).flat().length;
  const more = left > 0 ? `<p class="dim">${counted(left, "more node")}: see below.</p>` : "";
  return `<h2>What did not get through</h2><ul class="brief">${items.join("\n")}</ul>${more}`;
}

function failureItem(group: readonly NodeState[]): string {
  const node = group[0]!;
  const names = cut(nameRanges(group.map(({ name }) => name)), NAMES_MAX);
  const cause = cut(printable(node.error?.message ?? endWords(node)), CAUSE_MAX);
  return `<li><b class="bad">${outcomeOf(node)}</b> <b>${escapeMarkup(names)}</b>: ` +
    `${escapeMarkup(cause)}</li>`;
}
