import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { canTest, listenersTo, run, until } from "./_can.ts";
import {
  AREA,
  Beside,
  canvoy,
  KEY_MASK,
  projectFile,
  startSim,
  withFolder,
  writeFleet,
} from "./_canvoy.ts";

const PYTHON = "/usr/bin/python3";
const DISSECTORS = [
  ["-d", "can.subdissector,iso15765"],
  ["-d", "iso15765.subdissector,uds"],
].flat();

canTest(
  "canvoy flash updates a bootloader made of scapy and python-can; tshark reads it all",
  () =>
    withFolder(async (folder) => {
      const fleet = writeFleet(folder, {
        interfaceName: "vcan0",
        nodeCount: 1,
        hardware: "PEER-HW-1",
      });
      const flash = `${folder}/flash.bin`;
      const server = projectFile("tests/interop/can/peers/uds_flash_server.py");
      const area = [String(AREA.start), String(AREA.size)];
      await using peer = new Beside(folder, "peer", PYTHON, [
        ...[server, "vcan0", "0x700", "0x780"],
        ...area,
        flash,
      ]);
      await peer.says("ready");
      const capture = `${folder}/capture.log`;
      const listenersBefore = await listenersTo("vcan0");
      await using dump = new Beside(folder, "capture", "stdbuf", ["-oL", "candump", "-L", "vcan0"]);
      await until(async () => await listenersTo("vcan0") > listenersBefore, "candump on vcan0");
      const flashed = await canvoy("flash", fleet, "--verbose");
      strictEqual(flashed.code, 0, flashed.stdout + flashed.stderr + peer.text);
      // What it has recorded when it records this.
      await run("cansend", "vcan0", "7FF#");
      await dump.says("7FF#");
      await dump.end();
      Deno.writeTextFileSync(capture, dump.text.replace(/.*7FF#\n$/, ""));

      const image = Deno.readFileSync(`${folder}/new.bin`);
      deepStrictEqual(Deno.readFileSync(flash).subarray(0, image.length), image);
      await checkCapture(capture, image);
    }),
);

/** What a dissector not written here makes of a whole run. */
async function checkCapture(capture: string, image: Uint8Array): Promise<void> {
  const malformed = await tshark(capture, "-Y", "_ws.malformed || uds.reply == 1 && uds.sid == 0");
  strictEqual(malformed, "");
  const written = placeBlocks(
    await udsMessages(capture, "uds.reply == 0 && (uds.sid == 0x34 || uds.sid == 0x36)"),
  );
  deepStrictEqual(written.subarray(0, image.length), image);
  const pending = await tshark(
    capture,
    "-Y",
    "uds.err.code == 0x78",
    "-T",
    "fields",
    "-e",
    "uds.sid",
  );
  ok(pending.trim().split("\n").length >= 3, "the erase answered 0x78 first");
}

function tshark(capture: string, ...args: string[]): Promise<string> {
  return run("tshark", "-r", capture, ...DISSECTORS, ...args);
}

/** What downloads leave in the application area: a block that was sent again lies where it lay. */
function placeBlocks(requests: readonly Uint8Array[]): Uint8Array {
  const written = new Uint8Array(AREA.size).fill(0xFF);
  let [start, blockBytes] = [0, 0];
  let counter = 0;
  for (const request of requests) {
    if (request[0] === 0x34) {
      start = new DataView(request.buffer).getUint32(3) - AREA.start;
      counter = 0;
      continue;
    }
    if (request[1] === 1) blockBytes = request.length - 2;
    if (request[1] !== (counter & 0xFF)) counter++;
    strictEqual(request[1], counter & 0xFF);
    written.set(request.subarray(2), start + (counter - 1) * blockBytes);
  }
  return written;
}

/** The UDS messages that pass a display filter, as tshark puts them together. */
async function udsMessages(capture: string, filter: string): Promise<readonly Uint8Array[]> {
  const packets = JSON.parse(await tshark(capture, "-Y", filter, "-T", "jsonraw")) as {
    readonly _source: { readonly layers: { readonly uds_raw: readonly [string] } };
  }[];
  return packets.map(({ _source: { layers: { uds_raw: [hex] } } }) =>
    Uint8Array.from(hex.match(/../g) ?? [], (byte) => Number.parseInt(byte, 16))
  );
}

canTest(
  "canvoy sim is flashed by a tester made of scapy, and canvoy verify agrees",
  () =>
    withFolder(async (folder) => {
      const fleet = writeFleet(folder, { interfaceName: "vcan1", nodeCount: 1 });
      await using sim = await startSim(folder, fleet);
      const before = await canvoy("verify", fleet);
      strictEqual(before.code, 4, before.stdout + before.stderr);
      const client = projectFile("tests/interop/can/peers/uds_flash_client.py");
      const said = await run(
        PYTHON,
        ...[client, "vcan1", "0x700", "0x780", String(AREA.start), `${folder}/new.bin`],
        ...[String(26 * 1024), KEY_MASK.replaceAll(" ", ""), "2.0.0"],
      );
      match(said, /^25096 bytes in [\d.]+ s\n$/);
      const after = await canvoy("verify", fleet);
      strictEqual(after.code, 0, after.stdout + after.stderr);
      strictEqual(await sim.end(), 0);
    }),
);
