/** What steps of a node's conversation kept of its answers, for requests behind them. */
export class KeptValues {
  readonly #fields: Record<string, Uint8Array> = {};

  /** Each value by its name. */
  get fields(): Readonly<Record<string, Uint8Array>> {
    return this.#fields;
  }

  /** Takes a value in place of the one before. */
  keep(name: string, value: Uint8Array): void {
    this.#fields[name] = value;
  }

  /** The node is brought in anew: what it told before may not hold any more. */
  forget(): void {
    for (const name of Object.keys(this.#fields)) delete this.#fields[name];
  }
}
