/**
 * Reads keys one by one from the terminal that is standard input. Ctrl-C and other keys that send
 * signals keep doing so.
 *
 * The terminal is given back as it was when this is disposed, before Ctrl-\ ends the process, and
 * once nothing can be read: whoever runs in the background has no keys, and the terminal is somebody
 * else's. At Ctrl-Z the shell takes it back as it always does; when the process goes on, so do keys.
 * Whatever else ends the process, Deno gives it back.
 */
export class Keyboard implements Disposable {
  #isOver = false;
  readonly #onContinue = (): void => setRaw(true);
  readonly #onQuit = (): void => {
    this[Symbol.dispose]();
    Deno.kill(Deno.pid, "SIGQUIT");
  };

  /**
   * Begins to read.
   *
   * @param listener Is given what was typed, as the terminal sends it; throws nothing.
   */
  constructor(listener: (text: string) => void) {
    Deno.addSignalListener("SIGCONT", this.#onContinue);
    Deno.addSignalListener("SIGQUIT", this.#onQuit);
    setRaw(true);
    this.#read(listener);
  }

  /** Gives the terminal back. */
  [Symbol.dispose](): void {
    if (this.#isOver) return;
    this.#isOver = true;
    Deno.removeSignalListener("SIGCONT", this.#onContinue);
    Deno.removeSignalListener("SIGQUIT", this.#onQuit);
    setRaw(false);
  }

  async #read(listener: (text: string) => void): Promise<void> {
    const decoder = new TextDecoder();
    const bytes = new Uint8Array(256);
    try {
      while (!this.#isOver) {
        const lengthBytes = await Deno.stdin.read(bytes);
        if (lengthBytes === null || this.#isOver) break;
        listener(decoder.decode(bytes.subarray(0, lengthBytes), { stream: true }));
      }
    } catch {
      // In the background, or the terminal is gone.
    }
    this[Symbol.dispose]();
  }
}

/** A terminal that is gone has no mode. */
function setRaw(isRaw: boolean): void {
  try {
    Deno.stdin.setRaw(isRaw, { cbreak: isRaw });
  } catch {
    // Then nothing can be read either.
  }
}
