import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { listJournals } from "../../src/adapters/mod.ts";
import { historiesOf, readJournal } from "../../src/journal/mod.ts";
import { CanvoyProcess } from "../support/canvoy_process.ts";
import { CanvoyRun, startSim } from "../support/canvoy_run.ts";
import { withFleet } from "../support/two_bus_fleet.ts";
import { checkedInDoubt } from "../support/checked_in_doubt.ts";
import { dearTest } from "../support/dear.ts";

type Fields = Readonly<Record<string, unknown>>;

/** canvoy with a state folder of its own. */
class StateBench {
  readonly home = Deno.makeTempDirSync();
  readonly runs = `${this.home}/canvoy/runs`;

  /** In a process of its own, which can be killed. */
  start(...args: readonly string[]): CanvoyProcess {
    return new CanvoyProcess(args, { XDG_STATE_HOME: this.home });
  }

  async run(status: number, ...args: readonly string[]): Promise<CanvoyRun> {
    const run = new CanvoyRun(args, { XDG_STATE_HOME: this.home });
    strictEqual(await run.ended(), status, run.stdout + run.stderr);
    return run;
  }

  newest(): string {
    return [...listJournals(this.runs)][0]!.path;
  }

  /** Kills an update in the middle, and gives its journal. */
  async flashAndKill(...args: readonly string[]): Promise<string> {
    await using flash = this.start("flash", ...args, "--json");
    await flash.until(/"phase":"writing"/);
    flash.kill("SIGKILL");
    await flash.ended();
    return this.newest();
  }

  [Symbol.dispose](): void {
    Deno.removeSync(this.home, { recursive: true });
  }
}

