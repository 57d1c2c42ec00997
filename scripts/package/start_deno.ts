import { spawn } from "node:child_process";
import process from "node:process";

/** Signals that reach the launcher and are canvoy's business. */
const FORWARDED = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
/** What a shell tells of a process that a signal ended: this and the signal's number. */
const SIGNAL_STATUS = 128;
const SIGNAL_NUMBERS: Readonly<Record<string, number>> = {
  SIGHUP: 1,
  SIGINT: 2,
  SIGKILL: 9,
  SIGTERM: 15,
};

/** A program to become. */
export interface Program {
  /** Its file. */
  readonly file: string;
  /** Its arguments. */
  readonly args: readonly string[];
  /** Its environment. */
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Node's way to become another program: since 22.15 and 23.11, not on Windows. */
type Execve = (file: string, args: readonly string[], env: Program["env"]) => void;

/**
 * Becomes a program: at once where Node can, else by starting it, forwarding signals to it and ending
 * as it does.
 *
 * @param program The program.
 * @returns How it ended; never where this process became it.
 */
export async function becomeProgram(program: Program): Promise<number> {
  const { execve } = process as unknown as { readonly execve?: Execve };
  if (execve !== undefined && process.platform !== "win32") {
    // Node leaves its own descriptors to itself; the program's first argument is its name.
    execve.call(process, program.file, [program.file, ...program.args], program.env);
  }
  return await startProgram(program);
}

async function startProgram({ file, args, env }: Program): Promise<number> {
  // Signals that come before the program is there wait for it.
  const waiting: NodeJS.Signals[] = [];
  let forward = (signal: NodeJS.Signals): void => void waiting.push(signal);
  for (const signal of FORWARDED) process.on(signal, () => forward(signal));
  const child = spawn(file, [...args], {
    stdio: "inherit",
    env: { ...env, CANVOY_FORWARDED: "1" },
    windowsHide: true,
  });
  forward = (signal) => void child.kill(signal);
  for (const signal of waiting) forward(signal);
  return await new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code, signal) => {
      resolve(code ?? SIGNAL_STATUS + (SIGNAL_NUMBERS[signal ?? ""] ?? 0));
    });
  });
}
