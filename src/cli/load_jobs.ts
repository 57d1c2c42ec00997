import { FileError, type Host } from "../adapters/mod.ts";
import { sha256 } from "../codec/mod.ts";
import { concatBytes, nearestWord } from "../core/mod.ts";
import {
  type Fleet,
  type FleetFileNode,
  type FleetNodeJob,
  type ProfileFileReader,
  readFleetFile,
  selectNodes,
} from "../fleet/mod.ts";
import { type FirmwareImage, IMAGE_FORMAT_NAMES, imageFormatOfContent } from "../image/mod.ts";
import type { NamedDigest } from "../journal/mod.ts";
import { encodeImagePayload } from "../bundle/mod.ts";
import { checkTakesFiles, FLEET_LOOKUPS, planFromFiles, planFromRelease } from "../tester/mod.ts";
import { type CommandArguments, optionList } from "./command_spec.ts";
import { folderOf, imageFiles, imageReader } from "./image_files.ts";
import { meantBus } from "./meant_by.ts";
import { fileCheck, profileFileReader } from "./needed_files.ts";
import { openRelease } from "./open_release.ts";
import { UsageError } from "./usage_error.ts";

/** A fleet file with everything that it names, read and planned: nothing was sent yet. */
export interface LoadedFleet extends ReadFleet {
  /** What is to be done to each of them, in the same order. */
  readonly jobs: readonly FleetNodeJob[];
}

/** A fleet file, and the images that it names. */
export interface ReadFleet {
  /** The file's content. */
  readonly fleet: Fleet;
  /** The nodes that are meant. */
  readonly nodes: readonly FleetFileNode[];
  /** Gives an image by its name; read once. */
  readonly image: (name: string) => FirmwareImage;
  /** Gives an image as its file is now. */
  readonly imageNow: (name: string) => FirmwareImage;
  /** What was read so far. */
  readonly digests: LoadedDigests;
}

/** SHA-256 of the files that a fleet was read from. */
export interface LoadedDigests {
  /** The fleet file's, with those of its profiles' files where it names some. */
  readonly fleet: Uint8Array;
  /** Whether it names such files. */
  readonly hasProfileFiles: boolean;
  /** Those of the images that were read, drivers too, by name. */
  readonly images: readonly NamedDigest[];
  /** What the signers of the release signed, where there is one. */
  readonly release?: Uint8Array;
}

/**
 * Reads the fleet file alone: images when they are asked for, and nothing is planned.
 *
 * @param path The fleet file.
 * @param args The command line: selection and images.
 * @param host The outside.
 * @param options Whether the files that it names are looked at, so that all is told at once.
 * @returns The fleet.
 * @throws {CanvoyError} Whatever is wrong with file or selection.
 */
export function readFleet(
  path: string,
  args: CommandArguments,
  host: Host,
  { needsFiles = false }: { readonly needsFiles?: boolean } = {},
): ReadFleet {
  const bytes = readFleetBytes(path, args, host);
  const text = new TextDecoder().decode(bytes);
  const profiles = new ProfileFileDigests(profileFileReader(path, host));
  const lookups = {
    ...FLEET_LOOKUPS,
    profileFile: profiles.read,
    ...(needsFiles ? { file: fileCheck(path, args, host) } : {}),
  };
  const fleet = readFleetFile({ name: path, text }, lookups);
  const nodes = selectNodes(fleet, {
    only: optionList(args, "only"),
    except: optionList(args, "except"),
  });
  const images: NamedDigest[] = [];
  const files = imageFiles(args, fleet, nodes, "image");
  const source = { path, fleet, files, host };
  const image = imageReader({ ...source, digests: images });
  const imageNow = imageReader({ ...source, digests: [], mayChange: true });
  const { hasProfileFiles } = profiles;
  const digests = { fleet: profiles.with(sha256(bytes)), hasProfileFiles, images };
  return { fleet, nodes, image, imageNow, digests };
}

/** What a run began with is also what its profiles' files said. */
class ProfileFileDigests {
  readonly #reader: ProfileFileReader;
  readonly #digests: Uint8Array[] = [];

  constructor(reader: ProfileFileReader) {
    this.#reader = reader;
  }

  readonly read: ProfileFileReader = (path) => {
    const found = this.#reader(path);
    if ("text" in found) this.#digests.push(sha256(new TextEncoder().encode(found.text)));
    return found;
  };

