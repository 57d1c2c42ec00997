import type { Host } from "../../adapters/mod.ts";
import { CHECKSUM_ALGORITHMS } from "../../codec/mod.ts";
import { defined, formatRange, hex, rangeSizeBytes } from "../../core/mod.ts";
import {
  detectImageFormat,
  findPrograms,
  type FirmwareImage,
  IMAGE_FORMAT_NAMES,
  imageSizeBytes,
  readFirmware,
  readMcubootHeader,
} from "../../image/mod.ts";
import { type CommandArguments, optionNumber } from "../command_spec.ts";
import { allChecksums, checksumRanges, describePrograms, nameRange } from "../describe_image.ts";
import { EXIT_STATUS, type ExitStatus } from "../exit_status.ts";
import { imageRange } from "../image_range.ts";
import { Output } from "../output.ts";

/** Ranges whose checksums are printed; JSON has all of them. */
const SUMS_MAX = 8;

/**
 * Says show what a firmware file contains: its ranges, and checksums over them as an update makes them.
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
    ...defined({ baseAddress, range: imageRange(args) }),
  };
  const image = readFirmware(file);
  const format = detectImageFormat(file);
  const sums = checksumRanges(image).map((range) => ({
    range,
    checksums: allChecksums(image, range),
  }));
  const { ranges, entryAddress, warnings = [] } = image;
  output.result(
    [
      `${name}: ${IMAGE_FORMAT_NAMES[format]}, ${imageSizeBytes(image)} bytes in ${
        ranges.length === 1 ? "1 range" : `${ranges.length} ranges`
      }`,
      ...ranges.map((range) =>
        `  ${formatRange(range)}  ${rangeSizeBytes(range)} bytes, ${nameRange(range)}`
      ),
      ...(entryAddress === undefined ? [] : [`  entry ${hex(entryAddress, 8)}`]),
      ...describeFirstWords(image),
      ...describePrograms(image, name),
      ...warnings.map(({ reason }) => `warning: ${reason}`),
      ...sums.slice(0, SUMS_MAX).flatMap(({ range, checksums }) => [
        `checksums over ${formatRange(range)}, gaps as 0xFF`,
        ...checksums.map(([algorithm, value]) =>
          `  ${algorithm.padEnd(18)}${value}  ${CHECKSUM_ALGORITHMS[algorithm].description}`
        ),
      ]),
      ...(sums.length <= SUMS_MAX ? [] : [
        `checksums of ${sums.length - SUMS_MAX} more ranges: --range takes one of them`,
      ]),
    ].join("\n"),
  );
  output.summary({
    file: name,
    format,
    bytes: imageSizeBytes(image),
    ranges: ranges.map(({ start, end }) => ({ start, end, memory: nameRange({ start, end }) })),
    ...defined({ entryAddress }),
    programs: findPrograms(image).map(({ range, mcuboot }) => ({
      ...range,
      ...defined({ mcuboot }),
    })),
    ...(warnings.length === 0 ? {} : { warnings }),
    ...(sums.length === 1 ? { checksums: Object.fromEntries(sums[0]!.checksums) } : {
      parts: sums.map(({ range, checksums }) => ({
        ...range,
        checksums: Object.fromEntries(checksums),
      })),
    }),
  });
  return Promise.resolve(EXIT_STATUS.ok);
}

/** The first words of an application; where the file begins with a header, they are none. */
function describeFirstWords(image: FirmwareImage): readonly string[] {
  const range = image.ranges[0];
  if (range === undefined || range.data.length < 8) return [];
  if (readMcubootHeader(image, range.start) !== undefined) return [];
  const view = new DataView(range.data.buffer, range.data.byteOffset, range.data.length);
  return [
    `  first words ${hex(view.getUint32(0, true), 8)} ${hex(view.getUint32(4, true), 8)}: in an ` +
    "application, initial stack pointer and reset vector",
  ];
}
