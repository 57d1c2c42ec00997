import type { Speaker } from "../adapters/light.ts";
import { jsonText, printableLines } from "../core/light.ts";
import type { CommandArguments } from "./command_spec.ts";

/**
 * What a command says: results to standard output, everything else to standard error; with `--json`
 * nothing but JSON lines to standard output, and results for people to standard error. Whatever
 * a text quotes cannot steer a terminal.
 */
export class Output {
  /** Whether `--json` was given. */
  readonly isJson: boolean;
  /** Whether `--verbose` was given. */
  readonly isVerbose: boolean;
  readonly #host: Speaker;
  readonly #isQuiet: boolean;
  readonly #command: string;

  /**
   * Begins to speak for a command.
   *
   * @param args Its command line.
   * @param host Where text goes.
   */
  constructor(args: CommandArguments, host: Speaker) {
    this.#host = host;
    this.#command = args.command;
    this.isJson = args.flags.has("json");
    this.isVerbose = args.flags.has("verbose");
    this.#isQuiet = args.flags.has("quiet");
  }

  /**
   * Says what was asked for.
   *
   * @param text One line or several, without the last line's end.
   */
  result(text: string): void {
    const output = this.isJson ? this.#host.stderr : this.#host.stdout;
    output.write(`${printableLines(text)}\n`);
  }

  /**
   * Says how a command that lasts goes on; nothing with `--quiet`.
   *
   * @param text One line or several, without the last line's end.
   */
  progress(text: string): void {
    if (!this.#isQuiet) this.result(text);
  }

  /**
   * Writes one line of `--json`; nothing without it.
   *
   * @param fields What it says.
   */
  event(fields: Readonly<Record<string, unknown>>): void {
    if (this.isJson) this.#host.stdout.write(jsonText(fields) + "\n");
  }

  /**
   * Says what may help; nothing with `--quiet`.
   *
   * @param text One line or several, without the last line's end.
   */
  note(text: string): void {
    if (!this.#isQuiet) this.#host.stderr.write(`${printableLines(text)}\n`);
  }

  /**
   * Writes the last line of `--json`.
   *
   * @param fields What it says beside type, command and ok.
   */
  summary(fields: Readonly<Record<string, unknown>>): void {
    if (!this.isJson) return;
    const summary = { type: "summary", command: this.#command, ok: true, ...fields };
    this.#host.stdout.write(jsonText(summary) + "\n");
  }
}
