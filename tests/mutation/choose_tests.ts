/** Which tests a mutant is tried with, and in which order. */

/** What is known of a test. */
export interface TestCost {
  readonly id: string;
  /** CPU time that it takes without a change. */
  readonly costMs: number;
}

/** Tests that pass a mutant's place, and what they noticed before. */
export class TestChooser {
  readonly #tests = new Map<string, TestCost>();
  readonly #covering = new Map<string, string[]>();
  readonly #caught = new Map<string, Map<string, number>>();

  /**
   * Adds a test.
   *
   * @param test The test.
   * @param mutants The mutants whose places it passes.
   */
  add(test: TestCost, mutants: Iterable<string>): void {
    this.#tests.set(test.id, test);
    for (const mutant of mutants) {
      const tests = this.#covering.get(mutant) ?? [];
      this.#covering.set(mutant, tests);
      tests.push(test.id);
    }
  }

  /** What a test costs, in CPU time. */
  costMs(test: string): number {
    return this.#tests.get(test)?.costMs ?? 0;
  }

  /** The tests that pass a mutant's place. */
  covering(mutant: string): readonly string[] {
    return this.#covering.get(mutant) ?? [];
  }

  /**
   * Notes that a test noticed a mutant, so that its neighbours meet that test early.
   *
   * @param test The test.
   * @param places What the mutant is in, from narrow to wide: its function, its file.
   */
  noteCaught(test: string, places: readonly string[]): void {
    for (const place of places) {
      const counts = this.#caught.get(place) ?? new Map<string, number>();
      this.#caught.set(place, counts);
      counts.set(test, (counts.get(test) ?? 0) + 1);
    }
  }

  /**
   * Chooses tests: quick ones and those that noticed neighbours first.
   *
   * @param tests The tests that may notice it.
   * @param places What the mutant is in, from narrow to wide.
   * @param budgetMs How much CPU time they may take together; the first one always may.
   * @returns The tests, in the order to run them in.
   */
  choose(tests: readonly string[], places: readonly string[], budgetMs: number): string[] {
    const rank = (test: string): number => {
      const caught = places.reduce(
        (sum, place, width) => sum + (this.#caught.get(place)?.get(test) ?? 0) / (1 + 3 * width),
        0,
      );
      return (5 + this.costMs(test)) / (1 + 3 * caught);
    };
    const ranked = tests.map((id) => ({ id, rank: rank(id) })).sort((a, b) => a.rank - b.rank);
    const chosen: string[] = [];
    let spentMs = 0;
    for (const { id } of ranked) {
      if (chosen.length > 0 && spentMs + this.costMs(id) > budgetMs) continue;
      spentMs += this.costMs(id);
      chosen.push(id);
    }
    return chosen;
  }
}
