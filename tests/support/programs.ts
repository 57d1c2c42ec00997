/**
 * Tells whether a program that a test compares with is there. Where CI has installed it
 * (`CANVOY_NEEDS_PROGRAMS`), its absence is a failure and no reason to pass over the test.
 *
 * @param name The program.
 * @returns Whether it can be run.
 */
export function hasProgram(name: string): boolean {
  const found = (Deno.env.get("PATH") ?? "").split(":").some((folder) => {
    try {
      return Deno.statSync(`${folder}/${name}`).isFile;
    } catch {
      return false;
    }
  });
  if (!found && (Deno.env.get("CANVOY_NEEDS_PROGRAMS") ?? "") !== "") {
    throw new Error(`${name} is not installed, and CANVOY_NEEDS_PROGRAMS is set`);
  }
  return found;
}

/** Runs a program; gives its standard output, or fails with what it said. */
export function runProgram(name: string, args: readonly string[]): string {
  const { success, code, stdout, stderr } = new Deno.Command(name, { args: [...args] })
    .outputSync();
  const decoder = new TextDecoder();
  if (!success) throw new Error(`${name} ended with ${code}: ${decoder.decode(stderr)}`);
  return decoder.decode(stdout);
}

/** Runs a test in a folder of its own, which is gone afterwards. */
export async function withFolder(
  body: (folder: string) => Promise<void> | void,
): Promise<void> {
  const folder = Deno.makeTempDirSync();
  try {
    await body(folder);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}
