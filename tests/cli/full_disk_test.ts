import { deepStrictEqual, match, strictEqual } from "node:assert/strict";
import { readJournal } from "../../src/journal/mod.ts";
import { dearTest } from "../support/dear.ts";
import { STATE_HOME } from "../support/state_home.ts";
import { withFleet } from "../support/two_bus_fleet.ts";

const CANVOY = new URL("../../scripts/canvoy", import.meta.url).pathname;
const FULL_STDOUT = /canvoy: Cannot write standard output: No space left on device/g;
const FULL_STDERR = /canvoy: Cannot write standard error: No space left on device/g;

interface Run {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** canvoy with outputs that a shell leads elsewhere: to the device that is always full. */
async function redirected(redirection: string, args: readonly string[]): Promise<Run> {
  const { code, stdout, stderr } = await new Deno.Command("sh", {
    args: ["-c", `exec "$0" "$@" ${redirection}`, CANVOY, ...args],
    env: { XDG_STATE_HOME: STATE_HOME },
    stdin: "null",
  }).output();
  const decoder = new TextDecoder();
  return { status: code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}

function count(text: string, pattern: RegExp): number {
  return [...text.matchAll(pattern)].length;
}

/** Flashes, looks whether the journal tells of a run that went through, and gives what was said. */
async function flash(redirection: string, ...flags: readonly string[]): Promise<Run> {
  let run: Run | undefined;
  await withFleet(async (fleet, folder) => {
    const journal = `${folder}/run.cborseq`;
    const args = ["flash", fleet, "--virtual-time", "--journal", journal, ...flags];
    run = await redirected(redirection, args);
    const { isComplete, tail, events } = readJournal(Deno.readFileSync(journal));
    deepStrictEqual({ isComplete, tail }, { isComplete: true, tail: "whole" }, run.stderr);
    strictEqual(events.filter(({ type }) => type === "nodeDone").length, 3);
  });
  return run!;
}

for (const flags of [[], ["--json"]]) {
  const name = ["flash", ...flags].join(" ");

  dearTest(
    `${name} goes on where standard output is full, says so once, and ends with 3`,
    async () => {
      const { status, stderr } = await flash(">/dev/full", ...flags);
      strictEqual(count(stderr, FULL_STDOUT), 1, stderr);
      strictEqual(status, 3);
    },
  );

  dearTest(`${name} goes on where both outputs are full, and ends with 3`, async () => {
    strictEqual((await flash(">/dev/full 2>&1", ...flags)).status, 3);
  });
}

Deno.test("flash goes on where standard error is full, and says so once", async () => {
  const { status, stdout } = await flash("2>/dev/full");
  strictEqual(count(stdout, FULL_STDERR), 1, stdout);
  match(stdout, /3 nodes: 3 updated/);
  strictEqual(status, 0);
});

dearTest("flash --json writes nothing but its events where standard error is full", async () => {
  const { status, stdout } = await flash("2>/dev/full", "--json");
  const records = stdout.trimEnd().split("\n").map((line) => JSON.parse(line));
  deepStrictEqual([records.at(-1).type, records.at(-1).ok], ["summary", true]);
  strictEqual(status, 0);
});

dearTest(
  "verify tells by its status that updates are due, also where its output is full",
  async () => {
    await withFleet(async (fleet) => {
      const { status, stderr } = await redirected(">/dev/full", [
        "verify",
        fleet,
        "--virtual-time",
      ]);
      strictEqual(count(stderr, FULL_STDOUT), 1, stderr);
      strictEqual(status, 4);
    });
  },
);

Deno.test("canvoy --help that nobody can read has not helped", async () => {
  strictEqual((await redirected(">/dev/full", ["--help"])).status, 3);
});
