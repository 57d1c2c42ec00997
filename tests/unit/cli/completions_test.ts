import { deepStrictEqual, ok } from "node:assert/strict";
import { COMMANDS } from "../../../src/cli/commands_table.ts";
import { completionScript } from "../../../src/cli/completions.ts";
import { hasProgram, runProgram, withFolder } from "../../support/programs.ts";

/** What bash offers at the end of a command line. */
function offered(folder: string, line: readonly string[]): readonly string[] {
  const words = line.map((word) => `'${word}'`).join(" ");
  const script = `source ${folder}/canvoy.bash; cd ${folder}; COMP_WORDS=(${words}); ` +
    `COMP_CWORD=${line.length - 1}; _canvoy; printf '%s\\n' "\${COMPREPLY[@]}"`;
  return runProgram("bash", ["-c", script]).trimEnd().split("\n").toSorted();
}

Deno.test({
  name: "completionScript() makes bash offer commands, options and files",
  ignore: !hasProgram("bash"),
  fn: () => {
    withFolder((folder) => {
      Deno.writeTextFileSync(`${folder}/canvoy.bash`, completionScript("bash", COMMANDS));
      Deno.writeTextFileSync(`${folder}/bench.yaml`, "");
      runProgram("bash", ["-n", `${folder}/canvoy.bash`]);
      deepStrictEqual(offered(folder, ["canvoy", "fl"]), ["flash"]);
      deepStrictEqual(offered(folder, ["canvoy", "image", ""]), ["convert", "info"]);
      deepStrictEqual(offered(folder, ["canvoy", "flash", "be"]), ["bench.yaml"]);
      deepStrictEqual(offered(folder, ["canvoy", "flash", "x", "--rep"]), ["--report"]);
      deepStrictEqual(offered(folder, ["canvoy", "image", "convert", "--out"]), ["--output"]);
      const all = new Set(COMMANDS.map(({ name }) => name.split(" ")[0]!));
      deepStrictEqual(offered(folder, ["canvoy", ""]), [...all].toSorted());
    });
  },
});

Deno.test("completionScript() knows every command and option in each shell", () => {
  for (const shell of ["bash", "zsh", "fish"] as const) {
    const script = completionScript(shell, COMMANDS);
    for (const { name, options } of COMMANDS) {
      for (const word of name.split(" ")) ok(script.includes(word), `${shell}: ${word}`);
      for (const option of options) ok(script.includes(option.name), `${shell}: ${option.name}`);
    }
  }
});
