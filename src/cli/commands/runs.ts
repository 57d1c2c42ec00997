import { defined } from "../../core/mod.ts";
import type { Host } from "../../adapters/mod.ts";
import { describeClaims, type NodeRecord, type SeenJournal } from "../../journal/mod.ts";
import { summarize, totalWords } from "../../report/mod.ts";
import { type CommandArguments, optionNumber } from "../command_spec.ts";
import { EXIT_STATUS, type ExitStatus } from "../exit_status.ts";
import { Output } from "../output.ts";
import { pastRuns, stateOfPastRun } from "../past_runs.ts";
import { fileName, readRunMemory, runsFolder, shellWord } from "../run_memory.ts";
import { neededState } from "../state_folder_of.ts";

/** Runs that are shown by default. */
const SHOWN_COUNT = 20;

/** What a journal is called by what is to be seen of it. */
type JournalState = "through" | "unfinished" | "unreadable";

/**
 * Shows past runs and what became of them, by the journals of the state folder, the nodes that were left torn, and what cannot be read.
 *
 * @param args The command line.
 * @param host The outside.
 * @returns 0.
 */
export function run(args: CommandArguments, host: Host): Promise<ExitStatus> {
  const output = new Output(args, host);
  const state = neededState(args, host);
  const journals = pastRuns(state, host);
  const { memory } = readRunMemory(state, host);
  const shown = journals.slice(0, optionNumber(args, "limit") ?? SHOWN_COUNT);
  const width = Math.max(0, ...shown.map(({ path }) => fileName(path).length));
  if (shown.length > 0) output.result(`${"journal".padEnd(width)}  state       what became of it`);
  for (const journal of shown) showRun(journal, { output, host, width });
  if (shown.length < journals.length) {
    output.result(`... ${journals.length - shown.length} older: canvoy runs --limit N`);
  }
  if (journals.length === 0) output.result(`no run is kept in ${runsFolder(state)}`);
  const torn = memory.records.filter(({ endState }) => endState !== "untouched");
  for (const record of torn) {
    const { name, fleet, because, claims } = record;
    const { serial, spot } = claims;
    output.event({
      type: "tornNode",
      name,
      fleet,
      ...defined({ serial, place: spot, because }),
    });
    output.result(tornLine(record));
  }
  for (const { file } of memory.unread) {
    output.event({ type: "unreadJournal", file });
    output.result(
      `in doubt: any node that was not brought through since, as ${file} cannot be read\n` +
        `  settle it by: canvoy runs settle ${file}`,
    );
  }
  output.summary({ journals: journals.length, torn: torn.length, unread: memory.unread.length });
  return Promise.resolve(EXIT_STATUS.ok);
}

/** What was run, and what became of it. */
function showRun(
  journal: SeenJournal,
  { output, host, width }: {
    readonly output: Output;
    readonly host: Host;
    readonly width: number;
  },
): void {
  const file = fileName(journal.path);
  const what = stateOf(journal);
  const args = journal.glance?.args ?? [];
  const state = stateOfPastRun(journal, host);
  const { nodes, done, upToDate, failed, refused, elapsedMs } = state === undefined
    ? {}
    : summarize(state, { command: args[0] ?? "", buses: [] });
  const fields = { nodes, done, upToDate, failed, refused, elapsedMs };
  output.event({ type: "journal", file, state: what, args, ...defined(fields) });
  const words = state === undefined ? "" : totalWords(state);
  output.result(`${file.padEnd(width)}  ${what.padEnd(10)}  ${words}`.trimEnd());
  if (args.length > 0) output.result(`    ${args.map(shellWord).join(" ")}`);
}

function stateOf({ glance }: SeenJournal): JournalState {
  if (glance === undefined) return "unreadable";
  return glance.isComplete ? "through" : "unfinished";
}

function tornLine({ name, fleet, because, claims, endState }: NodeRecord): string {
  const where = `node "${name}" of ${fleet} (${describeClaims(claims)})`;
  return because === undefined
    ? `${endState === "bootloader" ? "torn" : endState}: ${where}`
    : `in doubt: ${where}, as ${because} cannot be read in whole`;
}
