/**
 * Tells where canvoy keeps what outlives a run. The launcher asks it before it may load anything, so
 * this file imports nothing.
 *
 * Source: XDG Base Directory Specification: `$XDG_STATE_HOME`, `$HOME/.local/state` unless set; a
 * path that is not absolute counts as not set.
 *
 * @param env Reads an environment variable.
 * @returns The folder, which may not exist yet; `undefined` where nothing tells.
 */
export function stateFolder(env: (name: string) => string | undefined): string | undefined {
  const state = env("XDG_STATE_HOME") ?? "";
  if (isAbsolute(state)) return `${state}/canvoy`;
  const home = env("HOME") ?? "";
  return isAbsolute(home) ? `${home}/.local/state/canvoy` : undefined;
}

/** By its letters; Windows has a drive in front. */
function isAbsolute(path: string): boolean {
  return /^(?:[A-Za-z]:)?[\\/]/.test(path);
}

/**
 * Tells where the user keeps that who became another one by `sudo`: nothing of it is known then.
 *
 * Source: sudo(8), "Environment".
 *
 * @param env Reads an environment variable.
 * @returns The folder, which may not exist; `undefined` where nobody became another.
 */
export function stateFolderBeside(env: (name: string) => string | undefined): string | undefined {
  const user = env("SUDO_USER") ?? "";
  if (!/^[\w.-]+$/.test(user) || user === "root") return undefined;
  const folder = `/home/${user}/.local/state/canvoy`;
  return folder === stateFolder(env) ? undefined : folder;
}
