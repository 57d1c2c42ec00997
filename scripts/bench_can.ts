// deno-lint-ignore-file no-console
/**
 * Compares canvoy on vcan0 with a bare loop of the same package, and with a tester made of scapy.
 *
 *     scripts/with-vcan deno run -A scripts/bench_can.ts [ROUNDS]
 *
 * The contenders take turns, and the medians of the rounds' ratios are printed: where this runs, the
 * machine's own speed drifts. The bare loop is two processes, one sending with an echo channel open
 * and eight frames in flight, one receiving.
 */
import { createRawChannelWithOptions } from "socketcan";
import { type RawChannel, readCanLink } from "../src/adapters/mod.ts";
import { concatBytes } from "../src/core/mod.ts";
import {
  canvoy,
  KEY_MASK,
  projectFile,
  startSim,
  writeFleet,
} from "../tests/interop/can/_canvoy.ts";
import { AREA, Beside } from "../tests/interop/can/_canvoy.ts";

const INTERFACE = "vcan0";
const NODE_COUNT = 8;
/** An image of usual size, made of the fixture: less is sent before anybody has warmed up. */
const IMAGE_COPIES = 4;
const IMAGE_BYTES = IMAGE_COPIES * 25_096;
/** Whole pages of the part, for the client that erases once. */
const ERASE_BYTES = 100 * 1024;
const BARE_FRAMES = 20_000;
const BARE_IN_FLIGHT = 8;
const ROUNDS_DEFAULT = 3;
/** Flash that takes next to no time: the transport is compared, not the part. */
const SIM = "image: old, behaviour: { flashTimeScale: 0.01 }";

if (import.meta.main) {
  if (Deno.args[0] === "bare-send") await bareSend();
  else if (Deno.args[0] === "bare-receive") await bareReceive();
  else await compare(Number(Deno.args[0] ?? ROUNDS_DEFAULT));
}

async function compare(rounds: number): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "canvoy-bench-" });
  const frameRatios: number[] = [];
  const byteRatios: number[] = [];
  for (let round = 1; round <= rounds; round++) {
    const bareFps = await bareLoop(folder);
    const fleet = await flash(folder, NODE_COUNT);
    const single = await flash(folder, 1);
    const scapyBps = await scapy(folder);
    frameRatios.push(fleet.framesPerSecond / bareFps);
    byteRatios.push(single.bytesPerSecond / scapyBps);
    console.log(
      `round ${round}: bare loop ${bareFps.toFixed(0)} frames/s; canvoy, ${NODE_COUNT} nodes: ` +
        `${fleet.framesPerSecond.toFixed(0)} frames/s, ${fleet.bytesPerSecond.toFixed(0)} B/s; ` +
        `one node: ${single.bytesPerSecond.toFixed(0)} B/s; scapy ${scapyBps.toFixed(0)} B/s`,
    );
  }
  console.log(`frames/s, canvoy to the bare loop: median ${median(frameRatios).toFixed(2)}`);
  console.log(`bytes/s, canvoy to scapy, the same node: median ${median(byteRatios).toFixed(2)}`);
  await Deno.remove(folder, { recursive: true });
}

function median(values: readonly number[]): number {
  return values.toSorted((left, right) => left - right)[values.length >> 1]!;
}

/**
 * Measures two bare processes on vcan0, one sending, one receiving.
 *
 * @param folder Where their logs go.
 * @returns Frames per second.
 */
export async function bareLoop(folder: string): Promise<number> {
  const self = projectFile("scripts/bench_can.ts");
  const args = (part: string) => ["run", "-A", "--quiet", self, part];
  await using receiver = new Beside(folder, "receive", Deno.execPath(), args("bare-receive"));
  await receiver.says("ready");
  await using sender = new Beside(folder, "send", Deno.execPath(), args("bare-send"));
  if (await sender.finished() !== 0) throw new Error(sender.text);
  return BARE_FRAMES / (Number(sender.text) / 1000);
}

async function bareSend(): Promise<void> {
  const sender = open();
  const echoes = open();
  const { promise, resolve } = Promise.withResolvers<void>();
  const request = { id: 0x123, ext: false, fd_brs: false, data: new Uint8Array(8) };
  let [sent, confirmed] = [0, 0];
  function pump(): void {
    while (sent < BARE_FRAMES && sent - confirmed < BARE_IN_FLIGHT) {
      if (sender.send(request) < 0) break;
      sent++;
    }
  }
  echoes.addListener("onMessage", () => {
    if (++confirmed === BARE_FRAMES) resolve();
    else pump();
  });
  echoes.start();
  const startMs = performance.now();
  pump();
  await promise;
  console.log(performance.now() - startMs);
  echoes.stop();
}

async function bareReceive(): Promise<void> {
  const receiver = open();
  let heard = 0;
  receiver.addListener("onMessage", () => heard++);
  receiver.start();
  console.log("ready");
  await new Promise((resolve) => setTimeout(resolve, 300_000));
}

function open(): RawChannel {
  const channel = createRawChannelWithOptions(INTERFACE, { non_block_send: true });
  return channel as unknown as RawChannel;
}

function writeLargeFleet(folder: string, nodeCount: number): string {
  const fleet = writeFleet(folder, { interfaceName: INTERFACE, nodeCount, sim: SIM });
  const copy = Deno.readFileSync(`${folder}/new.bin`);
  Deno.writeFileSync(`${folder}/new.bin`, concatBytes(Array(IMAGE_COPIES).fill(copy)));
  const large = `file: new.bin, base: ${AREA.start},`;
  Deno.writeTextFileSync(fleet, Deno.readTextFileSync(fleet).replace("file: new.hex,", large));
  return fleet;
}

/** One update of freshly made nodes: from the first erase to the last segment verified. */
async function flash(
  folder: string,
  nodeCount: number,
): Promise<{ framesPerSecond: number; bytesPerSecond: number }> {
  const fleet = writeLargeFleet(folder, nodeCount);
  await using _sim = await startSim(folder, fleet);
  const before = (await readCanLink(INTERFACE))!.txPackets;
  const { code, stdout, stderr } = await canvoy("flash", fleet, "--json", "--yes");
  const frames = (await readCanLink(INTERFACE))!.txPackets - before;
  if (code !== 0) throw new Error(stdout.slice(-2000) + stderr);
  const phases = stdout.trim().split("\n").map((line) => JSON.parse(line))
    .filter(({ type, phase }) =>
      type === "segmentPhase" && ["erasing", "verified"].includes(phase)
    );
  const times = phases.map(({ atMs }) => Number(atMs));
  const seconds = (Math.max(...times) - Math.min(...times)) / 1000;
  return { framesPerSecond: frames / seconds, bytesPerSecond: nodeCount * IMAGE_BYTES / seconds };
}

/** Bytes per second of the scapy client, flashing the same node. */
async function scapy(folder: string): Promise<number> {
  const fleet = writeLargeFleet(folder, 1);
  await using _sim = await startSim(folder, fleet);
  await using client = new Beside(folder, "scapy", "/usr/bin/python3", [
    projectFile("tests/interop/can/peers/uds_flash_client.py"),
    ...[INTERFACE, "0x700", "0x780", String(AREA.start), `${folder}/new.bin`, String(ERASE_BYTES)],
    ...[KEY_MASK.replaceAll(" ", ""), "2.0.0"],
  ]);
  if (await client.finished() !== 0) throw new Error(client.text);
  return IMAGE_BYTES / Number(/ in ([\d.]+) s/.exec(client.text)![1]);
}
