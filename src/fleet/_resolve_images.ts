import type { IssueList } from "./_issue_list.ts";
import type { FleetFileImage } from "./fleet.ts";
import type { FleetDocument } from "./fleet_schema.ts";

/**
 * Reads the images of a file.
 *
 * @param document The file.
 * @param issues Takes its mistakes.
 * @returns The images by name.
 */
export function resolveImages(
  document: FleetDocument,
  issues: IssueList,
): ReadonlyMap<string, FleetFileImage> {
  const images = new Map<string, FleetFileImage>();
  for (const [name, written] of Object.entries(document.images)) {
    const { file, base, version } = typeof written === "string"
      ? { file: written, base: undefined, version: undefined }
      : written;
    const at = typeof written === "string" ? ["images", name] : ["images", name, "file"];
    const path = pathBeneath(file);
    if (path === undefined) {
      issues.reportValue(at, "expected a path beneath this file's folder, with / between folders");
    }
    images.set(name, {
      name,
      path: path ?? file,
      ...(base === undefined ? {} : { baseAddress: base }),
      ...(version === undefined ? {} : { version }),
    });
  }
  return images;
}

/**
 * Settles `.` and `..` in a path by its letters alone; links are the file system's affair.
 *
 * @param path The path.
 * @returns The path, still relative; `undefined` when it leaves the folder or names none.
 */
export function pathBeneath(path: string): string | undefined {
  if (path.startsWith("/") || path.includes("\\") || /^[A-Za-z]:/.test(path)) return undefined;
  const parts: string[] = [];
  for (const part of path.split("/")) {
    if (part === "" || part === ".") continue;
    if (part !== "..") parts.push(part);
    else if (parts.pop() === undefined) return undefined;
  }
  return parts.length === 0 || path.endsWith("/") ? undefined : parts.join("/");
}
