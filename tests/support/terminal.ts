import { STATE_HOME } from "./state_home.ts";

const PROJECT = new URL("../..", import.meta.url).pathname;
const COLUMNS = 80;
const ROWS = 24;

/** bash on a terminal of 80 by 24 of its own (util-linux' `script`), with jobs, without an editor. */
export class Terminal implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #keys: WritableStreamDefaultWriter<Uint8Array>;
  readonly #output: Promise<void>;
  #wake = (): void => {};
  #isOver = false;
  /** What was said since keys were typed last. */
  #said = "";

  constructor() {
    this.#child = new Deno.Command("script", {
      args: [
        "--quiet",
        "--flush",
        "--command",
        `stty columns ${COLUMNS} rows ${ROWS}; exec env 'PS1=$ ' bash --norc --noediting -i`,
        "/dev/null",
      ],
      cwd: PROJECT,
      env: { SHELL: "/bin/sh", TERM: "xterm", XDG_STATE_HOME: STATE_HOME },
      stdin: "piped",
      stdout: "piped",
    }).spawn();
    this.#keys = this.#child.stdin.getWriter();
    this.#output = this.#read();
  }

  /** Types keys. */
  async type(keys: string): Promise<void> {
    this.#said = "";
    await this.#keys.write(new TextEncoder().encode(keys));
  }

  /** Waits until something was said since keys were typed last. */
  async until(pattern: RegExp): Promise<RegExpExecArray> {
    while (true) {
      const match = pattern.exec(this.#said);
      if (match !== null) return match;
      if (this.#isOver) throw new Error(`${pattern} never came: ${this.#said}`);
      await new Promise<void>((resolve) => this.#wake = resolve);
    }
  }

  /** Closes it, as its window is closed: whoever is on it hears SIGHUP. */
  async close(): Promise<void> {
    try {
      this.#child.kill("SIGKILL");
    } catch {
      // It has ended by itself.
    }
    await Promise.allSettled([this.#keys.close(), this.#child.status, this.#output]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #read(): Promise<void> {
    for await (const text of this.#child.stdout.pipeThrough(new TextDecoderStream())) {
      this.#said += text;
      this.#wake();
    }
    this.#isOver = true;
    this.#wake();
  }
}
