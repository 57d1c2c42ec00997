import { FleetFileError } from "./fleet_file_error.ts";
import { IssueList } from "./_issue_list.ts";
import { PROFILE, type ProfileDocument } from "./_profile_schema.ts";
import { pathBeneath } from "./_resolve_images.ts";
import { type YamlPath, YamlSource } from "./_yaml_source.ts";
import type { FileMistake } from "./_needed_files.ts";

/** Reads a profile's file, by its path beneath the fleet file's folder. */
export type ProfileFileReader = (path: string) => { readonly text: string } | FileMistake;

/** A profile as it stands in a file. */
export interface ProfileSource {
  /** What it is called in messages: its name, or its file. */
  readonly name: string;
  /** What it says. */
  readonly written: ProfileDocument;
  /** Takes its mistakes. */
  readonly issues: IssueList;
  /** Where it stands in its file. */
  readonly path: YamlPath;
  /** Its file beneath the fleet file's folder; absent: the fleet file itself. */
  readonly file?: string;
}

/** A place that names a profile's file. */
export interface FileReference {
  /** The path as it is written. */
  readonly file: string;
  /** Who writes it. */
  readonly by: ProfileSource;
  /** Where. */
  readonly at: YamlPath;
}

/** Keys by which a fleet file is known that stands where a profile's was meant. */
const FLEET_KEYS = ["profiles", "buses", "nodes"];

/** The files of a fleet's profiles, each read once. */
export class ProfileFiles {
  readonly #folder: string;
  readonly #read: ProfileFileReader | undefined;
  readonly #issues: IssueList;
  readonly #sources = new Map<string, ProfileSource | undefined>();
  readonly #lists: IssueList[] = [];

  /**
   * Reads nothing yet.
   *
   * @param fleetFile Name of the fleet file: messages name the others beside it.
   * @param issues Takes the mistakes of files that are no YAML, and of all others at the end.
   * @param read Reads a file; absent where nothing may be read.
   */
  constructor(fleetFile: string, issues: IssueList, read: ProfileFileReader | undefined) {
    this.#folder = fleetFile.slice(0, fleetFile.lastIndexOf("/") + 1);
    this.#issues = issues;
    this.#read = read;
  }

  /**
   * Finds the path that is meant: relative to the file that names it, beneath the fleet file's folder.
   *
   * @param reference Who names it.
   * @returns The path beneath the folder; `undefined` where it is none, which is told.
   */
  pathOf({ file, by, at }: FileReference): string | undefined {
    const from = by.file?.slice(0, by.file.lastIndexOf("/") + 1) ?? "";
    const path = file.startsWith("/") ? undefined : pathBeneath(from + file);
    if (path === undefined) {
      const expected = "expected a path beneath the fleet file's folder, with / between folders";
      by.issues.reportValue(at, expected);
    }
    return path;
  }

  /**
   * Reads a profile's file.
   *
   * @param path Its path beneath the folder.
   * @param reference Who names it: is told what is wrong with the file as such.
   * @returns What it says; `undefined` where it cannot be used, which is told.
   */
  open(path: string, { by, at }: FileReference): ProfileSource | undefined {
    if (this.#sources.has(path)) return this.#sources.get(path);
    const found = this.#read?.(path) ??
      { expected: "expected the profile itself: no other file can be read here" };
    const source = "text" in found ? this.#parse(path, found.text) : undefined;
    if ("expected" in found) by.issues.report(at, found.expected);
    this.#sources.set(path, source);
    return source;
  }

  /** Hands the mistakes of all files on to the fleet file's. */
  finish(): void {
    for (const issues of this.#lists) this.#adopt(() => issues.throwIfAny());
  }

  #parse(path: string, text: string): ProfileSource | undefined {
    const file = this.#folder + path;
    return this.#adopt(() => {
      const yaml = new YamlSource(file, text);
      const issues = new IssueList(file, yaml);
      this.#lists.push(issues);
      const wrong = wrongKind(yaml.content);
      if (wrong !== undefined) {
        issues.report(
          [wrong],
          "expected a profile alone: its keys, such as enter:, at the top",
          "key",
        );
        return undefined;
      }
      const parsed = PROFILE.safeParse(yaml.content);
      if (!parsed.success) issues.reportSchemaIssues(parsed.error.issues);
      return parsed.success
        ? { name: path, written: parsed.data, issues, path: [], file: path }
        : undefined;
    });
  }

  #adopt<T>(read: () => T): T | undefined {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof FleetFileError)) throw error;
      this.#issues.adopt(error);
      return undefined;
    }
  }
}

function wrongKind(content: unknown): string | undefined {
  return typeof content === "object" && content !== null
    ? FLEET_KEYS.find((key) => Object.hasOwn(content, key))
    : undefined;
}
