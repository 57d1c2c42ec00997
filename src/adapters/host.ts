import type { SeenJournal } from "../journal/mod.ts";
import { isLocked, lockFile } from "./file_lock.ts";
import {
  type FileWriter,
  makeFolder,
  openWriter,
  readFile,
  readFileBeneath,
  writeFile,
} from "./files.ts";
import { JournalFile, type NewJournalOptions, type OpenJournal } from "./journal_file.ts";
import { journalPaths, listJournals, removeJournal } from "./journal_folder.ts";
import { Keyboard } from "./keyboard.ts";
import { readSecretFile, writeSecretFile } from "./secret_files.ts";
import { createSpeaker, type Speaker } from "./speaker.ts";

/** Journals and locks of runs. */
export interface RunFiles {
  /** Makes a journal; throws `FileError`. */
  readonly create: (path: string, options: NewJournalOptions) => OpenJournal;
  /** Opens a journal to go on with it; throws `FileError` and `RunInProgressError`. */
  readonly open: (path: string) => { readonly file: OpenJournal; readonly bytes: Uint8Array };
  /** Looks at a folder's journals, the newest first. */
  readonly list: (folder: string) => Iterable<SeenJournal>;
  /** Paths of a folder's journals, the newest first; throws `FileError`. */
  readonly names: (folder: string) => readonly string[];
  /** Removes a journal; throws `FileError`. */
  readonly remove: (path: string) => void;
  /** Whether a run has locked a file; throws `FileError`. */
  readonly isLocked: (path: string) => boolean;
  /** Locks a file until it is disposed; throws `FileError` and `RunInProgressError`. */
  readonly lock: typeof lockFile;
}

/** The outside as commands see it. */
export interface Host extends Speaker {
  /**
   * Reads an environment variable.
   *
   * @param name Its name.
   * @returns Its value; `undefined` where it is not set.
   */
  env(name: string): string | undefined;

  /** Size of the terminal now; 80 by 24 where there is none. */
  terminalSize(): { readonly columns: number; readonly rows: number };

  /** Whether a person can answer: standard input is a terminal. */
  readonly canAsk: boolean;

  /**
   * Asks the person at the terminal, by standard error.
   *
   * @param question A question: `Go on?`.
   * @returns Whether the answer was y or yes; `false` where nobody can answer.
   */
  confirm(question: string): boolean;

  /** Reads a file; throws `FileError`. */
  readonly readFile: (path: string) => Uint8Array;
  /** Reads a file that lies beneath a folder, links followed; throws `FileError`. */
  readonly readFileBeneath: (folder: string, path: string) => Uint8Array;
  /** Names what a folder holds; nothing where it cannot be read. */
  readonly listFolder: (path: string) => readonly string[];
  /** Reads a file that its owner alone may use; throws `FileError` or `KeyFileError`. */
  readonly readSecretFile: (path: string) => Uint8Array;
  /** Writes a new file that its owner alone may use; throws `FileError`. */
  readonly writeSecretFile: (path: string, content: Uint8Array) => void;
  /**
   * The time, in ms since 1970: what expiry is compared with and journals are named by, never what a
   * run is timed by.
   */
  readonly nowMs: () => number;
  /** Writes a file; throws `FileError`. */
  readonly writeFile: (
    path: string,
    content: Uint8Array,
    options: { readonly replace: boolean },
  ) => void;

  /** Makes a folder, and those above it, for their owner alone; throws `FileError`. */
  readonly makeFolder: (path: string) => void;

  /** Begins a file that is written as a run goes; throws `FileError`. */
  readonly openWriter: (path: string) => FileWriter;
  /** This machine's own identity; `undefined` where it tells none. */
  readonly machineId: () => string | undefined;
  /** Makes a path absolute, by its letters alone. */
  readonly absolutePath: (path: string) => string;
  /** Journals and locks. */
  readonly runFiles: RunFiles;

  /**
   * Listens to SIGINT, SIGTERM and SIGHUP instead of ending at once.
   *
   * @param listener Called at each, with it.
   * @returns Call it to stop listening.
   */
  onStopRequest(listener: (signal: StopSignal) => void): () => void;

  /**
   * Listens to keys, one by one and without showing them; to none where standard input is no
   * terminal. The listener throws nothing.
   *
   * @param listener Is given what was typed, as the terminal sends it.
   * @returns Call it to stop listening.
   */
  onKeys(listener: (text: string) => void): () => void;
}

