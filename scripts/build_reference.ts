/**
 * Writes docs/reference from the code: commands, fleet file, profiles, errors, events.
 *
 *     deno run --allow-read --allow-write scripts/build_reference.ts
 */
import { COMMANDS } from "../src/cli/commands_table.ts";
import { helpText } from "../src/cli/help.ts";
import { LOADERS } from "../src/cli/loaders.ts";
import { explainCode, knownCodes } from "../src/report/mod.ts";
import { eventSchemaText } from "./event_schema.ts";
import { fleetReferenceText } from "./fleet_reference.ts";
import { profileReferenceText } from "./profile_reference.ts";

const FOLDER = new URL("../docs/reference/", import.meta.url);
const MADE = "<!-- Made by scripts/build_reference.ts; a test keeps it in step. -->\n\n";

/**
 * Makes the files.
 *
 * @returns Their texts, by name.
 */
export function referenceFiles(): ReadonlyMap<string, string> {
  return new Map([
    ["commands.md", commandsText()],
    ["fleet-file.md", fleetText()],
    ["profile.md", `${MADE}# Profiles\n\n${profileReferenceText()}`],
    ["errors.md", errorsText()],
    ["events.schema.json", eventSchemaText()],
  ]);
}

function commandsText(): string {
  const commands = COMMANDS.filter(({ name }) => Object.hasOwn(LOADERS, name));
  const sections = commands.map(({ name }) =>
    `## ${name}\n\n\`\`\`text\n${helpText(name, commands)}\`\`\`\n`
  );
  const overview = helpText("", commands);
  return `${MADE}# Commands\n\n\`\`\`text\n${overview}\`\`\`\n\n${sections.join("\n")}`;
}

function fleetText(): string {
  return `${MADE}# The fleet file\n\n` +
    "YAML 1.2. Keys with * must be there; others may be left out. Paths lie beneath the file's own " +
    "folder. Editors check it by `configs/fleet.schema.json`; `canvoy plan` says what is wrong, " +
    "with the line.\n\n" + fleetReferenceText();
}

function errorsText(): string {
  const sections = knownCodes().map((code) => {
    const { meaning, remedy } = explainCode(code)!;
    return `## ${code}\n\n${wrap(`${meaning}.`)}\n\n${wrap(`${remedy}.`)}\n`;
  });
  return `${MADE}# Errors\n\nEach summary and report names one of these codes; ` +
    "`canvoy explain CODE` says the same.\n\n" + sections.join("\n");
}

/** As the formatter breaks prose: at most 100 columns. */
function wrap(text: string): string {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const longer = lines.length === 0 ? word : `${lines.at(-1)} ${word}`;
    if (lines.length > 0 && longer.length <= 100) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines.join("\n");
}

if (import.meta.main) {
  Deno.mkdirSync(FOLDER, { recursive: true });
  for (const [name, text] of referenceFiles()) {
    Deno.writeTextFileSync(new URL(name, FOLDER), text);
  }
}
