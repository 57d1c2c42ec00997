/**
 * Searches for changes to the code that no test notices.
 *
 *     deno task mutation journal update             # every mutant of these folders of src
 *     deno task mutation fleet --sample 300 --seed 1
 *     deno task mutation --weekly                   # 100 of all searched folders, others each week
 *
 *     --jobs N            processes at once: 1
 *     --budget SECONDS    CPU time that the tests of one mutant may take together: 5, weekly 1.5
 *     --minutes N         begins no other mutant later than so: weekly 5.5, else never
 *     --tests PATH        asks the tests below it alone; several times; weekly some that are quick
 *     --results FOLDER    where results are kept, and gone on from: coverage/mutation
 *     --only TEXT         those mutants alone whose file's path holds it; several times
 *     --survivors         tries what no test noticed yet, and takes the rest as it was found before
 *     --list              adds survivors to survivors.json, where each then needs a reason
 *
 * Fails where a mutant survives that `survivors.json` gives no reason for; weekly, where other mutants
 * are drawn without any change to the code, only where the search itself is at fault: see `judgeWeek`.
 */
import { parseArgs } from "node:util";
import { addLine } from "./json_lines.ts";
import { keyOf, type Mutant } from "./mutants.ts";
import { prepare } from "./project_mutants.ts";
import { readResults, type Result, resultOf, stillHolds } from "./results.ts";
import { drawSample, weekSeed } from "./sample.ts";
import { scoreLine } from "./score.ts";
import { Lane } from "./search.ts";
import { judgeWeek, WEEKLY } from "./weekly.ts";
import { listSurvivors, readSurvivors } from "./survivors.ts";

const SEARCHED = ["update", "fleet", "journal", "uds", "group", "stm32", "bundle"];

