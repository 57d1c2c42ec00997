import { EMPTY, type Observable, ReplaySubject, throwError } from "rxjs";
import { concatBytes } from "../core/mod.ts";
import type { JournalStorage } from "../journal/mod.ts";
import { FileError } from "./file_error.ts";
import { lockOpenFile } from "./file_lock.ts";
import { makeFolder, readFile, toFileError } from "./files.ts";

/** How long what nobody waits for stays unsynced, in ms: syncs of several nodes become one. */
const SYNC_MS_MAX = 100;
/** How long the last sync may take on a busy disk when the file is closed, in ms. */
const CLOSE_MS_MAX = 30_000;
const LOCKED = "the run of this journal";
/** Behind a journal's name until it is whole. */
const NEW_ENDING = ".new";
/** Journals name machines and firmware: they are their owner's, as their folder is. */
const FILE_MODE = 0o600;

/** How a journal's file is written. */
export interface JournalFileOptions {
  /**
   * Whether what is written must outlive a loss of power: it is synced, in turns of the event loop
   * that nothing else waits for. Else it is written at once, as virtual time wants it.
   */
  readonly isDurable: boolean;
}

/** A journal's file as a run sees it. */
export interface OpenJournal extends JournalStorage {
  /** Where it is. */
  readonly path: string;
  /**
   * Cuts the file off, to go on from there.
   *
   * @param lengthBytes How much stays.
   * @param options How it is written.
   * @throws {FileError} If it cannot be cut.
   */
  continueAt(lengthBytes: number, options: JournalFileOptions): void;
  /** Removes it from its folder, where that can be; it stays open. */
  remove(): void;
  /**
   * Syncs what is left, closes the file and gives up its lock.
   *
   * @throws {FileError} If anything that was appended could not be written.
   */
  close(): Promise<void>;
}

/** How a journal's file is made. */
export interface NewJournalOptions extends JournalFileOptions {
  /** What it begins with, safe on return. */
  readonly content: Uint8Array;
  /** Whether its folder is canvoy's own, made where it is missing. */
  readonly ownsFolder: boolean;
}

interface Waiting {
  readonly bytes: Uint8Array;
  readonly end: ReplaySubject<void>;
}

/** A journal's file, locked by this process for as long as it is open. */
export class JournalFile implements OpenJournal {
  /** Where it is. */
  readonly path: string;
  readonly #file: Deno.FsFile;
  #isDurable: boolean;
  #waiting: Waiting[] = [];
  #isWriting = false;
  #written: Promise<void> = Promise.resolve();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #failure: FileError | undefined;

  private constructor(path: string, file: Deno.FsFile, options: JournalFileOptions) {
    this.path = path;
    this.#file = file;
    this.#isDurable = options.isDurable;
  }

  /**
   * Makes a new file.
   *
   * @param path The file.
   * @param options How.
   * @returns The file, locked.
   * @throws {FileError} If it cannot be made, or is there already.
   */
  static create(
    path: string,
    options: NewJournalOptions,
  ): JournalFile {
    const folder = path.slice(0, path.lastIndexOf("/"));
    // Where others look for journals one appears whole, under its name, or not at all.
    const isHidden = options.isDurable && options.ownsFolder;
    const firstPath = isHidden ? `${path}${NEW_ENDING}` : path;
    if (options.ownsFolder) makeFolder(folder);
    const file = attempt(path, () => {
      if (isHidden && isThere(path)) throw new Deno.errors.AlreadyExists();
      return Deno.openSync(firstPath, { write: true, createNew: true, mode: FILE_MODE });
    });
    lockOpenFile(file, path, LOCKED);
    try {
      attempt(path, () => {
        writeAllSync(file, options.content);
        if (options.isDurable) file.syncSync();
        if (!isHidden) return;
        Deno.renameSync(firstPath, path);
        // Its name must outlive a loss of power too.
        syncFolder(folder);
      });
    } catch (error) {
      file.close();
      removeQuietly(firstPath);
      throw error;
    }
    return new JournalFile(path, file, options);
  }

  /**
   * Opens a file that is there, to go on with it.
   *
   * @param path The file.
   * @returns The file, locked, and what it holds; call {@linkcode JournalFile.continueAt} first.
   * @throws {FileError} If it cannot be opened.
   * @throws {RunInProgressError} If another run has it.
   */
  static open(
    path: string,
  ): { readonly file: JournalFile; readonly bytes: Uint8Array } {
    const bytes = readFile(path);
    const file = attempt(path, () => Deno.openSync(path, { read: true, write: true }));
    lockOpenFile(file, path, LOCKED);
    // It may have grown until it was locked.
    const { size } = attempt(path, () => file.statSync());
    return {
      file: new JournalFile(path, file, { isDurable: true }),
      bytes: size === bytes.length ? bytes : readFile(path),
    };
  }

