import type { Host } from "../../adapters/mod.ts";
import { BUNDLE_CBOR, decodeSuitEnvelope, decodeTrustFile } from "../../bundle/mod.ts";
import { cborDiagnostic, decodeCbor } from "../../codec/mod.ts";
import type { CommandArguments } from "../command_spec.ts";
import { describeEnvelope, describeTrust } from "../describe_release.ts";
import { EXIT_STATUS, type ExitStatus } from "../exit_status.ts";
import { Output } from "../output.ts";

const ENVELOPE_START = 0xD8;

/**
 * Shows all that a bundle or a trust file holds, in words and in CBOR's diagnostic notation. Digests
 * inside the file are compared; signatures are only shown.
 *
 * @param args The command line.
 * @param host The outside.
 * @returns 0.
 */
export function run(args: CommandArguments, host: Host): Promise<ExitStatus> {
  const output = new Output(args, host);
  const file = args.operands[0]!;
  const bytes = host.readFile(file);
  const lines = bytes[0] === ENVELOPE_START
    ? describeEnvelope(decodeSuitEnvelope(bytes))
    : describeTrustBytes(bytes);
  const diagnostic = cborDiagnostic(decodeCbor(bytes, BUNDLE_CBOR), BUNDLE_CBOR);
  output.result([...lines, "", "as CBOR:", diagnostic].join("\n"));
  output.summary({ file, lines, diagnostic });
  return Promise.resolve(EXIT_STATUS.ok);
}

function describeTrustBytes(bytes: Uint8Array): readonly string[] {
  const { trust, signatures } = decodeTrustFile(bytes);
  return describeTrust(trust, signatures);
}
