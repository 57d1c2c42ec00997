import type { SendEvidence } from "../../adapters/mod.ts";
import type { Finding } from "./finding.ts";

/**
 * Tells whether something else than the wire limits how fast frames go out.
 *
 * @param place The bus, in words: `socketcan:can0`.
 * @param sending How fast they went.
 * @returns What is known; empty where the wire is the limit.
 */
export function sendingFindings(
  place: string,
  sending: SendEvidence | undefined,
): readonly Finding[] {
  if (sending === undefined) return [];
  const { limit, framesPerSecond, wireShare, lagMs, queueFrames, isBlind } = sending;
  const rate =
    `${round(framesPerSecond)} frames/s, ${round(100 * wireShare)} % of what the bit rate` +
    " allows";
  const findings: Finding[] = [];
  if (limit === "adapter") {
    findings.push({
      kind: "ADAPTER_IS_THE_LIMIT",
      isGood: false,
      text: `${place}: the adapter is the limit: it sent ${rate}, while more were waiting`,
      help: "Take a faster adapter, or end other programs; or others fill the wire",
    });
  } else if (limit === "queue") {
    findings.push({
      kind: "QUEUE_IS_THE_LIMIT",
      isGood: false,
      text: `${place}: the interface's queue is the limit: ${rate}; frames are confirmed ` +
        `${round(lagMs)} ms late, and its queue has room for ${queueFrames} of canvoy's`,
      help: `sudo ip link set ${interfaceOf(place)} txqueuelen 1000`,
    });
  }
  if (isBlind) {
    findings.push({
      kind: "ADAPTER_CONFIRMS_EARLY",
      isGood: false,
      text:
        `${place}: frames are confirmed before they can have been on the wire, so the adapter ` +
        "loses frames in silence when it is the limit",
      help: "Adapters on a serial line do so: take one that confirms what it has sent",
    });
  }
  return findings;
}

function interfaceOf(place: string): string {
  return place.slice(place.indexOf(":") + 1);
}

/** Three digits mean something. */
function round(value: number): string {
  return String(Number(value.toPrecision(3)));
}
