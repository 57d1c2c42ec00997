import type { Host } from "../../adapters/mod.ts";
import { defined, hex } from "../../core/mod.ts";
import {
  type FirmwareImage,
  IMAGE_FORMAT_NAMES,
  type ImageFormat,
  imageFormatOfName,
  imageSizeBytes,
  imageSpan,
  readFirmware,
  writeBinary,
  writeIntelHex,
  writeSRecord,
} from "../../image/mod.ts";
import { type CommandArguments, optionNumber, optionText } from "../command_spec.ts";
import { EXIT_STATUS, type ExitStatus } from "../exit_status.ts";
import { imageRange } from "../image_range.ts";
import { Output } from "../output.ts";
import { UsageError } from "../usage_error.ts";

/**
 * Writes a firmware file in another format.
 *
 * @param args The command line.
 * @param host The outside.
 * @returns 0.
 */
export function run(args: CommandArguments, host: Host): Promise<ExitStatus> {
  const output = new Output(args, host);
  const [name = ""] = args.operands;
  const target = optionText(args, "output");
  if (target === undefined) {
    throw new UsageError(args.command, "Cannot convert the image: --output FILE is missing");
  }
  const format = imageFormatOfName(target);
  if (format === undefined || format === "elf") {
    throw new UsageError(
      args.command,
      `Cannot convert the image to ${target}: expected a name that ends in .hex, .s19 or .bin`,
    );
  }
  const baseAddress = optionNumber(args, "base");
  const image = readFirmware({
    name,
    bytes: host.readFile(name),
    ...defined({ baseAddress, range: imageRange(args) }),
  });
  for (const { reason } of image.warnings ?? []) output.note(`warning: ${reason}`);
  const bytes = encode(image, format);
  host.writeFile(target, bytes, { replace: args.flags.has("replace") });
  const { start } = imageSpan(image);
  output.result(
    `${target}: ${IMAGE_FORMAT_NAMES[format]}, ${imageSizeBytes(image)} bytes of firmware` +
      (format === "binary" ? `, belongs at ${hex(start, 8)}` : ""),
  );
  output.summary({ file: target, format, bytes: imageSizeBytes(image), start });
  return Promise.resolve(EXIT_STATUS.ok);
}

function encode(image: FirmwareImage, format: Exclude<ImageFormat, "elf">): Uint8Array {
  switch (format) {
    case "binary":
      return writeBinary(image);
    case "intel-hex":
      return new TextEncoder().encode(writeIntelHex(image));
    case "s-record":
      return new TextEncoder().encode(writeSRecord(image));
  }
}
