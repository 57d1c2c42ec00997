import type { NodeState } from "../fleet/mod.ts";
import type { BusFigures } from "./bus_figures.ts";
import { END_STATES, endStateOf } from "./end_state.ts";
import { endWords } from "./final_table.ts";
import { htmlIncidents } from "./html_incidents.ts";
import { htmlSummary } from "./html_summary.ts";
import {
  failuresFirst,
  isUpdateDue,
  type NodeOutcome,
  outcomeOf,
  tookMsOf,
} from "./node_outcome.ts";
import { remedyFor } from "./remedies.ts";
import { REPORT_STYLE } from "./report_style.ts";
import type { RunRecord } from "./run_record.ts";
import { meanWords, svgBusLoad } from "./svg_bus_load.ts";
import { svgTimeline, timelineLegend } from "./svg_timeline.ts";
import { counted, formatBytes, formatDuration } from "./_text.ts";
import { escapeMarkup } from "./_markup.ts";

/**
 * Tells a run as one self-contained page that can be shared: a summary, on paper one page of it; what
 * failed and what to do; then each node, the timeline, the buses, what was retried, and what it all
 * ran on. Nothing is fetched, no
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
    htmlSummary(record),
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
  return `<section><h2>Failures in detail</h2>${items.join("\n")}</section>`;
}

function nodeTable({ state }: RunRecord): string {
  const hasSerials = [...state.nodes.values()].some(({ identity }) => identity.serial);
  const rows = failuresFirst(state.nodes.values()).map((node) => {
    const outcome = outcomeOf(node);
    const tone = toneOf(outcome);
    const serial = `<td>${escapeMarkup(node.identity.serial ?? "–")}</td>`;
    return `<tr><td class="keep">${escapeMarkup(node.name)}</td>${hasSerials ? serial : ""}` +
      `<td class="keep ${tone}">${outcome}</td><td class="words">${nowWords(node)}</td><td>${
        escapeMarkup(node.bus)
      }</td>` +
      `<td>${escapeMarkup(node.device)}</td><td>${escapeMarkup(node.image)}</td>` +
      `<td>${escapeMarkup(node.identity.version ?? "–")}</td>` +
      `<td>${escapeMarkup(versionAfter(node))}</td>` +
      `<td class="number">${formatBytes(node.bytesWritten)}</td>` +
      `<td class="number">${node.retries}</td>` +
      `<td class="number">${formatDuration(tookMsOf(node))}</td></tr>`;
  });
  return "<section><h2>Nodes</h2>" +
    '<div class="scroll" tabindex="0" role="region" aria-label="Nodes"><table class="nodes"><thead><tr>' +
    `<th>Node</th>${
      hasSerials ? "<th>Serial number</th>" : ""
    }<th>Outcome</th><th>Now</th><th>Bus</th><th>Device</th><th>Image</th><th>Before</th>` +
    "<th>After</th>" +
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
  return `<section class="whole"><h2>Timeline</h2>${timelineLegend()}` +
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
    return `<div class="whole"><h3>${escapeMarkup(figures.bus)}</h3>` +
      `<p class="dim">${escapeMarkup(frameWords(figures))}${load}</p>${plot}</div>`;
  });
  return `<section><h2>Buses</h2>${parts.join("\n")}</section>`;
}

function frameWords({ frames, bits, errorFrames }: BusFigures): string {
  const errors = errorFrames === undefined ? "" : `, ${counted(errorFrames, "error frame")}`;
  return `${frames} frames, ${bits} bits${errors}`;
}

function environmentSection({ info }: RunRecord): string {
  const environment = info.environment.map(([name, value]) =>
    `<tr><th scope="row">${escapeMarkup(name)}</th><td>${escapeMarkup(value)}</td></tr>`
  );
  return `<section><h2>Command</h2><p><code>${
    escapeMarkup(info.commandLine)
  }</code></p></section>` +
    (environment.length === 0
      ? ""
      : `<section class="whole"><h2>Environment</h2><table><tbody>${
        environment.join("\n")
      }</tbody></table>` +
        "</section>");
}
