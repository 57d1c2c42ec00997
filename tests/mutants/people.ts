import type { Mutant } from "./mutant.ts";

const UPDATE_NODE = "src/update/update_node.ts";
const NODE_RUN = "src/update/node_run.ts";
const IN_GROUP = "src/update/group/update_in_group.ts";
const TWO_BANKS = "src/update/banks/two_banks.ts";
const IDENTIFY = "src/update/node/identify.ts";

/** Wrong changes as a person makes them, chosen from the code alone, without a look at the tests. */
export const PEOPLE: readonly Mutant[] = [
  {
    what: "an erase that failed in the middle counts as one that never began",
    file: "src/update/node/erase_bounds.ts",
    find: "NRC.generalProgrammingFailure,\n",
    replace: "",
    tests: ["tests/unit/update/conversation_test.ts"],
  },
  {
    what: "what is known by a serial number replaces what is known by the place",
    file: "src/update/node/segment_ledger.ts",
    find: "[...this.#distrusted, ...history?.distrusted ?? []]",
    replace: "history?.distrusted ?? []",
    tests: ["tests/unit/update/node/segment_ledger_test.ts"],
  },
  {
    what: "another node in its place is given the image to go back to",
    file: UPDATE_NODE,
    find: "plan !== undefined && !(error instanceof NodeChangedError) &&",
    replace: "plan !== undefined &&",
    tests: ["tests/unit/update/conversation_ends_test.ts"],
  },
  {
    what: "a node that never confirmed an erase is told to be in its bootloader",
    file: NODE_RUN,
    find: 'this.#ledger.isErased ? "bootloader" : "eraseUnconfirmed"',
    replace: '"bootloader"',
    tests: ["tests/unit/update/conversation_test.ts"],
  },
  {
    what: "a checksum of one byte spares an erase",
    file: "src/update/profiles/check_strength.ts",
    find: "const STRONG_BYTES_MIN = 4;",
    replace: "const STRONG_BYTES_MIN = 1;",
    tests: ["tests/unit/update/profiles/check_strength_test.ts"],
  },
  {
    what: "what a group asks beside a round is dropped with the round",
    file: "src/update/group/group_transfer.ts",
    find: "if (question.isRound && question.round !== this.#roundCount) return EMPTY;",
    replace: "if (question.round !== this.#roundCount) return EMPTY;",
    tests: ["tests/campaign/found_worlds_test.ts"],
  },
  {
    what: "a group believes the checksum of what this run has erased",
    file: IN_GROUP,
    find: "if (!sparesErases(check) || ledger.isTouched) return done();",
    replace: "if (!sparesErases(check)) return done();",
    tests: ["tests/rogue/group_again_test.ts"],
  },
  {
    what: "a group is opened on a node that was silent to its erase",
    file: IN_GROUP,
    find: "isLastAnswerLost(error) ? done() : undefined",
    replace: 'recoveryFor(error) === "silence" ? done() : undefined',
    tests: ["tests/rogue/group_again_test.ts"],
  },
  {
    what: "a new bank that is never on trial is not confirmed",
    file: TWO_BANKS,
    find: "if (banks.trial !== undefined && !status.isOnTrial) return done();",
    replace: "if (!status.isOnTrial) return done();",
    tests: ["tests/unit/update/banks/two_banks_test.ts"],
  },
  {
    what: "a bank is written that the node may still go back to",
    file: TWO_BANKS,
    find: "return this.#status!.isOnTrial ? this.#letTrialEnd() : done();",
    replace: "return done();",
    tests: ["tests/sim/two_banks_test.ts"],
  },
  {
    what: "a key that the node refused is sent again until it locks",
    file: "src/update/node/recovery.ts",
    find: "NRC.invalidKey,\nNRC.exceedNumberOfAttempts,\n",
    replace: "",
    tests: ["tests/unit/update/conversation_ends_test.ts"],
  },
  {
    what: "a node that tells no hardware number passes for the right one",
    file: IDENTIFY,
    find: "if (expectedHardware !== undefined && hardware !== expectedHardware) {",
    replace:
      "if (expectedHardware !== undefined && (hardware ?? expectedHardware) !== expectedHardware) {",
    tests: ["tests/unit/update/node/identify_test.ts"],
  },
  {
    what: "a version that cannot be compared passes for an older one",
    file: IDENTIFY,
    find: "return order === undefined || order > 0",
    replace: "return order !== undefined && order > 0",
    tests: ["tests/unit/update/node/identify_test.ts"],
  },
  {
    what: "a download counts as open once its answer has come, and not when it was lost",
    file: "src/update/node/download.ts",
    find:
      "ledger.isTransferOpen = exit !== undefined;\nreturn erased === undefined\n? sendRequest(context, requestDownload, options)\n",
    replace:
      "return erased === undefined\n? andThen(sendRequest(context, requestDownload, options), (response) => {\nledger.isTransferOpen = exit !== undefined;\nreturn done(response);\n})\n",
    tests: ["tests/unit/update/conversation_test.ts"],
  },
  {
    what: "a later run forgets what an earlier one left torn",
    file: "src/journal/history.ts",
    find: "...withoutRanges(before?.distrusted ?? [], verified),\n",
    replace: "",
    tests: ["tests/unit/journal/history_test.ts"],
  },
  {
    what: "what was planned counts as certain though the run has failed",
    file: "src/journal/memory.ts",
    find: "const certain = isDone ? outcome.planned : outcome.verified;",
    replace: "const certain = outcome.planned;",
    tests: ["tests/unit/journal/memory_test.ts"],
  },
  {
    what: "a node that has ended is waited for before a signed release begins",
    file: "src/fleet/run_fleet.ts",
    find: "identityBarrier?.leave(node.name);\n",
    replace: "",
    tests: ["tests/unit/fleet/run_fleet_test.ts"],
  },
  {
    what: "sessions are kept alive by the longest S3 of a bus",
    file: "src/fleet/run_fleet.ts",
    find: "bus.keepAlive(Math.min(",
    replace: "bus.keepAlive(Math.max(",
    tests: ["tests/unit/fleet/run_fleet_test.ts"],
  },
  {
    what: "a node that still programs leaves its group",
    file: "src/group/group_sender.ts",
    find: "const isWhole = missingCount(map) === 0 && !map.isBusy;",
    replace: "const isWhole = missingCount(map) === 0;",
    tests: ["tests/rogue/group_fleet_test.ts"],
  },
  {
    what: "a profile that is shown does not say what it leaves to defaults",
    file: "src/fleet/profile_yaml.ts",
    find: "const said = value[key] ?? defaultBeside(value, path);",
    replace: "const said = value[key];",
    tests: ["tests/unit/fleet/profile_yaml_test.ts"],
  },
  {
    what: "pages beside an erase may reach beyond a segment",
    file: "src/update/profiles/profile_fit.ts",
    find: "      fitPageEnds(profile, { key, request, named: erased }, range);",
    replace: "",
    tests: ["tests/unit/update/profiles/profile_fit_test.ts"],
  },
  {
    what: "a virtual node erases all behind the page that it is told",
    file: "src/sim/field_range.ts",
    find: "end: paged?.end ?? whole.end",
    replace: "end: pages === undefined ? whole.end : paged?.end ?? whole.end",
    tests: ["tests/unit/sim/field_range_test.ts"],
  },
  {
    what: "half a byte of a request is not suggested as a whole one",
    file: "src/fleet/_profile_hints.ts",
    find: `(?![0-9A-Fa-f])/g, "0$1")`,
    replace: `(?![0-9A-Fa-f])/g, "$1")`,
    tests: ["tests/unit/fleet/profile_mistakes_test.ts"],
  },
  {
    what: "a block by 2E whose answer is lost is sent again",
    file: "src/uds/block_template.ts",
    find: 'return response !== undefined && isIn("counter");',
    replace: "return true;",
    tests: ["tests/rogue/other_writers_test.ts"],
  },
  {
    what: "a checksum that leaves a header out is believed before an erase",
    file: "src/update/profiles/_check_over.ts",
    find: "if (skipBytes + tailBytes > 0 && readOnly) {",
    replace: "if (skipBytes + tailBytes < 0 && readOnly) {",
    tests: ["tests/unit/fleet/profile_mistakes_test.ts"],
  },
  {
    what: "a node that listens for a moment behind a reset is left in peace",
    file: "src/update/node/steps.ts",
    find: '(step?.kind === "request" && step.knock !== undefined);',
    replace: '(step?.kind === "request" && step.knock?.everyMs === 0);',
    tests: ["tests/rogue/boot_window_test.ts"],
  },
  {
    what: "a node left in its bootloader is looked for by its application's identifiers",
    file: "src/update/node/find_node.ts",
    find: "isThere ? done() : andThen(\n",
    replace: "isThere || true ? done() : andThen(\n",
    tests: ["tests/rogue/own_identifiers_test.ts"],
  },
  {
    what: "what a node told before goes out where it has told anew",
    file: "src/update/node/fields.ts",
    find: "return expandRequest(template, { ...fields, ...kept?.fields });",
    replace: "return expandRequest(template, { ...kept?.fields, ...fields });",
    tests: ["tests/rogue/kept_values_test.ts"],
  },
];