  get hasProfileFiles(): boolean {
    return this.#digests.length > 0;
  }

  with(fleet: Uint8Array): Uint8Array {
    return this.#digests.length === 0 ? fleet : sha256(concatBytes([fleet, ...this.#digests]));
  }
}

function readFleetBytes(path: string, args: CommandArguments, host: Host): Uint8Array {
  const bytes = readOrSuggest(path, host);
  const format = imageFormatOfContent(bytes);
  if (format === undefined) return bytes;
  throw new UsageError(
    args.command,
    `Cannot use fleet file ${path}: it is a firmware file, ${
      IMAGE_FORMAT_NAMES[format]
    }; name it ` +
      "under images: in a fleet file (canvoy init writes one), or with --image",
  );
}

/** A fleet file with another ending is soon typed. */
function readOrSuggest(path: string, host: Host): Uint8Array {
  try {
    return host.readFile(path);
  } catch (error) {
    if (!(error instanceof FileError) || error.code !== "FILE_NOT_FOUND") throw error;
    const bus = meantBus(path);
    if (bus !== undefined) {
      const state = `there is no such file, did you mean --bus ${bus}?`;
      throw new FileError(error.code, path, state);
    }
    const name = path.slice(path.lastIndexOf("/") + 1);
    const files = host.listFolder(folderOf(path)).filter((file) => /\.ya?ml$/.test(file));
    const nearest = nearestWord(name, files);
    if (nearest === undefined) throw error;
    throw new FileError(error.code, path, `there is no such file, did you mean ${nearest}?`);
  }
}

/**
 * Reads the fleet file and all that it names, and plans every node.
 *
 * @param path The fleet file.
 * @param args The command line: selection and images.
 * @param host The outside.
 * @returns The fleet.
 * @throws {CanvoyError} Whatever is wrong with file, images or plans.
 */
export function loadFleet(path: string, args: CommandArguments, host: Host): LoadedFleet {
  return withFiles(readFleet(path, args, host, { needsFiles: true }), path, args, host);
}

/** The fleet file is not read again: it may be another one meanwhile. */
function withFiles(
  read: ReadFleet,
  path: string,
  args: CommandArguments,
  host: Host,
): LoadedFleet {
  const { fleet, nodes } = read;
  const files = imageFiles(args, fleet, nodes, "rollback-to");
  const digests: NamedDigest[] = [];
  const previous = imageReader({ path, fleet, files, host, digests, isPrevious: true });
  const jobs = planFromFiles(fleet, nodes, {
    image: read.image,
    previous: (name) => files.has(name) ? previous(name) : undefined,
  });
  return withJobs(read, jobs, [...read.digests.images, ...digests]);
}

/**
 * As {@linkcode loadFleet}, with the images of the bundle that the command line names: verified, and
 * for each node the component that is for its hardware.
 *
 * @param path The fleet file.
 * @param args The command line: `--bundle` and `--trust` too.
 * @param host The outside.
 * @returns The fleet.
 * @throws {CanvoyError} Also when the fleet takes signed bundles only and none is named.
 */
export async function loadSignedFleet(
  path: string,
  args: CommandArguments,
  host: Host,
): Promise<LoadedFleet> {
  const read = readFleet(path, args, host, { needsFiles: true });
  const { fleet, nodes } = read;
  const trusted = await openRelease(args, host, fleet.requireSignature?.rootKeyIds);
  if (trusted === undefined) {
    checkTakesFiles(fleet);
    return withFiles(read, path, args, host);
  }
  for (const option of ["image", "rollback-to"]) {
    if (!args.values.has(option)) continue;
    throw new UsageError(args.command, `--${option} and --bundle do not go together`);
  }
  const { release, digest } = trusted;
  const allowDowngrade = args.flags.has("allow-downgrade");
  const jobs = planFromRelease(fleet, nodes, { release, allowDowngrade });
  const images = [...release.images].map(([name, image]) => ({
    name,
    sha256: sha256(encodeImagePayload(image)),
  }));
  return withJobs({ ...read, digests: { ...read.digests, release: digest } }, jobs, images);
}

/** The images of the jobs alone: later those of virtual nodes are read too. */
function withJobs(
  read: ReadFleet,
  jobs: readonly FleetNodeJob[],
  images: readonly NamedDigest[],
): LoadedFleet {
  return { ...read, jobs, digests: { ...read.digests, images: [...images] } };
}
