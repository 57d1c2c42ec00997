import type { GroupMap } from "./group_control.ts";

/** What nodes told of one generation. */
export interface EarlyMaps {
  /** Which generation. */
  readonly generation: number;
  /** Whether nobody was asked about it before. */
  readonly isFirst: boolean;
  /** Maps by their nodes. */
  readonly maps: ReadonlyMap<string, GroupMap>;
}

/** Asks some nodes what they miss of a generation, behind what was sent for it. */
export interface EarlyQuestion {
  readonly kind: "question";
  readonly generation: number;
  readonly names: readonly string[];
}

/** Questions about generations that are out, while others are sent. */
export class EarlyQuestions {
  readonly #open = new Map<number, { waitsFor: Set<string>; maps: Map<string, GroupMap> }>();
  readonly #asked = new Set<number>();
  /** What each node needed of a generation when it was asked last. */
  readonly #needs = new Map<number, Map<string, number>>();

  /** How many wait for answers. */
  get size(): number {
    return this.#open.size;
  }

  /** Some nodes are asked about a generation. */
  ask(generation: number, names: readonly string[]): void {
    this.#open.set(generation, { waitsFor: new Set(names), maps: new Map() });
  }

  /**
   * A node has answered.
   *
   * @returns What all told, once nobody is waited for.
   */
  answered(generation: number, name: string, map: GroupMap): EarlyMaps | undefined {
    const question = this.#open.get(generation);
    if (question === undefined || !question.waitsFor.delete(name)) return undefined;
    question.maps.set(name, map);
    return this.#ended(generation);
  }

  /**
   * A node has left.
   *
   * @returns What was told of those generations for which nobody else is waited for.
   */
  left(name: string): readonly EarlyMaps[] {
    return [...this.#open].flatMap(([generation, { waitsFor }]) => {
      const ended = waitsFor.delete(name) ? this.#ended(generation) : undefined;
      return ended === undefined ? [] : [ended];
    });
  }

  /**
   * Whether it is worth asking a node once more about a generation. One that other generations leave no
   * room for does not get on.
   *
   * @param needed How many messages it needs now.
   * @returns Whether it needs something, and less than when it was asked last.
   */
  getsOn(generation: number, name: string, needed: number): boolean {
    const needs = this.#needs.get(generation) ?? new Map<string, number>();
    this.#needs.set(generation, needs);
    const before = needs.get(name) ?? Infinity;
    needs.set(name, needed);
    return needed > 0 && needed < before;
  }

  #ended(generation: number): EarlyMaps | undefined {
    const { waitsFor, maps } = this.#open.get(generation)!;
    if (waitsFor.size > 0) return undefined;
    this.#open.delete(generation);
    const isFirst = !this.#asked.has(generation);
    this.#asked.add(generation);
    return { generation, isFirst, maps };
  }
}
