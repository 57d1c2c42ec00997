/** Section 5.1 of the document says what the node in C needs, compiled for a Cortex-M0. */
import { ok, strictEqual } from "node:assert/strict";
import { hasProgram, runProgram, withFolder } from "../support/programs.ts";

const HERE = new URL(".", import.meta.url).pathname;
const DOCUMENT = Deno.readTextFileSync(new URL("../../docs/group-download.md", import.meta.url));
const COMPILER = "arm-none-eabi-gcc";

function number(pattern: RegExp): number {
  return Number(pattern.exec(DOCUMENT)![1]!.replace(",", ""));
}

Deno.test({
  name: "c node: its RAM is that of section 5.1, and its code within 10 % of it",
  ignore: !hasProgram(COMPILER),
  fn: async () => {
    const flags = /`(-std=c99 -mcpu=[^`]*)`/.exec(DOCUMENT)![1]!.split(" ");
    await withFolder((folder) => {
      const names = [...Deno.readDirSync(HERE)].map(({ name }) => name);
      const sources = names.filter((name) => /^group_node.*\.c$/.test(name));
      const objects = sources.map((name) => {
        const object = `${folder}/${name}.o`;
        runProgram(COMPILER, [
          ...flags,
          "-Wall",
          "-Wextra",
          "-Werror",
          "-c",
          "-o",
          object,
          HERE + name,
        ]);
        return object;
      });
      const totals = runProgram("arm-none-eabi-size", ["-t", ...objects]).trim().split("\n").at(
        -1,
      )!;
      const [text, data, bss] = totals.trim().split(/\s+/).map(Number);
      strictEqual(data! + bss!, number(/\| \*\*the group\*\* +\| ([\d,]+)/));
      // Versions of the compiler differ.
      const tables = number(/are (\d+) \(256 \+ 510\)/);
      const stated = number(/Code is ([\d,]+) bytes/) + tables;
      ok(Math.abs(text! - stated) < stated / 10, `${text} bytes of code, ${stated} stated`);
    });
  },
});
