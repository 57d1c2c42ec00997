import type { WireMember } from "./wire_member.ts";

/**
 * Which controllers listen to what, so that a frame costs nothing at those that do not. Lists are
 * replaced, never changed: listeners come and go while a frame is delivered.
 */
export class HearingIndex {
  readonly #byKey = new Map<number, readonly WireMember[]>();
  #all: readonly WireMember[] = [];

  /**
   * A controller began or ended to listen.
   *
   * @param controller The controller.
   * @param key The identifier as `canIdKey()` makes it, or `undefined` for all frames.
   */
  changed(controller: WireMember, key: number | undefined): void {
    const list = this.#of(key);
    const hears = key === undefined ? controller.hearsAll : controller.hears(key);
    if (list.includes(controller) === hears) return;
    this.#set(key, hears ? [...list, controller] : without(list, controller));
  }

  /**
   * A controller left.
   *
   * @param controller The controller.
   */
  remove(controller: WireMember): void {
    this.#all = without(this.#all, controller);
    for (const [key, list] of this.#byKey) this.#set(key, without(list, controller));
  }

  /**
   * Calls back for each controller that hears a frame: those of its identifier first.
   *
   * @param key The frame's identifier as `canIdKey()` makes it.
   * @param onHearing Called once for each.
   */
  forEach(key: number, onHearing: (controller: WireMember) => void): void {
    const own = this.#of(key);
    const all = this.#all;
    for (const each of own) onHearing(each);
    for (const each of all) if (!own.includes(each)) onHearing(each);
  }

  #of(key: number | undefined): readonly WireMember[] {
    return key === undefined ? this.#all : this.#byKey.get(key) ?? NOBODY;
  }

  #set(key: number | undefined, list: readonly WireMember[]): void {
    if (key === undefined) this.#all = list;
    else if (list.length > 0) this.#byKey.set(key, list);
    else this.#byKey.delete(key);
  }
}

const NOBODY: readonly WireMember[] = [];

function without(list: readonly WireMember[], controller: WireMember): readonly WireMember[] {
  return list.includes(controller) ? list.filter((other) => other !== controller) : list;
}
