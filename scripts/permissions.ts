/**
 * Prints the Deno permissions that a command line of canvoy needs, one flag a line.
 *
 *     deno run --allow-read scripts/permissions.ts PROJECT [ARGUMENT...]
 *
 * It runs before canvoy itself, so it loads no package. Arguments that make no command are refused
 * here, by the same words, so that nobody waits for a second program to hear them.
 */
import { createSpeaker } from "../src/adapters/light.ts";
import { stateFolder, stateFolderBeside } from "../src/adapters/state_folder.ts";
import { EXIT_STATUS } from "../src/cli/exit_status.ts";
import { refusesUsage } from "../src/cli/refuse_usage.ts";
import { readJournalHead, type SeenJournal } from "../src/journal/journal_head.ts";
import { permissionFlags } from "./permission_flags.ts";

function readTextOrNothing(path: string): string {
  try {
    return Deno.readTextFileSync(path);
  } catch {
    return ""; // canvoy itself says what is wrong with the file
  }
}

function* journalsIn(folder: string): Generator<SeenJournal> {
  let names: readonly string[] = [];
  try {
    names = [...Deno.readDirSync(folder)].map(({ name }) => name).sort().reverse();
  } catch {
    // No run was ever kept there.
  }
  for (const name of names) {
    const path = `${folder}/${name}`;
    if (name.endsWith(".cborseq")) yield { path, glance: glanceAtFile(path) };
  }
}

function glanceAtFile(path: string): SeenJournal["glance"] {
  try {
    return readJournalHead(Deno.readFileSync(path));
  } catch {
    return undefined; // canvoy itself says what is wrong with the file
  }
}

/**
 * Computes Deno's permission flags for a command line, from the files that it names.
 *
 * @param project The project's own folder.
 * @param args Canvoy's arguments.
 * @returns The flags, in a fixed order.
 * @throws {RangeError} If a path holds a character that Deno's flags cannot carry.
 */
export function permissionFlagsHere(project: string, args: readonly string[]): readonly string[] {
  return permissionFlags({
    project,
    args,
    readText: readTextOrNothing,
    stateFolder: stateFolder((name) => Deno.env.get(name)),
    stateFolderBeside: stateFolderBeside((name) => Deno.env.get(name)),
    glance: glanceAtFile,
    journals: journalsIn,
  });
}

if (import.meta.main) {
  const [project = ".", ...args] = Deno.args;
  const speaker = { ...createSpeaker(), args };
  if (refusesUsage(speaker)) Deno.exit(EXIT_STATUS.badInput);
  try {
    speaker.stdout.write(permissionFlagsHere(project, args).join("\n"));
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    speaker.stderr.write(`canvoy: ${error.message}\n`);
    Deno.exit(EXIT_STATUS.badInput);
  }
}
