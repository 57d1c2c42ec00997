// deno-lint-ignore-file no-console
/**
 * Runs the tests, tells how many lines of each folder of src they run, and fails below a floor.
 *
 *     deno task coverage              # all tests; the figures are left in coverage/
 *     deno task coverage --clean      # and nothing is left behind
 *     deno task coverage --floor=96   # another floor, in percent
 *     deno task coverage tests/unit/isotp
 */

/** Folders that are held to the floor; of all others the figure is only told. */
export const FLOORED: readonly string[] = ["isotp", "uds", "image", "stm32"];
const FLOOR_PERCENT = 95;
const FOLDER = "coverage";

/** Lines of one folder of src. */
export interface FolderCoverage {
  /** Its name. */
  readonly folder: string;
  /** Lines that hold code. */
  readonly lines: number;
  /** Lines of them that were run. */
  readonly linesHit: number;
}

/**
 * Adds an LCOV report up by folder of src.
 *
 * @param lcov `SF:` (file), `DA:line,count` and `end_of_record` lines.
 * @returns The folders, by name; a line that several records tell of was run if one says so.
 */
export function foldersOf(lcov: string): readonly FolderCoverage[] {
  const hits = new Map<string, Map<string, boolean>>();
  let file = "";
  let lines: Map<string, boolean> | undefined;
  for (const row of lcov.split("\n")) {
    const source = /^SF:(.*)$/.exec(row)?.[1];
    if (source !== undefined) {
      file = source;
      const folder = /(?:^|\/)src\/([^/]+)\//.exec(source)?.[1];
      lines = folder === undefined ? undefined : hits.get(folder) ?? new Map();
      if (folder !== undefined) hits.set(folder, lines!);
    }
    const [, line, count] = /^DA:(\d+),(\d+)/.exec(row) ?? [];
    if (line === undefined || lines === undefined) continue;
    const key = `${file}:${line}`;
    lines.set(key, lines.get(key) === true || count !== "0");
  }
  return [...hits].map(([folder, seen]) => ({
    folder,
    lines: seen.size,
    linesHit: [...seen.values()].filter((wasHit) => wasHit).length,
  })).sort((a, b) => a.folder < b.folder ? -1 : 1);
}

/**
 * Compares folders with the floor.
 *
 * @param folders What was measured.
 * @param floorPercent The floor.
 * @returns What is wrong: folders below the floor, and floored ones of which nothing was run.
 */
export function belowFloor(
  folders: readonly FolderCoverage[],
  floorPercent: number,
): readonly string[] {
  return FLOORED.flatMap((name) => {
    const found = folders.find(({ folder }) => folder === name);
    if (found === undefined) return [`src/${name}: no line of it was run`];
    return percentOf(found) >= floorPercent
      ? []
      : [`src/${name}: ${percentOf(found).toFixed(2)} % of lines, ${floorPercent} % is the floor`];
  });
}

function percentOf({ lines, linesHit }: FolderCoverage): number {
  return lines === 0 ? 100 : 100 * linesHit / lines;
}

function run(command: string, args: readonly string[], stdout: "inherit" | "null"): boolean {
  return new Deno.Command(command, { args: [...args], stdout, stderr: "inherit" }).outputSync()
    .success;
}

/** Removes what a process that a test killed left half written. */
function dropTornProfiles(folder: string): void {
  for (const { name } of Deno.readDirSync(folder)) {
    if (!name.endsWith(".json")) continue;
    const path = `${folder}/${name}`;
    try {
      JSON.parse(Deno.readTextFileSync(path));
    } catch {
      Deno.removeSync(path);
    }
  }
}

function main(args: readonly string[]): number {
  const floorPercent = Number(
    args.find((arg) => arg.startsWith("--floor="))?.slice(8) ?? FLOOR_PERCENT,
  );
  const paths = args.filter((arg) => !arg.startsWith("--"));
  if (!Number.isFinite(floorPercent)) {
    console.error("Cannot measure coverage: --floor takes a number of percent");
    return 2;
  }
  try {
    const tests = [
      `--coverage=${FOLDER}`,
      "--coverage-raw-data-only",
      ...(paths.length > 0 ? paths : ["tests"]),
    ];
    if (!run("scripts/test", tests, "inherit")) return 1;
    dropTornProfiles(FOLDER);
    const report = `${FOLDER}/lines.lcov`;
    const options = ["coverage", FOLDER, "--lcov", `--output=${report}`, "--include=/src/"];
    if (!run(Deno.execPath(), options, "null")) return 1;
    const folders = foldersOf(Deno.readTextFileSync(report));
    for (const found of folders) {
      const percent = percentOf(found).toFixed(2).padStart(6);
      console.log(`${percent} %  src/${found.folder}  ${found.linesHit} of ${found.lines} lines`);
    }
    const faults = belowFloor(folders, floorPercent);
    for (const fault of faults) console.error(fault);
    return faults.length === 0 ? 0 : 1;
  } finally {
    if (args.includes("--clean")) Deno.removeSync(FOLDER, { recursive: true });
  }
}

if (import.meta.main) Deno.exit(main(Deno.args));
