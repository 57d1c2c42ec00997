import { merge, type Observable } from "rxjs";
import type { IsoTpIndication, IsoTpLink } from "../isotp/mod.ts";
import type { NodePair, NodePairs } from "../update/mod.ts";

/**
 * The way to a node whose bootloader has identifiers of its own: what is sent goes by one pair, and answers
 * are heard on both, as the one to a request that restarts a node may come from either program.
 */
export class PairedLink implements IsoTpLink, NodePairs {
  readonly name: string;
  readonly indications$: Observable<IsoTpIndication>;
  readonly #links: Readonly<Record<NodePair, IsoTpLink>>;
  #current: NodePair = "application";

  /**
   * Begins with the application.
   *
   * @param links One link for each program; this one closes them.
   */
  constructor(links: Readonly<Record<NodePair, IsoTpLink>>) {
    this.#links = links;
    this.name = links.application.name;
    this.indications$ = merge(links.application.indications$, links.bootloader.indications$);
  }

  get current(): NodePair {
    return this.#current;
  }

  talkTo(pair: NodePair): void {
    this.#current = pair;
  }

  send(message: Uint8Array): ReturnType<IsoTpLink["send"]> {
    return this.#links[this.#current].send(message);
  }

  setPriority(priority: number): void {
    for (const link of Object.values(this.#links)) link.setPriority(priority);
  }

  queueingDelayMs(): number {
    return this.#links[this.#current].queueingDelayMs();
  }

  close(): void {
    for (const link of Object.values(this.#links)) link.close();
  }
}
