import { strictEqual } from "node:assert/strict";
import { COMMANDS } from "../../src/cli/commands_table.ts";
import { helpText } from "../../src/cli/help.ts";

const GOLDEN = new URL("../vectors/cli/help.txt", import.meta.url);

/** What help says of everything, as one text. */
function allHelp(): string {
  const topics = ["", "image", "trace", ...COMMANDS.map(({ name }) => name)];
  return topics.map((topic) => {
    const line = topic === "" ? "canvoy --help" : `canvoy ${topic} --help`;
    return `$ ${line}\n${helpText(topic, COMMANDS)}`;
  }).join("\n");
}

Deno.test("canvoy --help says of every command what tests/vectors/cli/help.txt holds", () => {
  strictEqual(allHelp(), Deno.readTextFileSync(GOLDEN));
});

// To write the text anew: deno run -A tests/cli/help_test.ts --write
if (import.meta.main && Deno.args[0] === "--write") Deno.writeTextFileSync(GOLDEN, allHelp());
