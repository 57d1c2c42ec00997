import { ok, strictEqual } from "node:assert/strict";
import { parseCandump } from "../../../src/can/mod.ts";
import { canTest, run } from "./_can.ts";
import { AREA, canvoy, KEY_MASK, projectFile, startSim, withFolder } from "./_canvoy.ts";

const NODES_A_PROCESS = 8;
const PROCESSES = 2;
const GROUP_ID = 0x7FF;
const BLOCK_BYTES = 512;
/** 522 bytes of a message: a first frame with 6, the others with 7. */
const FRAMES_A_MESSAGE = 75;
/** 50 kbit/s, as netem counts 16 bytes for a classic frame. */
const BUS_SPEED = ["rate", "55kbit", "limit", "200"];
/** Several processes share the one processor where these tests run. */
const START_MS_MAX = 240_000;
/** Of the frames on their way to a process, independently of those to the other. */
const LOSS = ["loss", "0.1%"];

/**
 * The tester is on vcan0, which has a bus's speed. Each process of nodes sits at the end of a link of
 * its own that loses frames towards the nodes; cangw joins the links' beginnings to vcan0.
 */
async function joinLink(process: number): Promise<string> {
  const [near, far] = [`near${process}`, `far${process}`];
  await run("ip", "link", "add", near, "type", "vxcan", "peer", "name", far);
  for (const end of [near, far]) await run("ip", "link", "set", end, "up");
  await run("tc", "qdisc", "add", "dev", near, "root", "netem", ...LOSS);
  await run("cangw", "-A", "-s", "vcan0", "-d", near, "-e");
  await run("cangw", "-A", "-s", near, "-d", "vcan0", "-e");
  return far;
}

/** Writes a fleet of nodes from a number on, on an interface. */
function writeGroupFleet(
  folder: string,
  { interfaceName, from, count }: {
    readonly interfaceName: string;
    readonly from: number;
    readonly count: number;
  },
): string {
  const path = `${folder}/${interfaceName}.yaml`;
  Deno.writeTextFileSync(
    path,
    `buses:
  can: { url: socketcan:${interfaceName}, bitrate: 50000, group: ${GROUP_ID} }
images:
  app: { file: new.hex, version: 2.0.0 }
layouts:
  standard:
    bootloader: { start: 0x08000000, size: ${AREA.start - 0x0800_0000} }
    application: { start: ${AREA.start}, size: ${AREA.size} }
profiles:
  patient: { extends: iso14229-group, timing: { p2Ms: 2000, activationMsMax: 20000 } }
nodes:
  - name: node-{i}
    count: ${count}
    bus: can
    request: ${0x700 + from} + {i}
    response: ${0x780 + from} + {i}
    device: STM32F072RB
    layout: standard
    image: app
    profile: patient
    security: { xor: "${KEY_MASK}" }
`,
  );
  return path;
}

canTest(
  "canvoy flash updates a group of 16 nodes in two processes whose links lose frames",
  () =>
    withFolder(async (folder) => {
      Deno.copyFileSync(projectFile("tests/fixtures/f072_v2.hex"), `${folder}/new.hex`);
      const imageBytes = Deno.statSync(projectFile("tests/fixtures/f072_v2.bin")).size;
      await run("tc", "qdisc", "replace", "dev", "vcan0", "root", "netem", ...BUS_SPEED);
      const count = PROCESSES * NODES_A_PROCESS;
      const fleet = writeGroupFleet(folder, { interfaceName: "vcan0", from: 0, count });
      await using sims = new AsyncDisposableStack();
      for (let process = 0; process < PROCESSES; process++) {
        const interfaceName = await joinLink(process);
        const from = process * NODES_A_PROCESS;
        const part = writeGroupFleet(folder, { interfaceName, from, count: NODES_A_PROCESS });
        sims.use(await startSim(folder, part, `sim-${process}`, START_MS_MAX));
      }
      const trace = `${folder}/trace.log`;
      const flashed = await canvoy("flash", fleet, "--json", "--trace", trace);
      strictEqual(flashed.code, 0, flashed.stdout.slice(-4000) + flashed.stderr);
      const events = flashed.stdout.trimEnd().split("\n").map((line) => JSON.parse(line));
      const ofType = (type: string) => events.filter((event) => event.type === type);
      strictEqual(ofType("nodeDone").length, count);
      const left = ofType("nodeLeftGroup").map(({ node, reason }) => `${node}: ${reason}`);
      ok(left.length < count, `nobody stayed in the group:\n${left.join("\n")}`);

      // The image went out for all at once, and what was lost of it was mended.
      const frames = Deno.readTextFileSync(trace).trimEnd().split("\n").map(parseCandump);
      const groupFrames = frames.filter((one) => one?.frame.id === GROUP_ID).length;
      const imageFrames = Math.ceil(imageBytes / BLOCK_BYTES) * FRAMES_A_MESSAGE;
      ok(groupFrames >= imageFrames && groupFrames < 3 * imageFrames, `${groupFrames} frames`);
      for (let process = 0; process < PROCESSES; process++) {
        const told = await run("tc", "-s", "qdisc", "show", "dev", `near${process}`);
        ok(Number(/dropped (\d+)/.exec(told)?.[1]) > 0, told);
      }
      const verified = await canvoy("verify", fleet);
      strictEqual(verified.code, 0, verified.stdout + verified.stderr);
    }),
);
