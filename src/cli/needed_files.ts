import { FileError, type Host, KeyFileError } from "../adapters/mod.ts";
import { CanvoyError, defined, hex, nearestWord } from "../core/mod.ts";
import {
  type FileCheck,
  type FileMistake,
  isMeantBy,
  type NeededFile,
  type ProfileFileReader,
} from "../fleet/mod.ts";
import {
  IMAGE_FORMAT_NAMES,
  ImageFormatError,
  imageFormatOfContent,
  imageFormatOfName,
  readFirmware,
} from "../image/mod.ts";
import { type CommandArguments, optionList } from "./command_spec.ts";
import { folderOf } from "./image_files.ts";
import { readCertificateFile, readCmacFile, readSignerFile } from "./key_source.ts";

/**
 * Looks at the files that a fleet file names, so that what a run would refuse is told with its line,
 * beside the file's other mistakes. Images that the command line replaces are passed over.
 *
 * @param path The fleet file.
 * @param args The command line: selection, `--image`, `--bundle`, `--bus`.
 * @param host The outside.
 * @returns Says what was expected at a file.
 */
export function fileCheck(path: string, args: CommandArguments, host: Host): FileCheck {
  const folder = folderOf(path);
  return (file) => isReplaced(file, args) ? undefined : whatIsWrong(file, { folder, host });
}

/**
 * Reads the files of a fleet's profiles.
 *
 * @param path The fleet file.
 * @param host The outside.
 * @returns Gives a file's text, or what was expected where it cannot be read.
 */
export function profileFileReader(path: string, host: Host): ProfileFileReader {
  const folder = folderOf(path);
  return (file) => {
    try {
      return { text: new TextDecoder().decode(host.readFileBeneath(folder, file)) };
    } catch (error) {
      if (!(error instanceof CanvoyError)) throw error;
      return { expected: expectedInstead(error, { folder, host }) };
    }
  };
}

function isReplaced({ kind, image, url, nodes }: NeededFile, args: CommandArguments): boolean {
  if (image === undefined) return false;
  const given = args.values.get("image") ?? [];
  if (given.some((value) => value.startsWith(`${image}=`))) return true;
  // What nodes get, says who updates them; one that is played elsewhere has its image there.
  if (kind === "image" && args.command === "sim") return true;
  if (kind === "simImage") {
    return args.values.has("bus") || !url.startsWith("virtual:") || url.includes("connect=");
  }
  const only = optionList(args, "only");
  const except = optionList(args, "except");
  const isNamed = (node: NeededFile["nodes"][number], words: readonly string[]): boolean =>
    words.some((word) => isMeantBy(word, node));
  const isMeant = nodes.some((node) =>
    (only.length === 0 || isNamed(node, only)) && !isNamed(node, except)
  );
  const isForAll = given.some((value) => !/^[A-Za-z0-9][A-Za-z0-9_.-]*=/.test(value));
  return !isMeant || isForAll || args.values.has("bundle");
}

interface Place {
  readonly folder: string;
  readonly host: Host;
}

function whatIsWrong(file: NeededFile, place: Place): FileMistake | undefined {
  try {
    const expected = lookAt(file, place);
    return expected === undefined ? undefined : { expected };
  } catch (error) {
    if (!(error instanceof CanvoyError)) throw error;
    const isAboutRange = error instanceof ImageFormatError && error.problem === "no-data" &&
      file.range !== undefined;
    return { expected: expectedInstead(error, place), isAboutRange };
  }
}

function expectedInstead(error: CanvoyError, place: Place): string {
  if (error instanceof FileError && error.code === "FILE_NOT_FOUND") {
    return `expected a file, there is none at ${error.path}${nearFile(error.path, place.host)}`;
  }
  if (error instanceof KeyFileError && error.code === "KEY_FILE_OPEN") {
    return `expected a key for its owner alone: ${error.message}; chmod 600 ${error.path}, and ` +
      "think of the key as known to others";
  }
  return error.message;
}

function lookAt(file: NeededFile, { folder, host }: Place): string | undefined {
  const { kind, path } = file;
  switch (kind) {
    case "image":
    case "simImage":
      return imageMistake(file, folder, host.readFileBeneath(folder, path));
    case "cmacKey":
      readCmacFile(path, { folder, host });
      return undefined;
    case "certificate":
      readCertificateFile(path, { folder, host });
      return undefined;
    case "privateKey":
      readSignerFile(path, { folder, host });
      return undefined;
    case "keyProgram":
      host.readFileBeneath(folder, path);
      return undefined;
  }
}

/**
 * Reads an image as the plan will.
 *
 * @throws {ImageFormatError} Where its content is not what it should be.
 */
function imageMistake(file: NeededFile, folder: string, bytes: Uint8Array): string | undefined {
  const { path, baseAddress, range, isOpaque = false } = file;
  const mistake = isOpaque ? undefined : baseMistake(file, bytes);
  if (mistake !== undefined) return mistake;
  const format = isOpaque ? "binary" : undefined;
  readFirmware({ name: `${folder}/${path}`, bytes, ...defined({ baseAddress, range, format }) });
  return undefined;
}

/** Bytes without addresses belong where the application starts; others say where they belong. */
function baseMistake(
  { path, baseAddress, applicationStart }: NeededFile,
  bytes: Uint8Array,
): string | undefined {
  const format = imageFormatOfName(path) ?? imageFormatOfContent(bytes);
  if (format !== undefined && format !== "binary" && baseAddress !== undefined) {
    return `expected no base: ${IMAGE_FORMAT_NAMES[format]} has its own addresses`;
  }
  if (format !== "binary" || baseAddress !== undefined) return undefined;
  const start = applicationStart === undefined ? "ADDRESS" : hex(applicationStart, 8);
  return "expected a base address besides, as a raw binary has no addresses: " +
    `{ file: ${path}, base: ${start} }`;
}

function nearFile(path: string, host: Host): string {
  const folder = folderOf(path);
  const name = path.slice(path.lastIndexOf("/") + 1);
  const nearest = nearestWord(name, host.listFolder(folder));
  return nearest === undefined ? "" : `; did you mean ${nearest}?`;
}
