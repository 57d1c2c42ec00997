import { deepStrictEqual, ok, strictEqual, throws } from "node:assert/strict";
import fc from "fast-check";
import {
  AscReader,
  type CandumpRecord,
  createTraceWriter,
  FD_LENGTHS_BYTES,
  formatAsc,
  readPcapng,
  readTrace,
  type TraceEncoder,
  traceFormatOf,
} from "../../../src/can/mod.ts";

const BUSES = ["body", "chassis"];
const EMPTY_FRAME = {
  id: 1,
  extended: false,
  fd: false,
  bitRateSwitch: false,
  data: new Uint8Array(0),
};

/** Frames that a bus can carry, at times in whole microseconds. */
const records = fc.array(
  fc.record({
    atUs: fc.nat(2_000_000_000),
    bus: fc.constantFrom(...BUSES),
    extended: fc.boolean(),
    fd: fc.boolean(),
    brs: fc.boolean(),
    id: fc.nat(0x1FFF_FFFF),
    bytes: fc.uint8Array({ maxLength: 64 }),
  }).map(({ atUs, bus, extended, fd, brs, id, bytes }): CandumpRecord => {
    const lengthBytes = fd
      ? FD_LENGTHS_BYTES.findLast((length) => length <= bytes.length)!
      : Math.min(8, bytes.length);
    return {
      atMs: atUs / 1000,
      interfaceName: bus,
      frame: {
        id: extended ? id : id & 0x7FF,
        extended,
        fd,
        bitRateSwitch: fd && brs,
        data: bytes.slice(0, lengthBytes),
      },
    };
  }),
  { minLength: 1, maxLength: 20 },
);

function write(writer: TraceEncoder, frames: readonly CandumpRecord[]): Uint8Array {
  const parts = [
    writer.begin(),
    ...frames.flatMap(({ frame, atMs, interfaceName }) => [
      writer.comment("segment 1 of 2", atMs),
      writer.frame(frame, atMs, interfaceName),
    ]),
    writer.end(),
  ];
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

for (const format of ["candump", "asc", "pcapng", "blf"] as const) {
  Deno.test(`readTrace() reads back what is written as ${format}`, () => {
    fc.assert(fc.property(records, (frames) => {
      const bytes = write(createTraceWriter(format, BUSES, 0), frames);
      const trace = readTrace({ name: "x", bytes });
      strictEqual(trace.format, format);
      const named = format === "asc" || format === "blf"
        ? frames.map((one) => ({
          ...one,
          interfaceName: `${BUSES.indexOf(one.interfaceName) + 1}`,
        }))
        : frames;
      deepStrictEqual(trace.records, named);
    }));
  });
}

Deno.test("readTrace() takes any bytes, and says when there is no frame in them", () => {
  throws(() => readTrace({ name: "x.log", bytes: new Uint8Array(0) }), /x\.log: it holds no CAN/);
  const head = write(createTraceWriter("pcapng", BUSES, 0), [
    { atMs: 1, interfaceName: "body", frame: EMPTY_FRAME },
  ]);
  fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), fc.boolean(), (bytes, isPcapng) => {
    const file = isPcapng ? Uint8Array.from([...head, ...bytes]) : bytes;
    try {
      ok(readTrace({ name: "x", bytes: file }).records.length > 0);
    } catch (error) {
      strictEqual((error as { code?: string }).code, "TRACE_FORMAT");
    }
  }));
});

Deno.test("readPcapng() gives the whole blocks of a file that is torn anywhere", () => {
  const data = Uint8Array.of(2, 0x10, 3);
  const frame = { id: 0x7E0, extended: false, fd: false, bitRateSwitch: false, data };
  const whole = write(createTraceWriter("pcapng", ["a"], 0), [
    { atMs: 1, interfaceName: "a", frame },
    { atMs: 2, interfaceName: "a", frame },
  ]);
  for (let end = 0; end < whole.length; end++) {
    ok(readPcapng(whole.slice(0, end)).packets.length < 2);
  }
  strictEqual(readPcapng(whole).packets.length, 2);
});

