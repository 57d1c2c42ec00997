import { joined } from "./sim_joins.ts";
import { STATE_HOME } from "./state_home.ts";

const PROJECT = new URL("../..", import.meta.url).pathname;

/** Where Deno keeps what it has loaded, whatever HOME is. */
export function denoFolder(): string {
  return Deno.env.get("DENO_DIR") ?? `${Deno.env.get("HOME")}/.cache/deno`;
}

/** canvoy in a process of its own, as a user starts it. */
export class CanvoyProcess implements AsyncDisposable {
  readonly pid: number;
  readonly #child: Deno.ChildProcess;
  readonly #stdout: Promise<void>;
  readonly #stderr: Promise<void>;
  readonly #waiters: (() => void)[] = [];
  stdout = "";
  stderr = "";

  constructor(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
    this.#child = new Deno.Command(`${PROJECT}/scripts/canvoy`, {
      args: [...args],
      env: { XDG_STATE_HOME: STATE_HOME, ...env },
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    this.pid = this.#child.pid;
    this.#stdout = this.#read(this.#child.stdout, (text) => this.stdout += text);
    this.#stderr = this.#read(this.#child.stderr, (text) => this.stderr += text);
  }

  /** Waits until standard output holds something. */
  async until(pattern: RegExp): Promise<RegExpExecArray> {
    let isOver = false;
    this.#child.status.then(() => this.#stdout).then(() => {
      isOver = true;
      this.#wake();
    });
    while (true) {
      const match = pattern.exec(this.stdout);
      if (match !== null) return match;
      if (isOver) throw new Error(`${pattern} never came: ${this.stdout}${this.stderr}`);
      await new Promise<void>((resolve) => this.#waiters.push(resolve));
    }
  }

  kill(signal: Deno.Signal): void {
    this.#child.kill(signal);
  }

  /** Waits until it has ended, and says how: its exit status, or the signal. */
  async ended(): Promise<number | Deno.Signal> {
    const { code, signal } = await this.#child.status;
    await Promise.all([this.#stdout, this.#stderr]);
    return signal ?? code;
  }

  /** The JSON lines of standard output. */
  records(): readonly Record<string, unknown>[] {
    return this.stdout.trimEnd().split("\n").map((line) => JSON.parse(line));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.#child.kill("SIGKILL");
    } catch {
      // It has ended by itself.
    }
    await this.ended();
  }

  async #read(stream: ReadableStream<Uint8Array>, take: (text: string) => void): Promise<void> {
    for await (const text of stream.pipeThrough(new TextDecoderStream())) {
      take(text);
      this.#wake();
    }
  }

  #wake(): void {
    for (const resolve of this.#waiters.splice(0)) resolve();
  }
}

/** Starts a fleet's nodes in a process of their own and tells by which options others reach them. */
export async function startSimProcess(
  fleet: string,
  ...args: readonly string[]
): Promise<{ readonly sim: CanvoyProcess; readonly joins: readonly string[] }> {
  return await joined(new CanvoyProcess(["sim", fleet, ...args]));
}
