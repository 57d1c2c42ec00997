import type { FleetState, NodeState } from "../fleet/mod.ts";
import type { BusFigures } from "./bus_figures.ts";
import { countEndStates, END_STATES, type EndState, endStateOf } from "./end_state.ts";
import { endWords } from "./final_table.ts";
import { htmlIncidents } from "./html_incidents.ts";
import {
  dueWords,
  failuresFirst,
  isUpdateDue,
  type NodeOutcome,
  outcomeOf,
  tookMsOf,
} from "./node_outcome.ts";
import { countNodes } from "./progress.ts";
import { remedyFor } from "./remedies.ts";
import { REPORT_STYLE } from "./report_style.ts";
import type { RunRecord } from "./run_record.ts";
import { meanWords, svgBusLoad } from "./svg_bus_load.ts";
import { svgTimeline, timelineLegend } from "./svg_timeline.ts";
import { counted, formatBytes, formatDuration } from "./_text.ts";
import { escapeMarkup } from "./_markup.ts";

/**
 * Tells a run as one self-contained page to hand on: what failed and what to do first, then each
 * node, the timeline, the buses, what was retried, and what it all ran on. Nothing is fetched, no
 * script runs, and it prints.
 *
 * @param record The run.
 * @returns The file's text: HTML, UTF-8.
 */
export function htmlReport(record: RunRecord): string {
  const { info } = record;
  const title = escapeMarkup(`canvoy ${info.command}: ${info.fleetFile}`);
  return [
    "<!DOCTYPE html>",
    '<html lang="en">',
    "<head>",
    '<meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; ' +
    "style-src 'unsafe-inline'\">",
    `<title>${title}</title>`,
    `<style>${REPORT_STYLE}</style>`,
    "</head>",
    "<body>",
    header(record),
    "<main>",
    failures(record),
    nodeTable(record),
    timelineSection(record),
    busSection(record),
    htmlIncidents(record),
    environmentSection(record),
    "</main>",
    "</body>",
    "</html>",
    "",
  ].filter((part) => part !== "").join("\n");
}

