/** Where the package's launcher finds and keeps things; by letters alone. */

/** What tells places: a process's own. */
export interface Machine {
  /** As Node names it: `linux`, `darwin`, `win32`. */
  readonly platform: string;
  /** As Node names it: `x64`, `arm64`. */
  readonly arch: string;
  /** Reads an environment variable. */
  readonly env: (name: string) => string | undefined;
}

/** The npm packages with Deno's own binary, by platform and processor. */
export const DENO_PACKAGES: Readonly<Record<string, string>> = {
  "darwin-arm64": "@deno/darwin-arm64",
  "darwin-x64": "@deno/darwin-x64",
  "linux-arm64": "@deno/linux-arm64-glibc",
  "linux-x64": "@deno/linux-x64-glibc",
  "win32-arm64": "@deno/win32-arm64",
  "win32-x64": "@deno/win32-x64",
};

/**
 * Tells which package has Deno for a machine.
 *
 * @param machine The machine.
 * @returns The package's name; `undefined` where Deno has none.
 */
export function denoPackage({ platform, arch }: Machine): string | undefined {
  return DENO_PACKAGES[`${platform}-${arch}`];
}

/**
 * Tells the user's home as Deno's program is told it: Windows has no HOME.
 *
 * @param machine The machine.
 * @returns The folder; empty where nothing tells.
 */
export function homeFolder({ env }: Machine): string {
  return env("HOME") ?? env("USERPROFILE") ?? "";
}

/**
 * Tells where canvoy keeps what can be made again: the addon for CAN, Deno's caches.
 *
 * Source: XDG Base Directory Specification, `$XDG_DATA_HOME`; on Windows `%LOCALAPPDATA%`.
 *
 * @param machine The machine.
 * @returns The folder, which may not exist; `undefined` where nothing tells.
 */
export function dataFolder(machine: Machine): string | undefined {
  const { env, platform } = machine;
  const told = platform === "win32" ? env("LOCALAPPDATA") : env("XDG_DATA_HOME");
  if (told !== undefined && /^(?:[A-Za-z]:)?[\\/]/.test(told)) return `${told}/canvoy`;
  const home = homeFolder(machine);
  return home === "" ? undefined : `${home}/.local/share/canvoy`;
}
