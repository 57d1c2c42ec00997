import { EMPTY } from "rxjs";
import { concatBytes } from "../../../src/core/mod.ts";
import {
  FileError,
  type FileWriter,
  type Host,
  type OpenJournal,
  type RunFiles,
  type StopSignal,
  type TextOutput,
} from "../../../src/adapters/mod.ts";

/** A host in memory: files are entries of a map, outputs are texts. */
export class MemoryHost implements Host {
  readonly args: readonly string[];
  readonly stdout: RecordingOutput;
  readonly stderr: RecordingOutput;
  readonly files: Map<string, Uint8Array>;
  /** What was asked. */
  readonly questions: string[] = [];
  /** What the person at the terminal says; `undefined` where there is none. */
  answer: boolean | undefined;
  readonly #env: Readonly<Record<string, string>>;

  constructor(
    args: readonly string[],
    options: {
      readonly files?: Readonly<Record<string, string | Uint8Array>>;
      readonly env?: Readonly<Record<string, string>>;
      readonly isTerminal?: boolean;
    } = {},
  ) {
    this.args = args;
    this.stdout = new RecordingOutput(options.isTerminal ?? false);
    this.stderr = new RecordingOutput(options.isTerminal ?? false);
    this.#env = { HOME: "/home/a", ...options.env };
    this.files = new Map(
      Object.entries(options.files ?? {}).map(([path, content]) => [
        path,
        typeof content === "string" ? new TextEncoder().encode(content) : content,
      ]),
    );
  }

  env(name: string): string | undefined {
    return this.#env[name];
  }

  terminalSize(): { columns: number; rows: number } {
    return { columns: 80, rows: 12 };
  }

  get canAsk(): boolean {
    return this.answer !== undefined;
  }

  confirm(question: string): boolean {
    this.questions.push(question);
    return this.answer ?? false;
  }

  readonly readFile = (path: string): Uint8Array => {
    const content = this.files.get(path.replace(/^\.\//, ""));
    if (content === undefined) {
      throw new FileError("FILE_NOT_FOUND", path, "there is no such file");
    }
    return content;
  };

  readonly readFileBeneath = (folder: string, path: string): Uint8Array =>
    this.readFile(folder === "." ? path : `${folder}/${path}`);

  readonly listFolder = (path: string): readonly string[] =>
    [...this.files.keys()].filter((file) =>
      path === "." ? !file.includes("/") : file.startsWith(`${path}/`)
    ).map((file) => file.slice(file.lastIndexOf("/") + 1));

  readonly writeFile = (
    path: string,
    content: Uint8Array,
    { replace }: { readonly replace: boolean },
  ): void => {
    if (!replace && this.files.has(path)) {
      throw new FileError("FILE_EXISTS", path, "it is there already");
    }
    this.files.set(path, content);
  };

  readonly openWriter = (path: string): FileWriter => {
    this.files.set(path, new Uint8Array(0));
    return {
      write: (content) => {
        const before = this.files.get(path)!;
        const after = new Uint8Array(before.length + content.length);
        after.set(before);
        after.set(content, before.length);
        this.files.set(path, after);
      },
      writeOverStart: (content) => this.files.get(path)!.set(content),
      close: () => {},
    };
  };

  readonly machineId = (): string => "m1";
  readonly absolutePath = (path: string): string => path.startsWith("/") ? path : `/${path}`;

  /** Journals are files like others; nobody else is there to be locked out. */
  readonly runFiles: RunFiles = {
    create: (path, { content }) => {
      this.files.set(path, content);
      return this.#openJournal(path);
    },
    open: (path) => ({ file: this.#openJournal(path), bytes: this.readFile(path) }),
    list: () => [],
    names: (folder) =>
      [...this.files.keys()].filter((path) => path.startsWith(`${folder}/`)).sort().reverse(),
    remove: (path) => void this.files.delete(path),
    isLocked: () => false,
    lock: () => new DisposableStack(),
  };

  #openJournal(path: string): OpenJournal {
    return {
      path,
      append: (bytes) => {
        this.files.set(path, concatBytes([this.files.get(path)!, bytes]));
        return EMPTY;
      },
      continueAt: (lengthBytes) =>
        void this.files.set(path, this.files.get(path)!.subarray(0, lengthBytes)),
      remove: () => void this.files.delete(path),
      close: () => Promise.resolve(),
    };
  }

  readonly readSecretFile = (path: string): Uint8Array => this.readFile(path);

  readonly makeFolder = (): void => {};
  readonly writeSecretFile = (path: string, content: Uint8Array): void =>
    this.writeFile(path, content, { replace: false });

  readonly nowMs = (): number => Date.UTC(2026, 10, 24);

  /** Sends a signal; absent while nobody listens. */
  signal: ((signal: StopSignal) => void) | undefined;

  onStopRequest(listener: (signal: StopSignal) => void): () => void {
    this.signal = listener;
    return () => this.signal = undefined;
  }

  /** Types keys; absent while nobody listens. */
  type: ((text: string) => void) | undefined;

  onKeys(listener: (text: string) => void): () => void {
    this.type = this.canAsk ? listener : undefined;
    return () => this.type = undefined;
  }
}

/** Keeps what was written. */
export class RecordingOutput implements TextOutput {
  readonly isTerminal: boolean;
  readonly failure = undefined;
  text = "";

  constructor(isTerminal: boolean) {
    this.isTerminal = isTerminal;
  }

  write(text: string): void {
    this.text += text;
  }
}
