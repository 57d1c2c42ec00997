import { CanvoyError, printable } from "../core/mod.ts";

/** One mistake in a fleet file. */
export interface FleetFileIssue {
  /** Name of the profile's file that it is in; absent: the fleet file itself. */
  readonly file?: string;
  /** From 1. */
  readonly line: number;
  /** From 1. */
  readonly column: number;
  /** What it is about, for example `nodes[3].request`; empty for the whole file. */
  readonly path: string;
  /** What was expected. */
  readonly message: string;
}

/** A fleet file that cannot be used: all its mistakes. */
export class FleetFileError extends CanvoyError {
  /** Stable name of the failure. */
  override readonly code = "FLEET_FILE";
  /** Name of the file. */
  readonly file: string;
  /** Its mistakes, by place in the file; at least one. */
  readonly issues: readonly FleetFileIssue[];

  /**
   * Lists the mistakes, one a line, as `file:line:column: path: expected ...`.
   *
   * @param file Name of the file.
   * @param issues Its mistakes, at least one.
   * @param what What kind of file it is.
   */
  constructor(file: string, issues: readonly FleetFileIssue[], what = "fleet file") {
    const count = issues.length === 1 ? "1 mistake" : `${issues.length} mistakes`;
    const lines = issues.map((issue) => formatIssue(file, issue));
    super([printable(`Cannot use ${what} ${file}: ${count}`), ...lines].join("\n"));
    this.file = file;
    this.issues = issues;
  }
}

function formatIssue(fleetFile: string, issue: FleetFileIssue): string {
  const { file = fleetFile, line, column, path, message } = issue;
  const about = path === "" ? "" : `${path}: `;
  // One line each, whatever the file holds.
  return printable(`${file}:${line}:${column}: ${about}${message}`);
}
