/** What counts of what `deno doc --lint` says. */
import { deepStrictEqual } from "node:assert/strict";
import { readFindings } from "../../../scripts/doc_lint.ts";

const OUTPUT =
  `error[private-type-ref]: public type 'updateFleet' references private type 'Observable'
 --> here
error[private-type-ref]: public type 'unlock' references private type 'Step'
 --> here
error[missing-jsdoc]: exported symbol is missing JSDoc documentation
 --> here
`;

Deno.test("a type that nobody can import counts at public doors, but RxJS's", () => {
  const kinds = (isPublic: boolean) => readFindings(OUTPUT, isPublic).map(({ kind }) => kind);
  deepStrictEqual(kinds(true), ["private-type-ref", "missing-jsdoc"]);
  deepStrictEqual(kinds(false), ["missing-jsdoc"]);
});
