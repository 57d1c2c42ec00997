import { deepStrictEqual, ok, strictEqual, throws } from "node:assert/strict";
import {
  createHost,
  FileError,
  readFile,
  readFileBeneath,
  writeFile,
} from "../../../src/adapters/mod.ts";

const BYTES = Uint8Array.of(1, 2, 3);

function inFolder(body: (folder: string) => void): void {
  const folder = Deno.makeTempDirSync();
  try {
    body(folder);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

function fails(code: FileError["code"], body: () => void): void {
  throws(body, (error: unknown) => error instanceof FileError && error.code === code);
}

Deno.test("readFile() refuses what is not there and what is no file", () => {
  inFolder((folder) => {
    Deno.writeFileSync(`${folder}/a`, BYTES);
    deepStrictEqual(readFile(`${folder}/a`), BYTES);
    fails("FILE_NOT_FOUND", () => readFile(`${folder}/b`));
    fails("FILE_UNREADABLE", () => readFile(folder));
    fails("FILE_UNREADABLE", () => readFile(`${folder}/a/b`));
  });
});

Deno.test("readFile() refuses a file that no firmware is as large as", () => {
  inFolder((folder) => {
    Deno.writeFileSync(`${folder}/a`, BYTES);
    Deno.truncateSync(`${folder}/a`, 65 * 1024 * 1024);
    fails("FILE_TOO_LARGE", () => readFile(`${folder}/a`));
  });
});

Deno.test("readFileBeneath() follows links within the folder, and refuses others", () => {
  inFolder((outer) => {
    const folder = `${outer}/fleet`;
    Deno.mkdirSync(`${folder}/images`, { recursive: true });
    Deno.writeFileSync(`${folder}/images/a`, BYTES);
    Deno.writeFileSync(`${outer}/secret`, BYTES);
    Deno.symlinkSync("a", `${folder}/images/good`);
    Deno.symlinkSync("../../secret", `${folder}/images/bad`);
    Deno.symlinkSync("..", `${folder}/up`);
    deepStrictEqual(readFileBeneath(folder, "images/good"), BYTES);
    fails("FILE_OUTSIDE_FOLDER", () => readFileBeneath(folder, "images/bad"));
    fails("FILE_OUTSIDE_FOLDER", () => readFileBeneath(folder, "up/secret"));
    fails("FILE_NOT_FOUND", () => readFileBeneath(folder, "images/none"));
  });
});

Deno.test("writeFile() writes over a file only when told", () => {
  inFolder((folder) => {
    const path = `${folder}/a`;
    writeFile(path, BYTES, { replace: false });
    fails("FILE_EXISTS", () => writeFile(path, BYTES, { replace: false }));
    writeFile(path, Uint8Array.of(9), { replace: true });
    deepStrictEqual(readFile(path), Uint8Array.of(9));
    fails("FILE_UNWRITABLE", () => writeFile(`${folder}/no/a`, BYTES, { replace: true }));
  });
});

Deno.test("createHost() knows the size of no terminal, and asks nobody", () => {
  const host = createHost();
  const { columns, rows } = host.terminalSize();
  ok(columns > 0 && rows > 0);
  if (!Deno.stdin.isTerminal()) strictEqual(host.confirm("Go on?"), false);
});

Deno.test("Host.absolutePath() gives one path for one file, however it is spelled", () => {
  const { absolutePath } = createHost();
  const here = Deno.cwd();
  for (const spelled of ["fleet.yaml", "./fleet.yaml", ".//./fleet.yaml", `${here}/./fleet.yaml`]) {
    strictEqual(absolutePath(spelled), `${here}/fleet.yaml`, spelled);
  }
  strictEqual(absolutePath("../fleet.yaml"), `${here.slice(0, here.lastIndexOf("/"))}/fleet.yaml`);
  strictEqual(absolutePath("/bench//a/./fleet.yaml"), "/bench/a/fleet.yaml");
  // What is behind a link is not where its letters say.
  strictEqual(absolutePath("/bench/link/../fleet.yaml"), "/bench/link/../fleet.yaml");
});
