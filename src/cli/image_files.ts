import { defined, equalBytes, nearestWord } from "../core/mod.ts";
import type { Host } from "../adapters/mod.ts";
import { sha256 } from "../codec/mod.ts";
import type { Fleet, FleetFileNode } from "../fleet/mod.ts";
import { type FirmwareImage, readFirmware } from "../image/mod.ts";
import type { NamedDigest } from "../journal/mod.ts";
import type { CommandArguments } from "./command_spec.ts";
import { UsageError } from "./usage_error.ts";

/** Where images are read from. */
export interface ImageSource {
  /** The fleet file. */
  readonly path: string;
  /** What it says. */
  readonly fleet: Fleet;
  /** Files that the command line names, by the image that they stand for. */
  readonly files: ReadonlyMap<string, string>;
  /** The outside. */
  readonly host: Host;
  /** Takes the digest of each file that is read. */
  readonly digests: NamedDigest[];
  /** Whether they are what nodes are to go back to. */
  readonly isPrevious?: boolean;
  /** Whether a file may change meanwhile, and is then to be read as it is by now. */
  readonly mayChange?: boolean;
}

/**
 * Reads which files an option names.
 *
 * @param args The command line.
 * @param fleet The fleet.
 * @param nodes The nodes that are meant.
 * @param option The option: each value a file for all nodes, or `NAME=FILE`.
 * @returns By the name of the image that each stands for.
 * @throws {UsageError} If there is no such image, or nodes differ that shall take the same file.
 */
export function imageFiles(
  args: CommandArguments,
  fleet: Fleet,
  nodes: readonly FleetFileNode[],
  option: "image" | "rollback-to",
): ReadonlyMap<string, string> {
  const files = new Map<string, string>();
  for (const value of args.values.get(option) ?? []) {
    const [, name, file] = /^(?:([A-Za-z0-9][A-Za-z0-9_.-]*)=)?(.+)$/s.exec(value) ?? [];
    if (file === undefined) throw new UsageError(args.command, `--${option} needs a file`);
    if (name === undefined) {
      assertAlike(args.command, nodes, option);
      for (const node of nodes) files.set(node.image, file);
    } else if (fleet.images.has(name)) files.set(name, file);
    else throw new UsageError(args.command, unknownImage(fleet, name, option));
  }
  return files;
}

function unknownImage({ file, images }: Fleet, name: string, option: string): string {
  const nearest = nearestWord(name, images.keys());
  const hint = nearest === undefined
    ? `only ${[...images.keys()].join(", ")}`
    : `did you mean "${nearest}"?`;
  return `Cannot use --${option} ${name}=: ${file} has no image "${name}", ${hint}`;
}

/**
 * Finds the folder of a file by its letters.
 *
 * @param path The file.
 * @returns Its folder; `.` where none is named.
 */
export function folderOf(path: string): string {
  const slash = path.lastIndexOf("/");
  return slash < 0 ? "." : path.slice(0, Math.max(slash, 1));
}

/** One image for all is meant only where all are the same. */
function assertAlike(command: string, nodes: readonly FleetFileNode[], option: string): void {
  const kinds = new Map(
    nodes.map((node) => [JSON.stringify([node.device, node.layout]), node]),
  );
  const [first, other] = kinds.values();
  if (first === undefined || other === undefined) return;
  throw new UsageError(
    command,
    `--${option} FILE is one image for all nodes, but ${first.name} (${first.device}) and ` +
      `${other.name} (${other.device}) differ in device or layout: use --${option} NAME=FILE`,
  );
}

/**
 * Reads images by their name in the fleet file: from the files that the command line names, else from
 * those of the fleet file.
 *
 * @param source Where from.
 * @returns Gives an image; its file is read once, or each time where it may change.
 */
export function imageReader(source: ImageSource): (name: string) => FirmwareImage {
  const { path, fleet, files, host, digests, isPrevious = false, mayChange = false } = source;
  const folder = folderOf(path);
  const read = new Map<string, { readonly bytes: Uint8Array; readonly image: FirmwareImage }>();
  return (name) => {
    const known = read.get(name);
    if (known !== undefined && !mayChange) return known.image;
    const { path: beneath, baseAddress, range, opaque } = fleet.images.get(name)!;
    const file = files.get(name);
    const bytes = file === undefined ? host.readFileBeneath(folder, beneath) : host.readFile(file);
    if (known !== undefined && equalBytes(known.bytes, bytes)) return known.image;
    digests.push({ name: isPrevious ? `${name} before` : name, sha256: sha256(bytes) });
    const image = readFirmware({
      name: file ?? `${folder}/${beneath}`,
      bytes,
      ...defined({ baseAddress, range, format: opaque && ("binary" as const) }),
    });
    read.set(name, { bytes, image });
    return image;
  };
}
