import type { Mutant } from "./mutant.ts";

const NODE_RUN = "src/update/node_run.ts";
const TWO_BANKS = "src/update/banks/two_banks.ts";
const LEDGER = "src/update/node/segment_ledger.ts";

/** Wrong changes that no test noticed once: each stands for a promise that is held now. */
export const HOLES: readonly Mutant[] = [
  {
    what: "the erase of a group does not wait until its announcement is written",
    file: "src/update/group/update_in_group.ts",
    find: "wait(context.announced$),\n",
    replace: "",
    tests: ["tests/rogue/announced_first_test.ts"],
  },
  {
    what: "a node's hardware is not asked again once it runs its new image",
    file: NODE_RUN,
    find: "confirmHardware(context),\n",
    replace: "",
    tests: ["tests/rogue/confirmed_end_test.ts"],
  },
  {
    what: "the release that a node says to run is not compared at the end",
    file: NODE_RUN,
    find: "confirmRelease(context),\n",
    replace: "",
    tests: ["tests/rogue/confirmed_end_test.ts"],
  },
  {
    what: "a new bank is confirmed before its hardware is asked",
    file: NODE_RUN,
    find: "confirmHardware(context),\nthis.#banks?.confirm() ?? done(),\n",
    replace: "this.#banks?.confirm() ?? done(),\nconfirmHardware(context),\n",
    tests: ["tests/sim/two_banks_test.ts"],
  },
  {
    what: "a node that still runs its old bank is confirmed as new",
    file: TWO_BANKS,
    find: "if (!this.#isActive && status.isSwapped === this.#swappedBefore) {",
    replace: "if (status.isSwapped === undefined) {",
    tests: ["tests/sim/two_banks_test.ts"],
  },
  {
    what: "an empty or shortened checksum that a node reports counts as equal",
    file: "src/update/node/check.ts",
    find: "equalBytes(routineStatusRecord(response), expected)",
    replace: "routineStatusRecord(response).every((byte, i) => byte === expected[i])",
    tests: ["tests/rogue/reported_checksum_test.ts"],
  },
  {
    what: "a segment that was blanked ahead stays blank though its write has failed",
    file: "src/update/node/download.ts",
    find: "if (segment !== undefined) ledger.write(segment);",
    replace: "",
    tests: ["tests/rogue/blanked_ahead_test.ts"],
  },
  {
    what: "a journal is written, and not synced to the disk",
    file: "src/adapters/journal_file.ts",
    find: "await this.#file.syncData();\n",
    replace: "",
    tests: ["tests/unit/adapters/journal_file_test.ts"],
  },
  {
    what: "resume trusts what was erased and not begun",
    file: "src/journal/history.ts",
    find: '"erased",\n',
    replace: "",
    tests: ["tests/unit/journal/history_test.ts"],
  },
  {
    what: "resume ignores what journals in other places know",
    file: "src/cli/run_journal.ts",
    find: "memory: mergeMemories([own, known?.memory ?? EMPTY_MEMORY]),",
    replace: "memory: own,",
    tests: ["tests/cli/resume_elsewhere_test.ts"],
  },
  {
    what: "a journal elsewhere is forgotten beside what the state folder knows",
    file: "src/cli/run_journal.ts",
    find: "memory: mergeMemories([own, known?.memory ?? EMPTY_MEMORY]),",
    replace: "memory: known?.memory ?? EMPTY_MEMORY,",
    tests: ["tests/cli/resume_elsewhere_test.ts"],
  },
  {
    what: "0x24 to a repeated exit passes where no checksum is asked for",
    file: "src/update/node/download.ts",
    find: "(wasRepeated || wasAway()) && check !== undefined &&",
    replace: "wasRepeated &&",
    tests: ["tests/rogue/repeated_exit_test.ts"],
  },
  {
    what: "a stop between erase and write is not heeded",
    file: "src/update/node/segment.ts",
    find: `stopPoint(context),
tell(phaseEvent(segment, "writing", attempt)),`,
    replace: `tell(phaseEvent(segment, "writing", attempt)),`,
    tests: ["tests/rogue/stopped_after_erase_test.ts"],
  },
  {
    what: "parity of another length than the group's blocks is taken",
    file: "src/group/group_receiver.ts",
    find: "if (missing === undefined || data.length !== this.#region.blockBytes) return false;",
    replace: "if (missing === undefined) return false;",
    tests: ["tests/unit/group/group_receiver_test.ts"],
  },
  {
    what: "where segments end is not told by the plan's digest",
    file: "src/journal/plan_digest.ts",
    find: "[range.start, range.end, write.start, write.end]",
    replace: "[range.start, range.start, write.start, write.start]",
    tests: ["tests/unit/journal/plan_digest_test.ts"],
  },
  {
    what: "a segment that a torn place overlaps in part is trusted",
    file: LEDGER,
    find: "rangeIntersection(torn, range) !== undefined",
    replace: "torn.start <= range.start && torn.end >= range.end",
    tests: ["tests/rogue/torn_in_part_test.ts"],
  },
];
