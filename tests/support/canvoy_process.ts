const PROJECT = new URL("../..", import.meta.url).pathname;

/** Where these processes keep journals and locks. */
export const STATE_HOME = Deno.makeTempDirSync();
globalThis.addEventListener("unload", () => Deno.removeSync(STATE_HOME, { recursive: true }));

/** Where Deno keeps what it has loaded, whatever HOME is. */
export function denoFolder(): string {
  return Deno.env.get("DENO_DIR") ?? `${Deno.env.get("HOME")}/.cache/deno`;
}

/** canvoy in a process of its own, as a user starts it. */
export class CanvoyProcess implements AsyncDisposable {
  readonly pid: number;
  readonly #child: Deno.ChildProcess;
  readonly #stdout: Promise<void>;
  readonly #stderr: Promise<void>;
  readonly #waiters: (() => void)[] = [];
  stdout = "";
  stderr = "";

  constructor(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
    this.#child = new Deno.Command(`${PROJECT}/scripts/canvoy`, {
      args: [...args],
      env: { XDG_STATE_HOME: STATE_HOME, ...env },
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    this.pid = this.#child.pid;
    this.#stdout = this.#read(this.#child.stdout, (text) => this.stdout += text);
    this.#stderr = this.#read(this.#child.stderr, (text) => this.stderr += text);
  }

  /** Waits until standard output holds something. */
  async until(pattern: RegExp): Promise<RegExpExecArray> {
    let isOver = false;
    this.#child.status.then(() => this.#stdout).then(() => {
      isOver = true;
      this.#wake();
    });
    while (true) {
      const match = pattern.exec(this.stdout);
      if (match !== null) return match;
      if (isOver) throw new Error(`${pattern} never came: ${this.stdout}${this.stderr}`);
      await new Promise<void>((resolve) => this.#waiters.push(resolve));
    }
  }

  kill(signal: Deno.Signal): void {
    this.#child.kill(signal);
  }

  /** Waits until it has ended, and says how: its exit status, or the signal. */
  async ended(): Promise<number | Deno.Signal> {
    const { code, signal } = await this.#child.status;
    await Promise.all([this.#stdout, this.#stderr]);
    return signal ?? code;
  }

  /** The JSON lines of standard output. */
  records(): readonly Record<string, unknown>[] {
    return this.stdout.trimEnd().split("\n").map((line) => JSON.parse(line));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.#child.kill("SIGKILL");
    } catch {
      // It has ended by itself.
    }
    await this.ended();
  }

  async #read(stream: ReadableStream<Uint8Array>, take: (text: string) => void): Promise<void> {
    for await (const text of stream.pipeThrough(new TextDecoderStream())) {
      take(text);
      this.#wake();
    }
  }

  #wake(): void {
    for (const resolve of this.#waiters.splice(0)) resolve();
  }
}

/** Two nodes on a classic bus and one on CAN FD, all with the same image of 64 KiB. */
export const TWO_BUS_FLEET = `
buses:
  body: { url: "virtual:body", bitrate: 1000000 }
  chassis: { url: "virtual:chassis", bitrate: 1000000, dataBitrate: 4000000 }
images:
  app: { file: app.hex, version: 2.0.0 }
  io: { file: io.elf, version: 2.0.0 }
layouts:
  f407:
    bootloader: { start: 0x08000000, size: 32K }
    application: { start: 0x08008000, size: 864K }
  g474:
    bootloader: { start: 0x08000000, size: 32K }
    application: { start: 0x08008000, size: 480K }
defaults:
  security: { xor: "C3 5A 96 0F" }
nodes:
  - name: node-{i}
    count: 2
    bus: body
    request: 0x700 + {i}
    response: 0x780 + {i}
    device: STM32F407VG
    layout: f407
    image: app
    sim: { behaviour: { flashTimeScale: 0.1 } }
  - name: wheel
    bus: chassis
    request: 0x600
    response: 0x680
    device: STM32G474RE
    layout: g474
    image: io
`;

/** A folder with that fleet and its images, for as long as `body` runs. */
export async function withFleet(
  body: (fleet: string, folder: string) => Promise<void>,
): Promise<void> {
  const folder = Deno.makeTempDirSync();
  try {
    const images = `${PROJECT}/configs/images`;
    Deno.copyFileSync(`${images}/f407_v2.hex`, `${folder}/app.hex`);
    Deno.copyFileSync(`${images}/g474_v2.elf`, `${folder}/io.elf`);
    Deno.writeTextFileSync(`${folder}/fleet.yaml`, TWO_BUS_FLEET);
    await body(`${folder}/fleet.yaml`, folder);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

/** Starts the fleet's nodes and tells by which options others reach them. */
export async function startSim(
  fleet: string,
  ...args: readonly string[]
): Promise<{ readonly sim: CanvoyProcess; readonly joins: readonly string[] }> {
  const sim = new CanvoyProcess(["sim", fleet, ...args]);
  try {
    const [line] = await sim.until(/canvoy flash .*\n/);
    const joins = [...line.matchAll(/--bus '([^']+)'/g)].flatMap((join) => ["--bus", join[1]!]);
    return { sim, joins };
  } catch (error) {
    await sim[Symbol.asyncDispose]();
    throw error;
  }
}
