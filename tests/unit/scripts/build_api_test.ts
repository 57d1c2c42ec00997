/** The API reference: what `deno doc` prints, taken apart. */
import { deepStrictEqual, ok } from "node:assert/strict";
import { readDoc } from "../../../scripts/build_api.ts";

const PRINTED = `What it is.

@module

Defined in file:///somewhere/beta.ts:3:1

function beta(): void
  Does something.

Defined in file:///somewhere/alpha.ts:9:1

abstract class alpha
  A class.

Defined in file:///somewhere/beta.ts:5:1

function beta(count: number): void
  Does it so often.
`;

Deno.test("readDoc() sorts names, keeps overloads together and tells nobody's folders", () => {
  const { about, names } = readDoc(PRINTED);
  deepStrictEqual(about, "What it is.");
  deepStrictEqual([...names], [
    ["alpha", "abstract class alpha\n  A class."],
    [
      "beta",
      "function beta(): void\n  Does something.\n\n" +
      "function beta(count: number): void\n  Does it so often.",
    ],
  ]);
});

Deno.test("the main door has 60 to 100 names, and every door is in the reference", () => {
  const folder = new URL("../../../docs/reference/api/", import.meta.url);
  const lines = Deno.readTextFileSync(new URL("names.txt", folder)).trim().split("\n");
  const counts = Map.groupBy(lines, (line) => line.split(" ")[0]!);
  const main = counts.get("@canvoy/canvoy")!.length;
  ok(main >= 60 && main <= 100, `${main} names`);
  const { exports } = JSON.parse(
    Deno.readTextFileSync(new URL("../../../deno.json", import.meta.url)),
  ) as { exports: Record<string, string> };
  const doors = Object.keys(exports).map((path) => `@canvoy/canvoy${path.slice(1)}`);
  deepStrictEqual([...counts.keys()], doors);
});
