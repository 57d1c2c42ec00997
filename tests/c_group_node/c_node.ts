/** The node in C, compiled for the host and called in this process. */
import { hasProgram, runProgram } from "../support/programs.ts";

const HERE = new URL(".", import.meta.url).pathname;
const SOURCES = [
  "group_node.c",
  "group_node_code.c",
  "group_node_mend.c",
  "group_node_receive.c",
  "group_node_request.c",
  "group_node_tables.c",
  "host.c",
];
/** Undefined behaviour ends the process: a node has nobody to tell either. */
const FLAGS = ["-std=c99", "-Wall", "-Wextra", "-Werror", "-O1", "-shared", "-fPIC"];
const TRAPS = ["-fsanitize=undefined", "-fsanitize-undefined-trap-on-error"];

const SYMBOLS = {
  host_reset: { parameters: [], result: "void" },
  host_values: { parameters: [], result: "pointer" },
  host_flash: { parameters: [], result: "pointer" },
  group_node_end: { parameters: [], result: "void" },
  group_node_programs: { parameters: [], result: "bool" },
  group_node_frame: { parameters: ["buffer", "u8"], result: "void" },
  group_node_work: { parameters: [], result: "bool" },
  group_node_request: { parameters: ["buffer", "u16", "buffer", "u16"], result: "u16" },
} as const;

/** Sizes of the build, as `group_node.h` names them. */
export type Defines = Readonly<Record<string, number>>;

/** Words of `host.c` that tests set and see. */
const WORDS = [
  "refusal",
  "busy",
  "own",
  "failAt",
  "nowUs",
  "listening",
  "heard",
  "spoiled",
] as const;

/** Where the updatable area of the build begins, and ends. */
const AREA = { start: 0x0800_4000, end: 0x0802_0000 };

const built = new Map<string, Uint8Array<ArrayBuffer>>();

/** Whether tests of the C node can run: they need a compiler, and `scripts/test --allow-ffi`. */
export const CAN_RUN = Deno.permissions.querySync({ name: "ffi" }).state === "granted" &&
  hasProgram("gcc");

function build(defines: Defines, folder: string): string {
  const words = Object.entries(defines).map(([name, value]) => `-D${name}=${value}`);
  const key = words.join(" ");
  const path = `${folder}/node.so`;
  const known = built.get(key);
  if (known === undefined) {
    const files = SOURCES.map((name) => HERE + name);
    runProgram("gcc", [...FLAGS, ...TRAPS, ...words, "-o", path, ...files]);
    built.set(key, Deno.readFileSync(path));
  } else {
    Deno.writeFileSync(path, known);
  }
  return path;
}

/** One node, erased, in its programming session and unlocked. */
export class CNode {
  readonly #library;
  readonly #words: Uint32Array;
  readonly #flash: Uint8Array;

  /**
   * Builds it, and starts it.
   *
   * @param defines What differs from the defaults of `group_node.h`.
   */
  constructor(defines: Defines = {}) {
    const folder = Deno.makeTempDirSync();
    try {
      this.#library = Deno.dlopen(build(defines, folder), SYMBOLS);
    } finally {
      Deno.removeSync(folder, { recursive: true });
    }
    const { host_reset, host_values, host_flash } = this.#library.symbols;
    host_reset();
    const area = AREA.end - AREA.start;
    const words = WORDS.length * 4;
    this.#words = new Uint32Array(Deno.UnsafePointerView.getArrayBuffer(host_values()!, words));
    this.#flash = new Uint8Array(Deno.UnsafePointerView.getArrayBuffer(host_flash()!, area));
  }

  /** Ends its use. */
  [Symbol.dispose](): void {
    this.#library.close();
  }

  /** Begins anew: erased, in its programming session and unlocked. */
  reset(): void {
    this.#library.symbols.host_reset();
  }

  /** Reads a word of the host. */
  get(word: typeof WORDS[number]): number {
    return this.#words[WORDS.indexOf(word)]!;
  }

  /** Sets a word of the host. */
  set(word: typeof WORDS[number], value: number): void {
    this.#words[WORDS.indexOf(word)] = value;
  }

  /** A request on its own identifiers; the answer, both hexadecimal. `room`: bytes for the answer. */
  request(request: string, room = 4095): string {
    const bytes = Uint8Array.fromHex(request.replaceAll(" ", ""));
    const answer = new Uint8Array(4096);
    const size = this.#library.symbols.group_node_request(bytes, bytes.length, answer, room);
    return answer.subarray(0, size).toHex().toUpperCase();
  }

  /** A frame of the group identifier, which it takes at once. */
  frame(frame: Uint8Array<ArrayBuffer>): void {
    this.#library.symbols.group_node_frame(frame, frame.length);
    this.work();
  }

  /** A frame that waits in the ring. */
  frameInRing(frame: Uint8Array<ArrayBuffer>): void {
    this.#library.symbols.group_node_frame(frame, frame.length);
  }

  /** One piece of work; whether there was any. */
  work(): boolean {
    return this.#library.symbols.group_node_work();
  }

  /** Works until nothing is left to be done; gives how many pieces it took. */
  settle(): number {
    for (let pieces = 0;; pieces++) {
      if (!this.work()) return pieces;
    }
  }

  /** The session was left, the node locked, or told to erase. */
  end(): void {
    this.#library.symbols.group_node_end();
  }

  /** Whether a block is being programmed. */
  get programs(): boolean {
    return this.#library.symbols.group_node_programs();
  }

  /** A copy of what its flash holds. */
  flash(address: number, size: number): Uint8Array {
    return this.#flash.slice(address - AREA.start, address - AREA.start + size);
  }

  /** Changes its flash behind its back. */
  write(address: number, bytes: Uint8Array): void {
    this.#flash.set(bytes, address - AREA.start);
  }
}
