/**
 * Collects the tests of files that are imported, instead of running them: takes the place of
 * `Deno.test` in a process that runs them again and again.
 */

/** One test of a file. */
export interface CollectedTest {
  /** The file, and which of its tests it is: stable while the file stays as it is. */
  readonly id: string;
  /** Its name. */
  readonly name: string;
  /** Its body. */
  readonly fn: () => unknown;
}

type Body = (context: unknown, ...rest: unknown[]) => unknown;

/**
 * Reads what `Deno.test` was called with.
 *
 * @param args The arguments, in any of its forms.
 * @returns Name and body; nothing for a test that is passed over, or that wants rights of its own,
 *   which a process that already runs cannot give.
 */
export function readTest(args: readonly unknown[]): { name: string; fn: Body } | undefined {
  const settings = args.find((arg) => typeof arg === "object" && arg !== null) ?? {};
  const fn = args.find((arg) => typeof arg === "function") ?? (settings as { fn: Body }).fn;
  const { name, ignore, permissions } = settings as Record<string, unknown>;
  if (ignore === true || permissions !== undefined) return undefined;
  const first = typeof args[0] === "string" ? args[0] : name;
  return { name: String(first ?? (fn as Body).name), fn: fn as Body };
}

/** Takes the place of `Deno.test`. */
export class TestCollector {
  readonly #tests = new Map<string, CollectedTest>();
  #file = "";
  #count = 0;

  /** From here on, calls of `Deno.test` are heard. */
  install(): void {
    const collect = (...args: unknown[]) => {
      const test = readTest(args);
      const id = `${this.#file}#${this.#count++}`;
      if (test !== undefined) this.#tests.set(id, { id, name: test.name, fn: () => test.fn({}) });
    };
    const each =
      (rows: readonly unknown[]) => (name: string, fn: (...args: unknown[]) => unknown) =>
        rows.forEach((row) => collect(name, () => fn(...(Array.isArray(row) ? row : [row]))));
    Object.defineProperty(Deno, "test", { value: Object.assign(collect, { each }) });
  }

  /**
   * Imports a file of tests.
   *
   * @param file Its path from the project's folder.
   * @param url Where it is.
   * @returns Its tests, in order.
   */
  async load(file: string, url: string): Promise<readonly CollectedTest[]> {
    const before = new Set(this.#tests.keys());
    this.#file = file;
    this.#count = 0;
    await import(url);
    return [...this.#tests.values()].filter(({ id }) => !before.has(id));
  }

  /** A test by its identity, once its file is loaded. */
  get(id: string): CollectedTest | undefined {
    return this.#tests.get(id);
  }
}
