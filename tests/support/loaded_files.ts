const PROJECT = new URL("../../", import.meta.url);
const IMPORT = /^(?:import|export) (?!type\b)(?:[^;"]* from )?"([^"]+)"/gm;

/**
 * What a program loads before it does anything, by the text of its imports.
 *
 * @param roots Paths within the project.
 * @returns Paths of files within the project, and names of packages.
 */
export function loadedFiles(roots: readonly string[]): {
  readonly files: readonly string[];
  readonly packages: readonly string[];
} {
  const files = new Set(roots);
  const packages = new Set<string>();
  for (const path of files) {
    const url = new URL(path, PROJECT);
    for (const [, specifier] of Deno.readTextFileSync(url).matchAll(IMPORT)) {
      if (specifier!.startsWith(".")) {
        files.add(new URL(specifier!, url).href.slice(PROJECT.href.length));
      } else packages.add(specifier!);
    }
  }
  return { files: [...files], packages: [...packages] };
}
