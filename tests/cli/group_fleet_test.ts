import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { parseCandump } from "../../src/can/mod.ts";
import { runCanvoy } from "../support/canvoy_run.ts";

const FIXTURES = new URL("../fixtures/", import.meta.url).pathname;
const GROUP_ID = 0x7FF;
const BLOCK_BYTES = 512;

/**
 * Two images on a classic bus, each for a group, beside two nodes that take none; on a bus with CAN
 * FD a group in FD frames, and one in classic frames.
 */
const FLEET = `
buses:
  line: { url: "virtual:line", bitrate: 1000000 }
  fast: { url: "virtual:fast", bitrate: 1000000, dataBitrate: 4000000, group: 0x7FF }
images:
  one: { file: f407_v1.bin, base: 0x08008000, version: 1.4.2 }
  two: { file: f407_v2.bin, base: 0x08008000, version: 2.0.0 }
  io: { file: g474_v2.bin, base: 0x08008000, version: 2.0.0 }
layouts:
  f407:
    bootloader: { start: 0x08000000, size: 32K }
    application: { start: 0x08008000, size: 992K }
  g474:
    bootloader: { start: 0x08000000, size: 32K }
    application: { start: 0x08008000, size: 480K }
defaults:
  profile: iso14229-group
  device: STM32F407VG
  layout: f407
  bus: line
  security: { xor: "C3 5A 96 0F" }
nodes:
  - { name: "one-{i}", count: 3, request: "0x600 + {i}", response: "0x500 + {i}", image: one }
  - { name: "two-{i}", count: 3, request: "0x610 + {i}", response: "0x510 + {i}", image: two }
  - { name: "old-{i}", count: 2, request: "0x620 + {i}", response: "0x520 + {i}", image: two,
      profile: iso14229 }
  - { name: "fd-{i}", count: 3, bus: fast, request: "0x600 + {i}", response: "0x500 + {i}",
      image: io, device: STM32G474RE, layout: g474 }
  - { name: "slow-{i}", count: 2, bus: fast, request: "0x610 + {i}", response: "0x510 + {i}",
      image: io, device: STM32G474RE, layout: g474, frames: { fd: false } }
`;

/** How many frames send an image once, in blocks with a header of 10 bytes. */
function framesOnce(imageBytes: number, firstBytes: number, nextBytes: number): number {
  let frames = 0;
  for (let at = 0; at < imageBytes; at += BLOCK_BYTES) {
    const messageBytes = 10 + Math.min(BLOCK_BYTES, imageBytes - at);
    frames += 1 + Math.ceil((messageBytes - firstBytes) / nextBytes);
  }
  return frames;
}

Deno.test("flash: several groups, images and kinds of frames, and nodes without, in one job", async () => {
  const folder = Deno.makeTempDirSync();
  try {
    const sizes = new Map<string, number>();
    for (const name of ["f407_v1", "f407_v2", "g474_v2"]) {
      Deno.copyFileSync(`${FIXTURES}${name}.bin`, `${folder}/${name}.bin`);
      sizes.set(name, Deno.statSync(`${folder}/${name}.bin`).size);
    }
    Deno.writeTextFileSync(`${folder}/fleet.yaml`, FLEET);
    const trace = `${folder}/trace.log`;
    const { status, stdout, stderr } = await runCanvoy(
      ["flash", `${folder}/fleet.yaml`, "--virtual-time", "--json", "--trace", trace],
    );
    strictEqual(status, 0, stdout.slice(-2000) + stderr);
    const types = stdout.trimEnd().split("\n").map((line) => JSON.parse(line).type);
    strictEqual(types.filter((type) => type === "nodeDone").length, 13);
    strictEqual(types.filter((type) => type === "nodeLeftGroup").length, 0);
    // Each image went out once on each bus, in each kind of frames.
    const frames: Record<string, number> = {};
    for (const line of Deno.readTextFileSync(trace).trimEnd().split("\n")) {
      const record = parseCandump(line);
      if (record?.frame.id !== GROUP_ID) continue;
      const key = `${record.interfaceName} ${record.frame.fd ? "FD" : "classic"}`;
      frames[key] = (frames[key] ?? 0) + 1;
    }
    deepStrictEqual(frames, {
      "line classic": framesOnce(sizes.get("f407_v1")!, 6, 7) +
        framesOnce(sizes.get("f407_v2")!, 6, 7),
      "fast FD": framesOnce(sizes.get("g474_v2")!, 62, 63),
      "fast classic": framesOnce(sizes.get("g474_v2")!, 6, 7),
    });
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
});
