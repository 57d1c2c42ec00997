import { deepStrictEqual, ok, strictEqual, throws } from "node:assert/strict";
import fc from "fast-check";
import { TcpBusError } from "../../../src/adapters/mod.ts";
import {
  decodeTcpBusMessage,
  encodeTcpBusMessage,
  MESSAGE_BYTES_MAX,
  type TcpBusMessage,
  TcpBusMessageReader,
} from "../../../src/adapters/tcp_bus_codec.ts";
import { FD_LENGTHS_BYTES } from "../../../src/can/mod.ts";
import { hexToBytes } from "../../../src/core/mod.ts";

const GOLDEN: readonly (readonly [message: TcpBusMessage, bytes: string])[] = [
  [{ type: "clientHello" }, "0008 01 43414E564F59 01"],
  [
    { type: "serverHello", name: "bench", bitRates: { bitrateBps: 500_000 } },
    "000F 02 01 0007A120 00000000 62656E6368",
  ],
  [
    {
      type: "serverHello",
      name: "b",
      bitRates: { bitrateBps: 500_000, dataBitrateBps: 2_000_000 },
    },
    "000B 02 01 0007A120 001E8480 62",
  ],
  [{ type: "attach", port: 0x1234, label: "node" }, "0007 03 1234 6E6F6465"],
  [{ type: "detach", port: 2 }, "0003 04 0002"],
  [
    {
      type: "frame",
      port: 1,
      frame: {
        id: 0x18DA00F1,
        extended: true,
        fd: false,
        bitRateSwitch: false,
        data: Uint8Array.of(2, 0x10, 3),
      },
    },
    "000B 05 0001 01 18DA00F1 021003",
  ],
  [{ type: "ended", port: 1, outcome: "aborted" }, "0004 06 0001 01"],
  [
    { type: "state", port: 1, state: { kind: "errorPassive", tec: 128, rec: 0 } },
    "0008 07 0001 01 0080 0000",
  ],
  [{ type: "state", port: 1, state: { kind: "stopped" } }, "0008 07 0001 03 FFFF FFFF"],
];

Deno.test("encodeTcpBusMessage() and decodeTcpBusMessage() keep to the table of the format", () => {
  for (const [message, hex] of GOLDEN) {
    const bytes = hexToBytes(hex);
    deepStrictEqual(encodeTcpBusMessage(message), bytes);
    deepStrictEqual(decodeTcpBusMessage(bytes.slice(2)), message);
  }
});

Deno.test("encodeTcpBusMessage() refuses a name longer than 64 bytes", () => {
  encodeTcpBusMessage({ type: "attach", port: 0, label: "x".repeat(64) });
  throws(
    () => encodeTcpBusMessage({ type: "attach", port: 0, label: "ä".repeat(33) }),
    RangeError,
  );
});

Deno.test("decodeTcpBusMessage() refuses what is malformed", () => {
  const malformed = [
    "",
    "00",
    "08 0000",
    "01 43414E564F59 02",
    "01 43414E564F58 01",
    "01 43414E564F5901 00",
    "02 02 0007A120 00000000 62",
    "02 01 00000000 00000000 62",
    "02 01 0007A120 000000",
    "03 00",
    "03 0001 FF",
    "04 0001 00",
    "05 0001 00 00000800", // 11 bits do not hold it
    "05 0001 01 20000000",
    "05 0001 04 00000001", // BRS in a classic frame
    "05 0001 08 00000001",
    "05 0001 00 00000001 000000000000000000", // nine bytes
    "06 0001 02",
    "07 0001 04 0000 0000",
  ];
  for (const hex of malformed) {
    throws(() => decodeTcpBusMessage(hexToBytes(hex)), (error) => {
      ok(error instanceof TcpBusError, hex);
      strictEqual(error.code, "TCP_BUS");
      strictEqual(error.failure, "protocol");
      return true;
    });
  }
});

Deno.test("decodeTcpBusMessage() gives a message or a TcpBusError for any bytes", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 90 }), fc.nat(8), (bytes, type) => {
    if (bytes.length > 0) bytes[0] = type;
    try {
      decodeTcpBusMessage(bytes);
    } catch (error) {
      ok(error instanceof TcpBusError);
    }
  }));
});

Deno.test("TcpBusMessageReader.push() finds the messages however the stream is cut", () => {
  const stream = GOLDEN.flatMap(([, hex]) => [...hexToBytes(hex)]);
  fc.assert(fc.property(fc.array(fc.integer({ min: 1, max: 40 })), (sizes) => {
    const reader = new TcpBusMessageReader();
    const messages: TcpBusMessage[] = [];
    let at = 0;
    for (const size of [...sizes, stream.length]) {
      reader.push(Uint8Array.from(stream.slice(at, at + size)), (each) => messages.push(each));
      at += size;
    }
    deepStrictEqual(messages, GOLDEN.map(([message]) => message));
  }));
});

Deno.test("TcpBusMessageReader.push() refuses lengths that no message has at once", () => {
  for (const hex of ["0000", "0051", "FFFF", "4745"]) {
    throws(() => new TcpBusMessageReader().push(hexToBytes(hex + "00"), () => {}), TcpBusError);
  }
  strictEqual(MESSAGE_BYTES_MAX, 0x50);
});

Deno.test("encodeTcpBusMessage() writes any frame that decodeTcpBusMessage() reads", () => {
  const anyFrame = fc.record({
    id: fc.nat(0x1FFF_FFFF),
    extended: fc.boolean(),
    fd: fc.boolean(),
    bitRateSwitch: fc.boolean(),
    data: fc.uint8Array({ minLength: 64, maxLength: 64 }),
    length: fc.nat(15),
  });
  fc.assert(fc.property(anyFrame, ({ id, extended, fd, bitRateSwitch, data, length }) => {
    const frame = {
      id: extended ? id : id % 0x800,
      extended,
      fd,
      bitRateSwitch: fd && bitRateSwitch,
      data: data.slice(0, fd ? FD_LENGTHS_BYTES[length] : length % 9),
    };
    const message: TcpBusMessage = { type: "frame", port: 7, frame };
    deepStrictEqual(decodeTcpBusMessage(encodeTcpBusMessage(message).slice(2)), message);
  }));
});