function header({ info, state }: RunRecord): string {
  const { nodes, done, upToDate, due, failed, refused, cancelled } = countNodes(state);
  const { words, tone } = verdictOf(state);
  let bytes = 0;
  let retries = 0;
  for (const node of state.nodes.values()) {
    bytes += node.bytesWritten;
    retries += node.retries;
  }
  const cards: readonly (readonly [string | number, string])[] = [
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
  const when = info.startedAt === undefined ? "" : `, began ${escapeMarkup(info.startedAt)}`;
  const ends = Object.entries(countEndStates(state)).filter(([, count]) => count > 0)
    .map(([end, count]) => `${count} ${END_STATES[end as EndState]}`).join(", ");
  return `<header><h1>${escapeMarkup(info.fleetFile)}</h1>` +
    `<p class="dim">canvoy ${escapeMarkup(info.command)}${when}</p>` +
    `<p class="verdict ${tone}">${escapeMarkup(words)}</p><ul class="cards">` +
    cards.map(([value, name]) => `<li><b>${value}</b>${name}</li>`).join("") +
    `</ul>${ends === "" ? "" : `<p class="dim">Now: ${ends}.</p>`}</header>`;
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

function failures({ state }: RunRecord): string {
  const bad = failuresFirst(state.nodes.values())
    .filter((node) => node.phase !== "done" && !isUpdateDue(node));
  if (bad.length === 0) return "";
  const items = bad.map((node) => {
    const { error } = node;
    const lines = [
      error?.message ?? endWords(node),
      ...(error === undefined ? [] : [`State after the run: ${endWords(node)}.`]),
    ].map((line) => `<p>${escapeMarkup(line)}</p>`);
    const exchange = [
      ...(error?.request === undefined
        ? []
        : [`last request <code>${escapeMarkup(error.request)}</code>`]),
      ...(error?.response === undefined
        ? []
        : [`response <code>${escapeMarkup(error.response)}</code>`]),
    ].join(", ");
    const help = error === undefined ? "" : remedyFor(error);
    const code = error === undefined ? "" : ` <code>${escapeMarkup(error.code)}</code>`;
    return `<div class="failure"><h3><span class="bad">${outcomeOf(node)}</span> ` +
      `${escapeMarkup(node.name)}${code}</h3>${lines.join("")}` +
      (exchange === "" ? "" : `<p class="dim">${exchange}</p>`) +
      (help === "" ? "" : `<p><b>What to do:</b> ${escapeMarkup(help)}.</p>`) + "</div>";
  });
  return `<section><h2>What did not get through</h2>${items.join("\n")}</section>`;
}

const DIGEST_DIGITS = 16;

function nodeTable({ state, info }: RunRecord): string {
  const images = new Map(info.images.map((image) => [image.name, image]));
  const rows = failuresFirst(state.nodes.values()).map((node) => {
    const digest = images.get(node.image)?.sha256 ?? "";
    const outcome = outcomeOf(node);
    const tone = toneOf(outcome);
    return `<tr><td class="keep">${escapeMarkup(node.name)}</td>` +
      `<td class="keep ${tone}">${outcome}</td><td>${nowWords(node)}</td><td>${
        escapeMarkup(node.bus)
      }</td>` +
      `<td>${escapeMarkup(node.device)}</td><td>${escapeMarkup(node.image)}</td>` +
      `<td>${escapeMarkup(node.identity.version ?? "–")}</td>` +
      `<td>${escapeMarkup(versionAfter(node))}</td>` +
      `<td class="mono" title="${escapeMarkup(digest)}">${
        escapeMarkup(digest.slice(0, DIGEST_DIGITS))
      }</td><td class="number">${formatBytes(node.bytesWritten)}</td>` +
      `<td class="number">${node.retries}</td>` +
      `<td class="number">${formatDuration(tookMsOf(node))}</td></tr>`;
  });
  return "<section><h2>Nodes</h2>" +
    '<div class="scroll" tabindex="0" role="region" aria-label="Nodes"><table><thead><tr>' +
    "<th>Node</th><th>Outcome</th><th>Now</th><th>Bus</th><th>Device</th><th>Image</th><th>Before</th>" +
    "<th>After</th><th>Image SHA-256</th>" +
    '<th class="number">Written</th><th class="number">Retries</th><th class="number">Took</th>' +
    `</tr></thead><tbody>${rows.join("\n")}</tbody></table></div></section>`;
}

function toneOf(outcome: NodeOutcome): string {
  if (outcome === "update due") return "";
  return outcome === "done" || outcome === "up to date" ? "good" : "bad";
}

/** Which of the promised ends it is in. */
function nowWords(node: NodeState): string {
  const end = endStateOf(node);
  return end === undefined ? "–" : END_STATES[end];
}

/** What it runs now: what it said itself, or that nothing of it was touched. */
function versionAfter(node: NodeState): string {
  if (node.version !== undefined) return node.version;
  const isUntouched = node.endState === "oldImage" || node.phase === "refused" ||
    isUpdateDue(node) ||
    (node.endState === "rolledBack" && node.bankSwap !== undefined);
  return isUntouched ? node.identity.version ?? "–" : "–";
}

function timelineSection({ state, timeline }: RunRecord): string {
  const svg = svgTimeline({
    nodes: [...state.nodes.values()],
    timeline,
    startMs: state.startedAtMs,
    endMs: state.atMs,
  });
  return `<section><h2>Timeline</h2>${timelineLegend()}` +
    `<div class="scroll" tabindex="0" role="region" aria-label="Timeline">${svg}</div></section>`;
}

function busSection({ state, buses, loads }: RunRecord): string {
  if (buses.length === 0) return "";
  const parts = buses.map((figures) => {
    const series = loads.find(({ bus }) => bus === figures.bus);
    const plot = series === undefined || series.points.length < 2
      ? ""
      : `<div class="scroll" tabindex="0" role="region" aria-label="Load of bus ${
        escapeMarkup(figures.bus)
      }">` + svgBusLoad(series, { startMs: state.startedAtMs, endMs: state.atMs }) + "</div>";
    const load = series === undefined ? "" : `, load ${meanWords(series)}`;
    return `<h3>${escapeMarkup(figures.bus)}</h3>` +
      `<p class="dim">${escapeMarkup(frameWords(figures))}${load}</p>${plot}`;
  });
  return `<section><h2>Buses</h2>${parts.join("\n")}</section>`;
}

function frameWords({ frames, bits, errorFrames }: BusFigures): string {
  const errors = errorFrames === undefined ? "" : `, ${counted(errorFrames, "error frame")}`;
  return `${frames} frames, ${bits} bits${errors}`;
}

function environmentSection({ info }: RunRecord): string {
  const images = info.images.map(({ name, file, version, bytes, sha256 }) =>
    `<tr><td>${escapeMarkup(name)}</td><td class="mono">${escapeMarkup(file)}</td>` +
    `<td>${escapeMarkup(version ?? "–")}</td><td class="number">${bytes}</td>` +
    `<td class="mono">${escapeMarkup(sha256)}</td></tr>`
  );
  const environment = info.environment.map(([name, value]) =>
    `<tr><th scope="row">${escapeMarkup(name)}</th><td>${escapeMarkup(value)}</td></tr>`
  );
  return `<section><h2>Command</h2><p><code>${
    escapeMarkup(info.commandLine)
  }</code></p></section>` +
    (images.length === 0
      ? ""
      : '<section><h2>Images</h2><div class="scroll" tabindex="0" role="region" ' +
        'aria-label="Images"><table><thead><tr><th>Name</th><th>File</th><th>Version</th>' +
        `<th class="number">Bytes</th><th>SHA-256 over its span</th></tr></thead><tbody>${
          images.join("\n")
        }</tbody></table></div></section>`) +
    (environment.length === 0
      ? ""
      : `<section><h2>Environment</h2><table><tbody>${environment.join("\n")}</tbody></table>` +
        "</section>");
}
