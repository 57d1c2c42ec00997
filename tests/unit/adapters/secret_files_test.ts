import { deepStrictEqual, strictEqual, throws } from "node:assert/strict";
import { readSecretFile, writeSecretFile } from "../../../src/adapters/mod.ts";

Deno.test("writeSecretFile() writes for the owner alone, and never over a file", () => {
  const folder = Deno.makeTempDirSync();
  try {
    const path = `${folder}/key`;
    writeSecretFile(path, Uint8Array.of(1, 2));
    strictEqual(Deno.statSync(path).mode! & 0o777, 0o600);
    deepStrictEqual(readSecretFile(path), Uint8Array.of(1, 2));
    throws(() => writeSecretFile(path, Uint8Array.of(3)), { code: "FILE_EXISTS" });
    for (const mode of [0o640, 0o604, 0o620, 0o601]) {
      Deno.chmodSync(path, mode);
      throws(() => readSecretFile(path), { code: "KEY_FILE_OPEN" }, mode.toString(8));
    }
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
});
