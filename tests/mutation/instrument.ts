/** Puts all mutants of a folder into its code, each behind a switch. */
import { Instrumenter } from "@stryker-mutator/instrumenter";
import { type Mutant, nameMutants, type RawMutant } from "./mutants.ts";

/** Changes of texts and tables say little: a test of each word would only repeat it. */
const EXCLUDED = ["StringLiteral", "ObjectLiteral"];

const silent = () => {};
const LOGGER = {
  isTraceEnabled: () => false,
  isDebugEnabled: () => false,
  isInfoEnabled: () => false,
  isWarnEnabled: () => false,
  isErrorEnabled: () => false,
  isFatalEnabled: () => false,
  trace: silent,
  debug: silent,
  info: silent,
  warn: silent,
  error: silent,
  fatal: silent,
};

/**
 * Writes the mutants of some folders into the files of a copy, numbered in one row: a number that two
 * folders had would switch both of its mutants on.
 *
 * @param project The copy's folder.
 * @param folders Folders of source code in it, such as `src/journal`.
 * @returns The mutants, by file and as they stand there.
 */
export async function instrumentFolders(
  project: string,
  folders: readonly string[],
): Promise<Mutant[]> {
  const files = folders.flatMap((folder) => sourcesBelow(project, folder)).map((name) => ({
    name,
    content: Deno.readTextFileSync(`${project}/${name}`),
    mutate: true,
  }));
  const { files: changed, mutants } = await new Instrumenter(LOGGER).instrument(files, {
    plugins: null,
    ignorers: [],
    excludedMutations: EXCLUDED,
  });
  for (const { name, content } of changed) Deno.writeTextFileSync(`${project}/${name}`, content);
  const switched = (mutants as RawMutant[]).filter(({ mutatorName }) =>
    !EXCLUDED.includes(mutatorName)
  );
  return files.flatMap(({ name, content }) =>
    nameMutants(name, content, switched.filter(({ fileName }) => fileName === name))
  );
}

function sourcesBelow(project: string, folder: string): string[] {
  return [...Deno.readDirSync(`${project}/${folder}`)].flatMap(({ name, isDirectory }) => {
    if (isDirectory) return sourcesBelow(project, `${folder}/${name}`);
    return name.endsWith(".ts") ? [`${folder}/${name}`] : [];
  }).sort();
}
