import { createHost, type Host, type StopSignal, type TextOutput } from "../../src/adapters/mod.ts";
import { main } from "../../src/cli/main.ts";
import { joined } from "./sim_joins.ts";
import { STATE_HOME } from "./state_home.ts";

/**
 * canvoy within this process: the command line with outputs, environment and stop requests of its
 * own; its files, its time and its connections are real. What a process of its own shows, rights,
 * signals, a kill, terminals, is `CanvoyProcess`'s.
 */
export class CanvoyRun implements AsyncDisposable {
  readonly #end: Promise<number>;
  readonly #waiters: (() => void)[] = [];
  #isOver = false;
  #listener: ((signal: StopSignal) => void) | undefined;
  stdout = "";
  stderr = "";

  constructor(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
    this.#end = main(this.#host(args, { XDG_STATE_HOME: STATE_HOME, ...env })).finally(() => {
      this.#isOver = true;
      this.#wake();
    });
  }

  /** Waits until standard output holds something. */
  async until(pattern: RegExp): Promise<RegExpExecArray> {
    while (true) {
      const match = pattern.exec(this.stdout);
      if (match !== null) return match;
      if (this.#isOver) throw new Error(`${pattern} never came: ${this.stdout}${this.stderr}`);
      await new Promise<void>((resolve) => this.#waiters.push(resolve));
    }
  }

  /** Asks it to stop, as the signal does. */
  kill(signal: StopSignal): void {
    this.#listener?.(signal);
  }

  /** Waits until it has ended, and gives its exit status. */
  async ended(): Promise<number> {
    return await this.#end;
  }

  /** The JSON lines of standard output. */
  records(): readonly Record<string, unknown>[] {
    return this.stdout.trimEnd().split("\n").map((line) => JSON.parse(line));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // The second one is urgent.
    for (let i = 0; i < 2 && !this.#isOver; i++) this.kill("SIGINT");
    await this.ended();
  }

  #host(args: readonly string[], env: Readonly<Record<string, string>>): Host {
    return {
      ...createHost(),
      args,
      stdout: this.#output((text) => this.stdout += text),
      stderr: this.#output((text) => this.stderr += text),
      env: (name) => env[name],
      terminalSize: () => ({ columns: 80, rows: 24 }),
      canAsk: false,
      confirm: () => false,
      onStopRequest: (listener) => {
        this.#listener = listener;
        return () => this.#listener = undefined;
      },
      onKeys: () => () => {},
    };
  }

  #output(take: (text: string) => void): TextOutput {
    return {
      isTerminal: false,
      failure: undefined,
      write: (text) => {
        take(text);
        this.#wake();
      },
    };
  }

  #wake(): void {
    for (const resolve of this.#waiters.splice(0)) resolve();
  }
}

/** How a command line ended. */
export interface FinishedCanvoy {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Carries a command line out within this process.
 *
 * @param args Its words.
 * @param env What it finds in its environment beside the state folder of this file's runs.
 * @returns How it ended.
 */
export async function runCanvoy(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<FinishedCanvoy> {
  const run = new CanvoyRun(args, env);
  const status = await run.ended();
  return { status, stdout: run.stdout, stderr: run.stderr };
}

/** Plays a fleet's nodes within this process and tells by which options others reach them. */
export async function startSim(
  fleet: string,
  ...args: readonly string[]
): Promise<{ readonly sim: CanvoyRun; readonly joins: readonly string[] }> {
  return await joined(new CanvoyRun(["sim", fleet, ...args]));
}
