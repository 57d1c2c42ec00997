const SOURCE = new URL("../../../scripts/", import.meta.url);
const TOOLS = ["cmp", "cp", "dirname", "head", "mkdir", "mv", "readlink", "rm", "sleep", "tail"];
const PERMISSION_SOURCES = [
  "adapters/state_folder.ts",
  "cli/bundle_commands_table.ts",
  "cli/command_spec.ts",
  "cli/commands_table.ts",
  "cli/completions.ts",
  "cli/plan_commands_table.ts",
  "cli/profile_commands_table.ts",
  "cli/runs_commands_table.ts",
  "cli/shared_options.ts",
  "journal/journal_head.ts",
];
const LOCK = '{ "version": "5" }\n';

/** The launchers in a project of their own, whose command line is `main` and which needs no package. */
export class LauncherBench implements Disposable {
  /** The project's folder. */
  readonly folder = Deno.realPathSync(Deno.makeTempDirSync({ prefix: "canvoy launcher " }));
  /** The only folder on the launchers' PATH: no Deno and no npm, unless a test puts one there. */
  readonly bin = `${this.folder}/bin`;

  /** @param main The program in the place of canvoy's command line. */
  constructor(main: string) {
    for (const folder of ["bin", "node_modules", "scripts", "src/cli"]) {
      Deno.mkdirSync(`${this.folder}/${folder}`, { recursive: true });
    }
    for (const name of ["canvoy", "demo", "lib.sh", "permissions.ts"]) {
      Deno.copyFileSync(new URL(name, SOURCE), `${this.folder}/scripts/${name}`);
    }
    // What the permissions are computed with; it loads nothing else.
    for (const name of PERMISSION_SOURCES) {
      Deno.mkdirSync(`${this.folder}/src/${name.split("/")[0]}`, { recursive: true });
      Deno.copyFileSync(new URL(`../src/${name}`, SOURCE), `${this.folder}/src/${name}`);
    }
    Deno.writeTextFileSync(`${this.folder}/deno.json`, "{}");
    Deno.writeTextFileSync(`${this.folder}/deno.lock`, LOCK);
    Deno.writeTextFileSync(`${this.folder}/node_modules/.canvoy.lock`, LOCK);
    Deno.writeTextFileSync(`${this.folder}/src/cli/main.ts`, main);
    for (const tool of TOOLS) Deno.symlinkSync(`/usr/bin/${tool}`, `${this.bin}/${tool}`);
  }

  /** Puts a shell script of that name on the PATH. */
  addProgram(name: string, script: string): void {
    Deno.writeTextFileSync(`${this.bin}/${name}`, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  }

  /** Puts the Deno that runs this test on the PATH. */
  addDeno(): void {
    Deno.symlinkSync(Deno.execPath(), `${this.bin}/deno`);
  }

  /** What to start, as a user's shell would start it. */
  command(launcher: "canvoy" | "demo", args: readonly string[]): Deno.Command {
    return new Deno.Command(`${this.folder}/scripts/${launcher}`, {
      args: [...args],
      env: { PATH: this.bin, HOME: this.folder, DENO_DIR: `${this.folder}/cache` },
      clearEnv: true,
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    });
  }

  /** The command lines of all processes that come from this project. */
  processes(): readonly string[] {
    // By the shell: with a test's rights Deno does not open /proc.
    const list = 'for f in /proc/[0-9]*/cmdline; do tr "\\0" " " <"$f"; echo; done 2>/dev/null';
    const { stdout } = new Deno.Command("sh", { args: ["-c", list] }).outputSync();
    return new TextDecoder().decode(stdout).split("\n").filter((line) =>
      line.includes(this.folder)
    );
  }

  /** Removes the project. */
  [Symbol.dispose](): void {
    Deno.removeSync(this.folder, { recursive: true });
  }
}

/** Reads a stream until some text came; returns all that came so far. */
export async function readUntil(
  stream: ReadableStream<Uint8Array>,
  text: string,
): Promise<string> {
  const reader = stream.getReader();
  const decoder = new TextDecoder();
  let seen = "";
  while (!seen.includes(text)) {
    const { value, done } = await reader.read();
    if (done) throw new Error(`"${text}" never came, but: ${seen}`);
    seen += decoder.decode(value, { stream: true });
  }
  reader.releaseLock();
  return seen;
}
