import { permissionFlagsHere } from "../../../scripts/permissions.ts";
import { RUN_OPTIONS } from "../../support/run_options.ts";
import { sleep } from "./_can.ts";

const PROJECT = new URL("../../../", import.meta.url).pathname;

/** A program that has not begun by then never will: the laboratory of a busy host needs minutes. */
const START_MS_MAX = 600_000;

/** A file of the project. */
export function projectFile(path: string): string {
  return PROJECT + path;
}

/** How a program ended, and what it said. */
export interface Finished {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A program that runs beside the test; what it says goes to a file, so that it never waits. */
export class Beside implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #log: string;
  readonly #status: Promise<Deno.CommandStatus>;
  #isOver = false;

  constructor(folder: string, name: string, program: string, args: readonly string[]) {
    this.#log = `${folder}/${name}.log`;
    Deno.writeTextFileSync(this.#log, "");
    const command = `exec "$0" "$@" >${this.#log} 2>&1`;
    this.#child = new Deno.Command("sh", {
      args: ["-c", command, program, ...args],
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).spawn();
    this.#status = this.#child.status.finally(() => this.#isOver = true);
  }

  get text(): string {
    return Deno.readTextFileSync(this.#log);
  }

  /** Waits until it has said something; throws when it ends or never does. */
  async says(what: string, withinMs = START_MS_MAX): Promise<void> {
    for (const endMs = performance.now() + withinMs; !this.text.includes(what);) {
      if (this.#isOver || performance.now() > endMs) {
        throw new Error(`it never said "${what}", but:\n${this.text}`);
      }
      await sleep(20);
    }
  }

  /** Waits until it has ended by itself; its exit status. */
  async finished(): Promise<number> {
    return (await this.#status).code;
  }

  /** Ends it, and waits until it has ended. */
  async end(signal: Deno.Signal = "SIGINT"): Promise<number> {
    if (!this.#isOver) {
      try {
        this.#child.kill(signal);
      } catch (error) {
        if (!(error instanceof TypeError)) throw error; // it was quicker
      }
    }
    return (await this.#status).code;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.end("SIGTERM");
  }
}

/**
 * What `scripts/canvoy` becomes at last, with the rights that it gives. The launcher itself takes
 * seconds where these tests run; `tests/cli` tests it.
 */
function denoArguments(args: readonly string[]): string[] {
  const flags = permissionFlagsHere(PROJECT.slice(0, -1), args);
  const main = projectFile("src/cli/main.ts");
  return ["run", ...RUN_OPTIONS, ...flags, main, ...args];
}

/** Starts canvoy beside the test. */
export function canvoyBeside(folder: string, name: string, args: readonly string[]): Beside {
  return new Beside(folder, name, Deno.execPath(), denoArguments(args));
}

/** Runs canvoy to its end. */
export async function canvoy(...args: string[]): Promise<Finished> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: denoArguments(args),
    stdin: "null",
  }).output();
  const decoder = new TextDecoder();
  return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}

/** Starts `canvoy sim`, and waits until its nodes run. */
export async function startSim(
  folder: string,
  fleet: string,
  name = "sim",
  withinMs = START_MS_MAX,
): Promise<Beside> {
  const sim = canvoyBeside(folder, name, ["sim", fleet]);
  await sim.says("virtual nodes run", withinMs);
  return sim;
}

/** A part and the image that its nodes are given. */
interface Part {
  readonly device: string;
  /** The fixture without its ending. */
  readonly fixture: string;
  readonly applicationStart: number;
  readonly applicationSize: number;
}

/** The application area that all fleets on classic CAN have. */
export const AREA = { start: 0x0800_2000, size: 120 * 1024 } as const;
/** Quick to start: small images. CAN FD is for parts that have an FDCAN. */
const PARTS = {
  classic: {
    device: "STM32F072RB",
    fixture: "f072_v2",
    applicationStart: AREA.start,
    applicationSize: AREA.size,
  },
  fd: {
    device: "STM32G0B1RE",
    fixture: "g0b1_v2",
    applicationStart: 0x0800_4000,
    applicationSize: 496 * 1024,
  },
} as const satisfies Record<string, Part>;

/** How a fleet is written. */
export interface FleetText {
  readonly interfaceName: string;
  readonly nodeCount: number;
  readonly fd?: boolean;
  readonly hardware?: string;
  /** How long nodes are waited for; a while by default. */
  readonly timing?: string;
  /** Lines beneath the nodes' `sim:`. */
  readonly sim?: string;
}

/** What their nodes make of a seed. */
export const KEY_MASK = "C3 5A 96 0F";

/** Where these tests run, a process may stand still for a while. */
const PATIENT = "{ p2Ms: 2000, activationMsMax: 20000 }";
/** For nodes that are not there: nobody is waited for. */
export const IMPATIENT = "{ p2Ms: 50, activationMsMax: 50 }";

/** Writes a fleet file and its images into a folder. */
export function writeFleet(folder: string, fleet: FleetText): string {
  const { interfaceName, nodeCount, fd = false, hardware, timing = PATIENT } = fleet;
  const { sim = "image: old" } = fleet;
  const { device, fixture, applicationStart, applicationSize } = PARTS[fd ? "fd" : "classic"];
  Deno.copyFileSync(projectFile(`tests/fixtures/${fixture}.hex`), `${folder}/new.hex`);
  Deno.copyFileSync(projectFile(`tests/fixtures/${fixture}.bin`), `${folder}/new.bin`);
  const old = Deno.readFileSync(`${folder}/new.bin`);
  for (let i = 256; i < old.length; i++) old[i]! ^= 0x5A;
  Deno.writeFileSync(`${folder}/old.bin`, old);
  const path = `${folder}/${interfaceName}.yaml`;
  Deno.writeTextFileSync(
    path,
    `buses:
  can:
    url: socketcan:${interfaceName}
    bitrate: 500000${fd ? "\n    dataBitrate: 2000000" : ""}
images:
  app: { file: new.hex, version: 2.0.0 }
  old: { file: old.bin, base: ${applicationStart}, version: 1.0.0 }
layouts:
  standard:
    bootloader: { start: 0x08000000, size: ${applicationStart - 0x0800_0000} }
    application: { start: ${applicationStart}, size: ${applicationSize} }
profiles:
  timed: { extends: iso14229, timing: ${timing} }
nodes:
  - name: node-{i}
    count: ${nodeCount}
    bus: can
    request: 0x700 + {i}
    response: 0x780 + {i}
    device: ${device}
    layout: standard
    image: app
    profile: timed
    security: { xor: "${KEY_MASK}" }${hardware === undefined ? "" : `\n    hardware: ${hardware}`}
    sim: { ${sim} }
`,
  );
  return path;
}

/** Runs something with a folder of its own, which goes with it. */
export async function withFolder(body: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "canvoy-interop-" });
  try {
    await body(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
