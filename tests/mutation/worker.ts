/**
 * Runs tests of a copy of the project whose code holds all mutants, each of which a global variable
 * switches on. It is asked by lines on its input (see `worker_messages.ts`); a line that does not
 * come back in time is the asker's business, who ends this process.
 *
 * Working folder: the copy. A mutant in the environment is on from the beginning.
 */
import process from "node:process";
import { type CollectedTest, TestCollector } from "./collected_tests.ts";
import { type Answer, ANSWER_MARK, type Question } from "./worker_messages.ts";

/** What instrumented code reads and writes; its names are the instrumenter's. */
interface Switchboard {
  activeMutant: string;
  currentTestId: string | undefined;
  hitCount: number | undefined;
  hitLimit: number | undefined;
  mutantCoverage: {
    static: Record<string, number>;
    perTest: Record<string, Record<string, number>>;
  };
}

const ENVIRONMENT = "__STRYKER_ACTIVE_MUTANT__";
const board: Switchboard = {
  activeMutant: Deno.env.get(ENVIRONMENT) ?? "",
  currentTestId: undefined,
  hitCount: undefined,
  hitLimit: undefined,
  mutantCoverage: { static: {}, perTest: {} },
};
(globalThis as unknown as { __stryker__: Switchboard }).__stryker__ = board;

const collector = new TestCollector();
collector.install();

/** What was thrown where nobody listens since the last look. */
let stray: unknown[] = [];
globalThis.addEventListener("error", (event) => {
  event.preventDefault();
  stray.push(event.error);
});
globalThis.addEventListener("unhandledrejection", (event) => {
  event.preventDefault();
  stray.push(event.reason);
});

// Tests may take these away, or set a clock of their own.
const { setTimeout } = globalThis;
const { exit } = Deno;
Object.defineProperty(Deno, "exit", {
  value: (code?: number): never => {
    throw new Error(`a test called Deno.exit(${code ?? ""})`);
  },
});

function say(answer: Answer): void {
  const bytes = new TextEncoder().encode(`${ANSWER_MARK}${JSON.stringify(answer)}\n`);
  for (let sent = 0; sent < bytes.length;) sent += Deno.stdout.writeSync(bytes.subarray(sent));
}

function textOf(error: unknown): string {
  return `${error instanceof Error ? `${error.name}: ${error.message}` : error}`.slice(0, 300);
}

/** Runs a test; what it throws, now or where nobody listens, is returned as text. */
async function failureOf(test: CollectedTest): Promise<string | undefined> {
  stray = [];
  try {
    await test.fn();
  } catch (error) {
    return textOf(error);
  } finally {
    // RxJS throws what nobody listens for from a timer.
    await new Promise((done) => setTimeout(done, 0));
  }
  return stray.length === 0 ? undefined : textOf(stray[0]);
}

async function load(file: string): Promise<void> {
  const before = new Set(Object.keys(board.mutantCoverage.static));
  const passed = () => Object.keys(board.mutantCoverage.static).filter((id) => !before.has(id));
  try {
    const tests = await collector.load(file, `file://${Deno.cwd()}/${file}`);
    say({ say: "loaded", file, tests: tests.map(({ id }) => id), passed: passed() });
  } catch (error) {
    say({ say: "loaded", file, tests: [], passed: passed(), error: textOf(error) });
  }
}

async function measure(id: string): Promise<void> {
  const test = collector.get(id)!;
  say({ say: "started", test: id });
  board.currentTestId = id;
  const start = performance.now();
  const cpuStart = process.cpuUsage();
  const error = await failureOf(test);
  const ms = performance.now() - start;
  const { user, system } = process.cpuUsage(cpuStart);
  const costMs = (user + system) / 1000;
  board.currentTestId = undefined;
  const hits = board.mutantCoverage.perTest[id] ?? {};
  delete board.mutantCoverage.perTest[id];
  say({ say: "measured", test: id, ms, costMs, hits, ...(error === undefined ? {} : { error }) });
}

async function tryMutant({ mutant, tests, hitsMax }: Question & { ask: "try" }): Promise<void> {
  const switchTo = (id: string) => {
    board.activeMutant = id;
    // Workers and processes that a test starts take it from there.
    if (id === "") Deno.env.delete(ENVIRONMENT);
    else Deno.env.set(ENVIRONMENT, id);
  };
  const isOnFromTheStart = board.activeMutant === mutant;
  for (const id of tests) {
    say({ say: "started", test: id });
    board.hitCount = 0;
    board.hitLimit = hitsMax;
    switchTo(mutant);
    const error = await failureOf(collector.get(id)!);
    if (!isOnFromTheStart) switchTo("");
    board.hitCount = undefined;
    if (error === undefined) continue;
    say({ say: "started", test: id });
    const isClean = isOnFromTheStart || await failureOf(collector.get(id)!) === undefined;
    return say({ say: "tried", caughtBy: id, error, isClean });
  }
  say({ say: "tried", isClean: true });
}

async function answer(question: Question): Promise<void> {
  if (question.ask === "load") { for (const file of question.files) await load(file); }
  else if (question.ask === "measure") { for (const id of question.tests) await measure(id); }
  else return await tryMutant(question);
  say({ say: "done" });
}

const decoder = new TextDecoder();
let text = "";
for await (const bytes of Deno.stdin.readable) {
  text += decoder.decode(bytes, { stream: true });
  const lines = text.split("\n");
  text = lines.pop()!;
  for (const line of lines) await answer(JSON.parse(line));
}
exit(0);
