import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { TestChooser } from "./choose_tests.ts";
import { readTest } from "./collected_tests.ts";
import { instrumentFolders } from "./instrument.ts";
import { keyOf, nameMutants, type RawMutant } from "./mutants.ts";
import { resultOf, stillHolds } from "./results.ts";
import { drawSample, weekSeed, wilson } from "./sample.ts";
import { scoreLine } from "./score.ts";
import { judgeWeek } from "./weekly.ts";

const SOURCE = `export class Turns {
  take(
    count: number,
  ): boolean {
    if (count > 1) return true;
    return count > 1;
  }
}

export function far(
  end: number,
): void {
  run(() => {
    while (end > 1) end--;
  });
}
`;

/** The change of each `> 1` into `>= 1`, as the instrumenter tells it. */
function rawMutants(source: string): RawMutant[] {
  return source.split("\n").flatMap((text, line) => {
    const found = /\w+ > 1/.exec(text);
    if (found === null) return [];
    const [original] = found;
    const location = {
      start: { line, column: found.index },
      end: { line, column: found.index + original.length },
    };
    const replacement = original.replace(">", ">=");
    return [{
      id: `${line}`,
      fileName: "a.ts",
      mutatorName: "EqualityOperator",
      replacement,
      location,
    }];
  });
}

Deno.test("nameMutants() tells function, change, and which of equal ones it is", () => {
  const named = nameMutants("src/a.ts", SOURCE, rawMutants(SOURCE));
  deepStrictEqual(named.map(({ function: around, change, nth }) => [around, change, nth]), [
    ["Turns.take", "count > 1 -> count >= 1", 1],
    ["Turns.take", "count > 1 -> count >= 1", 2],
    ["far", "end > 1 -> end >= 1", 1],
  ]);
});

Deno.test("keyOf() stays as it is when lines move and new functions come", () => {
  const moved =
    `/** Something new. */\nfunction near(end: number): boolean {\n  return end > 1;\n}\n\n` +
    SOURCE.replace("    if (", "    // Why.\n    if (");
  const keys = nameMutants("src/a.ts", SOURCE, rawMutants(SOURCE)).map(keyOf);
  deepStrictEqual(nameMutants("src/a.ts", moved, rawMutants(moved)).map(keyOf).slice(1), keys);
});

Deno.test("drawSample() draws the same for one seed, and others for another", () => {
  const all = Array.from({ length: 1000 }, (_, i) => i);
  const drawn = drawSample(all, { count: 100, seed: 1 });
  strictEqual(new Set(drawn).size, 100);
  deepStrictEqual(drawSample(all, { count: 100, seed: 1 }), drawn);
  const other = drawSample(all, { count: 100, seed: 2 });
  ok(other.filter((i) => drawn.includes(i)).length < 50);
  deepStrictEqual(drawSample([1, 2], { count: 100, seed: 1 }), [1, 2]);
});

Deno.test("weekSeed() is the week of ISO 8601, which may be of another year than its day", () => {
  for (
    const [date, seed] of [
      ["2026-11-30T00:00:00Z", 202649],
      ["2026-12-06T23:59:59Z", 202649],
      ["2026-12-07T00:00:00Z", 202650],
      ["2027-01-01T00:00:00Z", 202653],
      ["2027-01-04T00:00:00Z", 202701],
      ["2024-12-30T12:00:00Z", 202501],
    ] as const
  ) strictEqual(weekSeed(new Date(date)), seed, date);
});

Deno.test("wilson() gives the interval of a ratio", () => {
  // R: binom::binom.confint(c(81, 10, 0), c(263, 10, 10), methods = "wilson")
  for (
    const [hits, count, low, high] of [
      [81, 263, 0.2553, 0.3662],
      [10, 10, 0.7225, 1],
      [0, 10, 0, 0.2775],
    ] as const
  ) {
    const found = wilson(hits, count);
    ok(
      Math.abs(found.low - low) < 1e-4 && Math.abs(found.high - high) < 1e-4,
      `${hits} of ${count}`,
    );
  }
});

