// deno-lint-ignore-file no-console
/**
 * Updates the fleet of configs/vcan.yaml on vcan0 at a bus's speed, with a queue of ten frames, its
 * nodes in another process: how busy the wire is, by the kernel's own counters.
 *
 *     scripts/with-vcan deno run -A scripts/pace_can.ts [BITS_PER_SECOND [NETEM...]]
 *
 * By default it measures what two bare processes move here, and paces the bus to a third of that, so
 * that no machine is too slow for it; it then ends with 1 when the wire is busy for less than 0.9 of
 * the time. NETEM are more words for netem, `loss 0.1% delay 1ms`. Frames that the full queue refused
 * are sent again by whoever is told so. Ends with 1 when some node is not done, or, without more
 * words, when anything had to be asked or sent again by a node's update.
 */
import { readCanLink } from "../src/adapters/mod.ts";
import { bareLoop } from "./bench_can.ts";
import { canvoy, projectFile, startSim } from "../tests/interop/can/_canvoy.ts";

const INTERFACE = "vcan0";
const QUEUE_FRAMES = 10;
/** What netem counts for a classic frame. */
const NETEM_FRAME_BITS = 16 * 8;
/** A frame with 8 bytes of data, its mean stuffing and the intermission. */
const FRAME_BITS = 115;
/** Of the bare loop's rate. */
const PACE_SHARE = 1 / 3;
const BUSY_MIN = 0.9;

const folder = Deno.makeTempDirSync({ prefix: "canvoy-pace-" });
const isMeasured = Deno.args[0] === undefined || Deno.args[0] === "auto";
const bitRate = isMeasured
  ? Math.round(await bareLoop(folder) * PACE_SHARE * FRAME_BITS)
  : Number(Deno.args[0]);
console.log(`paced to ${bitRate} bit/s`);
const FLEET = fleetAt(bitRate);
const framesPerSecond = bitRate / FRAME_BITS;
const netem = ["netem", "rate", `${Math.round(framesPerSecond * NETEM_FRAME_BITS)}bit`];
ask("tc", ...["qdisc", "replace", "dev", INTERFACE, "root", ...netem], ...[
  ...["limit", String(QUEUE_FRAMES)],
  ...Deno.args.slice(1),
]);

await using _sim = await startSim(folder, FLEET);
// A program's first answers take its compiler's time, which no node has.
await canvoy("verify", FLEET, "--json");
const before = (await readCanLink(INTERFACE))!.txPackets;
const { code, stdout, stderr } = await canvoy("flash", FLEET, "--json", "--yes");
const frames = (await readCanLink(INTERFACE))!.txPackets - before;
if (code !== 0) throw new Error(stdout.slice(-2000) + stderr);

const lines = stdout.trim().split("\n").map((line) => JSON.parse(line));
const times = (phase: string): number[] =>
  lines.filter((line) => line.type === "segmentPhase" && line.phase === phase)
    .map(({ atMs }) => Number(atMs));
const seconds = (Math.max(...times("verified")) - Math.min(...times("writing"))) / 1000;
const { done, nodes, retries } = lines.at(-1);
const queue = ask("tc", "-s", "qdisc", "show", "dev", INTERFACE);
const dropped = Number(/dropped (\d+)/.exec(queue)![1]);
const busy = frames / framesPerSecond / seconds;
console.log(
  `${done} of ${nodes} nodes done, ${retries} retries; ${frames} frames in ` +
    `${seconds.toFixed(2)} s at ${bitRate} bit/s: busy ` +
    `${busy.toFixed(3)}; ${dropped} refused or dropped by the queue`,
);
Deno.removeSync(folder, { recursive: true });
// With loss the queue drops by order.
if (isMeasured && busy < BUSY_MIN) Deno.exitCode = 1;
if (done !== nodes || (retries > 0 && Deno.args.length < 2)) Deno.exitCode = 1;

/** The fleet, with the bit rate that the bus is given. */
function fleetAt(bitrateBps: number): string {
  const text = Deno.readTextFileSync(projectFile("configs/vcan.yaml"))
    .replace(/bitrate: \d+/, `bitrate: ${bitrateBps}`);
  Deno.mkdirSync(`${folder}/images`);
  for (const [, file] of text.matchAll(/file: (images\/\S+),/g)) {
    Deno.copyFileSync(projectFile(`configs/${file}`), `${folder}/${file}`);
  }
  const path = `${folder}/vcan.yaml`;
  Deno.writeTextFileSync(path, text);
  return path;
}

function ask(command: string, ...args: string[]): string {
  const { success, stdout, stderr } = new Deno.Command(command, { args }).outputSync();
  const decoder = new TextDecoder();
  if (!success) throw new Error(decoder.decode(stderr));
  return decoder.decode(stdout);
}
