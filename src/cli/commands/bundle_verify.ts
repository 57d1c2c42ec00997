import type { Host } from "../../adapters/mod.ts";
import type { CommandArguments } from "../command_spec.ts";
import { EXIT_STATUS, type ExitStatus } from "../exit_status.ts";
import { openRelease } from "../open_release.ts";
import { Output } from "../output.ts";

/**
 * Verifies a bundle: structure, digests, sizes, signatures, trust.
 *
 * @param args The command line.
 * @param host The outside.
 * @returns 0; what is wrong is thrown.
 */
export async function run(args: CommandArguments, host: Host): Promise<ExitStatus> {
  const output = new Output(args, host);
  const file = args.operands[0]!;
  const values = new Map([...args.values, ["bundle", [file]]]);
  const { release, signers } = (await openRelease({ ...args, values }, host))!;
  output.result(
    `${file}: good, release ${release.sequenceNumber} of ${release.vendor}, ` +
      `signed by ${signers.join(", ")}`,
  );
  for (const { name, hardware, version } of release.components) {
    output.result(`  ${name} ${version ?? "without version"} for ${hardware}`);
  }
  const { vendor, sequenceNumber, components } = release;
  output.summary({ file, vendor, sequenceNumber, components, signers });
  return EXIT_STATUS.ok;
}
