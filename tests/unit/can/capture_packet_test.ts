import { deepStrictEqual, strictEqual } from "node:assert/strict";
import {
  type CapturePacket,
  framesOfPackets,
  isPcap,
  pcapngHeader,
  pcapngInterface,
  pcapngPacket,
  readPcap,
  readTrace,
} from "../../../src/can/mod.ts";
import { concatBytes, hexToBytes } from "../../../src/core/mod.ts";

function packet(linkType: number, hex: string): CapturePacket {
  const bytes = new DataView(hexToBytes(hex).buffer);
  return { linkType, interfaceName: "0", atMs: 1, bytes };
}

function briefly(...packets: readonly CapturePacket[]): readonly string[] {
  return framesOfPackets(packets).map((found) => {
    if (typeof found !== "object") return found;
    const { id, extended, fd, data } = found.frame;
    const kind = `${extended ? "x" : ""}${fd ? "f" : ""}`;
    return `${found.interfaceName} ${id.toString(16)}${kind} ${data.join(" ")}`;
  });
}

const SLL = "0001 0118 0000 0000000000000000";
const SLL2 = "0000 00000003 0118 04 00 0000000000000000";

Deno.test("framesOfPackets() reads cooked captures of both kinds, classic and FD", () => {
  deepStrictEqual(
    briefly(
      packet(113, `${SLL} 000C 000007E0 02 000000 0210`),
      packet(113, `${SLL} 000D 98DA10F1 0C 010000 ${"11".repeat(12)}`),
      packet(276, `000C ${SLL2} 000007E8 02 000000 0250`),
      packet(276, `000D ${SLL2} 000007E8 02 000000 0250`),
      packet(276, `000E ${SLL2} 000007E8 02 000000 0250`),
      packet(113, `${SLL} 0800 45000014`),
      packet(1, "0011223344550011223344550800"),
      packet(113, `${SLL} 000C 0000`),
    ),
    [
      "0 7e0 2 16",
      `0 18da10f1xf ${"17 ".repeat(12).trim()}`,
      "if3 7e8 2 80",
      "if3 7e8f 2 80",
      "CAN XL frame",
      "packet of another network",
      "packet of another network",
      "cut record",
    ],
  );
});

Deno.test("framesOfPackets() finds the byte order of cooked identifiers by what can be", () => {
  deepStrictEqual(
    briefly(
      packet(113, `${SLL} 000C E0070000 02 000000 0210`),
      packet(113, `${SLL} 000C 80070000 02 000000 0210`),
      packet(113, `${SLL} 000C F110DA98 02 000000 0210`),
    ),
    ["0 7e0 2 16", "0 780 2 16", "0 18da10f1x 2 16"],
  );
  // 0x780 in network order is a 29-bit identifier in the other one: the likelier is taken.
  deepStrictEqual(briefly(packet(113, `${SLL} 000C 00000780 02 000000 0210`)), ["0 780 2 16"]);
});

Deno.test("framesOfPackets() knows frames of Linux that are no data frames", () => {
  deepStrictEqual(
    briefly(
      packet(227, "400007E0 00 000000"),
      packet(227, "20000004 08 000000 0000000000000000"),
      packet(227, "000007E0 09 000000 112233445566778899"),
      packet(227, "000007E0 08 000000 1122"),
      packet(227, `000007E0 02 000000 1122${"00".repeat(62)}`),
    ),
    ["remote frame", "error frame", "damaged part", "cut record", "0 7e0f 17 34"],
  );
});

/** A classic pcap with one frame. */
function pcap(magic: number, isLittle: boolean, recordBytes = 16): Uint8Array {
  const bytes = new Uint8Array(24 + recordBytes + 10);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, magic, isLittle);
  view.setUint32(20, 227, isLittle);
  [7, 500, 10, 10].forEach((word, i) => view.setUint32(24 + 4 * i, word, isLittle));
  bytes.set(hexToBytes("000007E0 02 000000 0210"), 24 + recordBytes);
  return bytes;
}

Deno.test("readTrace() reads pcap of both byte orders, of micro- and nanoseconds", () => {
  for (const isLittle of [true, false]) {
    for (
      const [magic, atMs, recordBytes] of [
        [0xA1B2C3D4, 7000.5, 16],
        [0xA1B23C4D, 7000.0005, 16],
        [0xA1B2CD34, 7000.5, 24],
      ] as const
    ) {
      const trace = readTrace({ name: "a", bytes: pcap(magic, isLittle, recordBytes) });
      strictEqual(trace.format, "pcap");
      deepStrictEqual(trace.records.map((record) => [record.atMs, record.frame.id]), [[
        atMs,
        0x7E0,
      ]]);
    }
  }
});

Deno.test("readPcap() gives the whole packets of a file that is torn anywhere", () => {
  const whole = pcap(0xA1B2C3D4, true);
  for (let end = 0; end < whole.length; end++) {
    const { packets, isCut } = readPcap(whole.slice(0, end));
    strictEqual(packets.length, 0);
    strictEqual(isCut, end !== 24, `${end}`);
  }
  strictEqual(isPcap(whole), true);
  strictEqual(isPcap(Uint8Array.of(1, 2, 3)), false);
  const hostile = whole.slice();
  new DataView(hostile.buffer).setUint32(32, 0xFFFFFFFF, true);
  deepStrictEqual(readPcap(hostile), { packets: [], isCut: true });
});

Deno.test("readTrace() counts packets of an interface that the file does not have", () => {
  const data = Uint8Array.of(2, 0x10, 2);
  const frame = { id: 0x7E0, extended: false, fd: false, bitRateSwitch: false, data };
  const bytes = concatBytes([
    pcapngHeader(),
    pcapngInterface("can0"),
    pcapngPacket(frame, 1, { interfaceNumber: 0 }),
    pcapngPacket(frame, 2, { interfaceNumber: 1 }),
  ]);
  const { records, passedOver } = readTrace({ name: "a.pcapng", bytes });
  strictEqual(records.length, 1);
  strictEqual(`${passedOver}`, "1 damaged part");
});
