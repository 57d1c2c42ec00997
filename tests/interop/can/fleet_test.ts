import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { parseCandump } from "../../../src/can/mod.ts";
import { canTest, recordFrames, run } from "./_can.ts";
import { canvoy, canvoyBeside, startSim, withFolder, writeFleet } from "./_canvoy.ts";

canTest(
  "canvoy flash updates eight nodes of canvoy sim over classic CAN",
  () =>
    withFolder(async (folder) => {
      const fleet = writeFleet(folder, { interfaceName: "vcan0", nodeCount: 8 });
      await using sim = await startSim(folder, fleet);
      const trace = `${folder}/trace.log`;
      const flashed = await canvoy("flash", fleet, "--json", "--trace", trace);
      strictEqual(flashed.code, 0, flashed.stdout.slice(-2000) + flashed.stderr);
      strictEqual(countDone(flashed.stdout), 8);
      const verified = await canvoy("verify", fleet);
      strictEqual(verified.code, 0, verified.stdout + verified.stderr);
      strictEqual(await sim.end(), 0);
      await checkTrace(trace);
    }),
);

canTest(
  "canvoy flash goes on when canvoy sim is killed and started again, over CAN FD",
  () =>
    withFolder(async (folder) => {
      const fleet = writeFleet(folder, {
        interfaceName: "vcan1",
        nodeCount: 8,
        fd: true,
      });
      const killed = await startSim(folder, fleet, "killed");
      await using flash = canvoyBeside(folder, "flash", ["flash", fleet, "--json"]);
      await flash.says('"writing"');
      await killed.end("SIGKILL");
      await using again = await startSim(folder, fleet, "again");
      const code = await flash.finished();
      strictEqual(code, 0, flash.text.slice(-2000) + again.text);
      strictEqual(countDone(flash.text), 8);
      const verified = await canvoy("verify", fleet);
      strictEqual(verified.code, 0, verified.stdout + verified.stderr);
    }),
);

canTest(
  "canvoy verify works again after its own flash was killed in the middle",
  () =>
    withFolder(async (folder) => {
      const fleet = writeFleet(folder, { interfaceName: "vcan2", nodeCount: 2 });
      await using _sim = await startSim(folder, fleet);
      const flash = canvoyBeside(folder, "flash", ["flash", fleet, "--json"]);
      await flash.says('"writing"');
      await flash.end("SIGKILL");
      const mended = await canvoy("flash", fleet);
      strictEqual(mended.code, 0, mended.stdout + mended.stderr);
      strictEqual((await canvoy("verify", fleet)).code, 0);
    }),
);

function countDone(jsonLines: string): number {
  return jsonLines.split("\n").filter((line) => /"type":"nodeDone"/.test(line)).length;
}

/** The trace that canvoy wrote: can-utils replay it to the byte, and read it. */
async function checkTrace(trace: string): Promise<void> {
  const lines = Deno.readTextFileSync(trace).trimEnd().split("\n");
  ok(lines.length > 8 * 25_096 / 7, `${lines.length} frames`);
  const frames = lines.map(parseCandump);
  ok(frames.every((one) => one !== undefined));
  // As many as a socket holds that is read late.
  const sample = lines.slice(0, 150).join("\n") + "\n";
  Deno.writeTextFileSync(`${trace}.part`, sample);
  const record = await recordFrames("vcan3", 150);
  await run("canplayer", "-t", "-I", `${trace}.part`, "vcan3=can");
  const replayed = (await record.text).trimEnd().split("\n");
  const frameOf = (line: string) => line.split(" ")[2];
  deepStrictEqual(replayed.map(frameOf), sample.trimEnd().split("\n").map(frameOf));
  await run("log2asc", "-I", trace, "-O", `${trace}.asc`, "can");
  const asc = Deno.readTextFileSync(`${trace}.asc`).split("\n").filter((line) =>
    / d \d/.test(line)
  );
  strictEqual(asc.length, lines.length);
}
