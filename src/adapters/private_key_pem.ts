import { KeyFileError } from "./key_file_error.ts";

/** What OWASP asks of PBKDF2 with HMAC-SHA-256 (2023). */
const ITERATIONS = 600_000;
/** Other programs' keys may cost this much, not more: a hostile file must not stall us. */
const ITERATIONS_MAX = 10_000_000;
/** DER of the object identifiers, without their heads. */
const OID = {
  pbes2: "2a864886f70d01050d",
  pbkdf2: "2a864886f70d01050c",
  hmacSha256: "2a864886f70d0209",
  aes256Cbc: "60864801650304012a",
} as const;

const SEQUENCE = 0x30;
const INTEGER = 0x02;
const OCTETS = 0x04;
const NULL = 0x05;
const OBJECT = 0x06;

/**
 * Writes bytes as PEM.
 *
 * Source: RFC 7468, "Textual Encodings of PKIX, PKCS, and CMS Structures".
 *
 * @param label `PUBLIC KEY`, `PRIVATE KEY` or `ENCRYPTED PRIVATE KEY`.
 * @param der The bytes.
 * @returns The text.
 */
export function encodePem(label: string, der: Uint8Array): string {
  const lines = der.toBase64().match(/.{1,64}/g) ?? [];
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ""].join("\n");
}

/**
 * Reads PEM.
 *
 * @param file Name of the file, for messages.
 * @param text Its text.
 * @returns Label and bytes.
 * @throws {KeyFileError} If it is no PEM.
 */
export function decodePem(
  file: string,
  text: string,
): { readonly label: string; readonly der: Uint8Array } {
  const match = /-----BEGIN ([A-Z ]+)-----([A-Za-z0-9+/=\s]+)-----END \1-----/.exec(text);
  try {
    if (match !== null) {
      return { label: match[1]!, der: Uint8Array.fromBase64(match[2]!.replaceAll(/\s/g, "")) };
    }
  } catch {
    // Said below; what the decoder says could quote the key.
  }
  throw new KeyFileError("KEY_FILE_FORMAT", file, "it is no PEM file with a key");
}

/**
 * Encrypts a private key under a passphrase: PBES2, PBKDF2 with HMAC-SHA-256, AES-256-CBC, as
 * `openssl pkcs8` reads it.
 *
 * Source: RFC 8018, "PKCS #5: Password-Based Cryptography"; RFC 5958.
 *
 * @param pkcs8 PrivateKeyInfo, DER.
 * @param passphrase The passphrase.
 * @returns EncryptedPrivateKeyInfo, DER.
 */
export async function encryptPkcs8(pkcs8: Uint8Array, passphrase: string): Promise<Uint8Array> {
  const salt = crypto.getRandomValues(new Uint8Array(16));
  const iv = crypto.getRandomValues(new Uint8Array(16));
  const key = await deriveKey(passphrase, salt, ITERATIONS, "encrypt");
  const plain = new Uint8Array(pkcs8);
  const encrypted = await crypto.subtle.encrypt({ name: "AES-CBC", iv }, key, plain);
  const iterations = Uint8Array.of(ITERATIONS >>> 16, (ITERATIONS >>> 8) & 0xFF, ITERATIONS & 0xFF);
  const kdf = item(
    SEQUENCE,
    object(OID.pbkdf2),
    item(
      SEQUENCE,
      item(OCTETS, salt),
      item(INTEGER, iterations),
      item(SEQUENCE, object(OID.hmacSha256), item(NULL)),
    ),
  );
  const cipher = item(SEQUENCE, object(OID.aes256Cbc), item(OCTETS, iv));
  const scheme = item(SEQUENCE, object(OID.pbes2), item(SEQUENCE, kdf, cipher));
  return item(SEQUENCE, scheme, item(OCTETS, new Uint8Array(encrypted)));
}

/**
 * Decrypts what {@linkcode encryptPkcs8} makes, and openssl with the same methods.
 *
 * @param file Name of the file, for messages.
 * @param der EncryptedPrivateKeyInfo, DER.
 * @param passphrase The passphrase.
 * @returns PrivateKeyInfo, DER.
 * @throws {KeyFileError} If the passphrase is wrong, or other methods were used.
 */
