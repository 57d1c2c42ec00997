import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { newJournalPath } from "../../../src/cli/journal_path.ts";
import { journalTimeMs } from "../../../src/journal/mod.ts";

const NOW_MS = Date.UTC(2026, 10, 30, 9, 12);
const RUNS = "/s/runs";

function nameAfter(names: readonly string[], nowMs = NOW_MS): string {
  const host = {
    nowMs: () => nowMs,
    runFiles: { names: () => names.map((name) => `${RUNS}/${name}`) },
  };
  return newJournalPath(host, { state: "/s", isDurable: true }).slice(RUNS.length + 1);
}

Deno.test("newJournalPath() names a journal by the host's clock", () => {
  ok(/^2026-11-30T09-12-00\.000Z-[0-9a-f]{4}\.cborseq$/.test(nameAfter([])));
});

Deno.test("newJournalPath() names a journal behind all others, wherever the clock was set", () => {
  const clocks = [NOW_MS, 0, -1e12, Date.UTC(2099, 0, 1), NOW_MS, NOW_MS, Date.UTC(9999, 0, 1), 5];
  const names: string[] = [];
  for (const nowMs of clocks) names.push(nameAfter(names, nowMs));
  deepStrictEqual(names, names.toSorted());
  ok(names.every((name) => journalTimeMs(name) !== undefined), names.join(", "));
});

Deno.test("newJournalPath() is not led astray by names of no time, nor by the end of all time", () => {
  const strange = ["9999-99-99T99-99-99.999Z.cborseq", "zzz.cborseq", "2027-02-30T00-00-00.000Z"];
  ok(nameAfter(strange).startsWith("2026-11-30T09-12-00.000Z"));
  const last = "+275760-09-13T00-00-00.000Z-0000.cborseq";
  ok(nameAfter([last]).startsWith("2026-11-30T09-12-00.000Z"));
});

Deno.test("journalTimeMs() takes the names that canvoy makes, and no others", () => {
  strictEqual(journalTimeMs("2026-11-30T09-12-00.000Z-0000.cborseq"), NOW_MS);
  strictEqual(journalTimeMs("2026-11-30T09-12-00.000Z"), NOW_MS);
  for (
    const name of [
      "2026-11-30T09-12-60.000Z-0000.cborseq",
      "2026-11-31T09-12-00.000Z-0000.cborseq",
      "2026-11-30T24-00-00.000Z-0000.cborseq",
      "9999-99-99T99-99-99.999Z-0000.cborseq",
      "+010000-01-01T00-00-00.000Z-0000.cborseq",
      "0.cborseq",
      "",
    ]
  ) strictEqual(journalTimeMs(name), undefined, name);
});
