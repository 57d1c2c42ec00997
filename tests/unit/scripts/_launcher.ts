import { loadedFiles } from "../../support/loaded_files.ts";

const PROJECT = new URL("../../../", import.meta.url);
const TOOLS = ["cmp", "cp", "dirname", "head", "mkdir", "mv", "readlink", "rm", "sleep", "tail"];
/** What decides before canvoy itself is loaded, and answers in its place. */
const FIRST = loadedFiles(["scripts/permissions.ts", "src/cli/front.ts"]).files;
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
    const scripts = ["canvoy", "demo", "imports.json", "lib.sh"].map((name) => `scripts/${name}`);
    for (const path of [...scripts, ...FIRST]) {
      const copy = `${this.folder}/${path}`;
      Deno.mkdirSync(copy.slice(0, copy.lastIndexOf("/")), { recursive: true });
      Deno.copyFileSync(new URL(path, PROJECT), copy);
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
