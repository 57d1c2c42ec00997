import {
  decodePem,
  decryptPkcs8,
  type Host,
  importSigningKey,
  KeyFileError,
  type SigningKey,
} from "../adapters/mod.ts";
import type { NamedKey } from "../bundle/mod.ts";
import { type CommandArguments, optionText } from "./command_spec.ts";

/**
 * Reads the private key that a command line names.
 *
 * @param path The file: PKCS#8 PEM, perhaps encrypted.
 * @param args The command line: `--passphrase`.
 * @param host The outside.
 * @returns The key.
 * @throws {KeyFileError} If it cannot be used.
 */
export async function loadSigningKey(
  path: string,
  args: CommandArguments,
  host: Host,
): Promise<SigningKey> {
  const { label, der } = decodePem(path, new TextDecoder().decode(host.readSecretFile(path)));
  const passphrase = readPassphrase(args, host);
  if (label === "ENCRYPTED PRIVATE KEY" && passphrase === undefined) {
    throw new KeyFileError("KEY_FILE_PASSPHRASE", path, "it needs --passphrase FILE");
  }
  const pkcs8 = label === "ENCRYPTED PRIVATE KEY"
    ? await decryptPkcs8(path, der, passphrase!)
    : der;
  const key = label.endsWith("PRIVATE KEY") ? await importSigningKey(pkcs8) : undefined;
  if (key !== undefined) return key;
  throw new KeyFileError("KEY_FILE_FORMAT", path, "it holds no Ed25519 or P-256 private key");
}

/**
 * Reads a public key.
 *
 * @param path The file: SubjectPublicKeyInfo, PEM.
 * @param host The outside.
 * @returns The key, named by its file.
 * @throws {KeyFileError} If it holds no public key.
 */
export function loadPublicKey(path: string, host: Host): NamedKey {
  const { label, der } = decodePem(path, new TextDecoder().decode(host.readFile(path)));
  if (label !== "PUBLIC KEY") {
    throw new KeyFileError("KEY_FILE_FORMAT", path, "it holds no public key");
  }
  const file = path.slice(path.lastIndexOf("/") + 1);
  return { name: file.replace(/(\.pub)?(\.pem)?(\.pub)?$/, ""), spki: der };
}

/**
 * Reads the passphrase that a command line names.
 *
 * @param args The command line: `--passphrase`, a file whose first line it is.
 * @param host The outside.
 * @returns The passphrase; `undefined` where none is named.
 */
export function readPassphrase(args: CommandArguments, host: Host): string | undefined {
  const path = optionText(args, "passphrase");
  if (path === undefined) return undefined;
  const [line = ""] = new TextDecoder().decode(host.readSecretFile(path)).split(/\r?\n/);
  if (line !== "") return line;
  throw new KeyFileError("KEY_FILE_PASSPHRASE", path, "its first line is empty");
}
