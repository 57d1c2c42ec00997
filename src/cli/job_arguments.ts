import type { Host } from "../adapters/mod.ts";
import type { CommandArguments, OptionSpec } from "./command_spec.ts";

/**
 * Writes down what a run was asked to do, as a command line that means the same in any folder.
 *
 * @param fleetPath The fleet file.
 * @param args What was asked: options that say how to show it, or when, are left out.
 * @param options The options of `flash`.
 * @param host Makes paths absolute.
 * @returns For example `["flash", "/bench/fleet.yaml", "--only", "door"]`.
 */
export function jobArguments(
  fleetPath: string,
  args: CommandArguments,
  options: readonly OptionSpec[],
  host: Pick<Host, "absolutePath">,
): readonly string[] {
  const job = options.filter(({ isJob }) => isJob === true);
  return [
    "flash",
    host.absolutePath(fleetPath),
    ...job.flatMap((option) =>
      option.value === undefined
        ? (args.flags.has(option.name) ? [`--${option.name}`] : [])
        : (args.values.get(option.name) ?? []).flatMap((value) => [
          `--${option.name}`,
          namesFile(option) ? absoluteFile(value, host) : value,
        ])
    ),
  ];
}

function namesFile({ value }: OptionSpec): boolean {
  return value?.endsWith("FILE") ?? false;
}

/** `FILE`, or `NAME=FILE`. */
function absoluteFile(value: string, host: Pick<Host, "absolutePath">): string {
  const [, name = "", file = value] = /^([A-Za-z0-9][A-Za-z0-9_.-]*=)(.+)$/s.exec(value) ?? [];
  return name + host.absolutePath(file);
}
