import type { Host } from "../../adapters/mod.ts";
import type { CommandArguments } from "../command_spec.ts";
import { EXIT_STATUS, type ExitStatus } from "../exit_status.ts";
import { INIT_TEXT } from "../init_text.ts";
import { Output } from "../output.ts";

const DEFAULT_FILE = "fleet.yaml";

/**
 * Writes a commented fleet file to start from; never over a file that is there.
 *
 * @param args The command line.
 * @param host The outside.
 * @returns 0.
 */
export function run(args: CommandArguments, host: Host): Promise<ExitStatus> {
  const output = new Output(args, host);
  const [file = DEFAULT_FILE] = args.operands;
  host.writeFile(file, new TextEncoder().encode(INIT_TEXT), { replace: false });
  output.result(`${file}: a fleet file to start from`);
  output.note(`Name your bus, image and nodes in it, then look at "canvoy plan ${file}".`);
  output.summary({ file });
  return Promise.resolve(EXIT_STATUS.ok);
}
