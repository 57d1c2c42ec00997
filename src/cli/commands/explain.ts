import type { Speaker } from "../../adapters/light.ts";
import { nearestWord } from "../../core/light.ts";
import { explainCode, knownCodes } from "../../report/light.ts";
import type { CommandArguments } from "../command_spec.ts";
import { EXIT_STATUS, type ExitStatus } from "../exit_status.ts";
import { Output } from "../output.ts";
import { UsageError } from "../usage_error.ts";

/**
 * Explains an error code, or lists all.
 *
 * @param args The command line.
 * @param host The outside.
 * @returns 0.
 */
export function run(args: CommandArguments, host: Speaker): Promise<ExitStatus> {
  const output = new Output(args, host);
  const word = args.operands[0]?.toUpperCase();
  const codes = word === undefined ? knownCodes() : [word];
  const explained = codes.map((code) => {
    const found = explainCode(code);
    if (found !== undefined) return found;
    const nearest = nearestWord(code, knownCodes());
    const hint = nearest === undefined ? "" : `, did you mean ${nearest}?`;
    throw new UsageError(args.command, `Cannot explain "${word}": there is no such code${hint}`);
  });
  for (const { code, meaning, remedy } of explained) {
    output.result(word === undefined ? `${code}\n  ${remedy}` : `${code}: ${meaning}.\n${remedy}.`);
  }
  output.summary({ codes: explained });
  return Promise.resolve(EXIT_STATUS.ok);
}