/** The signals that ask a process to stop. */
export const STOP_SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** A signal that asks a process to stop. */
export type StopSignal = typeof STOP_SIGNALS[number];

/**
 * Set by a launcher that stays and forwards signals: what a terminal sends to all of its foreground
 * comes twice then, once by itself.
 */
const FORWARDED = "CANVOY_FORWARDED";
/** A person's second request comes later than that, and a forwarded signal before. */
const REPEAT_MS = 150;

const DEFAULT_SIZE = { columns: 80, rows: 24 };

/**
 * Connects commands to the process they run in.
 *
 * @returns The process's outside.
 */
export function createHost(): Host {
  const speaker = createSpeaker();
  return {
    ...speaker,
    env: (name) => Deno.env.get(name),
    terminalSize: () => {
      try {
        const { columns, rows } = Deno.consoleSize();
        // Terminals that nobody told their size say 0.
        return {
          columns: columns || DEFAULT_SIZE.columns,
          rows: rows || DEFAULT_SIZE.rows,
        };
      } catch {
        return DEFAULT_SIZE;
      }
    },
    canAsk: Deno.stdin.isTerminal(),
    confirm: (question) => {
      if (!Deno.stdin.isTerminal()) return false;
      speaker.stderr.write(`${question} [y/N] `);
      const line = new Uint8Array(256);
      const lengthBytes = readAnswer(line);
      return /^y(es)?$/i.test(new TextDecoder().decode(line.subarray(0, lengthBytes)).trim());
    },
    readFile,
    readFileBeneath,
    listFolder,
    readSecretFile,
    writeSecretFile,
    nowMs: () => Date.now(),
    writeFile,
    makeFolder,
    openWriter,
    machineId,
    absolutePath,
    runFiles: {
      create: JournalFile.create,
      open: JournalFile.open,
      list: listJournals,
      names: journalPaths,
      remove: removeJournal,
      isLocked,
      lock: lockFile,
    },
    onStopRequest: (listener) => {
      const heed = Deno.env.get(FORWARDED) === undefined ? listener : heedOnce(listener);
      const listeners = STOP_SIGNALS.map((signal) => [signal, () => heed(signal)] as const);
      for (const [signal, heard] of listeners) Deno.addSignalListener(signal, heard);
      return () => {
        for (const [signal, heard] of listeners) Deno.removeSignalListener(signal, heard);
      };
    },
    onKeys: (listener) => {
      if (!Deno.stdin.isTerminal()) return () => {};
      const keyboard = new Keyboard(listener);
      return () => keyboard[Symbol.dispose]();
    },
  };
}

/** For suggestions alone: what cannot be listed has none. */
function listFolder(path: string): readonly string[] {
  try {
    return [...Deno.readDirSync(path)].map(({ name }) => name);
  } catch {
    return [];
  }
}

/** Passes over a signal that repeats one so soon that it is the same. */
function heedOnce(listener: (signal: StopSignal) => void): (signal: StopSignal) => void {
  const heardAtMs = new Map<StopSignal, number>();
  return (signal) => {
    const nowMs = performance.now();
    const beforeMs = heardAtMs.get(signal) ?? -Infinity;
    heardAtMs.set(signal, nowMs);
    if (nowMs - beforeMs >= REPEAT_MS) listener(signal);
  };
}

/** Whoever runs in the background gets no answer, and does not wait for one. */
function readAnswer(line: Uint8Array): number {
  try {
    return Deno.stdin.readSync(line) ?? 0;
  } catch {
    return 0;
  }
}

/**
 * Written once by the system that it was installed with.
 *
 * Source: machine-id(5) of systemd.
 */
function machineId(): string | undefined {
  try {
    const id = Deno.readTextFileSync("/etc/machine-id").trim();
    return /^[0-9a-f]{32}$/.test(id) ? id : undefined;
  } catch {
    // Other systems have none, and places are then told by interfaces alone.
    return undefined;
  }
}

/** One path for one file, however it is spelled; links are left as they are, and what is behind them. */
function absolutePath(path: string): string {
  const parts = path.split("/").filter((part) => part !== "" && part !== ".");
  if (path.startsWith("/")) return `/${parts.join("/")}`;
  const here = Deno.cwd().split("/").slice(1);
  while (parts[0] === "..") {
    parts.shift();
    here.pop();
  }
  return `/${[...here, ...parts].join("/")}`;
}
