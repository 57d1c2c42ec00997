// The bench against arithmetic that shares nothing with the bus model: a bug there must not pass for
// efficiency.
import { ok, strictEqual } from "node:assert/strict";
import { ceilingSeconds } from "../../src/cli/bench/ceiling.ts";
import { runCase } from "../../src/cli/bench/run_case.ts";
import { benchCase } from "../../src/cli/bench/table.ts";
import { Prng } from "../../src/core/mod.ts";

/** Bits of a classic frame with intermission, counted one by one with the rules of ISO 11898-1. */
function naiveFrameBits(id: number, data: Uint8Array): number {
  const bits: number[] = [0];
  const push = (value: number, count: number): void => {
    for (let i = count - 1; i >= 0; i--) bits.push((value >> i) & 1);
  };
  push(id, 11);
  push(0, 3);
  push(data.length, 4);
  for (const byte of data) push(byte, 8);
  let crc = 0;
  for (const bit of bits) crc = ((crc << 1) ^ (bit !== ((crc >> 14) & 1) ? 0x4599 : 0)) & 0x7FFF;
  push(crc, 15);
  let stuffed = 0;
  let run = 0;
  let last = -1;
  for (const bit of bits) {
    run = bit === last ? run + 1 : 1;
    last = bit;
    if (run < 5) continue;
    stuffed++;
    last = 1 - bit;
    run = 1;
  }
  return bits.length + stuffed + 1 + 2 + 7 + 3;
}

function meanBits(lengthBytes: number): number {
  const prng = new Prng(5);
  let bits = 0;
  for (let i = 0; i < 4000; i++) {
    bits += naiveFrameBits(prng.below(0x800), prng.bytes(lengthBytes));
  }
  return bits / 4000;
}

Deno.test("ceilingSeconds() is the images' bytes in full frames, counted bit by bit", () => {
  const bench = benchCase({ mode: "interleaved", bus: "classic-1M", nodes: 8 });
  const seconds = 8 * 262_144 / 7 * meanBits(8) / 1e6;
  ok(Math.abs(ceilingSeconds(bench) / seconds - 1) < 0.002, `${seconds}`);
});

Deno.test("runCase() takes for one node what its erases, programs and frames take together", () => {
  const { line } = runCase(benchCase({ mode: "interleaved", bus: "classic-1M", nodes: 1 }), {
    seed: 1,
  });
  // Sectors 2 to 6 of an F407: 16, 16, 64 and 128 KiB, and 32 KiB of another 128.
  const eraseSeconds = 0.25 + 0.25 + 0.55 + 1 + 1;
  const programSeconds = 262_144 / 4 * 16e-6;
  const segments = [16, 16, 64, 128, 32].map((kib) => kib * 1024);
  // 4,064 bytes are the most that are whole units of 32 and fit a message of 4,095 with SID and counter.
  const blocks = segments.map((bytes) => Math.ceil(bytes / 4064)).reduce((a, b) => a + b);
  const consecutive = segments.flatMap((bytes) =>
    Array.from(
      { length: Math.ceil(bytes / 4064) },
      (_, i) => Math.ceil((Math.min(4064, bytes - i * 4064) + 2 - 6) / 7),
    )
  ).reduce((a, b) => a + b);
  // Each block: first frame, flow control (3 bytes), answer (3 bytes).
  const blockBits = blocks * (meanBits(8) + 2 * meanBits(4)) + consecutive * meanBits(8);
  // Each segment: five requests, of which three are segmented, and their answers: some 30 frames.
  const requestBits = 5 * 30 * meanBits(6);
  const delaySeconds = (blocks + 5 * 4) * 0.5e-3;
  const seconds = eraseSeconds + programSeconds + (blockBits + requestBits) / 1e6 + delaySeconds;
  strictEqual(line.failedNodes, 0);
  ok(Math.abs(line.seconds / seconds - 1) < 0.01, `${line.seconds} s against ${seconds} s`);
});

Deno.test("runCase() gives the same line for the same seed", () => {
  const bench = benchCase({
    mode: "interleaved",
    bus: "fd-500k/2M",
    nodes: 3,
    loss: "0.1% both ways",
    imageBytes: 32_768,
  });
  strictEqual(
    JSON.stringify(runCase(bench, { seed: 4 }).line),
    JSON.stringify(runCase(bench, { seed: 4 }).line),
  );
});
