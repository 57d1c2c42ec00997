import { ok } from "node:assert/strict";
import {
  type CandumpRecord,
  createTraceWriter,
  readTrace,
  type TraceFormatName,
} from "../../../src/can/mod.ts";
import { concatBytes, hexToBytes } from "../../../src/core/mod.ts";
import {
  conversationSummary,
  explainConversation,
  guessPairs,
  readConversations,
} from "../../../src/trace/mod.ts";
import { accepted, type FuzzDecoder, textWords } from "../decoder.ts";

/** A short conversation, single and segmented messages, patience and a refusal; FD frames too. */
const FRAMES: readonly (readonly [id: number, data: string])[] = [
  [0x7E0, "02 10 02"],
  [0x7E8, "06 50 02 00 32 01 F4"],
  [0x7E0, "10 0B 34 00 44 08 00 80"],
  [0x7E8, "30 00 00"],
  [0x7E0, "21 00 00 00 40 00"],
  [0x7E8, "03 7F 34 78"],
  [0x7E8, "04 74 20 0F FF"],
  [0x7E0, "10 0A 36 01 AA BB CC DD"],
  [0x7E8, "30 00 00"],
  [0x7E0, "21 11 22 33 44"],
  [0x7E8, "02 76 01"],
  [0x7E0, "00 0A 22 F1 89 F1 90 F1 91 F1 93 00"],
  [0x7E8, "03 7F 22 31"],
  [0x7DF, "02 3E 80"],
];

/** What candump prints without `-L`. */
function plainText(): Uint8Array {
  const lines = FRAMES.map(([id, hex], i) => {
    const data = hexToBytes(hex);
    const length = data.length > 8 ? String(data.length).padStart(2, "0") : String(data.length);
    const time = `000.${String(i).padStart(6, "0")}`;
    return ` (${time})  can0  ${id.toString(16).toUpperCase()}   [${length}]  ${hex}\n`;
  });
  return new TextEncoder().encode(lines.join(""));
}

/** A classic pcap of them, plain or cooked. */
function pcapOf(linkType: number): Uint8Array {
  const header = new Uint8Array(24);
  new DataView(header.buffer).setUint32(0, 0xA1B2C3D4, true);
  new DataView(header.buffer).setUint32(20, linkType, true);
  const cooked = linkType === 227 ? "" : "0001 0118 0000 0000000000000000 000C";
  return concatBytes([
    header,
    ...FRAMES.flatMap(([id, hex], i) => {
      const data = hexToBytes(hex);
      const frame = new Uint8Array(8 + data.length);
      new DataView(frame.buffer).setUint32(0, id);
      frame[4] = data.length;
      frame.set(data, 8);
      const packet = concatBytes([hexToBytes(cooked), frame]);
      const record = new DataView(new ArrayBuffer(16));
      [i, 0, packet.length, packet.length].forEach((word, k) =>
        record.setUint32(4 * k, word, true)
      );
      return [new Uint8Array(record.buffer), packet];
    }),
  ]);
}

function traceOf(format: TraceFormatName): Uint8Array {
  const writer = createTraceWriter(format, ["can0"], 0);
  const frames = FRAMES.map(([id, hex], i) => {
    const data = hexToBytes(hex);
    const fd = data.length > 8;
    return writer.frame({ id, extended: false, fd, bitRateSwitch: fd, data }, 1 + 2 * i, "can0");
  });
  return concatBytes([writer.begin(), ...frames, writer.comment("a word", 9), writer.end()]);
}

/** Longest text about one conversation for each byte of its trace: what is said stays in proportion. */
const SAID_PER_BYTE_MAX = 100;

function explainAll(records: readonly CandumpRecord[]): number {
  let said = 0;
  for (const [, conversation] of readConversations(records, guessPairs(records))) {
    const { exchanges } = conversation;
    said += conversationSummary(conversation).length;
    for (const isVerbose of [false, true]) {
      const options = { isVerbose, startMs: records[0]!.atMs };
      for (const line of explainConversation(exchanges, options)) said += line.length;
    }
  }
  return said;
}

/** A reader of traces, with all that is told of what it reads. */
function traceDecoder(
  seeds: readonly Uint8Array[],
  words: readonly Uint8Array[],
): FuzzDecoder {
  return {
    seeds,
    words,
    inputBytesMax: 8192,
    attempt: (bytes) => {
      const trace = accepted(() => readTrace({ name: "a", bytes }));
      if (trace === undefined) return false;
      ok(trace.records.every(({ frame }) => frame.data.length <= 64));
      const said = explainAll(trace.records);
      ok(said <= SAID_PER_BYTE_MAX * bytes.length + 1000, `${said} letters`);
      return true;
    },
  };
}

/** Logs of `candump -L`. */
export const CANDUMP: FuzzDecoder = traceDecoder(
  [traceOf("candump")],
  textWords(
    "(0.001000) can0 7E0#021002\n",
    "(9.000000) can0 7E8#1FFF3400\n",
    "(9.000000) can0 7E0##11000FFFFFFFF3601\n",
    "(9.000000) can0 7E8#1000FFFFFFF03401\n",
    "#R",
    "##",
    "20000080#0000000000000000",
  ),
);

/** Vector ASC logs. */
export const ASC: FuzzDecoder = traceDecoder(
  [traceOf("asc")],
  textWords(
    "base dec  timestamps relative\n",
    "   1.500250 1  7E0             Rx   d 3 02 10 02\n",
    "   1.5 CANFD   1 Rx       7E0  1 0 f 64 ",
    "CANFD",
    " Rx ",
    "x ",
    " d 8 ",
    "Begin Triggerblock",
    "1e999",
    "          ",
  ),
);

/** pcapng files. */
export const PCAPNG: FuzzDecoder = traceDecoder(
  [traceOf("pcapng")],
  [
    "0A 0D 0D 0A",
    "06 00 00 00",
    "01 00 00 00",
    "FF FF FF FF",
    "00 00 00 00",
    "E3 00",
    "09 00 01 00",
  ]
    .map(hexToBytes),
);

/** What candump prints without `-L`. */
export const CANDUMP_TEXT: FuzzDecoder = traceDecoder(
  [plainText()],
  textWords(
    "  can0  7E0   [8]  02 10 02 00 00 00 00 00\n",
    " (2026-11-29 09:31:30.000000)  can0  7E8   [3]  02 50 02\n",
    "(000.010000)",
    "[64]",
    "remote request",
    "ERRORFRAME",
    "\x1B[0m",
    "`",
  ),
);

/** BLF files. */
export const BLF: FuzzDecoder = traceDecoder(
  [traceOf("blf")],
  [
    "4C 4F 42 4A",
    "4C 4F 47 47",
    "20 00 01 00",
    "0A 00 00 00",
    "65 00 00 00",
    "02 00 00 00",
    "FF FF FF FF",
    "78 9C",
  ].map(hexToBytes),
);

/** Classic pcap files. */
export const PCAP: FuzzDecoder = traceDecoder(
  [pcapOf(227), pcapOf(113)],
  ["D4 C3 B2 A1", "4D 3C B2 A1", "E3 00", "71 00", "14 01", "FF FF FF FF", "00 0C", "00 0D"]
    .map(hexToBytes),
);
