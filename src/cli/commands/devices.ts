import type { Host } from "../../adapters/mod.ts";
import { formatRange, hex } from "../../core/mod.ts";
import {
  assumedFigures,
  deviceName,
  DEVICES,
  findDevice,
  type FlashGeometry,
  flashHole,
  inactiveBank,
  LEFT_OUT,
  matchDevices,
} from "../../stm32/mod.ts";
import type { CommandArguments } from "../command_spec.ts";
import { deviceFields, deviceLines } from "../device_text.ts";
import { EXIT_STATUS, type ExitStatus } from "../exit_status.ts";
import { figureWords } from "../figure_words.ts";
import { Output } from "../output.ts";

/**
 * Lists the parts that canvoy knows, with what it takes for granted of them.
 *
 * @param args The command line.
 * @param host The outside.
 * @returns 0.
 * @throws {DeviceNameError} If the pattern fits no part.
 */
export function run(args: CommandArguments, host: Host): Promise<ExitStatus> {
  const output = new Output(args, host);
  const pattern = args.operands[0];
  const rows = pattern === undefined ? DEVICES : matchDevices(pattern);
  // It says why, and which parts of that line there are.
  if (rows.length === 0) findDevice(pattern!);
  const isDetailed = pattern !== undefined || output.isVerbose;
  for (const [i, line] of deviceLines(rows).entries()) {
    output.result(line);
    if (isDetailed) { for (const detail of details(rows[i]!)) output.result(`  ${detail}`); }
  }
  const parts = new Set(rows.map(({ part }) => part)).size;
  output.note(`${parts} ${parts === 1 ? "part" : "parts"} of ${linesOf(rows)}`);
  if (pattern === undefined) {
    output.note("canvoy devices PATTERN also says of each what is assumed without a source");
    for (const { lines, reason } of LEFT_OUT) {
      output.note(`left out: ${lines.map((line) => `STM32${line}`).join(", ")}: ${reason}`);
    }
  }
  output.summary({
    devices: rows.map((row) => deviceFields(row, secondStart(row))),
    ...(pattern === undefined ? { leftOut: LEFT_OUT } : {}),
  });
  return Promise.resolve(EXIT_STATUS.ok);
}

function secondStart(geometry: FlashGeometry): number | undefined {
  return geometry.banks.count === 1 ? undefined : inactiveBank(geometry, false).range.start;
}

function details(geometry: FlashGeometry): readonly string[] {
  const { banks, core, program, ram, vectorTable } = geometry;
  const hole = flashHole(geometry);
  const second = secondStart(geometry);
  const assumed = assumedFigures(geometry).map(figureWords);
  return [
    `${core}, ${vectorTable.vectorCount} vectors; RAM ${
      ram.map((region) => `${region.name} ${formatRange(region)}`).join(", ")
    }`,
    program.hasEcc
      ? "each write carries a check code: a unit is programmed once after an erase"
      : "no check code",
    ...(banks.decidedBy === undefined
      ? []
      : [`${banks.decidedBy.name} ${banks.decidedBy.meaning}`]),
    ...(second === undefined ? [] : [
      `bank 2 starts at ${hex(second, 8)}` +
      (hole === undefined ? "" : `, behind the hole ${formatRange(hole)}`),
    ]),
    ...(banks.swappedBy === undefined
      ? []
      : [`${banks.swappedBy.name} ${banks.swappedBy.meaning}`]),
    `assumed: ${assumed.length === 0 ? "nothing" : assumed.join(", ")}`,
  ];
}

function linesOf(rows: readonly FlashGeometry[]): string {
  const lines = new Set(rows.map((row) => deviceName(row).slice(0, "STM32F407".length)));
  return lines.size === 1 ? "1 line" : `${lines.size} lines`;
}
