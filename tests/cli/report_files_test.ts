import { match, ok, strictEqual } from "node:assert/strict";
import { type FinishedCanvoy, runCanvoy } from "../support/canvoy_run.ts";
import { withFolder } from "../support/programs.ts";

const PROJECT = new URL("../..", import.meta.url).pathname;

function canvoy(...args: readonly string[]): Promise<FinishedCanvoy> {
  return runCanvoy(args);
}

Deno.test("demo writes its report, JUnit file and table, each about all twelve nodes", async () => {
  await withFolder(async (folder) => {
    const files = ["report", "junit", "csv"].map((name) => `${folder}/out.${name}`);
    const options = files.flatMap((file) => [`--${file.split(".").at(-1)}`, file]);
    const run = await canvoy("demo", "--virtual-time", "--quiet", ...options);
    strictEqual(run.status, 0, run.stderr);
    const [html, junit, csv] = files.map((file) => Deno.readTextFileSync(file));
    ok(html!.includes("Every node runs its image."));
    ok(html!.includes(`--csv ${folder}/out.csv`), "the command line is told");
    strictEqual(html!.match(/<g><title>/g)?.length, 12);
    strictEqual(html!.match(/<svg class="load"/g)?.length, 2);
    ok(html!.includes("<td>1.4.2</td><td>2.0.0</td>"), "the versions before and after");
    strictEqual(junit!.match(/<testcase /g)?.length, 12);
    strictEqual(csv!.trimEnd().split("\r\n").length, 13);
  });
});

Deno.test("flash refuses a report that cannot be written, before the first frame", async () => {
  await withFolder(async (folder) => {
    const trace = `${folder}/trace.log`;
    const run = await canvoy(
      "flash",
      `${PROJECT}/configs/minimal.yaml`,
      "--virtual-time",
      "--report",
      `${folder}/none/out.html`,
      "--trace",
      trace,
    );
    strictEqual(run.status, 3, run.stderr);
    ok(run.stderr.includes("its folder does not exist"), run.stderr);
    ok(!run.stderr.includes("resume"), "nothing was begun that could be gone on with");
    ok(!run.stderr.includes("journal"), run.stderr);
    strictEqual(Deno.readTextFileSync(trace), "");
  });
});

Deno.test("--log writes every step of a run and its end, however little the terminal shows", async () => {
  await withFolder(async (folder) => {
    const fleet = `${PROJECT}/configs/minimal.yaml`;
    const log = `${folder}/run.log`;
    const run = await canvoy("flash", fleet, "--virtual-time", "--quiet", "--log", log);
    strictEqual(run.status, 0, run.stderr);
    const [head, ...lines] = Deno.readTextFileSync(log).trimEnd().split("\n");
    match(head!, /^\d{4}-\d\d-\d\dT[\d:.]+Z canvoy \S+: canvoy flash .*minimal\.yaml/);
    match(lines[0]!, /^ {4}0\.000 1 node$/);
    ok(lines.some((line) => /node: segment 1 of \d+ erasing/.test(line)), "each step");
    match(lines.at(-1)!, /^1 node: 1 updated in/);
    strictEqual(lines.slice(-2).join("\n"), run.stdout.trimEnd());
    const none = await canvoy("flash", fleet, "--virtual-time", "--log", `${folder}/none/run.log`);
    strictEqual(none.status, 3, none.stderr);
  });
});

Deno.test("replay shows a run again as it ended, from its journal and from its events", async () => {
  await withFolder(async (folder) => {
    const fleet = `${PROJECT}/configs/minimal.yaml`;
    const journal = `${folder}/run.cborseq`;
    const run = await canvoy("flash", fleet, "--virtual-time", "--json", "--journal", journal);
    strictEqual(run.status, 0, run.stderr);
    Deno.writeTextFileSync(`${folder}/run.jsonl`, run.stdout);
    const shown = [await canvoy("replay", journal), await canvoy("replay", `${folder}/run.jsonl`)];
    for (const { status, stdout, stderr } of shown) {
      strictEqual(status, 0, stderr);
      ok(stdout.includes("1 node: 1 updated"), stdout);
    }
    strictEqual(shown[0]!.stdout, shown[1]!.stdout);
    Deno.writeTextFileSync(`${folder}/other.txt`, "no events\n");
    strictEqual((await canvoy("replay", `${folder}/other.txt`)).status, 2);
  });
});