function fileOf(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

/** What was done first with the segments of each node. */
function firstPhases(records: readonly Fields[]): readonly unknown[] {
  const seen = new Map<string, unknown>();
  for (const { type, node, segment, phase } of records) {
    if (type !== "segmentPhase" || phase === "pending") continue;
    const key = `${node} ${segment}`;
    if (!seen.has(key)) seen.set(key, phase);
  }
  return [...new Set(seen.values())];
}

dearTest(
  "a journal that cannot be read counts once against every node, is told, and can be settled",
  () =>
    withFleet(async (fleet) => {
      using bench = new StateBench();
      const { sim, joins } = await startSim(fleet);
      await using _sim = sim;
      const killed = await bench.flashAndKill(fleet, ...joins);
      const whole = Deno.readFileSync(killed);
      Deno.truncateSync(killed, 0);
      const file = fileOf(killed);

      const nothing = await bench.run(2, "resume");
      match(nothing.stderr, new RegExp(`is unfinished; ${file} cannot be read`));
      const named = await bench.run(2, "resume", killed);
      match(named.stderr, /canvoy runs/);
      const runs = await bench.run(0, "runs");
      match(runs.stdout, new RegExp(`${file} +unreadable`));
      match(runs.stdout, new RegExp(`settle it by: canvoy runs settle ${file}`));

      const some = await bench.run(0, "flash", fleet, ...joins, "--only", "wheel", "--json");
      match(some.stderr, new RegExp(`${file} cannot be read in whole: wheel may be torn`));
      deepStrictEqual(firstPhases(some.records()), ["erasing"]);
      const again = await bench.run(0, "flash", fleet, ...joins, "--only", "wheel", "--json");
      ok(!again.stderr.includes(file), again.stderr);
      deepStrictEqual(firstPhases(again.records()), ["checking"]);
      // The other nodes were not worked on since.
      const verdict = await bench.run(0, "runs", "settle", killed);
      match(verdict.stdout, /leaves no node in doubt/);
      await bench.run(2, "runs", "settle", killed);
      strictEqual(Deno.statSync(killed).size, 0, "it stays as it is");
      const all = await bench.run(0, "flash", fleet, ...joins, "--json");
      ok(!all.stderr.includes(file), all.stderr);
      ok(firstPhases(all.records()).includes("checking"));
      ok(whole.length > 0);
    }),
);

Deno.test("a torn node is known through links and copies of its fleet file, told when it is gone, and forgotten", () =>
  withFleet(async (fleet, folder) => {
    using bench = new StateBench();
    const { sim, joins } = await startSim(fleet);
    await using _sim = sim;
    await bench.flashAndKill(fleet, ...joins, "--only", "wheel");
    Deno.symlinkSync(folder, `${folder}/linked`);
    Deno.symlinkSync(fleet, `${folder}/link.yaml`);
    const text = Deno.readTextFileSync(fleet);
    Deno.writeTextFileSync(`${folder}/renamed.yaml`, text.replace("- name: wheel", "- name: tyre"));
    const paths = ["linked/fleet.yaml", "link.yaml", "renamed.yaml"];
    for (const path of paths) {
      const only = path === "renamed.yaml" ? "tyre" : "wheel";
      const { distrusted } =
        [...historiesOf(readJournal(Deno.readFileSync(bench.newest())))][0]![1];
      ok(distrusted.length > 0);
      const args = ["flash", `${folder}/${path}`, ...joins, "--only", only, "--json"];
      await using flash = bench.start(...args);
      await flash.until(/"phase":"erasing"/);
      flash.kill("SIGKILL");
      await flash.ended();
      deepStrictEqual(checkedInDoubt(flash.stdout, () => distrusted), [], path);
      const torn = (await bench.run(0, "runs", "--json")).records()
        .filter(({ type }) => type === "tornNode");
      strictEqual(torn.length, 1, path);
    }
    // Its identifiers are changed: nobody answers there, and the old place is told.
    Deno.writeTextFileSync(
      `${folder}/moved.yaml`,
      text.replace("request: 0x600", "request: 0x601").replace(
        "response: 0x680",
        "response: 0x681",
      ),
    );
    const job = [`${folder}/moved.yaml`, ...joins, "--only", "node-0"];
    const told = await bench.run(0, "flash", ...job);
    const [, place] = /canvoy runs forget (\S+)/.exec(told.stderr) ?? [];
    match(place ?? "", /^0x600\/0x680@virtual:\d+$/);
    await bench.run(0, "runs", "forget", place!);
    await bench.run(2, "runs", "forget", place!);
    const silent = await bench.run(0, "flash", ...job);
    ok(!silent.stderr.includes("canvoy runs forget"), silent.stderr);
  }));

dearTest(
  "runs lists what became of past runs, and clean removes them but what they know",
  () =>
    withFleet(async (fleet) => {
      using bench = new StateBench();
      const { sim, joins } = await startSim(fleet);
      await using _sim = sim;
      await bench.flashAndKill(fleet, ...joins, "--only", "node-0");
      await bench.run(0, "flash", fleet, ...joins, "--only", "wheel");
      const list = await bench.run(0, "runs");
      match(
        list.stdout,
        /cborseq +through +1 node: 1 updated in [\d.]+ s\n +flash .*--only wheel/,
      );
      match(list.stdout, /cborseq +unfinished +1 node: 0 updated, 1 not finished in/);
      const [newest] = (await bench.run(0, "runs", "--json", "--limit", "1")).records();
      deepStrictEqual([newest!.state, newest!.nodes, newest!.done], ["through", 1, 1]);
      match((await bench.run(0, "runs", "clean")).stdout, /nothing to remove/);
      match((await bench.run(0, "runs", "clean", "--keep", "0")).stdout, /^1 journal removed/);
      const left = await bench.run(0, "runs");
      match(left.stdout, /unfinished .*\n.*--only node-0/);
      match(left.stdout, /^\w+: node "node-0" of /m);
      strictEqual(left.stdout.includes("--only wheel"), false);
      const resumed = await bench.run(0, "resume", "--json");
      ok(firstPhases(resumed.records()).includes("erasing"));
      match((await bench.run(0, "runs", "clean", "--keep", "0")).stdout, /[23] journals removed/);
      strictEqual((await bench.run(0, "runs")).stdout.includes(': node "'), false);
    }),
);

dearTest(
  "journals lie where --state or the fleet file says, and are found there",
  () =>
    withFleet(async (fleet, folder) => {
      using bench = new StateBench();
      const { sim, joins } = await startSim(fleet);
      await using _sim = sim;
      const text = Deno.readTextFileSync(fleet);
      Deno.writeTextFileSync(`${folder}/stateful.yaml`, `state: kept/here\n${text}`);
      const cases: readonly [state: string, words: readonly string[]][] = [
        [`${folder}/told`, [fleet, "--state", `${folder}/told`, "--only", "node-0"]],
        [`${folder}/kept/here`, [`${folder}/stateful.yaml`, "--only", "node-1"]],
      ];
      for (const [state, words] of cases) {
        await using flash = bench.start("flash", ...words, ...joins, "--json");
        await flash.until(/"phase":"writing"/);
        flash.kill("SIGKILL");
        await flash.ended();
        const [killed] = [...listJournals(`${state}/runs`)];
        ok(killed !== undefined, state);
        const runs = await bench.run(0, "runs", "--state", state);
        match(runs.stdout, new RegExp(`${fileOf(killed.path)} +unfinished`));
        const other = await bench.run(2, "resume", killed.path, "--state", bench.home);
        match(other.stderr, /is of another state folder: canvoy resume --state /);
        const resumed = await bench.run(0, "resume", "--state", state, "--json");
        ok(resumed.stderr.includes(killed.path), resumed.stderr);
        ok(firstPhases(resumed.records()).includes("erasing"), state);
      }
      deepStrictEqual([...listJournals(bench.runs)], []);
    }),
);

Deno.test("flash stops safely where its state folder is removed in mid-run", () =>
  withFleet(async (fleet) => {
    using bench = new StateBench();
    const { sim, joins } = await startSim(fleet);
    await using _sim = sim;
    await using flash = new CanvoyRun(["flash", fleet, ...joins, "--json"], {
      XDG_STATE_HOME: bench.home,
    });
    await flash.until(/"phase":"writing"/);
    Deno.removeSync(`${bench.home}/canvoy/runs`, { recursive: true });
    strictEqual(await flash.ended(), 3, flash.stdout + flash.stderr);
    const records = flash.records();
    const failed = records.findIndex(({ type }) => type === "journalFailed");
    ok(failed > 0, "it is noticed");
    const behind = records.slice(failed).filter(({ phase }) => phase === "erasing");
    deepStrictEqual(behind, [], "nothing is erased behind that");
    match(flash.stdout, /was removed while it was written/);
    // Nothing is known of the nodes now, but the same command still mends them.
    await bench.run(0, "flash", fleet, ...joins);
  }));