function say(text: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${text}\n`));
}

const { values, positionals } = parseArgs({
  args: Deno.args,
  allowPositionals: true,
  options: {
    sample: { type: "string" },
    seed: { type: "string" },
    weekly: { type: "boolean", default: false },
    jobs: { type: "string" },
    budget: { type: "string" },
    minutes: { type: "string" },
    tests: { type: "string", multiple: true },
    only: { type: "string", multiple: true, default: [""] },
    survivors: { type: "boolean", default: false },
    list: { type: "boolean", default: false },
    results: { type: "string", default: "coverage/mutation" },
    project: { type: "string", default: new URL("../..", import.meta.url).pathname },
  },
});
const project = values.project.replace(/\/$/, "");
const folders = positionals.length > 0 ? positionals : values.weekly ? SEARCHED : [];
if (folders.length === 0) {
  say(`Name folders of src to search (${SEARCHED.join(", ")}), or --weekly`);
  Deno.exit(2);
}
const count = values.sample ?? (values.weekly ? WEEKLY.count : undefined);
const seed = Number(values.seed ?? (values.weekly ? weekSeed(new Date()) : 1));
const jobs = Number(values.jobs ?? 1);
const minutesMax = Number(values.minutes ?? (values.weekly ? WEEKLY.minutes : Infinity));

Deno.mkdirSync(values.results, { recursive: true });
const path = `${values.results}/${folders.join("-")}.jsonl`;
const startMs = performance.now();
const prepared = await prepare(project, {
  folders,
  jobs,
  testsBelow: values.tests ?? (values.weekly ? WEEKLY.tests : ["tests"]),
  budgetMs: Number(values.budget ?? (values.weekly ? WEEKLY.budgetSeconds : 5)) * 1000,
  cache: path.replace(/jsonl$/, "tests.jsonl"),
  tell: say,
});
const { mutants, search, standing, unusable, remove } = prepared;
try {
  for (const text of unusable) say(`cannot be used: ${text}`);
  const searched = mutants.filter(({ file }) => values.only.some((text) => file.includes(text)));
  const chosen = count === undefined
    ? searched
    : drawSample(searched, { count: Number(count), seed });
  if (count !== undefined) say(`${chosen.length} of ${searched.length} mutants, seed ${seed}`);
  say(`tests measured after ${minutesSince(startMs)} min`);
  const results = await searchAll(chosen);
  const isNew = tell(chosen, results);
  const tried = chosen.flatMap(resultsIn(results));
  const problem = values.weekly ? judgeWeek(tried, tried.length < chosen.length) : undefined;
  if (problem !== undefined) say(problem);
  if (values.weekly ? problem !== undefined : isNew) Deno.exitCode = 1;
} finally {
  remove();
}

async function searchAll(chosen: readonly Mutant[]): Promise<Map<string, Result>> {
  const results = readResults(path);
  const left = chosen.filter((mutant) => {
    const result = results.get(keyOf(mutant));
    if (result === undefined) return true;
    const wasNoticed = result.verdict === "caught" || result.verdict === "endless";
    return !stillHolds(result, standing) && !(values.survivors && wasNoticed);
  });
  // Last those that need a process of their own, before them those that survived already.
  const isLate = (mutant: Mutant): number =>
    (search.chooser.covering(mutant.id).length === 0 ? 2 : 0) +
    (results.has(keyOf(mutant)) ? 1 : 0);
  left.sort((a, b) => isLate(a) - isLate(b));
  say(`${chosen.length - left.length} of ${chosen.length} are known from earlier runs`);
  for (const { caughtBy, file, function: around } of results.values()) {
    if (caughtBy !== undefined) search.chooser.noteCaught(caughtBy, [`${file} ${around}`, file]);
  }
  let next = 0;
  const work = async () => {
    const lane = new Lane(search);
    while (next < left.length && performance.now() - startMs < minutesMax * 60_000) {
      const mutant = left[next++]!;
      const result = resultOf(mutant, standing, await lane.try(mutant));
      results.set(keyOf(mutant), result);
      addLine(path, result);
      if (next % 25 === 0) say(`${next} of ${left.length} after ${minutesSince(startMs)} min`);
    }
    await lane.end();
  };
  await Promise.all(Array.from({ length: jobs }, work));
  return results;
}

/** Prints scores and survivors; returns whether one is new. */
function tell(chosen: readonly Mutant[], results: ReadonlyMap<string, Result>): boolean {
  const list = `${project}/tests/mutation/survivors.json`;
  const listed = readSurvivors(list);
  const found = chosen.flatMap(resultsIn(results));
  if (found.length < chosen.length) say(`${chosen.length - found.length} not tried: time is over`);
  const unnoticed = found.filter(({ verdict }) =>
    verdict === "survived" || verdict === "uncovered"
  );
  for (const result of unnoticed) {
    const { file, line, function: around, change, nth, verdict } = result;
    const reason = listed.get(keyOf(result))?.reason;
    if (reason) continue;
    say(`NEW ${verdict}  ${file}:${line} ${around}${nth > 1 ? ` (${nth})` : ""}\n    ${change}`);
  }
  for (const folder of folders) {
    const own = found.filter(({ file }) => file.startsWith(`src/${folder}/`));
    if (own.length > 0) say(scoreLine(folder, own, count !== undefined));
  }
  if (chosen.length === mutants.length) {
    const names = new Set(chosen.map(keyOf));
    const gone = [...listed.values()].filter((entry) =>
      folders.some((folder) => entry.file.startsWith(`src/${folder}/`)) && !names.has(keyOf(entry))
    );
    for (const { file, change } of gone) say(`listed, but not there any more: ${file} ${change}`);
  }
  say(`${unnoticed.length} not noticed, ${minutesSince(startMs)} min`);
  if (values.list) listSurvivors(list, unnoticed.filter((result) => !listed.has(keyOf(result))));
  return unnoticed.some((result) => !listed.get(keyOf(result))?.reason);
}

function resultsIn(results: ReadonlyMap<string, Result>): (mutant: Mutant) => readonly Result[] {
  return (mutant) => {
    const result = results.get(keyOf(mutant));
    return result === undefined ? [] : [result];
  };
}

function minutesSince(startMs: number): string {
  return ((performance.now() - startMs) / 60_000).toFixed(1);
}