export async function decryptPkcs8(
  file: string,
  der: Uint8Array,
  passphrase: string,
): Promise<Uint8Array> {
  const { salt, iterations, iv, encrypted } = readScheme(file, der);
  const key = await deriveKey(passphrase, salt, iterations, "decrypt");
  const algorithm = { name: "AES-CBC", iv: new Uint8Array(iv) };
  const plain = await crypto.subtle.decrypt(algorithm, key, new Uint8Array(encrypted))
    .catch(() => new ArrayBuffer(0));
  const pkcs8 = new Uint8Array(plain);
  if (isPrivateKeyInfo(pkcs8)) return pkcs8;
  throw new KeyFileError("KEY_FILE_PASSPHRASE", file, "the passphrase does not open it");
}

/** By its padding alone, one wrong passphrase in 256 passes for the right one. */
function isPrivateKeyInfo(der: Uint8Array): boolean {
  try {
    const [whole, ...behind] = children(der);
    const [version] = children(whole!.content);
    return der[0] === SEQUENCE && behind.length === 0 && whole!.content[0] === INTEGER &&
      version!.content.length === 1 && version!.content[0]! <= 1;
  } catch {
    return false;
  }
}

interface Scheme {
  readonly salt: Uint8Array;
  readonly iterations: number;
  readonly iv: Uint8Array;
  readonly encrypted: Uint8Array;
}

function readScheme(file: string, der: Uint8Array): Scheme {
  try {
    const [scheme, encrypted] = children(children(der)[0]!.content);
    const [pbes2, parameters] = children(scheme!.content);
    const [kdf, cipher] = children(parameters!.content);
    const [pbkdf2, kdfParameters] = children(kdf!.content);
    const [salt, count, ...rest] = children(kdfParameters!.content);
    const hmac = children(rest.at(-1)!.content)[0]!;
    const [aes, iv] = children(cipher!.content);
    const names = [pbes2, pbkdf2, hmac, aes].map((one) => one!.content.toHex());
    const expected = [OID.pbes2, OID.pbkdf2, OID.hmacSha256, OID.aes256Cbc];
    const iterations = Number(`0x${count!.content.toHex()}`);
    const isCountable = iterations >= 1 && iterations <= ITERATIONS_MAX;
    if (names.join() === expected.join() && isCountable) {
      return { salt: salt!.content, iterations, iv: iv!.content, encrypted: encrypted!.content };
    }
  } catch {
    // Said below.
  }
  const state = "it is not encrypted by PBES2 with PBKDF2, HMAC-SHA-256 and AES-256-CBC";
  throw new KeyFileError("KEY_FILE_FORMAT", file, state);
}

async function deriveKey(
  passphrase: string,
  salt: Uint8Array,
  iterations: number,
  usage: "encrypt" | "decrypt",
): Promise<CryptoKey> {
  const secret = new TextEncoder().encode(passphrase.normalize("NFC"));
  const base = await crypto.subtle.importKey("raw", secret, "PBKDF2", false, ["deriveKey"]);
  return await crypto.subtle.deriveKey(
    { name: "PBKDF2", hash: "SHA-256", salt: new Uint8Array(salt), iterations },
    base,
    { name: "AES-CBC", length: 256 },
    false,
    [usage],
  );
}

function object(oid: string): Uint8Array {
  return item(OBJECT, Uint8Array.fromHex(oid));
}

/** One item of DER: tag, length, content. */
function item(tag: number, ...parts: readonly Uint8Array[]): Uint8Array {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const head = length < 0x80
    ? [length]
    : length < 0x100
    ? [0x81, length]
    : [0x82, length >> 8, length & 0xFF];
  return Uint8Array.of(tag, ...head, ...parts.flatMap((part) => [...part]));
}

/** The items that bytes of DER are made of; throws what says nothing of the bytes. */
function children(der: Uint8Array): readonly { readonly content: Uint8Array }[] {
  const items: { content: Uint8Array }[] = [];
  let at = 0;
  while (at < der.length) {
    const first = der[at + 1] ?? 0;
    const extra = first < 0x80 ? 0 : first & 0x7F;
    if (extra > 2) throw new RangeError("Cannot read DER: it is too long");
    let length = extra === 0 ? first : 0;
    for (let i = 0; i < extra; i++) length = length * 256 + der[at + 2 + i]!;
    const start = at + 2 + extra;
    if (start + length > der.length) throw new RangeError("Cannot read DER: it is cut");
    items.push({ content: der.subarray(start, start + length) });
    at = start + length;
  }
  return items;
}
