/** One wrong change to the code, and the tests that must notice it. */
export interface Mutant {
  /** What is wrong then. */
  readonly what: string;
  /** The file, from the project's folder. */
  readonly file: string;
  /** What stands there, once; however far its lines stand in. */
  readonly find: string;
  /** What is put in its place. */
  readonly replace: string;
  /** Tests of which one at least must fail. */
  readonly tests: readonly string[];
}

/**
 * Makes a pattern of what a mutant changes.
 *
 * @param mutant The mutant.
 * @returns It finds the text, however far in its lines stand.
 */
export function placeOf({ find }: Pick<Mutant, "find">): RegExp {
  const lines = find.split("\n").map((line) => RegExp.escape(line.trimStart()));
  return new RegExp(lines.join("\\n *"), "g");
}

const SEGMENT = "src/update/segment.ts";
const LEDGER = "src/update/segment_ledger.ts";
const SURVEY = "src/update/survey.ts";
const HISTORY = "src/journal/history.ts";
const READER = "src/journal/journal_reader.ts";
const RECORD = "src/journal/journal_record.ts";

/** Wrong changes to retries, journal, the order of erases, and verification. */
export const MUTANTS: readonly Mutant[] = [
  {
    what: "silence is never followed by another try",
    file: "src/update/recovery.ts",
    find: `instanceof IsoTpError) return "silence"`,
    replace: `instanceof IsoTpError) return "none"`,
    tests: ["tests/sim/lost_erase_request_test.ts"],
  },
  {
    what: "a segment is tried once only",
    file: SEGMENT,
    find: "attempt >= timing.segmentAttemptsMax",
    replace: "attempt >= 1",
    tests: ["tests/sim/two_nodes_test.ts"],
  },
  {
    what: "parity goes to a node that has no room for it",
    file: "src/group/repair_plan.ts",
    find: "const excess = Math.max(0, part.missing.length - room);",
    replace: "const excess = part.missing.length - room > 1e9 ? 1 : 0;",
    tests: ["tests/unit/group/group_ends_test.ts"],
  },
  {
    what: "a node that has left its group joins it again",
    file: "src/update/update_node.ts",
    find: 'this.#hasLeftGroup ||= event.type === "nodeLeftGroup"',
    replace: 'this.#hasLeftGroup = event.type !== "nodeLeftGroup" && false',
    tests: ["tests/rogue/group_bad_node_test.ts"],
  },
  {
    what: "a late answer passes for the answer to the next question",
    file: "src/update/ask.ts",
    find: "isRepeated ? answersEnded",
    replace: "false ? answersEnded",
    tests: ["tests/unit/update/survey_test.ts"],
  },
  {
    what: "an erase does not wait until its announcement is written",
    file: SEGMENT,
    find: "        context.announced$,\n",
    replace: "",
    tests: ["tests/sim/journal_write_ahead_test.ts"],
  },
  {
    what: "an erase is announced once it is done",
    file: SEGMENT,
    find: `        of(phaseEvent(segment, "erasing", attempt)),
        context.announced$,
        checkpoint(context.cancellation),
        eraseSegment(context, ledger, segment),
`,
    replace: `        context.announced$,
        checkpoint(context.cancellation),
        eraseSegment(context, ledger, segment),
        of(phaseEvent(segment, "erasing", attempt)),
`,
    tests: ["tests/sim/journal_write_ahead_test.ts"],
  },
  {
    what: "an erase that waited for the journal begins though the run was stopped meanwhile",
    file: SEGMENT,
    find: `        context.announced$,
        checkpoint(context.cancellation),
`,
    replace: "        context.announced$,\n",
    tests: ["tests/sim/journal_write_ahead_test.ts"],
  },
  {
    what: "a run goes on without a journal once it has failed",
    file: "src/fleet/run_fleet.ts",
    find: "cancellation.requested || recorder.hasFailed",
    replace: "cancellation.requested",
    tests: ["tests/sim/journal_write_ahead_test.ts"],
  },
  {
    what: "a segment that this run erased is believed when its checksum is right",
    file: LEDGER,
    find: "!this.#verified.has(index) && !this.#touched.has(index)",
    replace: "!this.#verified.has(index)",
    tests: ["tests/unit/update/survey_test.ts"],
  },
  {
    what: "a segment that an earlier run left torn is believed when its checksum is right",
    file: LEDGER,
    find: "history?.distrusted ?? []",
    replace: "history?.distrusted.slice(0, 0) ?? []",
    tests: ["tests/sim/skip_what_is_there_test.ts"],
  },
  {
    what: "a segment counts as verified before it was compared",
    file: SEGMENT,
    find: ": checkSegment(context, check, segment).pipe(asFailure(() => ledger.verifiedCount > 0))",
    replace: ": EMPTY",
    tests: ["tests/sim/two_nodes_test.ts"],
  },
  {
    what: "a checksum that the node reports is taken for right when it is not",
    file: "src/update/check.ts",
    find: "equalBytes(routineStatusRecord(response), expected)\n",
    replace: "!equalBytes(routineStatusRecord(response), expected)\n",
    tests: ["tests/unit/sim/node_profiles_test.ts", "tests/unit/update/survey_test.ts"],
  },
  {
    what: "a refused question counts as a difference that was heard",
    file: SURVEY,
    find: "isLeftEqual && error instanceof VerifyMismatchError",
    replace: "isLeftEqual",
    tests: ["tests/unit/update/survey_test.ts"],
  },
  {
    what: "a joint answer is taken for segments that it was not about",
    file: SURVEY,
    find: "const isNeighbour = run?.at(-1)?.write.end === start;",
    replace: "const isNeighbour = run !== undefined;",
    tests: ["tests/sim/skip_what_is_there_test.ts"],
  },
  {
    what: "resume trusts a segment that was being written",
    file: HISTORY,
    find: `  "writing",\n`,
    replace: "",
    tests: ["tests/unit/journal/history_test.ts", "tests/sim/host_killed_test.ts"],
  },
  {
    what: "resume distrusts what was verified",
    file: HISTORY,
    find: `...withoutRanges(before?.distrusted ?? [], verified)`,
    replace: "...(before?.distrusted ?? [])",
    tests: ["tests/unit/journal/history_test.ts"],
  },
  {
    what: "what a journal's header carried of other nodes is dropped",
    file: HISTORY,
    find: "memoryAfter(journal.header.memory, recorded)",
    replace: "memoryAfter({ ...journal.header.memory, records: [] }, recorded)",
    tests: ["tests/unit/journal/history_test.ts", "tests/sim/damaged_journal_test.ts"],
  },
  {
    what: "a journal that cannot be read counts as one of nobody",
    file: "src/journal/folder_memory.ts",
    find: "unread.push(file);",
    replace: "",
    tests: ["tests/sim/damaged_journal_test.ts"],
  },
  {
    what: "a node that was brought through settles the place of another one",
    file: "src/journal/node_claims.ts",
    find: "if (isSameNode(held, node)) return undefined;",
    replace: "if (sharesClaim(held, node)) return undefined;",
    tests: ["tests/sim/node_identity_test.ts"],
  },
  {
    what: "a serial number that was read changes nothing",
    file: "src/update/update_node.ts",
    find: "this.#ledger.learn(this.#context.job.historyOfSerial?.(serial));",
    replace: "",
    tests: ["tests/sim/node_identity_test.ts"],
  },
  {
    what: "the announcement of an erase stands once",
    file: "src/journal/journal_writer.ts",
    find: "return [record, record];",
    replace: "return [record];",
    tests: ["tests/sim/damaged_journal_test.ts"],
  },
  {
    what: "a damaged journal is cut and gone on in",
    file: "src/cli/run_journal.ts",
    find: `if (journal.tail === "damaged" || journal.isFirstFormat || isOutdated) {`,
    replace: "if (journal.isFirstFormat || isOutdated) {",
    tests: ["tests/cli/left_over_test.ts"],
  },
  {
    what: "resume trusts a journal with a hole in it",
    file: HISTORY,
    find: "if (gapAt === undefined) return [];",
    replace: "if (gapAt !== -1) return [];",
    tests: ["tests/unit/journal/history_test.ts", "tests/sim/damaged_journal_test.ts"],
  },
  {
    what: "a record whose checksum is wrong is believed",
    file: RECORD,
    find: "checksum === checksumOf(index, payload) ? { index, payload } : undefined",
    replace: "{ index, payload }",
    tests: ["tests/unit/journal/journal_reader_test.ts"],
  },
  {
    what: "a record that is missing is not missed",
    file: READER,
    find: "if (this.#isFirstFormat || !(isOne || isShort)) this.#miss();",
    replace: "",
    tests: ["tests/unit/journal/journal_reader_test.ts", "tests/sim/damaged_journal_test.ts"],
  },
  {
    what: "records behind a bad one are not looked for",
    file: READER,
    find: "      else if (!this.#skip()) return;",
    replace: "      else return;",
    tests: ["tests/unit/journal/journal_reader_test.ts"],
  },
  {
    what: "resume goes on behind a torn tail without cutting it off",
    file: "src/adapters/journal_file.ts",
    find: "      this.#file.truncateSync(lengthBytes);\n",
    replace: "",
    tests: ["tests/unit/adapters/journal_file_test.ts"],
  },
  {
    what: "two runs work on one fleet",
    file: "src/adapters/file_lock.ts",
    find: "if (file.tryLockSync(true)) return;",
    replace: "if (file.tryLockSync(true) || true) return;",
    tests: ["tests/unit/adapters/journal_file_test.ts"],
  },
  {
    what: "resume goes on with another image than the run began with",
    file: "src/cli/commands/resume.ts",
    find: "    return digest === undefined || !equalBytes(sha256, digest);\n",
    replace: "    return digest === undefined;\n",
    tests: ["tests/cli/journal_commands_test.ts"],
  },
  {
    what: "resume goes on with another release that brings the same images",
    file: "src/cli/commands/resume.ts",
    find: `  if (!isSameRelease) throw changed("the signed release");\n`,
    replace: "",
    tests: ["tests/cli/journal_commands_test.ts"],
  },
  {
    what: "verify and dry runs talk to nodes that another run works on",
    file: "src/cli/run_on_buses.ts",
    find: "parts.journal === undefined ? lockRun(choices, { fleetPath, host }) : undefined",
    replace: "undefined",
    tests: ["tests/cli/sim_test.ts"],
  },
  {
    what: "scan asks on a bus that another run works on",
    file: "src/cli/commands/scan.ts",
    find: "  using _locks = lockRun([choice], { host });\n",
    replace: "",
    tests: ["tests/cli/sim_test.ts"],
  },
  {
    what: "what makes an application valid is not erased first",
    file: "src/update/rewrite_segments.ts",
    find: `erase.first !== "vectors"`,
    replace: "true",
    tests: ["tests/sim/mark_in_flash_test.ts"],
  },
  {
    what: "a node is kept in its bootloader while its bank is on trial",
    file: "src/update/two_banks.ts",
    find: "ask(this.#options.context, request)",
    replace: "EMPTY",
    tests: ["tests/sim/two_banks_test.ts"],
  },
  {
    what: "a new image is never confirmed",
    file: "src/update/update_node.ts",
    find: "banks?.confirm() ?? EMPTY",
    replace: "EMPTY",
    tests: ["tests/sim/two_banks_test.ts"],
  },
  {
    what: "a node is not given the time to go back by itself",
    file: "src/update/update_node.ts",
    find: "? this.#banks.awaitReturn()",
    replace: "? EMPTY",
    tests: ["tests/sim/two_banks_test.ts"],
  },
  {
    what: "what an image left torn is believed once another one is planned instead",
    file: HISTORY,
    find: `if (event.type === "nodePlanned") parts.push([]);`,
    replace: "",
    tests: ["tests/unit/journal/history_test.ts"],
  },
  {
    what: "a boot that the application asked for counts against a bank on trial",
    file: "src/sim/_node_core.ts",
    find: "banks === undefined || memory.requestedSession !== undefined",
    replace: "banks === undefined",
    tests: ["tests/sim/two_banks_test.ts"],
  },
  {
    what: "a block that met silence is taken for written",
    file: "src/uds/transfer_decision.ts",
    find: `mayRepeat ? "repeat" : "restart"`,
    replace: `"assumeWritten"`,
    tests: ["tests/unit/uds/transfer_decision_test.ts"],
  },
  {
    what: "an estimate shortens the P2* that a node states",
    file: "src/uds/client.ts",
    find: `p2StarMs: Math.max(times.p2StarMs, p2StarMs)`,
    replace: `p2StarMs: p2StarMs || times.p2StarMs`,
    tests: ["tests/rogue/stated_times_test.ts"],
  },
  {
    what: "the answer to a repeated first frame counts as a quick one",
    file: "src/isotp/sender.ts",
    find: `if (isFirst && !this.#isRepeated) this.#askedSinceMs = nowMs;`,
    replace: `if (isFirst) this.#askedSinceMs = nowMs;`,
    tests: ["tests/unit/isotp/sender_test.ts"],
  },
  {
    what: "what may be open is not closed before RequestDownload is asked again",
    file: "src/update/close_first.ts",
    find: `concat(attempt === 1 ? EMPTY : rungs[attempt - 2]!(context, ledger), ask$)`,
    replace: `ask$`,
    tests: ["tests/rogue/close_first_test.ts"],
  },
  {
    what: "a segment is erased again though no data was sent since",
    file: "src/update/segment.ts",
    find: `ledger.blank(segment.index);`,
    replace: ``,
    tests: ["tests/rogue/close_first_test.ts"],
  },
  {
    what: "a stop leaves the session open",
    file: "src/update/close_first.ts",
    find: `? closeTransfer(context, ledger) : EMPTY),
    whateverComes(context, encodeDiagnosticSessionControlRequest(DEFAULT_SESSION)),`,
    replace: `? closeTransfer(context, ledger) : EMPTY),`,
    tests: ["tests/rogue/close_first_test.ts"],
  },
  {
    what: "a node that resets without an answer is reset again",
    file: "src/update/reset_step.ts",
    find: `isOver: () => !isStillThere || triesLeft <= 0`,
    replace: `isOver: () => triesLeft <= 0`,
    tests: ["tests/rogue/activation_test.ts"],
  },
  {
    what: "the first answer of a node that starts decides",
    file: "src/update/activate.ts",
    find: `return isExpected(job, told) || leftMs <= 0;`,
    replace: `return told.kind !== "nothing" || leftMs <= 0;`,
    tests: ["tests/rogue/activation_test.ts"],
  },
  {
    what: "a session that died is not kept by physical TesterPresent",
    file: "src/uds/session_keeper.ts",
    find: `this.#keepsPhysically = true;`,
    replace: ``,
    tests: ["tests/rogue/keep_alive_test.ts"],
  },
  {
    what: "a second node on a pair of identifiers is not watched for",
    file: "src/update/twin_watch.ts",
    find: `return evidence === undefined ? EMPTY : throwError(() => new TwinNodesError(evidence));`,
    replace: `return EMPTY;`,
    tests: ["tests/rogue/twins_test.ts"],
  },
  {
    what: "attempts are counted while the bus is away",
    file: "src/update/retry.ts",
    find: `if (wasAway && !cancellation.requested && isOfBus(error)) {`,
    replace: `if (wasAway && cancellation.requested && isOfBus(error)) {`,
    tests: ["tests/rogue/bus_away_test.ts"],
  },
];
