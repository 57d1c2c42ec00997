import {
  ADDRESS_RANGE_RULE,
  type AddressRange,
  meantAddressRange,
  parseAddressRange,
} from "../core/mod.ts";
import { type CommandArguments, optionText } from "./command_spec.ts";
import { UsageError } from "./usage_error.ts";

/**
 * Reads which addresses of a firmware file are meant.
 *
 * @param args The command line: `--range`.
 * @returns The range; `undefined` where all of it is meant.
 * @throws {UsageError} If the option says none.
 */
export function imageRange(args: CommandArguments): AddressRange | undefined {
  const text = optionText(args, "range");
  if (text === undefined) return undefined;
  const range = parseAddressRange(text);
  if (range !== undefined) return range;
  const meant = meantAddressRange(text);
  const hint = meant === undefined ? "" : `, did you mean ${meant}?`;
  throw new UsageError(args.command, `--range ${text}: expected ${ADDRESS_RANGE_RULE}${hint}`);
}
