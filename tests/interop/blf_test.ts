/** BLF judged by programs not written here: python-can writes and reads it, tshark reads it. */
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { type CandumpRecord, createTraceWriter, readTrace } from "../../src/can/mod.ts";
import { bytesToHex } from "../../src/core/mod.ts";
import { hasProgram, runProgram, withFolder } from "../support/programs.ts";

const PROJECT = new URL("../..", import.meta.url).pathname;
const PYTHON = "/usr/bin/python3";

/** Prints what python-can reads: channel, identifier, kind, data. */
const READ = `
import can, sys
for m in can.BLFReader(sys.argv[1]):
    kind = ("x" if m.is_extended_id else "") + ("f" if m.is_fd else "") + ("b" if m.bitrate_switch else "")
    print(m.channel + 1, format(m.arbitration_id, "x") + kind, m.data.hex())
`;

/** Writes frames of each kind, as many as fill several containers. */
const WRITE = `
import can, sys
out = can.BLFWriter(sys.argv[1])
for i in range(6000):
    fd = i % 3 == 1
    length = [48, 64, 8, 12][i % 4] if fd else i % 9
    out.on_message_received(can.Message(
        timestamp=1700000000 + i / 1000, arbitration_id=i % 2048 + (0x18DA0000 if i % 2 else 0),
        is_extended_id=i % 2 == 1, is_fd=fd, bitrate_switch=fd and i % 2 == 0, channel=i % 2,
        is_error_frame=i % 1000 == 999, is_remote_frame=i % 1000 == 998 and not fd,
        data=bytes((i + k) % 256 for k in range(length))))
out.stop()
`;

function hasPythonCan(): boolean {
  const command = new Deno.Command(PYTHON, { args: ["-c", "import can"], stderr: "null" });
  try {
    if (command.outputSync().success) return true;
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  if ((Deno.env.get("CANVOY_NEEDS_PROGRAMS") ?? "") !== "") {
    throw new Error("python3-can is not installed, and CANVOY_NEEDS_PROGRAMS is set");
  }
  return false;
}

function lineOf({ interfaceName, frame }: CandumpRecord): string {
  const { id, extended, fd, bitRateSwitch, data } = frame;
  const kind = `${extended ? "x" : ""}${fd ? "f" : ""}${bitRateSwitch ? "b" : ""}`;
  const digits = bytesToHex(data, "").toLowerCase();
  return `${interfaceName} ${id.toString(16)}${kind} ${digits}`.trim();
}

function read(path: string): readonly CandumpRecord[] {
  return readTrace({ name: path, bytes: Deno.readFileSync(path) }).records;
}

function linesOf(text: string): readonly string[] {
  return text.trimEnd().split("\n").map((line) => line.trim());
}

/** A run and its trace, by the command line. */
function flash(trace: string): void {
  const options = ["--virtual-time", "--quiet", "--trace", trace];
  runProgram(`${PROJECT}/scripts/canvoy`, ["flash", `${PROJECT}/configs/minimal.yaml`, ...options]);
}

/** Frames of each kind and length. */
function writeEachKind(path: string): void {
  const writer = createTraceWriter("blf", ["a", "b"], Date.UTC(2026, 10, 30));
  const parts = [writer.begin()];
  for (const [i, length] of [0, 1, 7, 8, 12, 16, 20, 24, 32, 48, 64].entries()) {
    for (const fd of [false, true]) {
      const data = new Uint8Array(fd ? length : Math.min(8, length)).map((_, k) => i + k);
      const extended = i % 2 === 1;
      const frame = { id: 0x7E0 + i, extended, fd, bitRateSwitch: fd && i % 3 === 0, data };
      parts.push(writer.frame(frame, i, i % 2 === 0 ? "a" : "b"));
    }
  }
  parts.push(writer.end());
  Deno.writeFileSync(path, Uint8Array.from(parts.flatMap((part) => [...part])));
}

Deno.test({
  name: "python-can reads the frames that --trace x.blf writes",
  ignore: !hasPythonCan(),
  fn: async () => {
    await withFolder((folder) => {
      flash(`${folder}/run.blf`);
      flash(`${folder}/run.log`);
      const records = read(`${folder}/run.blf`);
      ok(records.length > 1000, `${records.length} frames`);
      deepStrictEqual(
        linesOf(runProgram(PYTHON, ["-c", READ, `${folder}/run.blf`])),
        records.map(lineOf),
      );
      const frames = read(`${folder}/run.log`).map(({ frame }) => frame);
      deepStrictEqual(records.map(({ frame }) => frame), frames);
      writeEachKind(`${folder}/kinds.blf`);
      deepStrictEqual(
        linesOf(runProgram(PYTHON, ["-c", READ, `${folder}/kinds.blf`])),
        read(`${folder}/kinds.blf`).map(lineOf),
      );
    });
  },
});

Deno.test({
  name: "readTrace() reads the BLF that python-can writes",
  ignore: !hasPythonCan(),
  fn: async () => {
    await withFolder((folder) => {
      const path = `${folder}/python.blf`;
      runProgram(PYTHON, ["-c", WRITE, path]);
      const { records, passedOver } = readTrace({ name: path, bytes: Deno.readFileSync(path) });
      deepStrictEqual(passedOver.counts, { "remote frame": 4, "error frame": 6 });
      strictEqual(records.length, 5990);
      const isFrame = (_: unknown, i: number): boolean =>
        i % 1000 !== 999 && !(i % 1000 === 998 && i % 3 !== 1);
      const expected = Array.from({ length: 6000 }, (_, i) => i).filter((i) => isFrame(0, i));
      deepStrictEqual(
        records.map(({ atMs, frame }) => [Math.round(atMs), frame.id & 0x7FF, frame.fd]),
        expected.map((i) => [i, i % 2048, i % 3 === 1]),
      );
    });
  },
});

Deno.test({
  name: "tshark reads the frames that --trace x.blf writes, and finds UDS in them",
  ignore: !hasProgram("tshark"),
  fn: async () => {
    await withFolder((folder) => {
      const path = `${folder}/run.blf`;
      flash(path);
      const fieldsOf = (file: string): readonly string[] =>
        linesOf(
          runProgram("tshark", ["-r", file, "-T", "fields", "-e", "can.id", "-e", "can.len"]),
        );
      const expected = (file: string): readonly string[] =>
        read(file).map(({ frame }) => `${frame.id}\t${frame.data.length}`);
      deepStrictEqual(fieldsOf(path), expected(path));
      const dissectors = ["-d", "can.subdissector,iso15765", "-d", "iso15765.subdissector,uds"];
      const uds = runProgram("tshark", ["-r", path, ...dissectors, "-Y", "uds.sid == 0x36"]);
      ok(linesOf(uds).length > 2, uds);
      writeEachKind(`${folder}/kinds.blf`);
      const kinds = runProgram("tshark", [
        "-r",
        `${folder}/kinds.blf`,
        "-T",
        "fields",
        "-e",
        "can.id",
      ]);
      deepStrictEqual(
        linesOf(kinds).map(Number),
        read(`${folder}/kinds.blf`).map(({ frame }) => frame.id),
      );
    });
  },
});
