import type { Host } from "../adapters/mod.ts";
import { bytesToHex, defined } from "../core/mod.ts";
import type { FleetMoment } from "../fleet/mod.ts";
import { imageChecksum, imageSizeBytes } from "../image/mod.ts";
import {
  type BusFigures,
  csvReport,
  htmlReport,
  type ImageInfo,
  junitReport,
  type RunInfo,
  type RunRecord,
  RunRecorder,
} from "../report/mod.ts";
import { type CommandArguments, optionText } from "./command_spec.ts";
import type { LoadedFleet } from "./load_jobs.ts";
import { VERSION } from "./version.ts";

/** The options that ask for a file, and what they write. */
const FORMATS: Readonly<Record<string, (record: RunRecord) => string>> = {
  report: htmlReport,
  junit: junitReport,
  csv: csvReport,
};

/**
 * Writes what `--report`, `--junit` and `--csv` ask for: at the beginning, before a journal is
 * announced, so that a file which cannot be written ends nothing that was begun; and at the end.
 */
export class ReportFiles {
  readonly #host: Host;
  readonly #files: readonly (readonly [string, (record: RunRecord) => string])[];
  readonly #info: RunInfo;
  readonly #busFigures: () => readonly BusFigures[];
  readonly #recorder = new RunRecorder();

  /**
   * Begins the files.
   *
   * @param parts The command line, the fleet, the outside, and what the buses carry.
   * @throws {FileError} If one cannot be written.
   */
  constructor(parts: {
    readonly args: CommandArguments;
    readonly loaded: LoadedFleet;
    readonly host: Host;
    readonly busFigures: () => readonly BusFigures[];
  }) {
    const { args, loaded, host, busFigures } = parts;
    this.#host = host;
    this.#busFigures = busFigures;
    this.#files = Object.entries(FORMATS).flatMap(([option, format]) => {
      const path = optionText(args, option);
      return path === undefined ? [] : [[path, format] as const];
    });
    this.#info = this.#files.length === 0
      ? { command: "", commandLine: "", fleetFile: "", images: [], environment: [] }
      : runInfo(args, loaded, host);
    this.save();
  }

  /**
   * Takes a moment in.
   *
   * @param moment What happened.
   */
  next(moment: FleetMoment): void {
    if (this.#files.length > 0) this.#recorder.next(moment, this.#busFigures());
  }

  /** Writes the files as the run stands now. */
  save(): void {
    if (this.#files.length === 0) return;
    const record = this.#recorder.record(this.#info, this.#busFigures());
    for (const [path, format] of this.#files) {
      this.#host.writeFile(path, new TextEncoder().encode(format(record)), { replace: true });
    }
  }
}

function runInfo(args: CommandArguments, loaded: LoadedFleet, host: Host): RunInfo {
  const { fleet, jobs, nodes } = loaded;
  const names = new Set(jobs.map(({ image }) => image));
  const buses = new Set(nodes.map(({ bus }) => bus));
  return {
    command: args.command,
    commandLine: commandLineText(host),
    fleetFile: fleet.file,
    ...defined({ title: fleet.report?.title, fields: fleet.report?.fields }),
    startedAt: new Date().toISOString(),
    images: [...names].map((name) => imageInfo(name, loaded)),
    environment: [
      ["canvoy", VERSION],
      ["Deno", Deno.version.deno],
      ["system", `${Deno.build.os} ${Deno.build.arch}`],
      ...[...fleet.buses.values()].filter(({ name }) => buses.has(name))
        .map(({ name, url, bitRates }): [string, string] => [
          `bus ${name}`,
          `${url}, ${bitRates.bitrateBps} bit/s` +
          (bitRates.dataBitrateBps === undefined
            ? ""
            : `, data phase ${bitRates.dataBitrateBps} bit/s`),
        ]),
    ],
  };
}

function imageInfo(name: string, { fleet, image }: LoadedFleet): ImageInfo {
  const { path, version } = fleet.images.get(name)!;
  const firmware = image(name);
  return {
    name,
    file: path,
    ...defined({ version }),
    bytes: imageSizeBytes(firmware),
    sha256: bytesToHex(imageChecksum(firmware, { name: "sha256" }), "").toLowerCase(),
  };
}

/**
 * Writes the command line as a shell would take it.
 *
 * @param host What canvoy was called with.
 * @returns One line.
 */
export function commandLineText({ args }: Pick<Host, "args">): string {
  return ["canvoy", ...args.map(quoteWord)].join(" ");
}

function quoteWord(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
