import { deepStrictEqual, ok, rejects, strictEqual, throws } from "node:assert/strict";
import { lastValueFrom } from "rxjs";
import {
  type FileError,
  JournalFile,
  journalPaths,
  listJournals,
  lockFile,
  RunInProgressError,
} from "../../../src/adapters/mod.ts";
import { concatBytes } from "../../../src/core/mod.ts";
import { encodeJournalHeader } from "../../../src/journal/mod.ts";
import { HEADER } from "../journal/_support.ts";

const CONTENT = Uint8Array.of(1, 2, 3);
const BYTES = (value: number): Uint8Array => new Uint8Array(100).fill(value);

async function withFolder(body: (folder: string) => Promise<void> | void): Promise<void> {
  const folder = Deno.makeTempDirSync();
  try {
    await body(folder);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

Deno.test("JournalFile.create() makes file and folders for their owner alone", () =>
  withFolder(async (folder) => {
    const path = `${folder}/state/canvoy/runs/a.cborseq`;
    const file = JournalFile.create(path, { content: CONTENT, isDurable: true, ownsFolder: true });
    deepStrictEqual(Deno.readFileSync(path), CONTENT, "safe at once");
    strictEqual(Deno.statSync(path).mode! & 0o777, 0o600);
    strictEqual(Deno.statSync(`${folder}/state/canvoy/runs`).mode! & 0o777, 0o700);
    await file.close();
    throws(
      () => JournalFile.create(path, { content: CONTENT, isDurable: true, ownsFolder: true }),
      (error: FileError) => error.code === "FILE_EXISTS",
    );
  }));

Deno.test("JournalFile.create() says why a journal cannot be kept", () =>
  withFolder((folder) => {
    Deno.writeTextFileSync(`${folder}/file`, "");
    for (const ownsFolder of [true, false]) {
      throws(
        () =>
          JournalFile.create(`${folder}/file/runs/a.cborseq`, {
            content: CONTENT,
            isDurable: true,
            ownsFolder,
          }),
        (error: FileError) => error.code === "FILE_UNWRITABLE",
      );
    }
  }));

Deno.test("JournalFile.create() shows a journal of the state folder whole, or not at all", () =>
  withFolder(async (folder) => {
    const runs = `${folder}/runs`;
    const path = `${runs}/a.cborseq`;
    const options = { isDurable: true, ownsFolder: true };
    const file = JournalFile.create(path, { content: CONTENT, ...options });
    deepStrictEqual([...Deno.readDirSync(runs)].map(({ name }) => name), ["a.cborseq"]);
    throws(() => JournalFile.open(path), RunInProgressError);
    await file.close();
    // A folder where the file's first name should be: it cannot be made.
    Deno.mkdirSync(`${runs}/b.cborseq.new`);
    throws(() => JournalFile.create(`${runs}/b.cborseq`, { content: CONTENT, ...options }));
    Deno.removeSync(`${runs}/b.cborseq.new`);
    // A folder where it should be renamed to, made by somebody meanwhile.
    Deno.mkdirSync(`${runs}/c.cborseq`);
    throws(() => JournalFile.create(`${runs}/c.cborseq`, { content: CONTENT, ...options }));
    Deno.removeSync(`${runs}/c.cborseq`);
    deepStrictEqual(journalPaths(runs), [path]);
    deepStrictEqual([...Deno.readDirSync(runs)].length, 1);
  }));

Deno.test("JournalFile.append() goes on in a file that was opened by a link", () =>
  withFolder(async (folder) => {
    Deno.writeFileSync(`${folder}/a.cborseq`, CONTENT);
    Deno.symlinkSync(`${folder}/a.cborseq`, `${folder}/link`);
    const { file } = JournalFile.open(`${folder}/link`);
    file.continueAt(CONTENT.length, { isDurable: true });
    await lastValueFrom(file.append(BYTES(1), { isAwaited: true }), { defaultValue: undefined });
    await file.close();
    strictEqual(Deno.statSync(`${folder}/a.cborseq`).size, 103);
  }));

Deno.test("JournalFile.append() errors once its file is gone, or another one is there", () =>
  withFolder(async (folder) => {
    for (const isReplaced of [false, true]) {
      const path = `${folder}/runs/${isReplaced}.cborseq`;
      const options = { content: CONTENT, isDurable: true, ownsFolder: true };
      const file = JournalFile.create(path, options);
      const append = () =>
        lastValueFrom(file.append(BYTES(1), { isAwaited: true }), { defaultValue: undefined });
      await append();
      Deno.removeSync(`${folder}/runs`, { recursive: true });
      if (isReplaced) {
        Deno.mkdirSync(`${folder}/runs`);
        Deno.writeFileSync(path, CONTENT);
      }
      const isGone = (error: FileError): boolean =>
        error.code === "FILE_UNWRITABLE" && /was removed/.test(error.message);
      await rejects(append(), isGone);
      await rejects(file.close(), isGone);
    }
  }));

Deno.test("JournalFile.append() keeps the order and tells when all is safe", () =>
  withFolder(async (folder) => {
    const path = `${folder}/a.cborseq`;
    const options = { content: CONTENT, isDurable: true, ownsFolder: false };
    const file = JournalFile.create(path, options);
    const ends: number[] = [];
    for (let i = 0; i < 50; i++) {
      file.append(BYTES(i), { isAwaited: false }).subscribe({ complete: () => ends.push(i) });
    }
    await lastValueFrom(file.append(BYTES(50), { isAwaited: true }), { defaultValue: undefined });
    deepStrictEqual(ends, Array.from({ length: 50 }, (_, i) => i), "all before it are safe too");
    const expected = concatBytes([CONTENT, ...Array.from({ length: 51 }, (_, i) => BYTES(i))]);
    deepStrictEqual(Deno.readFileSync(path), expected);
    await file.close();
  }));

/** Runs something with a file's method replaced, which is told what it would have done. */
async function withMethod<Name extends "syncData" | "syncSync">(
  name: Name,
  replace: (original: Deno.FsFile[Name]) => Deno.FsFile[Name],
  body: () => Promise<void>,
): Promise<void> {
  const original = Deno.FsFile.prototype[name];
  Deno.FsFile.prototype[name] = replace(original);
  try {
    await body();
  } finally {
    Deno.FsFile.prototype[name] = original;
  }
}

Deno.test("JournalFile.append() completes once the disk has it, and not when it is written", () =>
  withFolder(async (folder) => {
    const path = `${folder}/a.cborseq`;
    const options = { content: CONTENT, isDurable: true, ownsFolder: false };
    const file = JournalFile.create(path, options);
    const steps: string[] = [];
    await withMethod("syncData", (sync) =>
      async function (this: Deno.FsFile) {
        steps.push(`sync of ${Deno.statSync(path).size} bytes`);
        await sync.call(this);
        steps.push("synced");
      }, async () => {
      const end$ = file.append(BYTES(1), { isAwaited: true });
      await lastValueFrom(end$, { defaultValue: undefined });
      steps.push("complete");
      await file.close();
    });
    deepStrictEqual(steps, ["sync of 103 bytes", "synced", "complete"]);
  }));

Deno.test("JournalFile.create() syncs what the file holds, then the folder that names it", () =>
  withFolder(async (folder) => {
    for (const [ownsFolder, syncs] of [[true, 2], [false, 1]] as const) {
      const options = { content: CONTENT, isDurable: true, ownsFolder };
      const path = `${folder}/${ownsFolder}.cborseq`;
      const wasVisible: boolean[] = [];
      await withMethod("syncSync", (sync) =>
        function (this: Deno.FsFile) {
          wasVisible.push(ownsFolder && existsSync(path));
          sync.call(this);
        }, () => JournalFile.create(path, options).close());
      deepStrictEqual(wasVisible, [false, true].slice(0, syncs), `${ownsFolder}`);
    }
  }));

function existsSync(path: string): boolean {
  return [...Deno.readDirSync(path.slice(0, path.lastIndexOf("/")))]
    .some(({ name }) => path.endsWith(`/${name}`));
}

Deno.test("JournalFile.append() writes what nobody waits for by itself, and when it is closed", () =>
  withFolder(async (folder) => {
    const path = `${folder}/a.cborseq`;
    const options = { content: CONTENT, isDurable: true, ownsFolder: false };
    const file = JournalFile.create(path, options);
    await lastValueFrom(file.append(BYTES(1), { isAwaited: false }), { defaultValue: undefined });
    strictEqual(Deno.statSync(path).size, 103);
    file.append(BYTES(2), { isAwaited: false });
    await file.close();
    strictEqual(Deno.statSync(path).size, 203);
  }));

Deno.test("JournalFile.append() completes at once where time is virtual", () =>
  withFolder(async (folder) => {
    const path = `${folder}/a.cborseq`;
    const options = { content: CONTENT, isDurable: false, ownsFolder: false };
    const file = JournalFile.create(path, options);
    let isSafe = false;
    file.append(BYTES(1), { isAwaited: true }).subscribe({ complete: () => isSafe = true });
    ok(isSafe);
    strictEqual(Deno.statSync(path).size, 103);
    await file.close();
  }));

Deno.test("JournalFile.append() errors once the disk has failed, and so does close()", () =>
  withFolder((folder) => {
    const module = new URL("../../../src/adapters/mod.ts", import.meta.url).href;
    const program = `${folder}/program.ts`;
    Deno.writeTextFileSync(
      program,
      `
      import { JournalFile } from ${JSON.stringify(module)};
      for (const isDurable of [true, false]) {
        const path = ${JSON.stringify(folder)} + "/" + isDurable;
        const options = { content: new Uint8Array(10), isDurable, ownsFolder: false };
        const file = JournalFile.create(path, options);
        const ends = [500, 2000, 1].map((lengthBytes) =>
          new Promise((resolve) =>
            file.append(new Uint8Array(lengthBytes), { isAwaited: true }).subscribe({
              error: (error) => resolve(error.code),
              complete: () => resolve("safe"),
            })
          )
        );
        const closed = await Promise.all(ends).then(() => file.close()).catch((error) => error.code);
        console.log(JSON.stringify([...await Promise.all(ends), closed]));
      }
      `,
    );
    // Files of this process end after 1024 bytes, as on a full disk.
    const { stdout, stderr } = new Deno.Command("sh", {
      args: [
        "-c",
        `trap "" XFSZ; ulimit -f 2; exec "$0" run --config "$2" --allow-read --allow-write "$1"`,
        Deno.execPath(),
        program,
        new URL("../../../deno.json", import.meta.url).pathname,
      ],
      stdin: "null",
    }).outputSync();
    const failed = "FILE_UNWRITABLE";
    deepStrictEqual(
      new TextDecoder().decode(stdout).trimEnd().split("\n").map((line) => JSON.parse(line)),
      [["safe", failed, failed, failed], ["safe", failed, failed, failed]],
      new TextDecoder().decode(stderr),
    );
  }));

Deno.test("JournalFile.open() locks a journal until it is closed", () =>
  withFolder(async (folder) => {
    const path = `${folder}/a.cborseq`;
    const options = { content: CONTENT, isDurable: true, ownsFolder: false };
    const file = JournalFile.create(path, options);
    throws(() => JournalFile.open(path), RunInProgressError);
    await file.close();
    const { file: again, bytes } = JournalFile.open(path);
    deepStrictEqual(bytes, CONTENT);
    throws(() => JournalFile.open(path), RunInProgressError);
    again.continueAt(2, { isDurable: true });
    again.append(Uint8Array.of(9), { isAwaited: true });
    await again.close();
    deepStrictEqual(Deno.readFileSync(path), Uint8Array.of(1, 2, 9), "written from there on");
  }));

Deno.test("JournalFile.continueAt() leaves nothing of a tail longer than what follows", () =>
  withFolder(async (folder) => {
    const path = `${folder}/a.cborseq`;
    Deno.writeFileSync(path, concatBytes([CONTENT, BYTES(7)]));
    for (const isDurable of [true, false]) {
      const { file } = JournalFile.open(path);
      file.continueAt(CONTENT.length, { isDurable });
      deepStrictEqual(Deno.readFileSync(path), CONTENT, "cut before anything follows");
      file.append(Uint8Array.of(9), { isAwaited: true });
      await file.close();
      deepStrictEqual(Deno.readFileSync(path), Uint8Array.of(1, 2, 3, 9));
    }
  }));

Deno.test("lockFile() is free again when its process is gone, however it went", () =>
  withFolder(async (folder) => {
    const path = `${folder}/bus.lock`;
    const program = `
      const file = Deno.openSync(${JSON.stringify(path)}, { create: true, write: true });
      file.lockSync(true);
      console.log("locked");
      setInterval(() => {}, 1000);
    `;
    const child = new Deno.Command(Deno.execPath(), {
      args: [
        "run",
        `--allow-write=${folder}`,
        `data:application/typescript,${encodeURIComponent(program)}`,
      ],
      stdin: "null",
      stdout: "piped",
      stderr: "inherit",
    }).spawn();
    const reader = child.stdout.getReader();
    await reader.read();
    throws(() => lockFile(path, 'bus "a"', { create: true }), {
      code: "RUN_IN_PROGRESS",
      message:
        `Cannot begin: another run of canvoy works on bus "a" (it holds the lock of ${path})`,
    });
    child.kill("SIGKILL");
    await child.status;
    await reader.cancel();
    lockFile(path, 'bus "a"', { create: true })[Symbol.dispose]();
  }));

Deno.test("listJournals() glances at the newest first, and at nothing else", () =>
  withFolder((folder) => {
    const long = { ...HEADER, args: ["flash", `/${"a".repeat(1000)}`] };
    Deno.writeFileSync(`${folder}/2026-01.cborseq`, encodeJournalHeader(HEADER));
    Deno.writeFileSync(
      `${folder}/2026-03.cborseq`,
      concatBytes([encodeJournalHeader(long), new Uint8Array(100_000)]),
    );
    Deno.writeFileSync(`${folder}/2026-02.cborseq`, new Uint8Array(10));
    Deno.writeFileSync(`${folder}/2026-04.txt`, new Uint8Array(10));
    deepStrictEqual(
      [...listJournals(folder)].map(({ path, glance }) => [path.slice(-15), glance?.args]),
      [["2026-03.cborseq", long.args], ["2026-02.cborseq", undefined], [
        "2026-01.cborseq",
        HEADER.args,
      ]],
    );
    deepStrictEqual([...listJournals(`${folder}/gone`)], []);
  }));

Deno.test("lockFile() waits for another one as long as it may, and says then who has it", () =>
  withFolder((folder) => {
    const path = `${folder}/state/runs.lock`;
    const first = lockFile(path, "the journals", { create: true, waitMs: 10 });
    throws(() => lockFile(path, "the journals", { create: true, waitMs: 10 }), RunInProgressError);
    first[Symbol.dispose]();
    lockFile(path, "the journals", { create: true, waitMs: 10 })[Symbol.dispose]();
  }));
