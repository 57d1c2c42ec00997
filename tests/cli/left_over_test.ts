import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { listJournals } from "../../src/adapters/mod.ts";
import { historiesOf, readJournal } from "../../src/journal/mod.ts";
import { CanvoyProcess } from "../support/canvoy_process.ts";
import { CanvoyRun, startSim } from "../support/canvoy_run.ts";
import { STATE_HOME } from "../support/state_home.ts";
import { withFleet } from "../support/two_bus_fleet.ts";
import { checkedInDoubt } from "../support/checked_in_doubt.ts";
import { dearTest } from "../support/dear.ts";

type Record_ = Readonly<Record<string, unknown>>;

/** Journals of this process's runs, the newest first. */
function journals(): readonly string[] {
  return [...listJournals(`${STATE_HOME}/canvoy/runs`)].map(({ path }) => path);
}

/** Updates all nodes until one is being written, and kills that run; what it left torn. */
async function flashAndKill(args: readonly string[]): Promise<readonly Record_[]> {
  await using flash = new CanvoyProcess(["flash", ...args, "--json"]);
  await flash.until(/"phase":"writing"/);
  flash.kill("SIGKILL");
  await flash.ended();
  const { events } = readJournal(Deno.readFileSync(journals()[0]!));
  const touched = (events as unknown as readonly Record_[])
    .filter(({ type, phase }) => type === "segmentPhase" && phase === "erasing");
  ok(touched.length > 0);
  return touched;
}

/** What was first done with segments that were torn. */
function firstPhases(torn: readonly Record_[], records: readonly Record_[]): readonly unknown[] {
  return torn.map(({ node, segment }) =>
    records.find((one) =>
      one.type === "segmentPhase" && one.node === node && one.segment === segment
    )?.phase
  );
}

async function runToEnd(...args: readonly string[]): Promise<readonly Record_[]> {
  await using run = new CanvoyRun([...args, "--json"]);
  strictEqual(await run.ended(), 0, run.stdout + run.stderr);
  return run.records();
}

dearTest(
  "what a killed run left torn is erased again, though another run of other nodes was through",
  () =>
    withFleet(async (fleet, folder) => {
      const { sim, joins } = await startSim(fleet);
      await using _sim = sim;
      const torn = await flashAndKill([fleet, ...joins]);
      const other = ["node-0", "node-1", "wheel"].find((name) => name !== torn[0]!.node)!;
      await runToEnd("flash", fleet, ...joins, "--only", other);
      const spelled = fleet.replace(folder, `${folder}/./.`);
      const records = await runToEnd("flash", spelled, ...joins);
      const ofOthers = torn.filter(({ node }) => node !== other);
      deepStrictEqual(firstPhases(ofOthers, records), ofOthers.map(() => "erasing"));
    }),
);

dearTest(
  "resume goes on with a killed run, though a later one of other nodes was through",
  () =>
    withFleet(async (fleet) => {
      const { sim, joins } = await startSim(fleet);
      await using _sim = sim;
      const torn = await flashAndKill([fleet, ...joins]);
      const [killed] = journals();
      const other = ["node-0", "node-1", "wheel"].find((name) => name !== torn[0]!.node)!;
      await runToEnd("flash", fleet, ...joins, "--only", other);
      // However the folder is spelled.
      const spelled = { XDG_STATE_HOME: `${STATE_HOME}/` };
      await using resume = new CanvoyRun(["resume", "--json"], spelled);
      strictEqual(await resume.ended(), 0, resume.stdout + resume.stderr);
      const records = resume.records();
      const ofOthers = torn.filter(({ node }) => node !== other);
      deepStrictEqual(firstPhases(ofOthers, records), ofOthers.map(() => "erasing"));
      strictEqual(records.at(-1)!.ok, true);
      await using nothing = new CanvoyRun(["resume", "--json"]);
      strictEqual(await nothing.ended(), 2);
      ok(nothing.stdout.includes("RESUME_NOTHING"), nothing.stdout);
      // The later run knows what the first one left: that one's journal stays as it was.
      strictEqual(readJournal(Deno.readFileSync(killed!)).isComplete, false);
    }),
);

dearTest(
  "what a damaged journal leaves in doubt is erased again, and it stays as it is",
  () =>
    withFleet(async (fleet) => {
      const { sim, joins } = await startSim(fleet);
      await using _sim = sim;
      await flashAndKill([fleet, ...joins]);
      const [damaged] = journals();
      const bytes = Deno.readFileSync(damaged!);
      // As long as the announcements of several erases.
      bytes.fill(0xA5, bytes.length - 1200, bytes.length - 100);
      Deno.writeFileSync(damaged!, bytes);
      const journal = readJournal(bytes);
      strictEqual(journal.tail, "damaged");
      ok(journal.gapAt !== undefined);
      const doubted = historiesOf(journal);
      strictEqual(doubted.size, 3);
      await using resumed = new CanvoyProcess(["resume", damaged!, "--json"]);
      await resumed.until(/"phase":"erasing"/);
      resumed.kill("SIGKILL");
      await resumed.ended();
      const file = damaged!.slice(damaged!.lastIndexOf("/") + 1);
      ok(resumed.stderr.includes(`canvoy runs settle ${file}`), resumed.stderr);
      deepStrictEqual(Deno.readFileSync(damaged!), bytes);
      deepStrictEqual(checkedInDoubt(resumed.stdout, (name) => doubted.get(name)!.distrusted), []);
      const records = await runToEnd("resume");
      strictEqual(records.at(-1)!.done, 3);
      await using runs = new CanvoyRun(["runs", "--json"]);
      strictEqual(await runs.ended(), 0);
      const left = runs.records().filter((one) => one.type === "tornNode" && one.fleet === fleet);
      deepStrictEqual(left, []);
    }),
);

dearTest(
  "resume of a journal that no longer reads advises flash, which erases and is through",
  () =>
    withFleet(async (fleet) => {
      const { sim, joins } = await startSim(fleet);
      await using _sim = sim;
      const torn = await flashAndKill([fleet, ...joins]);
      const [damaged] = journals();
      Deno.writeFileSync(damaged!, Deno.readFileSync(damaged!).fill(0xA5));
      await using resume = new CanvoyProcess(["resume", damaged!, "--json"]);
      strictEqual(await resume.ended(), 2, resume.stdout + resume.stderr);
      strictEqual((resume.records().at(-1)!.error as Record_).code, "JOURNAL_FORMAT");
      match(resume.stderr, /Run canvoy flash again: .* is erased again/);
      const records = await runToEnd("flash", fleet, ...joins);
      deepStrictEqual(firstPhases(torn, records), torn.map(() => "erasing"));
      strictEqual(records.at(-1)!.ok, true);
    }),
);