Deno.test("choose() takes quick tests, and those that noticed a neighbour, first", () => {
  const chooser = new TestChooser();
  chooser.add({ id: "slow", costMs: 400 }, ["1", "2"]);
  chooser.add({ id: "quick", costMs: 10 }, ["1"]);
  chooser.add({ id: "huge", costMs: 9000 }, ["1"]);
  deepStrictEqual(chooser.choose(chooser.covering("1"), ["f"], 1000), ["quick", "slow"]);
  deepStrictEqual(chooser.choose(chooser.covering("2"), ["f"], 100), ["slow"]);
  for (let i = 0; i < 20; i++) chooser.noteCaught("slow", ["f"]);
  deepStrictEqual(chooser.choose(chooser.covering("1"), ["f"], 1000), ["slow", "quick"]);
  deepStrictEqual(chooser.choose(chooser.covering("1"), ["g"], 1000), ["quick", "slow"]);
  deepStrictEqual(chooser.covering("3"), []);
});

Deno.test("readTest() reads each form, and passes over what cannot be run in the process", () => {
  const fn = function named() {};
  for (const args of [["named", fn], ["named", {}, fn], [{ name: "named", fn }], [fn], [{}, fn]]) {
    deepStrictEqual(readTest(args), { name: "named", fn });
  }
  strictEqual(readTest([{ name: "a", ["ig" + "nore"]: true, fn }]), undefined);
  strictEqual(readTest([{ name: "a", permissions: "none", fn }]), undefined);
});

Deno.test("stillHolds() tries again what may end in another way by now", () => {
  const [mutant] = nameMutants("src/a.ts", SOURCE, rawMutants(SOURCE));
  const standing = { sources: new Map([["src/a.ts", "s1"]]), project: "p1", budgetMs: 5000 };
  const caught = resultOf(mutant!, standing, { verdict: "caught", covering: 9, tried: 1 });
  const survived = resultOf(mutant!, standing, { verdict: "survived", covering: 9, tried: 4 });
  const otherTests = { ...standing, project: "p2" };
  const otherSource = { ...standing, sources: new Map([["src/a.ts", "s2"]]) };
  const moreTime = { ...standing, budgetMs: 6000 };
  deepStrictEqual(
    [standing, otherTests, otherSource, moreTime].map((now) => stillHolds(caught, now)),
    [true, true, false, true],
  );
  deepStrictEqual(
    [standing, otherTests, otherSource, moreTime].map((now) => stillHolds(survived, now)),
    [true, false, false, false],
  );
  ok(stillHolds({ ...survived, tried: 9 }, moreTime), "all tests were run");
});

Deno.test("scoreLine() counts what is caught or endless, and gives samples their interval", () => {
  const [mutant] = nameMutants("src/a.ts", SOURCE, rawMutants(SOURCE));
  const standing = { sources: new Map([["src/a.ts", "s"]]), project: "p", budgetMs: 1 };
  const results = (["caught", "endless", "survived", "uncovered"] as const).map((verdict) =>
    resultOf(mutant!, standing, { verdict, covering: 1, tried: 1 })
  );
  const counts = "4 mutants, 1 caught, 1 endless, 1 survived, 1 not covered in process";
  strictEqual(scoreLine("a", results, false), `a: score 0.500: ${counts}`);
  strictEqual(scoreLine("a", results, true), `a: score 0.500 (95 %: 0.150 to 0.850): ${counts}`);
});

Deno.test("judgeWeek() fails where the search itself is at fault, and for no survivor", () => {
  const results = (noticed: number, survived: number) => [
    ...Array.from({ length: noticed }, () => ({ verdict: "caught" as const })),
    ...Array.from({ length: survived }, () => ({ verdict: "survived" as const })),
  ];
  strictEqual(judgeWeek(results(80, 20), false), undefined);
  strictEqual(judgeWeek(results(40, 60), false), undefined);
  ok(judgeWeek(results(39, 61), false)?.startsWith("tests notice too little"));
  ok(judgeWeek(results(20, 40), true)?.startsWith("tests notice too little"));
  ok(
    judgeWeek(results(29, 0), false)?.startsWith("the search is broken"),
    "nothing is tried any more",
  );
  strictEqual(judgeWeek(results(5, 10), true), undefined, "the machine is busy");
});

Deno.test("instrumentFolders() gives no two mutants one number, whatever folder they are in", async () => {
  const project = Deno.makeTempDirSync();
  try {
    for (const folder of ["one", "two"]) {
      Deno.mkdirSync(`${project}/src/${folder}`, { recursive: true });
      Deno.writeTextFileSync(`${project}/src/${folder}/${folder}.ts`, SOURCE);
    }
    const mutants = await instrumentFolders(project, ["src/one", "src/two"]);
    ok(mutants.length > 4);
    strictEqual(new Set(mutants.map(({ id }) => id)).size, mutants.length);
  } finally {
    Deno.removeSync(project, { recursive: true });
  }
});
