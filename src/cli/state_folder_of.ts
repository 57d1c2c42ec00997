import { type Host, stateFolder } from "../adapters/mod.ts";
import type { Fleet } from "../fleet/mod.ts";
import { type CommandArguments, optionText } from "./command_spec.ts";
import { StateFolderError } from "./state_folder_error.ts";

/**
 * Tells where journals are kept and looked for: where `--state` says, else where the fleet file says,
 * beneath its own folder, else in the user's state folder.
 *
 * @param args The command line.
 * @param host The outside.
 * @param fleet The fleet, where there is one.
 * @returns The folder; `undefined` where nothing tells.
 */
export function stateFolderOf(
  args: CommandArguments,
  host: Pick<Host, "env" | "absolutePath">,
  fleet?: Pick<Fleet, "file" | "state">,
): string | undefined {
  const chosen = optionText(args, "state");
  if (chosen !== undefined) return host.absolutePath(chosen);
  if (fleet?.state === undefined) {
    const own = stateFolder((name) => host.env(name));
    return own && host.absolutePath(own);
  }
  const path = host.absolutePath(fleet.file);
  return host.absolutePath(`${path.slice(0, path.lastIndexOf("/"))}/${fleet.state}`);
}

/**
 * As {@linkcode stateFolderOf}, where nothing can be done without it.
 *
 * @param args The command line.
 * @param host The outside.
 * @returns The folder.
 * @throws {StateFolderError} If nothing tells where it is.
 */
export function neededState(
  args: CommandArguments,
  host: Pick<Host, "env" | "absolutePath">,
): string {
  const state = stateFolderOf(args, host);
  if (state === undefined) throw new StateFolderError("look into journals");
  return state;
}
