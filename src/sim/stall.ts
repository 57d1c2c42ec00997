import { equalBytes } from "../core/mod.ts";
import type { NodePort } from "./node_options.ts";

/** The core of a node that stands still while its flash is busy: what it would say waits. */
export class Stall {
  readonly #port: NodePort;
  #isStalled = false;
  #muted: { readonly response: Uint8Array; readonly say: () => void }[] = [];

  /**
   * Makes a core that runs.
   *
   * @param port The node's controller.
   */
  constructor(port: NodePort) {
    this.#port = port;
  }

  /**
   * The core stands still, or runs on and says what has waited.
   *
   * @param isStalled Which.
   */
  set(isStalled: boolean): void {
    this.#isStalled = isStalled;
    if (isStalled) return this.#port.stall?.();
    this.#port.release?.();
    for (const { say } of this.#muted.splice(0)) say();
  }

  /**
   * Holds a response back while the core stands still; one 0x78 of several.
   *
   * @param response The response.
   * @param say Sends it.
   * @returns Whether it waits.
   */
  holds(response: Uint8Array, say: () => void): boolean {
    if (!this.#isStalled) return false;
    if (!this.#muted.some((muted) => equalBytes(muted.response, response))) {
      this.#muted.push({ response, say });
    }
    return true;
  }

  /** The node restarts: nothing waits. */
  clear(): void {
    this.#muted = [];
    this.#isStalled = false;
  }
}
