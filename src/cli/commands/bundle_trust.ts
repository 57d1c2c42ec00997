import type { Host } from "../../adapters/mod.ts";
import {
  decodeTrustFile,
  encodeTrust,
  encodeTrustFile,
  keyIdOf,
  type TrustedKey,
  type TrustFile,
} from "../../bundle/mod.ts";
import { type CommandArguments, optionList, optionNumber, optionText } from "../command_spec.ts";
import { EXIT_STATUS, type ExitStatus } from "../exit_status.ts";
import { Output } from "../output.ts";
import { loadPublicKey } from "../signing_keys.ts";
import { UsageError } from "../usage_error.ts";

/**
 * Writes a trust file, not signed yet: a first one, or the next after another (`--previous`), whose
 * keys it keeps.
 *
 * @param args The command line.
 * @param host The outside.
 * @returns 0.
 */
export function run(args: CommandArguments, host: Host): Promise<ExitStatus> {
  const output = new Output(args, host);
  const file = args.operands[0]!;
  const previousFile = optionText(args, "previous");
  const previous = previousFile === undefined
    ? undefined
    : decodeTrustFile(host.readFile(previousFile)).trust;
  const keys = keysOf(args, host, previous);
  const revoked = new Map((previous?.revoked ?? []).map((id) => [id.toHex(), id]));
  for (const start of optionList(args, "revoke")) {
    const id = keys.map(({ spki }) => keyIdOf(spki)).find((known) =>
      known.toHex().startsWith(start.toLowerCase())
    );
    if (id === undefined) throw new UsageError(args.command, `--revoke ${start}: no such key`);
    revoked.set(id.toHex(), id);
  }
  const trust: TrustFile = {
    sequenceNumber: (previous?.sequenceNumber ?? 0) + 1,
    expiresAtS: readExpiry(args),
    threshold: optionNumber(args, "threshold") ?? previous?.threshold ?? 1,
    rootThreshold: optionNumber(args, "root-threshold") ?? previous?.rootThreshold ?? 1,
    keys,
    revoked: [...revoked.values()],
  };
  host.writeFile(file, encodeTrustFile(encodeTrust(trust), []), { replace: false });
  output.result(`${file}: trust file ${trust.sequenceNumber}, ${keys.length} keys, not signed yet`);
  output.note(`Have its root keys sign it: canvoy bundle sign ${file} --key KEY`);
  output.summary({ file, sequenceNumber: trust.sequenceNumber, keys: keys.length });
  return Promise.resolve(EXIT_STATUS.ok);
}

/** Without `--root`, the keys that sign releases sign trust files too. */
function keysOf(
  args: CommandArguments,
  host: Host,
  previous: TrustFile | undefined,
): readonly TrustedKey[] {
  const release = optionList(args, "key").map((path) => loadPublicKey(path, host));
  const root = optionList(args, "root").map((path) => loadPublicKey(path, host));
  const keys = new Map((previous?.keys ?? []).map((key) => [key.spki.toHex(), key]));
  const isBoth = root.length === 0 && previous === undefined;
  for (const key of [...release, ...root]) {
    const id = key.spki.toHex();
    const isRoot = isBoth || root.some(({ spki }) => spki.toHex() === id);
    keys.set(id, {
      ...key,
      isRoot: isRoot || keys.get(id)?.isRoot === true,
      isRelease: release.some(({ spki }) => spki.toHex() === id) ||
        keys.get(id)?.isRelease === true,
    });
  }
  if (keys.size === 0) throw new UsageError(args.command, "--key FILE is needed");
  return [...keys.values()];
}

function readExpiry(args: CommandArguments): number {
  const text = optionText(args, "expires") ?? "";
  const ms = /^\d{4}-\d{2}-\d{2}$/.test(text) ? Date.parse(`${text}T00:00:00Z`) : NaN;
  if (ms >= 0) return ms / 1000;
  throw new UsageError(args.command, "--expires YYYY-MM-DD is needed");
}
