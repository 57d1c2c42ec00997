/**
 * Writes the figures of docs/benchmark.md from docs/bench.jsonl.
 *
 *     scripts/canvoy bench --json | grep '"type":"bench"' > docs/bench.jsonl
 *     deno run --allow-read --allow-write scripts/build_benchmark.ts
 */
import type { BenchLine } from "../src/cli/bench/bench_case.ts";
import { wholeTable } from "../src/cli/bench/table.ts";

const FOLDER = new URL("../docs/", import.meta.url);
const HEADING = "## Figures\n";
const NODE_COUNTS = [1, 2, 8, 32, 128];

const lines = Deno.readTextFileSync(new URL("bench.jsonl", FOLDER)).trimEnd().split("\n")
  .map((line) => JSON.parse(line) as BenchLine);

/** The usual part, image and identifiers of a bus. */
function isUsual(line: BenchLine): boolean {
  return line.blockSize === 0 && line.ids === "responses-first" && line.buses === undefined &&
    (line.device === "STM32F407VG" || line.device === "STM32G474RE");
}

function find(mode: string, bus: string, loss: string, nodes: number): BenchLine | undefined {
  return lines.find((line) =>
    isUsual(line) && line.mode === mode && line.bus === bus && line.loss === loss &&
    line.nodes === nodes
  );
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const text = [head, head.map(() => "---"), ...rows];
  return text.map((cells) => `| ${cells.join(" | ")} |\n`).join("") + "\n";
}

/** One row a bus and loss, one column a number of nodes. */
function byNodes(
  mode: string,
  counts: readonly number[],
  show: (line: BenchLine) => string,
): string {
  const pairs = new Map(
    wholeTable().filter((bench) => bench.mode === mode).map(({ bus, loss }) => [bus + loss, {
      bus,
      loss,
    }]),
  );
  const rows = [...pairs.values()].map(({ bus, loss }) => [
    bus,
    loss,
    ...counts.map((nodes) => {
      const line = find(mode, bus, loss, nodes);
      return line === undefined ? "" : show(line);
    }),
  ]);
  return table(
    ["bus", "loss", ...counts.map((nodes) => nodes === 1 ? "1 node" : `${nodes} nodes`)],
    rows,
  );
}

function speedup(line: BenchLine): string {
  return line.speedup === null ? "" : `, ${line.speedup} x`;
}

function others(): string {
  const rows = lines.filter((line) => line.mode === "interleaved" && !isUsual(line)).map((line) => [
    line.bus,
    line.buses === undefined ? `${line.nodes}` : `${line.nodes} on ${line.buses} buses`,
    line.device,
    `${line.imageBytes / 1024} KiB`,
    line.ids,
    `${line.blockSize}`,
    `${line.seconds}`,
    `${line.efficiency}`,
    `${line.busyRatio}`,
    `${line.speedup ?? ""}`,
  ]);
  const head = ["bus", "nodes", "device", "image", "ids", "BS", "seconds", "efficiency", "busy"];
  return table([...head, "speedup"], rows);
}

const figures = `${HEADING}
Made by \`scripts/build_benchmark.ts\` from \`bench.jsonl\` beside this file: lines of
\`canvoy bench --json\` with seed 1, ${lines.length} of the table's ${wholeTable().length}; a
place is empty where a row was not run.

### Interleaved

Seconds, efficiency, and how many times faster than one node after the other.

` +
  byNodes(
    "interleaved",
    NODE_COUNTS,
    (line) => `${line.seconds}: ${line.efficiency}${speedup(line)}`,
  ) +
  `### In a group

Seconds, and how many times faster than one node after the other.

` +
  byNodes("group", NODE_COUNTS.slice(1), (line) => `${line.seconds}${speedup(line)}`) +
  `### Other stacks, identifiers, parts, and a thousand nodes

` + others();

const url = new URL("benchmark.md", FOLDER);
const text = Deno.readTextFileSync(url);
Deno.writeTextFileSync(url, text.slice(0, text.indexOf(HEADING)) + figures.trimEnd() + "\n");
