import type { Host, SigningKey } from "../../adapters/mod.ts";
import {
  type CoseSign1,
  decodeSuitEnvelope,
  decodeTrustFile,
  encodeSuitEnvelope,
  encodeTrustFile,
  keyIdOf,
  protectedHeader,
  readRelease,
  signedDigest,
  toBeSigned,
  TRUST_AAD,
} from "../../bundle/mod.ts";
import { equalBytes } from "../../core/mod.ts";
import { type CommandArguments, optionText } from "../command_spec.ts";
import { EXIT_STATUS, type ExitStatus } from "../exit_status.ts";
import { Output } from "../output.ts";
import { loadSigningKey } from "../signing_keys.ts";
import { UsageError } from "../usage_error.ts";

/** A SUIT envelope begins with tag 107; a trust file is an array. */
const ENVELOPE_START = 0xD8;

/**
 * Signs a bundle or a trust file; a signature by the same key is replaced.
 *
 * @param args The command line.
 * @param host The outside.
 * @returns 0.
 */
export async function run(args: CommandArguments, host: Host): Promise<ExitStatus> {
  const output = new Output(args, host);
  const file = args.operands[0]!;
  const keyFile = optionText(args, "key");
  if (keyFile === undefined) throw new UsageError(args.command, "--key FILE is needed");
  const bytes = host.readFile(file);
  const key = await loadSigningKey(keyFile, args, host);
  const { signed, count } = bytes[0] === ENVELOPE_START
    ? await signBundle(bytes, key)
    : await signTrust(bytes, key);
  host.writeFile(file, signed, { replace: true });
  const keyId = keyIdOf(key.spki).toHex();
  output.result(`${file}: signed by ${keyId.slice(0, 16)}, ${count} signatures in all`);
  output.summary({ file, keyId, signatures: count });
  return EXIT_STATUS.ok;
}

async function signBundle(
  bytes: Uint8Array,
  key: SigningKey,
): Promise<{ readonly signed: Uint8Array; readonly count: number }> {
  const envelope = decodeSuitEnvelope(bytes);
  readRelease(envelope);
  const signature = await sign(key, signedDigest(envelope.manifest), new Uint8Array(0));
  const signatures = [...othersOf(envelope.signatures, key), signature];
  return { signed: encodeSuitEnvelope({ ...envelope, signatures }), count: signatures.length };
}

async function signTrust(
  bytes: Uint8Array,
  key: SigningKey,
): Promise<{ readonly signed: Uint8Array; readonly count: number }> {
  const { payload, signatures: before } = decodeTrustFile(bytes);
  const signatures = [...othersOf(before, key), await sign(key, payload, TRUST_AAD)];
  return { signed: encodeTrustFile(payload, signatures), count: signatures.length };
}

function othersOf(signatures: readonly CoseSign1[], key: SigningKey): readonly CoseSign1[] {
  const own = keyIdOf(key.spki);
  return signatures.filter(({ keyId }) => keyId === undefined || !equalBytes(keyId, own));
}

async function sign(
  key: SigningKey,
  payload: Uint8Array,
  externalAad: Uint8Array,
): Promise<CoseSign1> {
  const keyId = keyIdOf(key.spki);
  const protectedBytes = protectedHeader(key.algorithm, keyId);
  return {
    algorithm: key.algorithm,
    isAlgorithmProtected: true,
    keyId,
    protectedBytes,
    unprotected: new Map(),
    signature: await key.sign(toBeSigned(protectedBytes, payload, externalAad)),
  };
}
