import type { NodeState } from "../fleet/mod.ts";
import { groupIncidents, type IncidentGroup, type IncidentRun } from "./incident_groups.ts";
import { outcomeOf } from "./node_outcome.ts";
import type { RunRecord } from "./run_record.ts";
import { counted } from "./_text.ts";
import { escapeMarkup } from "./_markup.ts";

/**
 * Tells what was retried and what went wrong, folded by node: a line says how it ended, how often it
 * was tried again and why mostly; what did not get through stands open, and on paper all of it.
 *
 * @param record The run.
 * @returns A section; empty where nothing happened.
 */
export function htmlIncidents({ incidents, state }: RunRecord): string {
  const groups = groupIncidents(incidents, state);
  if (groups.length === 0) return "";
  const parts = groups
    .map((group) => details(group, state.nodes.get(group.subject), state.startedAtMs));
  return `<section><h2>Retries and faults</h2>${parts.join("\n")}</section>`;
}

function details(group: IncidentGroup, node: NodeState | undefined, startMs: number): string {
  const outcome = node === undefined ? "" : outcomeOf(node);
  const isBad = outcome === "failed" || outcome === "refused";
  const tone = isBad ? "bad" : outcome === "done" || outcome === "up to date" ? "good" : "";
  const rows = group.runs.map((run) => row(run, startMs));
  const table = rows.length === 0
    ? ""
    : '<table><thead><tr><th class="number">At</th><th>What</th><th>Words</th></tr></thead>' +
      `<tbody>${rows.join("\n")}</tbody></table>`;
  const more = group.leftOut === 0
    ? ""
    : `<p class="dim">${counted(group.leftOut, "more retry", "more retries")}.</p>`;
  return `<details class="incidents"${isBad ? ' open=""' : ""}><summary>` +
    `<b>${escapeMarkup(group.subject === "" ? "the run" : group.subject)}</b> ` +
    `<span class="${tone}">${outcome}</span> <span>${retryWords(group)}</span> ` +
    `<span class="cause">${escapeMarkup(causeWords(group))}</span></summary>${table}${more}` +
    "</details>";
}

function retryWords({ retries }: IncidentGroup): string {
  return retries === 0 ? "" : counted(retries, "retry", "retries");
}

function causeWords({ mainCause, retries }: IncidentGroup): string {
  if (mainCause === undefined) return "";
  const { words, count } = mainCause;
  return retries === 0 || count === retries ? words : `${count} of them: ${words}`;
}

function row({ first, lastMs, count }: IncidentRun, startMs: number): string {
  const seconds = (atMs: number): string => ((atMs - startMs) / 1000).toFixed(3);
  const at = count === 1 ? seconds(first.atMs) : `${seconds(first.atMs)} – ${seconds(lastMs)}`;
  return `<tr><td class="number">${at} s</td><td>${first.kind}</td><td>${
    escapeMarkup(words(first, count))
  }</td></tr>`;
}

function words({ again, cause }: IncidentRun["first"], count: number): string {
  const often = count === 1 ? "" : `${count} times`;
  if (again === undefined) return often === "" ? cause : `${often}: ${cause}`;
  return `${again.what} again, ${often === "" ? `try ${again.attempt}` : often}: ${cause}`;
}
