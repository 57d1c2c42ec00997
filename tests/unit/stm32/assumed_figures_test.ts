import { deepStrictEqual, ok } from "node:assert/strict";
import { assumedFiguresText } from "../../../scripts/build_assumed_figures.ts";
import { assumedFigures, DEVICES } from "../../../src/stm32/mod.ts";

Deno.test("docs/assumed-figures.md is what scripts/build_assumed_figures.ts writes", () => {
  const url = new URL("../../../docs/assumed-figures.md", import.meta.url);
  const run = "run: deno run -A scripts/build_assumed_figures.ts";
  ok(Deno.readTextFileSync(url) === assumedFiguresText(), run);
});

Deno.test("assumedFigures() lists no figure that decides what is erased", () => {
  const deciding = ["eraseUnits", "erasedValue", "ram", "core"];
  const found = DEVICES.flatMap((device) =>
    assumedFigures(device).filter((figure) => deciding.includes(figure)).map((figure) =>
      `${device.part}: ${figure}`
    )
  );
  deepStrictEqual(found, []);
});
