import { deepStrictEqual } from "node:assert/strict";
import { decodeErrorFrame } from "../../../src/adapters/socketcan_error_frame.ts";

// Identifiers and bytes as linux/can/error.h defines them; what a driver sends for each event.
const NOTHING = {
  isUnacknowledged: false,
  isDisturbed: false,
  isOverflow: false,
  isRestarted: false,
};

Deno.test.each(
  [
    ["CRTL TX_PASSIVE with counters", 0x204, "0020000000008800", {
      ...NOTHING,
      state: { kind: "errorPassive", tec: 136, rec: 0 },
    }],
    ["CRTL RX_PASSIVE, counters of a kernel that does not flag them", 0x004, "0010000000000087", {
      ...NOTHING,
      state: { kind: "errorPassive", tec: 0, rec: 135 },
    }],
    ["CRTL TX_WARNING: still error active", 0x004, "0008000000006000", {
      ...NOTHING,
      state: { kind: "errorActive", tec: 96, rec: 0 },
    }],
    ["CRTL ACTIVE", 0x004, "0040000000000000", { ...NOTHING, state: { kind: "errorActive" } }],
    ["CRTL RX_OVERFLOW", 0x004, "0001000000000000", { ...NOTHING, isOverflow: true }],
    ["BUSOFF", 0x040, "0000000000000000", { ...NOTHING, state: { kind: "busOff" } }],
    ["RESTARTED", 0x100, "0000000000000000", {
      ...NOTHING,
      isRestarted: true,
      state: { kind: "errorActive" },
    }],
    ["ACK", 0x020, "0000000000000000", { ...NOTHING, isUnacknowledged: true }],
    ["PROT at the acknowledge slot, BUSERROR", 0x088, "0000001900000000", {
      ...NOTHING,
      isUnacknowledged: true,
    }],
    ["PROT STUFF in the data section, BUSERROR", 0x088, "0000040A00000000", {
      ...NOTHING,
      isDisturbed: true,
    }],
    ["TX_TIMEOUT alone", 0x001, "0000000000000000", NOTHING],
  ] as const,
)("decodeErrorFrame() reads $0", (_, id, data, expected) => {
  const bytes = Uint8Array.from(data.match(/../g)!, (byte) => Number.parseInt(byte, 16));
  deepStrictEqual(decodeErrorFrame(id, bytes), expected);
});

Deno.test("decodeErrorFrame() takes a frame without data", () => {
  deepStrictEqual(decodeErrorFrame(0x004, new Uint8Array()), NOTHING);
});
