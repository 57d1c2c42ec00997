import { defined } from "../core/mod.ts";
import type { CanBitRates, CanPortState } from "../can/mod.ts";

/** What the kernel knows of one network interface that may be a CAN interface. */
export interface CanLink {
  /** Whether it is a CAN interface at all. */
  readonly isCan: boolean;
  /** Driver kind: `can`, `vcan`, `vxcan`, `slcan`; empty where the kernel does not say. */
  readonly kind: string;
  /** Whether it is administratively up. */
  readonly isUp: boolean;
  /** Whether it carries CAN FD frames. */
  readonly carriesFd: boolean;
  /** Bit rates; absent where it has none (virtual) or none was set. */
  readonly bitRates: CanBitRates | undefined;
  /** State and error counters of its controller; a virtual one is always error active. */
  readonly state: CanPortState;
  /** Delay after which the kernel restarts a bus-off controller, in ms; 0 never. */
  readonly restartMs: number;
  /** Whether it was set to listen only: it acknowledges and sends nothing. */
  readonly isListenOnly: boolean;
  /** Frames that may wait in its transmit queue. */
  readonly queueFrames: number;
  /** Frames that it has sent since it was made. */
  readonly txPackets: number;
}

/** MTU of an interface whose frames may be CAN FD frames: `CANFD_MTU` of linux/can.h. */
const CANFD_MTU = 72;

const STATES: Readonly<Record<string, CanPortState["kind"]>> = {
  "ERROR-ACTIVE": "errorActive",
  "ERROR-WARNING": "errorActive",
  "ERROR-PASSIVE": "errorPassive",
  "BUS-OFF": "busOff",
  "STOPPED": "stopped",
  "SLEEPING": "stopped",
};

/**
 * Reads what `ip -details -statistics -json link show dev NAME` prints.
 *
 * @param text Its standard output.
 * @returns The interface; `undefined` for text that describes none.
 */
export function parseCanLink(text: string): CanLink | undefined {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return undefined;
  }
  const link = Array.isArray(parsed) ? record(parsed[0]) : undefined;
  if (link === undefined) return undefined;
  const linkinfo = record(link["linkinfo"]) ?? {};
  const data = record(linkinfo["info_data"]) ?? {};
  const isUp = strings(link["flags"]).includes("UP");
  const modes = strings(data["ctrlmode"]);
  return {
    isCan: link["link_type"] === "can",
    kind: typeof linkinfo["info_kind"] === "string" ? linkinfo["info_kind"] : "",
    isUp,
    carriesFd: number(link["mtu"]) === CANFD_MTU,
    bitRates: bitRatesOf(data, modes),
    state: stateOf(data, isUp),
    restartMs: number(data["restart_ms"]) ?? 0,
    isListenOnly: modes.includes("LISTEN-ONLY"),
    queueFrames: number(link["txqlen"]) ?? 0,
    txPackets: number(record(record(link["stats64"])?.["tx"])?.["packets"]) ?? 0,
  };
}

function bitRatesOf(
  data: Readonly<Record<string, unknown>>,
  modes: readonly string[],
): CanBitRates | undefined {
  const bitrateBps = number(record(data["bittiming"])?.["bitrate"]);
  const dataBitrateBps = number(record(data["data_bittiming"])?.["bitrate"]);
  if (bitrateBps === undefined || bitrateBps === 0) return undefined;
  return modes.includes("FD") && dataBitrateBps !== undefined
    ? { bitrateBps, dataBitrateBps }
    : { bitrateBps };
}

function stateOf(data: Readonly<Record<string, unknown>>, isUp: boolean): CanPortState {
  const named = typeof data["state"] === "string" ? STATES[data["state"]] : undefined;
  const counters = record(data["berr_counter"]);
  const [tec, rec] = [number(counters?.["tx"]), number(counters?.["rx"])];
  return {
    kind: isUp ? named ?? "errorActive" : "stopped",
    ...defined({ tec, rec }),
  };
}

function record(value: unknown): Readonly<Record<string, unknown>> | undefined {
  return typeof value === "object" && value !== null
    ? value as Readonly<Record<string, unknown>>
    : undefined;
}

function strings(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((one) => typeof one === "string") : [];
}

function number(value: unknown): number | undefined {
  return typeof value === "number" ? value : undefined;
}
