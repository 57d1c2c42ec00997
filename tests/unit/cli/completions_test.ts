import { deepStrictEqual, ok } from "node:assert/strict";
import { COMMANDS } from "../../../src/cli/commands_table.ts";
import { completionScript, SHELLS } from "../../../src/cli/completions.ts";
import { hasProgram, runProgram, withFolder } from "../../support/programs.ts";
import { OFFERED } from "../../support/shells.ts";

const FIRST_WORDS = new Set(COMMANDS.map(({ name }) => name.split(" ")[0]!));

/** What every shell offers at the end of a line, where bench.yaml is the only file to be seen. */
const CASES: readonly (readonly [line: string, offered: readonly string[]])[] = [
  ["canvoy fl", ["flash"]],
  ["canvoy ", [...FIRST_WORDS].toSorted()],
  ["canvoy image ", ["convert", "info"]],
  ["canvoy flash be", ["bench.yaml"]],
  ["canvoy flash x --rep", ["--report"]],
  ["canvoy flash plan --w", ["--web", "--web-port"]],
  ["canvoy flash --only a --on", ["--only"]],
  ["canvoy image convert --out", ["--output"]],
  ["canvoy flash x --journal be", ["bench.yaml"]],
  ["canvoy flash x --seed ", []],
  ["canvoy explain ", []],
  ["canvoy bundle keygen --algorithm ", ["ed25519", "es256"]],
  ["canvoy bundle keygen --algorithm=ed", ["ed25519"]],
  ["canvoy completions ", ["bash", "fish", "zsh"]],
];

for (const shell of SHELLS) {
  Deno.test({
    name: `completionScript() makes ${shell} offer commands, options, values and files`,
    ignore: !hasProgram(shell),
    fn: () => {
      withFolder((folder) => {
        Deno.writeTextFileSync(`${folder}/canvoy.${shell}`, completionScript(shell, COMMANDS));
        Deno.writeTextFileSync(`${folder}/bench.yaml`, "");
        runProgram(shell, ["-n", `${folder}/canvoy.${shell}`]);
        for (const [line, offered] of CASES) {
          deepStrictEqual(OFFERED[shell](folder, line), offered, `${shell}: ${line}`);
        }
      });
    },
  });
}

Deno.test("completionScript() knows every command and option in each shell", () => {
  for (const shell of SHELLS) {
    const script = completionScript(shell, COMMANDS);
    for (const { name, options } of COMMANDS) {
      for (const word of name.split(" ")) ok(script.includes(word), `${shell}: ${word}`);
      for (const option of options) ok(script.includes(option.name), `${shell}: ${option.name}`);
    }
  }
});
