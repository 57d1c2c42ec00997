/** A worker as its asker sees it: a process that answers, dies or hangs. */
import { type Answer, ANSWER_MARK, type Question } from "./worker_messages.ts";

/** How a question ended: answered, or the worker was ended as it hung, or it died. */
export type Outcome = "answered" | "hung" | "died";

const WORKER = new URL("worker.ts", import.meta.url).pathname;
const TESTS_NEED = ["--allow-read", "--allow-write", "--allow-run", "--allow-env"];

/** Runs `worker.ts` in a copy of the project. */
export class WorkerProcess {
  readonly #child: Deno.ChildProcess;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  readonly #lines: ReadableStreamDefaultReader<string>;
  #isAlive = true;

  /**
   * Starts one.
   *
   * @param project The copy's folder.
   * @param mutant A mutant that is switched on from the beginning.
   */
  constructor(project: string, mutant?: string) {
    this.#child = new Deno.Command(Deno.execPath(), {
      args: [
        "run",
        "--quiet",
        "--no-check",
        "--no-prompt",
        // A change that gathers without end is to die, not to take the machine with it.
        "--v8-flags=--max-old-space-size=1500",
        ...TESTS_NEED,
        "--allow-net=127.0.0.1",
        // Packages are found as the copy says, though this program is not in it.
        `--config=${project}/deno.json`,
        WORKER,
      ],
      cwd: project,
      env: {
        XDG_STATE_HOME: `${project}.state`,
        ...(mutant === undefined ? {} : { __STRYKER_ACTIVE_MUTANT__: mutant }),
      },
      stdin: "piped",
      stdout: "piped",
      stderr: "null",
    }).spawn();
    this.#writer = this.#child.stdin.getWriter();
    this.#lines = this.#child.stdout.pipeThrough(new TextDecoderStream())
      .pipeThrough(new LineStream()).getReader();
  }

  /** Whether it can be asked. */
  get isAlive(): boolean {
    return this.#isAlive;
  }

  /**
   * Asks, and hears the answers until the last one.
   *
   * @param question The question.
   * @param options `heard` takes each answer; `limitMs` tells how long to wait for the next one.
   * @returns How it ended; unless answered the process is gone.
   */
  async ask(
    question: Question,
    { heard, limitMs }: { heard: (answer: Answer) => void; limitMs: (last?: Answer) => number },
  ): Promise<Outcome> {
    let last: Answer | undefined;
    try {
      await this.#writer.write(new TextEncoder().encode(`${JSON.stringify(question)}\n`));
    } catch {
      return await this.#ended("died");
    }
    while (last?.say !== "done" && last?.say !== "tried") {
      const line = await this.#nextLine(limitMs(last));
      if (line === "hung" || line === "died") return await this.#ended(line);
      if (!line.text.startsWith(ANSWER_MARK)) continue;
      last = JSON.parse(line.text.slice(ANSWER_MARK.length)) as Answer;
      heard(last);
    }
    return "answered";
  }

  /** Ends it, with whatever it is at. */
  async end(): Promise<void> {
    this.#isAlive = false;
    try {
      this.#child.kill("SIGKILL");
    } catch {
      // It is gone already.
    }
    await this.#lines.cancel().catch(() => {});
    await this.#writer.abort().catch(() => {});
    await this.#child.status;
  }

  async #ended(how: "hung" | "died"): Promise<"hung" | "died"> {
    await this.end();
    return how;
  }

  async #nextLine(limitMs: number): Promise<{ text: string } | "hung" | "died"> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<"hung">((resolve) => {
      timer = setTimeout(() => resolve("hung"), limitMs);
    });
    try {
      const read = this.#lines.read().then(({ done, value }) =>
        done ? "died" as const : { text: value }
      ).catch(() => "died" as const);
      return await Promise.race([read, late]);
    } finally {
      clearTimeout(timer);
    }
  }
}

class LineStream extends TransformStream<string, string> {
  constructor() {
    let text = "";
    super({
      transform(piece, controller) {
        const lines = (text + piece).split("\n");
        text = lines.pop()!;
        for (const line of lines) controller.enqueue(line);
      },
    });
  }
}
