import { deepStrictEqual, ok, rejects, strictEqual, throws } from "node:assert/strict";
import { createPrivateKey } from "node:crypto";
import {
  decodePem,
  decryptPkcs8,
  encodePem,
  encryptPkcs8,
  generateSigningKey,
} from "../../../src/adapters/mod.ts";

const PASSPHRASE = "words of some length";
const { pkcs8 } = await generateSigningKey("ES256");
const encrypted = await encryptPkcs8(pkcs8, PASSPHRASE);

Deno.test("encryptPkcs8() makes what decryptPkcs8() and the runtime's own reader open", async () => {
  deepStrictEqual(await decryptPkcs8("a", encrypted, PASSPHRASE), pkcs8);
  const pem = encodePem("ENCRYPTED PRIVATE KEY", encrypted);
  const key = createPrivateKey({ key: pem, passphrase: PASSPHRASE });
  strictEqual(key.asymmetricKeyType, "ec");
  ok(!encrypted.toHex().includes(pkcs8.toHex().slice(-64)));
});

Deno.test("decryptPkcs8() refuses another passphrase without telling more", async () => {
  await rejects(decryptPkcs8("a", encrypted, `${PASSPHRASE}.`), {
    code: "KEY_FILE_PASSPHRASE",
    message: "Cannot use key file a: the passphrase does not open it",
  });
});

Deno.test("decryptPkcs8() refuses what only its padding has come out of right", async () => {
  const garbage = [
    new Uint8Array(pkcs8.length).fill(0xA5),
    pkcs8.subarray(1),
    Uint8Array.of(...pkcs8, 0),
    pkcs8.with(4, 7),
    new Uint8Array(0),
  ];
  for (const plain of garbage) {
    const changed = await encryptPkcs8(plain, PASSPHRASE);
    await rejects(decryptPkcs8("a", changed, PASSPHRASE), { code: "KEY_FILE_PASSPHRASE" });
  }
});

Deno.test("decryptPkcs8() refuses counts of iterations that cost nothing or stall, and cut files", async () => {
  const hex = encrypted.toHex();
  const count = "0203" + "0927c0";
  ok(hex.includes(count));
  for (const other of ["0203000000", "0203ffffff", "0203989681"]) {
    const changed = Uint8Array.fromHex(hex.replace(count, other));
    await rejects(decryptPkcs8("a", changed, PASSPHRASE), { code: "KEY_FILE_FORMAT" }, other);
  }
  for (let length = 0; length < encrypted.length; length += 7) {
    const cut = encrypted.subarray(0, length);
    await rejects(decryptPkcs8("a", cut, PASSPHRASE), { code: "KEY_FILE_FORMAT" }, `${length}`);
  }
});

Deno.test("decodePem() refuses what is no PEM, and quotes nothing of it", () => {
  for (
    const text of [
      "",
      "secret",
      "-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PUBLIC KEY-----",
      "-----BEGIN PRIVATE KEY-----\nc2VjcmV0=====\n-----END PRIVATE KEY-----",
    ]
  ) {
    throws(() => decodePem("a", text), {
      code: "KEY_FILE_FORMAT",
      message: "Cannot use key file a: it is no PEM file with a key",
    });
  }
});
