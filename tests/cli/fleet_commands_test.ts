import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { writeSixtyNodes } from "../../scripts/pictures/sixty_nodes.ts";
import { frameBits, parseCandump } from "../../src/can/mod.ts";
import { type FinishedCanvoy, runCanvoy } from "../support/canvoy_run.ts";
import { withFolder } from "../support/programs.ts";

const PROJECT = new URL("../..", import.meta.url).pathname;

function canvoy(...args: readonly string[]): Promise<FinishedCanvoy> {
  return runCanvoy(args);
}

function lastLine(run: FinishedCanvoy): Record<string, unknown> {
  return JSON.parse(run.stdout.trimEnd().split("\n").at(-1)!);
}

Deno.test("demo ends with twelve nodes updated, retries included, and a trace that adds up", async () => {
  await withFolder(async (folder) => {
    const trace = `${folder}/demo.log`;
    const run = await canvoy("demo", "--virtual-time", "--json", "--seed", "3", "--trace", trace);
    strictEqual(run.status, 0, run.stderr);
    const { retries, elapsedMs, bytesWritten, buses, endStates, ...rest } = lastLine(run);
    deepStrictEqual(rest, {
      type: "summary",
      command: "demo",
      ok: true,
      nodes: 12,
      done: 12,
      upToDate: 0,
      failed: 0,
      refused: 0,
    });
    deepStrictEqual(endStates, {
      newImage: 12,
      oldImage: 0,
      bootloader: 0,
      untouched: 0,
      eraseUnconfirmed: 0,
      newImageUnconfirmed: 0,
      rolledBack: 0,
    });
    ok(Number(retries) > 0 && Number(elapsedMs) > 0 && Number(bytesWritten) > 0);

    const counted = new Map<string, { frames: number; bits: number }>();
    for (const line of Deno.readTextFileSync(trace).trimEnd().split("\n")) {
      const { frame, interfaceName } = parseCandump(line)!;
      const { nominalBits, dataPhaseBits } = frameBits(frame);
      const before = counted.get(interfaceName) ?? { frames: 0, bits: 0 };
      const bits = before.bits + nominalBits + dataPhaseBits;
      counted.set(interfaceName, { frames: before.frames + 1, bits });
    }
    const told = (buses as { bus: string; frames: number; bits: number }[])
      .map(({ bus, frames, bits }): [string, unknown] => [bus, { frames, bits }]);
    deepStrictEqual(told, [...counted]);
  });
});

Deno.test("flash tells how many nodes are in which end, in the summary as in the report", async () => {
  await withFolder(async (folder) => {
    writeSixtyNodes(folder);
    const report = `${folder}/report.html`;
    const words = ["--virtual-time", "--json", "--seed", "3", "--report", report];
    const run = await canvoy("flash", `${folder}/hall.yaml`, ...words);
    strictEqual(run.status, 1, run.stderr);
    deepStrictEqual(lastLine(run).endStates, {
      newImage: 56,
      oldImage: 0,
      bootloader: 1, // what does not answer to its blocks
      untouched: 2, // what is dead, and what is another part
      eraseUnconfirmed: 1, // what cannot be erased
      newImageUnconfirmed: 0,
      rolledBack: 0,
    });
    const html = Deno.readTextFileSync(report);
    ok(html.includes("56 new image, 1 in bootloader, 2 unchanged, 1 old image or in bootloader."));
  });
});

Deno.test("demo does the same for the same seed, and otherwise for another", async () => {
  await withFolder(async (folder) => {
    const runs: string[] = [];
    for (const [i, seed] of ["5", "5", "6"].entries()) {
      const trace = `${folder}/${i}.log`;
      const run = await canvoy(
        "demo",
        "--virtual-time",
        "--json",
        "--seed",
        seed,
        "--trace",
        trace,
      );
      runs.push(run.stdout + Deno.readTextFileSync(trace));
    }
    strictEqual(runs[0], runs[1]);
    ok(runs[0] !== runs[2]);
  });
});

