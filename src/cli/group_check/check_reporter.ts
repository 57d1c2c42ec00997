import type { GroupFinding } from "../../conformance/mod.ts";
import type { Output } from "../output.ts";

/** How wide a section is shown: `3.1, cut`. */
const SECTION_WIDTH = 8;
const MARKS = { ok: "ok     ", wrong: "WRONG  ", skipped: "skipped" } as const;

/** Shows a trial of a node, a line a rule, and counts. */
export class CheckReporter {
  readonly #output: Output;
  readonly #counts = { ok: 0, wrong: 0, skipped: 0 };

  /**
   * Begins to count.
   *
   * @param output Where lines go.
   */
  constructor(output: Output) {
    this.#output = output;
  }

  /** How many rules were broken. */
  get wrongCount(): number {
    return this.#counts.wrong;
  }

  /**
   * Shows one rule; with `--quiet` only where it is broken.
   *
   * @param finding What it came to.
   */
  next(finding: GroupFinding): void {
    const { section, rule, result, expected, seen } = finding;
    this.#counts[result]++;
    const head = `${MARKS[result]} ${section.padEnd(SECTION_WIDTH)} ${rule}`;
    if (result === "wrong") this.#output.result(`${head}: expected ${expected}; seen ${seen}`);
    else this.#output.progress(result === "skipped" ? `${head}: ${seen}` : head);
    this.#output.event({ type: "groupRule", ...finding });
  }

  /**
   * Says how it ended.
   *
   * @param node The node's name.
   * @param isWhole Whether all was tried.
   */
  finish(node: string, isWhole: boolean): void {
    const { ok, wrong, skipped } = this.#counts;
    const count = ok + wrong;
    const rest = skipped === 0 ? "" : `, ${skipped} could not be tried`;
    const end = isWhole ? "" : "; the trial was not ended";
    this.#output.result(`${node}: ${count} rules tried, ${wrong} broken${rest}${end}`);
    this.#output.summary({ ok: isWhole && wrong === 0, node, tried: count, wrong, skipped });
  }
}
