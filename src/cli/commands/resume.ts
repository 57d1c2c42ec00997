import type { Host } from "../../adapters/mod.ts";
import { CanvoyError, equalBytes } from "../../core/mod.ts";
import {
  type Journal,
  type NamedDigest,
  newestUnfinished,
  planDigest,
  readJournal,
} from "../../journal/mod.ts";
import { updateNode } from "../../update/mod.ts";
import type { CommandArguments } from "../command_spec.ts";
import { COMMANDS } from "../commands_table.ts";
import type { ExitStatus } from "../exit_status.ts";
import { type LoadedFleet, loadSignedFleet } from "../load_jobs.ts";
import { parseCommandLine } from "../parse.ts";
import { continueJournal, type RunJournalParts } from "../run_journal.ts";
import { readRunMemory, rehearsalsFolder, runsFolder, shellWord } from "../run_memory.ts";
import { runOnBuses } from "../run_on_buses.ts";
import { UsageError } from "../usage_error.ts";
import { stateFolderOf } from "../state_folder_of.ts";

/** A journal that canvoy named itself, and the state folder that it is of. */
const OWN_JOURNAL = /^(.+)\/runs\/\d{4}-\d\d-\d\dT[\d.-]+Z-[0-9a-f]{4}\.cborseq$/;
const FLASH_OPTIONS = COMMANDS.find(({ name }) => name === "flash")!.options;

/** A run that cannot be gone on with. */
export class ResumeError extends CanvoyError {
  /** Stable name of the failure. */
  override readonly code: "RESUME_NOTHING" | "RESUME_CHANGED" | "RESUME_NO_JOB" | "RESUME_STATE";

  /**
   * Says why.
   *
   * @param code Which way it went wrong.
   * @param state What is wrong.
   */
  constructor(code: ResumeError["code"], state: string) {
    super(`Cannot resume: ${state}`);
    this.code = code;
  }
}

/**
 * Goes on where a run stopped: asks each node what it holds, and does the rest.
 *
 * @param args The command line.
 * @param host The outside.
 * @returns 0 when every node is updated or was up to date, 1 when some is not.
 */
export async function run(args: CommandArguments, host: Host): Promise<ExitStatus> {
  const path = args.operands[0] ?? newestJournal(args, host);
  if (/\.ya?ml$/i.test(path)) {
    throw new UsageError(
      args.command,
      `Cannot resume ${path}: it is a fleet file, expected a journal (canvoy runs lists them); ` +
        "without one the newest unfinished is taken",
    );
  }
  const { file, bytes } = host.runFiles.open(path);
  let isTaken = false;
  try {
    const journal = readJournal(bytes);
    const job = jobOf(journal, args);
    const fleetPath = job.operands[0]!;
    const loaded = await loadSignedFleet(fleetPath, job, host);
    checkUnchanged(journal, loaded, fleetPath);
    const { status } = await runOnBuses({
      loaded,
      args: job,
      host,
      journal: (choices, adapters) => {
        const parts = { fleetPath, loaded, args: job, host, choices, adapters };
        checkState(host.absolutePath(path), parts);
        const goneOn = continueJournal(journal, file, parts);
        isTaken = true;
        return goneOn;
      },
    }, updateNode);
    return status;
  } finally {
    if (!isTaken) await file.close();
  }
}

/** A state folder's other journals may know more of the same nodes. */
function checkState(path: string, { args, host, loaded }: RunJournalParts): void {
  const [, found] = OWN_JOURNAL.exec(path) ?? [];
  if (found === undefined || found === stateFolderOf(args, host, loaded.fleet)) return;
  throw new ResumeError(
    "RESUME_STATE",
    `the journal is of another state folder: canvoy resume --state ${shellWord(found)}`,
  );
}

function newestJournal(args: CommandArguments, host: Host): string {
  const state = stateFolderOf(args, host);
  const path = state === undefined ? undefined : newestUnfinished([
    ...host.runFiles.list(runsFolder(state)),
    ...host.runFiles.list(rehearsalsFolder(state)),
  ]);
  if (path !== undefined) return path;
  const unread = state === undefined ? [] : readRunMemory(state, host).memory.unread;
  const unreadable = unread.map(({ file }) => `; ${file} cannot be read: canvoy runs tells more`);
  throw new ResumeError(
    "RESUME_NOTHING",
    `no run in ${state ?? "the state folder"} is unfinished${unreadable.join("")}`,
  );
}

/**
 * What the run was asked to do, shown as this command line asks. A journal may come from anywhere:
 * only what is about the job is taken of it, no leave to run programs and no file to write to.
 */
function jobOf(journal: Journal, args: CommandArguments): CommandArguments {
  const invocation = parseCommandLine(journal.header.args, COMMANDS);
  if (invocation.kind !== "command" || invocation.args.command !== "flash") {
    throw new ResumeError("RESUME_NO_JOB", "the journal is of no run of flash");
  }
  const { operands, flags, values } = invocation.args;
  return {
    command: args.command,
    operands,
    flags: new Set([...flags].filter(isAboutJob)).union(args.flags),
    values: new Map([...[...values].filter(([name]) => isAboutJob(name)), ...args.values]),
  };
}

function isAboutJob(name: string): boolean {
  return FLASH_OPTIONS.some((option) => option.name === name && option.isJob === true);
}

function checkUnchanged(
  { header }: Journal,
  { digests, jobs }: LoadedFleet,
  fleetPath: string,
): void {
  if (!equalBytes(header.fleet, digests.fleet)) {
    throw changed(
      `the fleet file ${fleetPath}${digests.hasProfileFiles ? ", or a profile's," : ""}`,
    );
  }
  const now = new Map(digests.images.map(({ name, sha256 }) => [name, sha256]));
  const other = header.images.find(({ name, sha256 }: NamedDigest) => {
    const digest = now.get(name);
    return digest === undefined || !equalBytes(sha256, digest);
  });
  if (other !== undefined) throw changed(`image "${other.name}"`);
  const { release } = digests;
  const isSameRelease = header.release === undefined || release === undefined
    ? header.release === release
    : equalBytes(header.release, release);
  if (!isSameRelease) throw changed("the signed release");
  if (!equalBytes(header.plan, planDigest(jobs))) throw changed("what is erased and written where");
}

function changed(what: string): ResumeError {
  return new ResumeError("RESUME_CHANGED", `${what} is not what the run began with`);
}