Deno.test("demo --signed goes from keys to a fleet of three kinds of hardware that runs the release", async () => {
  await withFolder(async (folder) => {
    const trace = `${folder}/signed.log`;
    const run = await canvoy("demo", "--signed", "--virtual-time", "--json", "--trace", trace);
    strictEqual(run.status, 0, run.stderr);
    const summaries = run.stdout.trimEnd().split("\n").map((line) => JSON.parse(line))
      .filter(({ type }) => type === "summary");
    deepStrictEqual(summaries.map(({ command }) => command), [
      ...["bundle keygen", "bundle keygen", "bundle trust", "bundle sign", "bundle pack"],
      ...["bundle sign", "bundle sign", "bundle verify", "demo"],
    ]);
    deepStrictEqual(summaries.at(-2).signers, ["anna", "ben"]);
    strictEqual(summaries.at(-1).done, 4);
    const keys = Deno.readTextFileSync(trace).match(/#10122702/g) ?? [];
    strictEqual(keys.length, 4, "each node got a key of 16 bytes");

    const { file } = summaries[0];
    strictEqual(Deno.statSync(file).mode! & 0o777, 0o600);
    const release = file.replace("anna.pem", "r7.suit");
    match((await canvoy("bundle", "inspect", release)).stdout, /sequence number 7/);
  });
});

Deno.test("flash updates a fleet, and verify says 4 where an update is due", async () => {
  const fleet = `${PROJECT}/configs/minimal.yaml`;
  strictEqual((await canvoy("flash", fleet, "--virtual-time")).status, 0);
  const verify = await canvoy("verify", fleet, "--virtual-time");
  strictEqual(verify.status, 4);
  match(verify.stdout, /^update due 1 node: node$/m);
  match(verify.stdout, /^1 node: 1 needs an update in \d/m);
  strictEqual(/FAILED/i.test(verify.stdout), false, verify.stdout);
});

/** Two nodes, of which one refuses to erase its first sector, and is not tried again. */
const ONE_FAILS = `
buses: { bench: { url: "virtual:bench", bitrate: 1000000 } }
images: { app: app.hex }
profiles:
  once: { timing: { segmentAttemptsMax: 1, nodeAttemptsMax: 1, requestAttemptsMax: 1 } }
defaults:
  bus: bench
  device: STM32F407VG
  image: app
  profile: once
  security: none
  layout:
    bootloader: { start: 0x08000000, size: 32K }
    application: { start: 0x08008000, size: 992K }
nodes:
  - { name: good, request: 0x701, response: 0x781 }
  - { name: bad, request: 0x702, response: 0x782, sim: { behaviour: { failEraseAt: 0x08008000 } } }
`;

Deno.test("--only failed takes the nodes that the last run did not bring through", async () => {
  await withFolder(async (folder) => {
    const fleet = `${folder}/fleet.yaml`;
    const state = { XDG_STATE_HOME: `${folder}/state` };
    Deno.writeTextFileSync(fleet, ONE_FAILS);
    Deno.copyFileSync(`${PROJECT}/configs/images/f407_v2.hex`, `${folder}/app.hex`);
    const words = ["flash", fleet, "--virtual-time"];
    const early = await runCanvoy([...words, "--only", "failed"], state);
    strictEqual(early.status, 2);
    match(early.stderr, /no run of .*fleet\.yaml is kept in/);
    strictEqual((await runCanvoy(words, state)).status, 1);
    const again = await runCanvoy([...words, "--only", "failed"], state);
    match(again.stdout, /^1 node: .*1 failed/m);
    match(again.stdout, /bad: FAILED/);
    const verify = ["verify", fleet, "--virtual-time", "--only", "failed"];
    match((await runCanvoy(verify, state)).stdout, /^1 node: 1 needs an update/m);
    strictEqual((await runCanvoy([...words, "--only", "good"], state)).status, 0);
    const none = await runCanvoy([...words, "--only", "failed"], state);
    match(none.stderr, /the last run brought every node through/);
    const runs = await runCanvoy(["runs"], state);
    match(runs.stdout, /^journal +state +what became of it\n/);
    match(runs.stdout, /^\S+ +through +1 node: 1 updated in .*\n +flash .* --only good\n/m);
    match(runs.stdout, / +unfinished +1 node: 0 updated, 1 failed in .*\n +flash .* --only bad\n/);
  });
});

Deno.test("flash refuses bad input with 2, says what and where, and sends nothing", async () => {
  await withFolder(async (folder) => {
    const text = Deno.readTextFileSync(`${PROJECT}/configs/minimal.yaml`);
    const name = /images\/[\w.]+/.exec(text)![0];
    Deno.mkdirSync(`${folder}/images`);
    const image = Deno.readTextFileSync(`${PROJECT}/configs/${name}`);
    Deno.writeTextFileSync(`${folder}/fleet.yaml`, text);
    const cases: readonly [string, () => void, RegExp][] = [
      ["no file", () => {}, /fleet\.yaml:10:8: images\.app: expected a file, there is none at/],
      ["flipped digit", () => corrupt(`${folder}/${name}`, image), /:\d+:\d+/],
    ];
    for (const [what, prepare, expected] of cases) {
      prepare();
      const trace = `${folder}/trace.log`;
      const run = await canvoy("flash", `${folder}/fleet.yaml`, "--virtual-time", "--trace", trace);
      strictEqual(run.status, 2, `${what}: ${run.stderr}`);
      match(run.stderr, expected);
      strictEqual(frameCount(trace), 0);
    }
    Deno.writeTextFileSync(`${folder}/${name}`, image);
    const trace = `${folder}/trace.log`;
    await canvoy("flash", `${folder}/fleet.yaml`, "--virtual-time", "--trace", trace);
    ok(frameCount(trace) > 0, "the count sees frames where some were sent");
  });
});

function corrupt(path: string, image: string): void {
  const at = image.indexOf("\n") + 12;
  Deno.writeTextFileSync(
    path,
    image.slice(0, at) + (image[at] === "0" ? "1" : "0") + image.slice(at + 1),
  );
}

function frameCount(trace: string): number {
  try {
    return Deno.readTextFileSync(trace).split("\n").length - 1;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return 0;
    throw error;
  }
}
