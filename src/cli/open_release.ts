import { type Host, verifySignature } from "../adapters/mod.ts";
import {
  BundleError,
  checkRootsSigned,
  checksOf,
  checkTrustIsCurrent,
  decodeSuitEnvelope,
  decodeTrustFile,
  judgeSigners,
  readRelease,
  type Release,
  signedDigest,
  type SignedTrustFile,
  TRUST_AAD,
  type TrustFile,
} from "../bundle/mod.ts";
import { type CommandArguments, optionText } from "./command_spec.ts";
import { UsageError } from "./usage_error.ts";

/** A release whose signatures count. */
export interface TrustedRelease {
  /** The release. */
  readonly release: Release;
  /** Names of the keys that signed it and count. */
  readonly signers: readonly string[];
  /** What they signed: the digest of its manifest. */
  readonly digest: Uint8Array;
}

/** What signatures of releases cover beside the digest of the manifest: nothing. */
const RELEASE_AAD = new Uint8Array(0);

/**
 * Opens the bundle that a command line names and compares it with the trust files: structure,
 * digests, sizes, signatures, trust.
 *
 * @param args The command line: `--bundle`, `--trust`.
 * @param host The outside.
 * @param rootKeyIds Root keys that must have signed the trust file.
 * @returns The release; `undefined` where no bundle is named.
 * @throws {CanvoyError} Whatever is wrong.
 */
export async function openRelease(
  args: CommandArguments,
  host: Host,
  rootKeyIds: readonly string[] = [],
): Promise<TrustedRelease | undefined> {
  const bundle = optionText(args, "bundle");
  const trusts = args.values.get("trust") ?? [];
  if (bundle === undefined) {
    if (trusts.length > 0) throw new UsageError(args.command, "--trust needs --bundle FILE");
    return undefined;
  }
  if (trusts.length === 0) throw new UsageError(args.command, "--bundle needs --trust FILE");
  const trust = await openTrust(trusts.map((path) => host.readFile(path)), {
    nowS: host.nowMs() / 1000,
    rootKeyIds,
  });
  return await verifyRelease(host.readFile(bundle), trust);
}

/**
 * Verifies a bundle. What is cheap comes first: structure and digests before signatures.
 *
 * @param bytes The bundle.
 * @param trust Whose signatures count.
 * @returns The release.
 * @throws {BundleError} Whatever is wrong.
 */
export async function verifyRelease(bytes: Uint8Array, trust: TrustFile): Promise<TrustedRelease> {
  const envelope = decodeSuitEnvelope(bytes);
  const release = readRelease(envelope);
  const keys = trust.keys.filter(({ isRelease }) => isRelease);
  const digest = signedDigest(envelope.manifest);
  const checks = checksOf(envelope.signatures, keys, {
    payload: digest,
    externalAad: RELEASE_AAD,
    what: "bundle",
  });
  const signers = judgeSigners(checks, await Promise.all(checks.map(verifySignature)), {
    threshold: trust.threshold,
    revoked: trust.revoked,
    what: "bundle",
    codes: { invalid: "BUNDLE_SIGNATURE", tooFew: "BUNDLE_THRESHOLD" },
  });
  return { release, signers, digest };
}

/**
 * Verifies a chain of trust files: each is signed by enough root keys of its own, and each but the
 * first by enough of the one before, of which it is newer.
 *
 * @param files The files, the oldest first; at least one.
 * @param asked The present time, and root keys that must have signed the first.
 * @returns What the last says.
 * @throws {BundleError} Whatever is wrong.
 */
export async function openTrust(
  files: readonly Uint8Array[],
  asked: { readonly nowS: number; readonly rootKeyIds: readonly string[] },
): Promise<TrustFile> {
  let previous: TrustFile | undefined;
  for (const bytes of files) {
    const file = decodeTrustFile(bytes);
    await verifyTrust(file, previous ?? file.trust, file.trust);
    if (previous === undefined) {
      checkRootsSigned(file, asked.rootKeyIds);
    } else if (file.trust.sequenceNumber <= previous.sequenceNumber) {
      throw new BundleError(
        "TRUST_ROLLBACK",
        `Cannot use trust file: its number ${file.trust.sequenceNumber} does not follow ` +
          previous.sequenceNumber,
      );
    }
    previous = file.trust;
  }
  checkTrustIsCurrent(previous!, asked.nowS);
  return previous!;
}

/** A signature by a root of either file may be there; both have to have enough of their own. */
async function verifyTrust(
  { payload, signatures }: SignedTrustFile,
  ...rules: readonly TrustFile[]
): Promise<void> {
  const keys = rules.flatMap((rule) => rule.keys).filter(({ isRoot }) => isRoot)
    .filter(({ spki }, i, all) => all.findIndex((one) => equal(one.spki, spki)) === i);
  const checks = checksOf(signatures, keys, {
    payload,
    externalAad: TRUST_AAD,
    what: "trust file",
  });
  const results = await Promise.all(checks.map(verifySignature));
  for (const rule of rules) {
    const isOwn = checks.map(({ key }) =>
      rule.keys.some(({ spki, isRoot }) => isRoot && equal(spki, key.spki))
    );
    judgeSigners(checks.filter((_check, i) => isOwn[i]), results.filter((_result, i) => isOwn[i]), {
      threshold: rule.rootThreshold,
      revoked: rule.revoked,
      what: "trust file",
      codes: { invalid: "TRUST_SIGNATURE", tooFew: "TRUST_SIGNATURE" },
    });
  }
}

function equal(left: Uint8Array, right: Uint8Array): boolean {
  return left.length === right.length && left.every((byte, i) => byte === right[i]);
}
