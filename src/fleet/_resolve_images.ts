import { ADDRESS_RANGE_RULE, type AddressRange, defined, parseAddressRange } from "../core/mod.ts";
import type { IssueList } from "./_issue_list.ts";
import { sizeBytes, type SizeText } from "./_size_text.ts";
import type { YamlPath } from "./_yaml_source.ts";
import type { FleetFileImage } from "./fleet.ts";
import type { FleetDocument } from "./fleet_schema.ts";

type ImageFields = Exclude<FleetDocument["images"][string], string>;

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
    const { file, base, range: part, version, requires } = typeof written === "string"
      ? { file: written }
      : written;
    for (const other of Object.keys(requires ?? {})) {
      if (Object.hasOwn(document.images, other)) continue;
      issues.report(["images", name, "requires", other], "expected the name of an image", "key");
    }
    const opaque = typeof written === "string" ? undefined : opaqueOf(name, written, issues);
    const at = typeof written === "string" ? ["images", name] : ["images", name, "file"];
    const path = pathBeneath(file);
    if (path === undefined) {
      const slashed = file.replaceAll("\\", "/");
      issues.reportValue(
        at,
        "expected a path beneath this file's folder, with / between folders",
        slashed !== file && pathBeneath(slashed) !== undefined
          ? `did you mean ${pathBeneath(slashed)}?`
          : undefined,
      );
    }
    const range = part === undefined ? undefined : rangeOf(part);
    if (part !== undefined && range === undefined) {
      issues.reportValue(["images", name, "range"], `expected ${ADDRESS_RANGE_RULE}`);
    }
    images.set(name, {
      name,
      path: path ?? file,
      ...defined({ baseAddress: base, range, opaque, version }),
      ...(requires === undefined ? {} : {
        requires: Object.entries(requires).map(([other, least]) => ({
          name: other,
          version: least,
        })),
      }),
    });
  }
  return images;
}

function opaqueOf(
  name: string,
  { opaque = false, uncompressedSize, base, range }: ImageFields,
  issues: IssueList,
): FleetFileImage["opaque"] {
  const at = (key: string): YamlPath => ["images", name, key];
  if (!opaque) {
    if (uncompressedSize !== undefined) {
      issues.report(at("uncompressedSize"), "expected opaque: true beside it", "key");
    }
    return undefined;
  }
  if (base === undefined) {
    issues.report(at("base"), "missing, expected the address where the bootloader writes it");
  }
  if (range !== undefined) {
    issues.report(at("range"), "expected none, an opaque image is sent whole", "key");
  }
  return uncompressedSize === undefined
    ? {}
    : { uncompressedSizeBytes: sizeBytes(uncompressedSize) };
}

/**
 * Reads which addresses of a file are meant.
 *
 * @param written What the fleet file says.
 * @returns The range; `undefined` where it says none.
 */
export function rangeOf(
  written: string | { readonly start: number; readonly size: SizeText },
): AddressRange | undefined {
  if (typeof written === "string") return parseAddressRange(written);
  const { start } = written;
  const end = start + sizeBytes(written.size);
  return end <= 2 ** 32 ? { start, end } : undefined;
}

/**
 * Settles a path that the file names.
 *
 * @param path The path.
 * @param at Its place.
 * @param issues Takes its mistakes.
 * @returns The path, still relative.
 */
export function resolvePath(path: string, at: YamlPath, issues: IssueList): string {
  const settled = pathBeneath(path);
  if (settled === undefined) {
    issues.reportValue(at, "expected a path beneath this file's folder");
  }
  return settled ?? path;
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
