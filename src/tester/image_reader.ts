import { defined } from "../core/mod.ts";
import type { Fleet } from "../fleet/mod.ts";
import { type FirmwareImage, readFirmware } from "../image/mod.ts";

/**
 * Reads the images of a fleet file, each once, when it is asked for.
 *
 * @param fleet The fleet.
 * @param readImage Reads a file by its path in the fleet file, relative to that file's folder.
 * @returns Gives an image by its name; throws `ImageFormatError` where the file cannot be read as one.
 */
export function imageReader(
  fleet: Fleet,
  readImage: (path: string) => Uint8Array,
): (name: string) => FirmwareImage {
  const read = new Map<string, FirmwareImage>();
  return (name) => {
    const present = read.get(name);
    if (present !== undefined) return present;
    const { path, baseAddress, range, opaque } = fleet.images.get(name)!;
    const image = readFirmware({
      name: path,
      bytes: readImage(path),
      ...defined({ baseAddress, range, format: opaque && ("binary" as const) }),
    });
    read.set(name, image);
    return image;
  };
}