Deno.test("readPcapng() reads big-endian files with nanoseconds", () => {
  const packet = [0x98, 0xDA, 0x10, 0xF1, 2, 0, 0, 0, 1, 0x3E, 0, 0];
  const words = [
    [0x0A0D0D0A, 28, 0x1A2B3C4D, 0x00010000, 0xFFFFFFFF, 0xFFFFFFFF, 28],
    [1, 32, 227 << 16, 0, (9 << 16) + 1, 0x09000000, 0, 32],
    [6, 44, 0, 0, 5_000_000, 10, 10],
  ];
  const bytes = words.flat().flatMap((word) =>
    [24, 16, 8, 0].map((bits) => (word >>> bits) & 0xFF)
  );
  const file = Uint8Array.from([...bytes, ...packet, 0, 0, 0, 44]);
  deepStrictEqual(readTrace({ name: "a", bytes: file }).records, [{
    atMs: 5,
    interfaceName: "0",
    frame: {
      id: 0x18DA10F1,
      extended: true,
      fd: false,
      bitRateSwitch: false,
      data: Uint8Array.of(1, 0x3E),
    },
  }]);
});

Deno.test("AscReader reads hexadecimal, decimal, relative and symbolic lines of other tools", () => {
  const read = (...lines: readonly string[]): readonly (readonly [number, number, string])[] => {
    const reader = new AscReader();
    return lines.flatMap((line) => {
      const record = reader.read(line);
      return typeof record !== "object"
        ? []
        : [[record.atMs, record.frame.id, record.frame.data.join(" ")] as const];
    });
  };
  deepStrictEqual(
    read(
      "base hex  timestamps absolute",
      "   0.015991 2  345             Rx   d 8 01 0A FF 00 00 00 00 00  Length = 910000 BitCount = 8",
      "   1.0 1  1ABCDEFx  Tx   d 2 3E 80",
      "   2.501000 1  ErrorFrame",
      "   2.9 1  300             Rx   r",
      "// a comment",
    ),
    [[15.991, 0x345, "1 10 255 0 0 0 0 0"], [1000, 0x1ABCDEF, "62 128"]],
  );
  deepStrictEqual(
    read(
      "base dec  timestamps relative",
      "   0.5 1  2016            Rx   d 3 2 16 3",
      "   0.25 1  2024            Rx   d 2 2 80",
    ),
    [[500, 2016, "2 16 3"], [750, 2024, "2 80"]],
  );
  deepStrictEqual(
    read(
      "  0.1 CANFD   1 Rx        4EE  1 0 9 12 1 2 3 4 5 6 7 8 9 a b c  0 0 3000 0 0 0 0 0",
      "  0.2 CANFD   1 Tx       1CEx  Engine_Status  0 0 2 2 f 10  0 0 1000 0 0 0 0 0",
      "  0.3 CANFD   1 Tx        1CE  0 0 2 9 f 10",
    ),
    [[100, 0x4EE, "1 2 3 4 5 6 7 8 9 10 11 12"], [200, 0x1CE, "15 16"]],
  );
});

Deno.test("formatAsc() states FD frames with their flags", () => {
  const data = new Uint8Array(12);
  const frame = { id: 0x18DA10F1, extended: true, fd: true, bitRateSwitch: true, data };
  strictEqual(
    formatAsc(frame, 0.001, 2),
    `   0.000001 CANFD   2 Rx 18DA10F1x  1 0 9 12 ${"00 ".repeat(12)}0 0 3000 0 0 0 0 0`,
  );
});

Deno.test("traceFormatOf() goes by the ending", () => {
  const formats = ["a.asc", "b.PCAPNG", "c.log", "d.Blf", "e.candump"].map(traceFormatOf);
  deepStrictEqual(formats, ["asc", "pcapng", "candump", "blf", "candump"]);
  const unknown = ["pcapng", "a.pcap", "a.txt", "a.trc", "a.mf4", "a.log.gz", ".log/a", "a."];
  deepStrictEqual(unknown.map(traceFormatOf), unknown.map(() => undefined));
});
