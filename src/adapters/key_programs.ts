import { pathToFileURL } from "node:url";
import { bytesToHex, CanvoyError, hex, hexToBytes } from "../core/mod.ts";
import type { KeySource, SeedChallenge } from "../uds/mod.ts";
import { isDenied } from "./denied.ts";

/** A program outside canvoy that makes keys did not make one. Its message never quotes a key. */
export class KeyProgramError extends CanvoyError {
  /** Stable name of the failure. */
  override readonly code = "KEY_PROGRAM";

  /**
   * Says which program, and what it did instead.
   *
   * @param program The program, module or library.
   * @param state What it did instead.
   */
  constructor(program: string, state: string) {
    super(`Cannot make a key by ${program}: ${state}`);
  }
}

/** A key is one message's payload; no node asks for more. */
const KEY_BYTES_MAX = 255;

/**
 * Makes keys by a program: `PROGRAM [ARGUMENT...] LEVEL SEED [NAME=VALUE...]`, all hexadecimal; the key
 * is what it writes to standard output, hexadecimal. Names are those that the profile keeps. It gets no environment, and runs to its end while the
 * update waits.
 *
 * @param program The program.
 * @param args What it is given before level and seed.
 * @returns The key source.
 */
export function createCommandKeySource(program: string, args: readonly string[]): KeySource {
  return {
    computeKey: ({ level, seed, kept = {} }) => {
      const told = Object.entries(kept).map(([name, value]) => `${name}=${bytesToHex(value, "")}`);
      const words = [...args, hex(level, 2), bytesToHex(seed, ""), ...told];
      let output: Deno.CommandOutput;
      try {
        output = new Deno.Command(program, {
          args: words,
          clearEnv: true,
          stdin: "null",
          stderr: "null",
        }).outputSync();
      } catch (error) {
        throw new KeyProgramError(program, whyNot(error, "it cannot be started"));
      }
      if (!output.success) throw new KeyProgramError(program, `it ended with ${output.code}`);
      return checkedKey(program, () => hexToBytes(new TextDecoder().decode(output.stdout)));
    },
  };
}

/**
 * Makes keys by a JavaScript or TypeScript module: its default export takes `{ level, seed, kept }`
 * and returns a `Uint8Array`.
 *
 * @param path The module's file.
 * @returns The key source.
 * @throws {KeyProgramError} If it cannot be loaded, or exports no function.
 */
export async function loadModuleKeySource(path: string): Promise<KeySource> {
  let exported: unknown;
  try {
    exported = (await import(pathToFileURL(Deno.realPathSync(path)).href)).default;
  } catch (error) {
    throw new KeyProgramError(path, whyNot(error, "it cannot be loaded"));
  }
  if (typeof exported !== "function") {
    throw new KeyProgramError(path, "its default export is no function");
  }
  return {
    computeKey: (challenge) => checkedKey(path, () => exported({ ...challenge })),
  };
}

/** What `GenerateKeyEx` and its kin return, in their order. */
const RESULTS = [
  "ok",
  "it finds the room for the key too small",
  "it does not know the level",
  "it does not know the variant",
  "it failed",
];

const COMMON = ["buffer", "u32", "u32", "buffer"] as const;
const KEY_OUT = ["buffer", "u32", "buffer"] as const;

/** A shared library with one of the two functions. */
export interface KeyLibraryOptions {
  /** Name of the variant that it is given; empty by default. */
  readonly variant?: string;
  /** Options: with them, `GenerateKeyExOpt` is called. */
  readonly options?: string;
}

/**
 * Makes keys by a shared library with the interface that seed-and-key libraries have:
 * `GenerateKeyEx(seed, size, level, variant, key, room, &size)`, or `GenerateKeyExOpt` with options
 * behind the variant. Such code can do all that this process may, and more.
 *
 * @param path The library.
 * @param options Variant and options.
 * @returns The key source, and what closes the library.
 * @throws {KeyProgramError} If it cannot be loaded, or lacks the function.
 */
export function openLibraryKeySource(
  path: string,
  { variant = "", options }: KeyLibraryOptions = {},
): KeySource & { readonly close: () => void } {
  const generate = options === undefined
    ? openPlain(path, cString(variant))
    : openWithOptions(path, cString(variant), cString(options));
  return {
    computeKey: ({ level, seed }) => {
      const key = new Uint8Array(KEY_BYTES_MAX);
      const size = new Uint32Array(1);
      const result = generate.call({ level, seed }, key, new Uint8Array(size.buffer));
      if (result !== 0) {
        throw new KeyProgramError(path, RESULTS[result] ?? `it answers ${result}`);
      }
      return checkedKey(path, () => key.slice(0, Math.min(size[0]!, KEY_BYTES_MAX)));
    },
    close: generate.close,
  };
}

/** One function of a library. */
interface Generate {
  readonly call: (
    challenge: SeedChallenge,
    key: Uint8Array<ArrayBuffer>,
    size: Uint8Array<ArrayBuffer>,
  ) => number;
  readonly close: () => void;
}

function openPlain(path: string, variant: Uint8Array<ArrayBuffer>): Generate {
  const library = openLibrary(path, () =>
    Deno.dlopen(path, {
      GenerateKeyEx: { parameters: [...COMMON, ...KEY_OUT], result: "i32" },
    }));
  return {
    call: ({ level, seed }, key, size) =>
      library.symbols.GenerateKeyEx(
        new Uint8Array(seed),
        seed.length,
        level,
        variant,
        key,
        key.length,
        size,
      ),
    close: () => library.close(),
  };
}

function openWithOptions(
  path: string,
  variant: Uint8Array<ArrayBuffer>,
  options: Uint8Array<ArrayBuffer>,
): Generate {
  const library = openLibrary(path, () =>
    Deno.dlopen(path, {
      GenerateKeyExOpt: { parameters: [...COMMON, "buffer", ...KEY_OUT], result: "i32" },
    }));
  return {
    call: ({ level, seed }, key, size) =>
      library.symbols.GenerateKeyExOpt(
        new Uint8Array(seed),
        seed.length,
        level,
        variant,
        options,
        key,
        key.length,
        size,
      ),
    close: () => library.close(),
  };
}

function openLibrary<Library>(path: string, open: () => Library): Library {
  try {
    return open();
  } catch (error) {
    throw new KeyProgramError(path, whyNot(error, "it cannot be loaded, or lacks the function"));
  }
}

/** Of what was thrown only whether it is a denied right: the rest could hold arguments. */
function whyNot(error: unknown, state: string): string {
  return isDenied(error) ? "permission denied" : state;
}

function cString(text: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array([...new TextEncoder().encode(text), 0]);
}

/** What was thrown could hold the key, so it is not told. */
function checkedKey(program: string, make: () => unknown): Uint8Array {
  let key: unknown;
  try {
    key = make();
  } catch {
    throw new KeyProgramError(program, "it gives no key");
  }
  if (!(key instanceof Uint8Array) || key.length === 0 || key.length > KEY_BYTES_MAX) {
    throw new KeyProgramError(program, "it gives no key");
  }
  return new Uint8Array(key);
}