  /** Cuts the file off, as {@linkcode OpenJournal.continueAt} promises. */
  continueAt(lengthBytes: number, options: JournalFileOptions): void {
    this.#isDurable = options.isDurable;
    attempt(this.path, () => {
      this.#file.truncateSync(lengthBytes);
      this.#file.seekSync(lengthBytes, Deno.SeekMode.Start);
    });
  }

  /** Adds bytes at the end, as {@linkcode JournalStorage.append} promises. */
  append(bytes: Uint8Array, options: { readonly isAwaited: boolean }): Observable<void> {
    const failure = this.#failure;
    if (failure !== undefined) return throwError(() => failure);
    if (!this.#isDurable) return this.#appendNow(bytes);
    const end = new ReplaySubject<void>(1);
    this.#waiting.push({ bytes, end });
    if (options.isAwaited) this.#begin();
    else this.#timer ??= setTimeout(() => this.#begin(), SYNC_MS_MAX);
    return end.asObservable();
  }

  /** Removes it, as {@linkcode OpenJournal.remove} promises. */
  remove(): void {
    removeQuietly(this.path);
  }

  /** Closes it, as {@linkcode OpenJournal.close} promises. */
  async close(): Promise<void> {
    this.#begin();
    let late: ReturnType<typeof setTimeout> | undefined;
    const bound = new Promise<void>((resolve) => late = setTimeout(resolve, CLOSE_MS_MAX));
    await Promise.race([this.#written, bound]);
    clearTimeout(late);
    const isStalled = this.#isWriting;
    if (!isStalled) this.#file.close();
    if (this.#failure !== undefined) throw this.#failure;
    if (isStalled) {
      throw new FileError("FILE_UNWRITABLE", this.path, `no sync within ${CLOSE_MS_MAX} ms`);
    }
  }

  #appendNow(bytes: Uint8Array): Observable<void> {
    try {
      writeAllSync(this.#file, bytes);
      return EMPTY;
    } catch (error) {
      const failure = this.#failure = toFileError(error, this.path, "FILE_UNWRITABLE");
      return throwError(() => failure);
    }
  }

  #begin(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#isWriting || this.#waiting.length === 0) return;
    this.#isWriting = true;
    this.#written = this.#writeAll();
  }

  /** One sync for all that came meanwhile, and again as long as more has come. */
  async #writeAll(): Promise<void> {
    while (this.#waiting.length > 0) {
      const batch = this.#waiting;
      this.#waiting = [];
      await this.#writeBatch(batch.map(({ bytes }) => bytes));
      const failure = this.#failure;
      if (failure === undefined) { for (const { end } of batch) end.complete(); }
      else {
        for (const { end } of [...batch, ...this.#waiting.splice(0)]) end.error(failure);
      }
    }
    this.#isWriting = false;
  }

  /** What was written into a file that nobody finds again was not written down. */
  async #assertThere(): Promise<void> {
    const [{ dev, ino }, found] = await Promise.all([
      this.#file.stat(),
      Deno.stat(this.path).catch((error: unknown) => {
        // Who may not look believes that it is there.
        return error instanceof Deno.errors.NotFound ? undefined : null;
      }),
    ]);
    if (found === null || (found?.ino === ino && found.dev === dev)) return;
    throw new FileError("FILE_UNWRITABLE", this.path, "it was removed while it was written");
  }

  async #writeBatch(parts: readonly Uint8Array[]): Promise<void> {
    try {
      for (let rest = concatBytes(parts); rest.length > 0;) {
        rest = rest.subarray(await this.#file.write(rest));
      }
      await this.#file.syncData();
      await this.#assertThere();
    } catch (error) {
      this.#failure = toFileError(error, this.path, "FILE_UNWRITABLE");
    }
  }
}

/** What nobody needs is in nobody's way where it cannot be removed. */
function removeQuietly(path: string): void {
  try {
    Deno.removeSync(path);
  } catch {
    // It stays.
  }
}

function attempt<Result>(path: string, action: () => Result): Result {
  try {
    return action();
  } catch (error) {
    throw toFileError(error, path, "FILE_UNWRITABLE");
  }
}

function writeAllSync(file: Deno.FsFile, bytes: Uint8Array): void {
  for (let rest = bytes; rest.length > 0;) rest = rest.subarray(file.writeSync(rest));
}

function isThere(path: string): boolean {
  try {
    Deno.lstatSync(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

function syncFolder(folder: string): void {
  using opened = Deno.openSync(folder, { read: true });
  opened.syncSync();
}
