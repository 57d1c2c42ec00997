/** A state folder on another file system than everything else, by its path and through links. */
import { deepStrictEqual, ok, strictEqual, throws } from "node:assert/strict";
import { lastValueFrom } from "rxjs";
import {
  FileError,
  isLocked,
  JournalFile,
  journalPaths,
  listJournals,
  lockFile,
  RunInProgressError,
} from "../../../src/adapters/mod.ts";
import { readFile } from "../../../src/adapters/files.ts";
import { lockRunsFolder, readRunMemory, runsFolder } from "../../../src/cli/run_memory.ts";
import { concatBytes } from "../../../src/core/mod.ts";
import { encodeJournalHeader } from "../../../src/journal/mod.ts";
import { HEADER } from "../journal/_support.ts";

/** In memory, on Linux. */
const OTHER = "/dev/shm";
const NAME = "2026-11-30T00-00-00.000Z-0000.cborseq";
const CONTENT = encodeJournalHeader(HEADER);

/** A folder here and one on another file system; no test where there is none. */
function otherTest(name: string, body: (here: string, there: string) => Promise<void>): void {
  Deno.test({
    name,
    ignore: !hasOther(),
    fn: async () => {
      const here = Deno.makeTempDirSync();
      const there = Deno.makeTempDirSync({ dir: OTHER });
      try {
        ok(Deno.statSync(here).dev !== Deno.statSync(there).dev);
        await body(here, there);
      } finally {
        for (const folder of [here, there]) Deno.removeSync(folder, { recursive: true });
      }
    },
  });
}

function hasOther(): boolean {
  try {
    const here = Deno.makeTempDirSync();
    const { dev } = Deno.statSync(here);
    Deno.removeSync(here);
    return Deno.statSync(OTHER).dev !== dev;
  } catch {
    return false;
  }
}

/** Makes a journal, goes on with it, and looks at it as later runs do. */
async function judgeJournal(state: string): Promise<void> {
  const path = `${runsFolder(state)}/${NAME}`;
  const file = JournalFile.create(path, { content: CONTENT, isDurable: true, ownsFolder: true });
  deepStrictEqual(Deno.readFileSync(path), CONTENT, "whole at once");
  deepStrictEqual([...Deno.readDirSync(runsFolder(state))].map(({ name }) => name), [NAME]);
  ok(isLocked(path));
  const more = Uint8Array.of(1, 2, 3);
  await lastValueFrom(file.append(more, { isAwaited: true }), { defaultValue: undefined });
  await file.close();
  ok(!isLocked(path));

  deepStrictEqual(journalPaths(runsFolder(state)), [path]);
  strictEqual([...listJournals(runsFolder(state))].length, 1);
  const again = JournalFile.open(path);
  deepStrictEqual(again.bytes, concatBytes([CONTENT, more]));
  again.file.continueAt(CONTENT.length, { isDurable: true });
  await lastValueFrom(again.file.append(more, { isAwaited: true }), { defaultValue: undefined });
  await again.file.close();
  throws(
    () => JournalFile.create(path, { content: CONTENT, isDurable: true, ownsFolder: true }),
    (error: FileError) => error.code === "FILE_EXISTS",
  );
  const { memory, carried } = readRunMemory(state, {
    readFile,
    absolutePath: (path) => path,
    runFiles: { names: journalPaths, isLocked } as never,
  });
  deepStrictEqual([memory.unread, carried.through], [[], NAME]);
}

otherTest("a state folder on another file system is like any", async (_here, there) => {
  await judgeJournal(`${there}/canvoy`);
});

otherTest("a state folder is a link to another file system", async (here, there) => {
  Deno.symlinkSync(there, `${here}/state`);
  await judgeJournal(`${here}/state`);
  ok(journalPaths(`${there}/runs`).length === 1, "it lies there");
});

otherTest(
  "only the folder of the journals is a link to another file system",
  async (here, there) => {
    Deno.mkdirSync(`${here}/state`);
    Deno.symlinkSync(there, `${here}/state/runs`);
    await judgeJournal(`${here}/state`);
  },
);

otherTest("runs that name one state folder in two ways keep each other off", (here, there) => {
  Deno.symlinkSync(there, `${here}/state`);
  const runFiles = {
    lock: (path: string, what: string) => lockFile(path, what, { create: true }),
  } as never;
  const first = lockRunsFolder(there, { runFiles });
  throws(() => lockRunsFolder(`${here}/state`, { runFiles }), RunInProgressError);
  first[Symbol.dispose]();
  lockRunsFolder(`${here}/state`, { runFiles })[Symbol.dispose]();
  return Promise.resolve();
});

otherTest(
  "a link to a folder that is gone is told, and nothing is begun elsewhere",
  (here, there) => {
    Deno.symlinkSync(`${there}/gone`, `${here}/state`);
    throws(
      () =>
        JournalFile.create(`${here}/state/runs/${NAME}`, {
          content: CONTENT,
          isDurable: true,
          ownsFolder: true,
        }),
      (error: unknown) => error instanceof FileError && error.code === "FILE_UNWRITABLE",
    );
    deepStrictEqual([...Deno.readDirSync(there)], []);
    return Promise.resolve();
  },
);

otherTest(
  "a journal that is moved to another file system in mid-run stops the run",
  async (here, there) => {
    const path = `${here}/runs/${NAME}`;
    const file = JournalFile.create(path, { content: CONTENT, isDurable: true, ownsFolder: true });
    Deno.copyFileSync(path, `${there}/${NAME}`);
    Deno.removeSync(path);
    Deno.symlinkSync(`${there}/${NAME}`, path);
    let failure: unknown;
    await lastValueFrom(file.append(Uint8Array.of(1), { isAwaited: true }), {
      defaultValue: undefined,
    }).catch((error: unknown) => failure = error);
    ok(failure instanceof FileError && failure.code === "FILE_UNWRITABLE");
    await file.close().catch(() => {});
    deepStrictEqual(Deno.readFileSync(`${there}/${NAME}`), CONTENT);
  },
);
