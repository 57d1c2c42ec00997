import type { IssueList } from "./_issue_list.ts";
import type { YamlPath } from "./_yaml_source.ts";
import type { FleetFileBus, FleetFrameFormat } from "./fleet.ts";
import type { NodeFields } from "./fleet_schema.ts";

/** 1100 1100 needs no stuff bits. */
const DEFAULT_PADDING = 0xCC;
const FD_LENGTHS_BYTES: readonly number[] = [8, 12, 16, 20, 24, 32, 48, 64];

/**
 * Finds how a node's messages are put into frames: as its bus can by default.
 *
 * @param written What the node says.
 * @param path Its place.
 * @param bus Its bus.
 * @param issues Takes its mistakes.
 * @returns The format.
 */
export function resolveFrames(
  written: NodeFields["frames"],
  path: YamlPath,
  bus: FleetFileBus,
  issues: IssueList,
): FleetFrameFormat {
  const { padding, bitRateSwitch, txDlBytes } = written ?? {};
  const canFd = bus.bitRates.dataBitrateBps !== undefined;
  const fd = written?.fd ?? canFd;
  if (fd && !canFd) {
    issues.report([...path, "fd"], `expected false, as ${bus.name} has no dataBitrate`);
  }
  if (!fd) {
    const why = canFd ? "with fd: false" : `as ${bus.name} has no dataBitrate`;
    if (bitRateSwitch) issues.report([...path, "bitRateSwitch"], `expected false, ${why}`);
    if (txDlBytes !== undefined && txDlBytes !== 8) {
      issues.reportValue([...path, "txDlBytes"], `expected 8, ${why}`);
    }
  } else if (txDlBytes !== undefined && !FD_LENGTHS_BYTES.includes(txDlBytes)) {
    const expected = "expected 8, 12, 16, 20, 24, 32, 48 or 64";
    issues.reportValue([...path, "txDlBytes"], expected);
  }
  return {
    fd,
    bitRateSwitch: fd && (bitRateSwitch ?? true),
    txDlBytes: fd ? txDlBytes ?? 64 : 8,
    ...(padding === "none" ? {} : { padding: padding ?? DEFAULT_PADDING }),
  };
}
