import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { scanCandidates } from "../../../src/cli/scan/candidates.ts";

const ALL = { first: 0x600, last: 0x7FF };

Deno.test("scanCandidates() tries a fleet file's identifiers first, then the usual ones", () => {
  const known = [{ id: 0x123, extended: false }, { id: 0x18DA05F1, extended: true }];
  const ids = scanCandidates({ known, range: ALL, hasFixed: false });
  deepStrictEqual(ids.slice(0, 2), known);
  deepStrictEqual(
    [ids[2], ids[9], ids[10], ids.at(-1)].map((one) => one!.id),
    [0x7E0, 0x7E7, 0x700, 0x6FF],
  );
  // Each of the range but the functional one, once.
  strictEqual(ids.length, 2 + 512 - 1);
  strictEqual(ids.some(({ id }) => id === 0x7DF), false);
});

Deno.test("scanCandidates() keeps to the range, and adds normal fixed identifiers on demand", () => {
  const range = { first: 0x7E6, last: 0x7E9 };
  const ids = scanCandidates({ known: [], range, hasFixed: true });
  deepStrictEqual(ids.slice(0, 4).map(({ id }) => id), [0x7E6, 0x7E7, 0x7E8, 0x7E9]);
  strictEqual(ids.length, 4 + 256);
  deepStrictEqual(ids.at(-1), { id: 0x18DAFFF1, extended: true });
});
