import type { CommandSpec, OptionSpec } from "./command_spec.ts";

/** Where journals are. */
export const STATE: OptionSpec = {
  name: "state",
  value: "FOLDER",
  use: "state",
  summary:
    "keep and look for journals there; by default where the fleet file says (state:), else " +
    "in the user's state folder",
};

/** Commands about what runs have left. */
export const RUNS_COMMANDS: readonly CommandSpec[] = [
  {
    name: "runs",
    summary: "list past runs and what became of them, and nodes that were left torn",
    details: [
      "The newest run comes first: its journal, whether it is through, how its nodes ended, and the " +
      "command. canvoy resume FILE continues one that is unfinished, canvoy replay shows one again.",
      "A node that a run left torn is erased again whatever it reads as, wherever it is plugged in " +
      "and whatever it is called, until a run has brought it through, or canvoy runs forget NODE says " +
      "that it is scrap.",
      "A journal that cannot be read may be about any node: each is erased again once, by the next " +
      "run that works on it, or until canvoy runs settle FILE.",
    ],
    operands: [],
    options: [
      {
        name: "limit",
        value: "N",
        range: { min: 1, max: 100_000 },
        summary: "how many runs to list, the newest first; 20 by default",
      },
      STATE,
    ],
    needs: ["memory"],
    examples: ["canvoy runs", "canvoy runs --json --limit 100"],
  },
  {
    name: "runs clean",
    summary: "remove the journals of old runs",
    details: [
      "Journals of runs that are through, or that a later run has settled, are removed; those of " +
      "unfinished runs, of running ones and those that cannot be read stay. What is known of nodes " +
      "that were left torn is kept.",
    ],
    operands: [],
    options: [
      {
        name: "keep",
        value: "N",
        range: { min: 0, max: 100_000 },
        summary: "keep the journals of the newest N runs; 20 by default",
      },
      STATE,
    ],
    needs: ["memory"],
    examples: ["canvoy runs clean", "canvoy runs clean --keep 100"],
  },
  {
    name: "runs settle",
    summary: "say that a journal which cannot be read leaves no node in doubt",
    details: [
      "Until then each node that it may be about is erased again, once. The file stays as it is.",
    ],
    operands: [{ name: "FILE", summary: "the journal, as canvoy runs names it" }],
    options: [STATE],
    needs: ["memory"],
    examples: ["canvoy runs settle 2026-11-24T21-30-45.123Z-7f3a.cborseq"],
  },
  {
    name: "runs forget",
    summary: "say that a torn node is scrap: it is looked for no more",
    operands: [{
      name: "NODE",
      summary: "its serial number, or its place: as canvoy runs names it",
    }],
    options: [STATE],
    needs: ["memory"],
    examples: ["canvoy runs forget 4711-0815", "canvoy runs forget 0x7E0/0x7E8@socketcan:can0"],
  },
];
