import type { Host } from "../../adapters/mod.ts";
import { CHECKSUM_ALGORITHMS, CHECKSUM_NAMES } from "../../codec/mod.ts";
import { bytesToHex, defined, formatRange, hex, rangeSizeBytes } from "../../core/mod.ts";
import {
  detectImageFormat,
  type FirmwareImage,
  IMAGE_FORMAT_NAMES,
  imageChecksum,
  imageSizeBytes,
  imageSpan,
  readFirmware,
} from "../../image/mod.ts";
import { type CommandArguments, optionNumber } from "../command_spec.ts";
import { EXIT_STATUS, type ExitStatus } from "../exit_status.ts";
import { Output } from "../output.ts";

/**
 * Says what is in a firmware file: its ranges, and checksums over them as an update makes them.
 *
 * @param args The command line.
 * @param host The outside.
 * @returns 0.
 */
export function run(args: CommandArguments, host: Host): Promise<ExitStatus> {
  const output = new Output(args, host);
  const [name = ""] = args.operands;
  const baseAddress = optionNumber(args, "base");
  const file = {
    name,
    bytes: host.readFile(name),
    ...defined({ baseAddress }),
  };
  const image = readFirmware(file);
  const format = detectImageFormat(file);
  const vectors = firstWords(image);
  const checksums = CHECKSUM_NAMES.map((algorithm): [string, string] => [
    algorithm,
    bytesToHex(imageChecksum(image, { name: algorithm }), ""),
  ]);
  const span = imageSpan(image);
  output.result(
    [
      `${name}: ${IMAGE_FORMAT_NAMES[format]}, ${imageSizeBytes(image)} bytes in ${
        image.ranges.length === 1 ? "1 range" : `${image.ranges.length} ranges`
      }`,
      ...image.ranges.map((range) => `  ${formatRange(range)}  ${rangeSizeBytes(range)} bytes`),
      ...(image.entryAddress === undefined ? [] : [`  entry ${hex(image.entryAddress, 8)}`]),
      ...(vectors === undefined ? [] : [
        `  first words ${hex(vectors.first, 8)} ${hex(vectors.second, 8)}: in an application, ` +
        "initial stack pointer and reset vector",
      ]),
      `checksums over ${formatRange(span)}, gaps as 0xFF`,
      ...checksums.map(([algorithm, value]) =>
        `  ${algorithm.padEnd(18)}${value}  ${describe(algorithm)}`
      ),
    ].join("\n"),
  );
  output.summary({
    file: name,
    format,
    bytes: imageSizeBytes(image),
    ranges: image.ranges.map(({ start, end }) => ({ start, end })),
    ...defined({ entryAddress: image.entryAddress }),
    checksums: Object.fromEntries(checksums),
  });
  return Promise.resolve(EXIT_STATUS.ok);
}

function describe(algorithm: string): string {
  const found = CHECKSUM_NAMES.find((name) => name === algorithm);
  return found === undefined ? "" : CHECKSUM_ALGORITHMS[found].description;
}

function firstWords(image: FirmwareImage): { first: number; second: number } | undefined {
  const data = image.ranges[0]?.data;
  if (data === undefined || data.length < 8) return undefined;
  const view = new DataView(data.buffer, data.byteOffset, data.length);
  return { first: view.getUint32(0, true), second: view.getUint32(4, true) };
}
