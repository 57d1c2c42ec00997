import { UsageError } from "../usage_error.ts";

/**
 * Refuses: the launchers carry this command out, as building takes more rights than they ever give.
 *
 * @returns Nothing.
 * @throws {UsageError} Always.
 */
export function run(): Promise<never> {
  const state = "canvoy's launcher does that, and this program was started without it";
  return Promise.reject(new UsageError("setup can", `Cannot set up CAN: ${state}`));
}
