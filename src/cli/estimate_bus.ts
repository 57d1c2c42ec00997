import { bitsDurationMs, meanFrameBits } from "../can/mod.ts";
import type { FleetBitRates, FleetFileNode, FleetNodeJob } from "../fleet/mod.ts";
import { eraseTimeMs, programTimeMs } from "../stm32/mod.ts";

/** A node and what is to be done to it. */
export interface PlannedNode {
  /** As the fleet file has it. */
  readonly node: FleetFileNode;
  /** Its plan. */
  readonly job: FleetNodeJob["job"];
  /** Whether it takes what is sent to another node, in a group: its bytes are not sent again. */
  readonly listens: boolean;
}

/**
 * A first estimate of a run on one bus: the wire carries each byte once, in full consecutive frames,
 * and no node is through before its own bytes have come and its flash has taken them. What is sent
 * beside the data, and what must be sent again, is left out.
 *
 * @param planned The nodes of the bus.
 * @param bitRates Its bit rates.
 * @returns The time, in ms.
 */
export function estimateBusMs(planned: readonly PlannedNode[], bitRates: FleetBitRates): number {
  const nodes = planned.map(({ node, job, listens }) => {
    const { segments, geometry } = job.plan;
    const dataBytes = segments.reduce((sum, { write }) => sum + write.data.length, 0);
    const units = segments.flatMap(({ eraseUnits }) => eraseUnits);
    return {
      listens,
      wireMs: wireMs(node, dataBytes, bitRates),
      flashMs: eraseTimeMs(geometry, units, "typical") +
        programTimeMs(geometry, dataBytes, "typical"),
    };
  });
  const wholeWireMs = nodes.filter(({ listens }) => !listens)
    .reduce((sum, node) => sum + node.wireMs, 0);
  return Math.max(wholeWireMs, ...nodes.map((node) => node.wireMs + node.flashMs));
}

function wireMs(node: FleetFileNode, dataBytes: number, bitRates: FleetBitRates): number {
  const { fd, bitRateSwitch, txDlBytes } = node.frameFormat;
  const { addressing } = node;
  const isNormal = addressing.mode === "normal" || addressing.mode === "normalFixed";
  const frame = meanFrameBits({
    extended: "tx" in addressing ? addressing.tx.extended : true,
    fd,
    bitRateSwitch,
    lengthBytes: txDlBytes,
  });
  const payloadBytes = txDlBytes - (isNormal ? 1 : 2);
  return Math.ceil(dataBytes / payloadBytes) * bitsDurationMs(frame, bitRates);
}
