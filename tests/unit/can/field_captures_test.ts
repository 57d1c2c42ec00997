/** Captures as tools in the field write them: `tests/fixtures/field`. */
import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { readTrace, type Trace } from "../../../src/can/mod.ts";

function bytesOf(name: string): Uint8Array {
  return Deno.readFileSync(new URL(`../../fixtures/field/${name}`, import.meta.url));
}

function read(name: string): Trace {
  return readTrace({ name, bytes: bytesOf(name) });
}

function framesOf({ records }: Trace): readonly string[] {
  return records.map(({ frame }) => `${frame.id.toString(16)} ${frame.data.join(" ")}`);
}

/** Times since the first frame, in whole microseconds. */
function timesOf({ records }: Trace): readonly number[] {
  return records.map(({ atMs }) => Math.round((atMs - records[0]!.atMs) * 1000));
}

const REFERENCE = read("d01_227.pcap");

const SAME: readonly (readonly [string, Trace["format"], readonly string[]])[] = [
  ["b03_ns.log", "candump", []],
  ["b05_plain.txt", "candump-text", ["without times"]],
  ["b05_ta.txt", "candump-text", []],
  ["b05_tA.txt", "candump-text", []],
  ["c12_txrq.asc", "asc", ["base hex"]],
  ["d05_sll.pcapng", "pcapng", []],
];
for (const [name, format, details] of SAME) {
  Deno.test(`readTrace() reads the 13 frames of ${name}, and says what it is`, () => {
    const trace = read(name);
    strictEqual(trace.format, format);
    deepStrictEqual(trace.details, details);
    deepStrictEqual(framesOf(trace), framesOf(REFERENCE));
    const times = timesOf(REFERENCE);
    deepStrictEqual(timesOf(trace), name === "b05_plain.txt" ? times.map(() => 0) : times);
    deepStrictEqual(
      trace.passedOver.counts,
      name === "c12_txrq.asc" ? { "transmit request": 6 } : {},
    );
  });
}

Deno.test("readTrace() reads a classic pcap", () => {
  strictEqual(REFERENCE.format, "pcap");
  strictEqual(REFERENCE.records.length, 13);
  strictEqual(framesOf(REFERENCE)[0], "7e0 2 16 2 0 0 0 0 0");
  strictEqual(timesOf(REFERENCE).at(-1), 610_000);
});

Deno.test("readTrace() reads a decimal ASC whose frames are CAN FD", () => {
  const trace = read("c07c_fd48dec.asc");
  deepStrictEqual(trace.details, ["base dec"]);
  deepStrictEqual(trace.records.map(({ frame }) => [frame.id, frame.data.length, frame.fd]), [
    [2016, 8, true],
    [2024, 8, true],
    [2016, 48, true],
    [2024, 8, true],
  ]);
  deepStrictEqual([...trace.records[2]!.frame.data.subarray(0, 5)], [0, 40, 54, 1, 170]);
});

Deno.test("readTrace() reads a decimal ASC without the word timestamps", () => {
  const trace = read("c05c_dec_smallids.asc");
  deepStrictEqual(framesOf(trace), [
    "64 2 16 2 0 0 0 0 0",
    "65 6 80 2 0 50 1 16 0",
    "64 2 17 1 0 0 0 0 0",
    "65 2 81 1 0 0 0 0 0",
  ]);
});

Deno.test("readTrace() reads texts of UTF-16 with and without a mark, and of UTF-8 with one", () => {
  for (const name of ["b05_ta.txt", "c12_txrq.asc", "b03_ns.log"]) {
    const text = new TextDecoder().decode(bytesOf(name));
    const units = Uint16Array.from(text, (character) => character.charCodeAt(0));
    const little = new Uint8Array(units.buffer);
    const big = little.map((_, i) => little[i ^ 1]!);
    const cases = [
      [0xFF, 0xFE, ...little],
      [0xFE, 0xFF, ...big],
      [...little],
      [...big],
      [0xEF, 0xBB, 0xBF, ...bytesOf(name)],
    ];
    for (const [i, bytes] of cases.entries()) {
      const trace = readTrace({ name, bytes: Uint8Array.from(bytes) });
      deepStrictEqual(trace.records, read(name).records, `${name} ${i}`);
      strictEqual(trace.details.includes("UTF-16"), i < 4, `${name} ${i}`);
    }
  }
});
