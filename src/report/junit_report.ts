import type { NodeState } from "../fleet/mod.ts";
import { endWords } from "./final_table.ts";
import { outcomeOf, tookMsOf } from "./node_outcome.ts";
import { remedyFor } from "./remedies.ts";
import type { RunRecord } from "./run_record.ts";
import { escapeMarkup } from "./_markup.ts";

/**
 * Tells a run as a JUnit result file, as CI systems read it: a suite for the run, a test case for
 * each node. Failed and refused nodes are failures, and so are those that need an update; nodes that were stopped are skipped.
 *
 * @param record The run.
 * @returns The file's text: XML 1.0, UTF-8.
 */
export function junitReport(record: RunRecord): string {
  const { info, state } = record;
  const nodes = [...state.nodes.values()];
  const isBad = (node: NodeState): boolean => node.phase === "failed" || node.phase === "refused";
  const failures = nodes.filter(isBad).length;
  const skipped = nodes.filter((node) => !isBad(node) && node.phase !== "done").length;
  const counts = { tests: nodes.length, failures, errors: 0 };
  const time = seconds(state.atMs - state.startedAtMs);
  const suite = {
    name: `canvoy ${info.command}`,
    ...counts,
    skipped,
    time,
    hostname: "localhost",
    // Its form has no zone: UTC.
    ...(info.startedAt === undefined ? {} : { timestamp: info.startedAt.slice(0, 19) }),
  };
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites${attributes({ name: "canvoy", ...counts, time })}>`,
    `  <testsuite${attributes(suite)}>`,
    "    <properties>",
    ...properties(record).map(([name, value]) => `      <property${attributes({ name, value })}/>`),
    "    </properties>",
    ...nodes.flatMap(testCase),
    "  </testsuite>",
    "</testsuites>",
    "",
  ].join("\n");
}

function properties({ info }: RunRecord): readonly (readonly [string, string])[] {
  return [
    ["command", info.commandLine],
    ["fleet", info.fleetFile],
    ...info.fields ?? [],
    ...info.images.flatMap(({ name, file, sha256 }): [string, string][] => [
      [`image.${name}.file`, file],
      [`image.${name}.sha256`, sha256],
    ]),
    ...info.environment,
  ];
}

function testCase(node: NodeState): readonly string[] {
  const { name, bus, device, error } = node;
  const head = attributes({
    name,
    classname: `${bus}.${device}`,
    time: seconds(tookMsOf(node)),
  });
  const outcome = outcomeOf(node);
  if (outcome === "done" || outcome === "up to date") return [`    <testcase${head}/>`];
  if (outcome !== "failed" && outcome !== "refused" && outcome !== "update due") {
    const why = escapeMarkup(`${outcome}: ${endWords(node)}`);
    return [`    <testcase${head}>`, `      <skipped>${why}</skipped>`, "    </testcase>"];
  }
  const text = [
    error?.message ?? "for an unknown reason",
    ...(error?.request === undefined ? [] : [`last request: ${error.request}`]),
    ...(error?.response === undefined ? [] : [`response: ${error.response}`]),
    endWords(node),
    ...(error === undefined ? [] : [remedyFor(error)]),
  ].filter((line) => line !== "").join("\n");
  const failure = attributes({ type: error?.code ?? "UNKNOWN", message: error?.message ?? "" });
  return [
    `    <testcase${head}>`,
    `      <failure${failure}>${escapeMarkup(text)}</failure>`,
    "    </testcase>",
  ];
}

function attributes(values: Readonly<Record<string, string | number>>): string {
  return Object.entries(values)
    .map(([name, value]) => ` ${name}="${escapeMarkup(String(value))}"`).join("");
}

function seconds(ms: number): string {
  return (Math.max(0, ms) / 1000).toFixed(3);
}
