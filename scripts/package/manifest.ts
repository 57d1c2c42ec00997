import { DENO_PACKAGES } from "./places.ts";

/** As much of deno.json as the package takes from it. */
export interface ProjectConfig {
  /** The version, which stands there alone. */
  readonly version: string;
  /** Its license. */
  readonly license: string;
  /** The packages that the sources name. */
  readonly imports: Readonly<Record<string, string>>;
}

/**
 * Writes the package's own description. Deno's binaries are optional, as npm installs only those of
 * the machine's platform, and none of its scripts is needed.
 *
 * @param config The project's configuration.
 * @param denoVersion The version of Deno that canvoy is run with.
 * @returns What `package.json` holds.
 */
export function manifestOf(
  config: ProjectConfig,
  denoVersion: string,
): Readonly<Record<string, unknown>> {
  const socketcan = /@([\d.]+)$/.exec(config.imports["socketcan"] ?? "")?.[1];
  if (socketcan === undefined) throw new RangeError("deno.json pins no version of socketcan");
  return {
    name: "canvoy",
    version: config.version,
    description: "Updates the firmware of many STM32 nodes on CAN at once",
    license: config.license,
    type: "module",
    bin: { canvoy: "bin/canvoy.js" },
    man: ["man/canvoy.1"],
    files: ["bin", "lib", "configs", "completions", "man", "*.txt", "*.json", "CHANGELOG.md"],
    engines: { node: ">=20" },
    optionalDependencies: Object.fromEntries(
      Object.values(DENO_PACKAGES).sort().map((name) => [name, denoVersion]),
    ),
    canvoy: { socketcan },
  };
}
