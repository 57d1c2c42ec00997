import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { readTrace } from "../../src/can/mod.ts";
import { dearTest } from "../support/dear.ts";
import { hasProgram, runProgram, withFolder } from "../support/programs.ts";

const PROJECT = new URL("../..", import.meta.url).pathname;
const DISSECTORS = ["-d", "can.subdissector,iso15765", "-d", "iso15765.subdissector,uds"];

/** One node, updated; the trace is written in the format of the file's ending. */
function flash(trace: string): void {
  const options = ["--virtual-time", "--quiet", "--trace", trace];
  runProgram(`${PROJECT}/scripts/canvoy`, ["flash", `${PROJECT}/configs/minimal.yaml`, ...options]);
}

/** What canvoy reads in a trace: the first byte of each request and response, sorted. */
function explained(trace: string): readonly string[] {
  const text = runProgram(`${PROJECT}/scripts/canvoy`, ["trace", "explain", trace, "--json"]);
  return text.trimEnd().split("\n").map((line) => JSON.parse(line))
    .filter(({ type }) => type === "exchange")
    .flatMap(({ request, response }) => response === undefined ? [request] : [request, response])
    .map((bytes: string) => bytes.slice(0, 2)).toSorted();
}

Deno.test({
  name: "tshark finds in a pcapng trace the UDS messages that trace explain tells",
  ignore: !hasProgram("tshark"),
  fn: async () => {
    await withFolder((folder) => {
      const trace = `${folder}/run.pcapng`;
      flash(trace);
      const fields = ["-T", "fields", "-e", "uds.sid", "-e", "uds.reply"];
      const filter = "uds && !(uds.err.code == 0x78)";
      const rows = runProgram("tshark", ["-r", trace, ...DISSECTORS, "-Y", filter, ...fields])
        .trimEnd().split("\n").map((line) => line.split("\t"));
      const services = rows.map(([sid, reply]) =>
        (parseInt(sid!, 16) + (Number(reply) === 1 ? 0x40 : 0)).toString(16)
          .toUpperCase().padStart(2, "0")
      ).toSorted();
      const told = explained(trace);
      ok(told.length > 20, `${told.length} messages`);
      deepStrictEqual(services, told);
    });
  },
});

/**
 * What tshark finds on two identifiers, in order: the first byte of each message. They are taken out
 * of the trace first: Wireshark 4.0 mixes segmented messages of nodes that are sent to at once.
 */
function dissected(trace: string, request: number, response: number): readonly string[] {
  const alone = `${trace}.${request}.pcapng`;
  runProgram("tshark", ["-r", trace, "-Y", `can.id in {${request}, ${response}}`, "-w", alone]);
  const fields = ["-T", "fields", "-e", "uds.sid", "-e", "uds.reply"];
  const filter = "uds && !(uds.err.code == 0x78)";
  return runProgram("tshark", ["-r", alone, ...DISSECTORS, "-Y", filter, ...fields])
    .trimEnd().split("\n").map((line) => {
      const [sid, reply] = line.split("\t");
      const first = parseInt(sid!, 16) + (Number(reply) === 1 ? 0x40 : 0);
      return first.toString(16).toUpperCase().padStart(2, "0");
    });
}

dearTest(
  "tshark tells each of eight nodes' conversations, message by message, as trace explain does",
  async () => {
    await withFolder((folder) => {
      const trace = `${folder}/run.pcapng`;
      runProgram(`${PROJECT}/scripts/canvoy`, [
        ...["flash", `${PROJECT}/configs/vcan.yaml`, "--bus", "virtual:vcan", "--virtual-time"],
        ...["--quiet", "--trace", trace],
      ]);
      const lines = runProgram(`${PROJECT}/scripts/canvoy`, ["trace", "explain", trace, "--json"])
        .trimEnd().split("\n").map((line) => JSON.parse(line));
      for (let node = 0; node < 8; node++) {
        const pair = `0x70${node}/0x78${node}`;
        const told = lines.filter(({ type, name }) => type === "exchange" && name.includes(pair))
          .flatMap(({ request, response }) => [request, response])
          .map((bytes: string) => bytes.slice(0, 2));
        ok(told.length > 40, `${pair}: ${told.length} messages`);
        deepStrictEqual(dissected(trace, 0x700 + node, 0x780 + node), told, pair);
      }
    });
  },
  { ignore: !hasProgram("tshark") },
);

Deno.test({
  name: "tshark shows the events of a run as comments, and each frame of it",
  ignore: !hasProgram("tshark"),
  fn: async () => {
    await withFolder((folder) => {
      const trace = `${folder}/run.pcapng`;
      flash(trace);
      const comments = runProgram("tshark", [
        ...["-r", trace, "-Y", "frame.comment", "-T", "fields", "-e", "frame.comment"],
      ]);
      for (const words of ["in its bootloader", "erasing", "verified", "activating"]) {
        ok(comments.includes(words), words);
      }
      const ids = runProgram("tshark", ["-r", trace, "-T", "fields", "-e", "can.id"])
        .trimEnd().split("\n").map(Number);
      const { records } = readTrace({ name: trace, bytes: Deno.readFileSync(trace) });
      deepStrictEqual(ids, records.map(({ frame }) => frame.id));
    });
  },
});

Deno.test({
  name: "asc2log of can-utils reads an ASC trace as canvoy's own candump trace",
  ignore: !hasProgram("asc2log"),
  fn: async () => {
    await withFolder((folder) => {
      flash(`${folder}/run.asc`);
      flash(`${folder}/run.log`);
      runProgram("asc2log", ["-I", `${folder}/run.asc`, "-O", `${folder}/converted.log`]);
      const read = (path: string): readonly string[] => {
        const { records } = readTrace({ name: path, bytes: Deno.readFileSync(path) });
        return records.map(({ frame }) => `${frame.id} ${frame.data.join(" ")}`);
      };
      const converted = read(`${folder}/converted.log`);
      ok(converted.length > 1000);
      deepStrictEqual(converted, read(`${folder}/run.log`));
      strictEqual(new Set(converted).size > 10, true);
    });
  },
});
