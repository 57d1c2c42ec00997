import type { Host } from "../../adapters/mod.ts";
import { decodeSuitEnvelope, readRelease } from "../../bundle/mod.ts";
import { writeIntelHex } from "../../image/mod.ts";
import { type CommandArguments, optionText } from "../command_spec.ts";
import { EXIT_STATUS, type ExitStatus } from "../exit_status.ts";
import { openRelease } from "../open_release.ts";
import { Output } from "../output.ts";
import { UsageError } from "../usage_error.ts";

/**
 * Writes the images of a bundle as Intel HEX files into a folder. Their names are letters, digits,
 * `.`, `_` and `-`, and no file that is there is written over, so nothing leaves the folder.
 *
 * @param args The command line.
 * @param host The outside.
 * @returns 0.
 */
export async function run(args: CommandArguments, host: Host): Promise<ExitStatus> {
  const output = new Output(args, host);
  const file = args.operands[0]!;
  const folder = optionText(args, "output");
  if (folder === undefined) throw new UsageError(args.command, "--output FOLDER is needed");
  const values = new Map([...args.values, ["bundle", [file]]]);
  const release = args.values.has("trust")
    ? (await openRelease({ ...args, values }, host))!.release
    : readRelease(decodeSuitEnvelope(host.readFile(file)));
  const files = [...release.images].map(([name, image]) => {
    const target = `${folder}/${name}.hex`;
    const content = new TextEncoder().encode(writeIntelHex(image));
    host.writeFile(target, content, { replace: false });
    output.result(target);
    return target;
  });
  output.summary({ file, files });
  return EXIT_STATUS.ok;
}
