import { match, ok, strictEqual } from "node:assert/strict";
import { BUILT_IN_PROFILES } from "../../src/update/mod.ts";
import { type FinishedCanvoy, runCanvoy } from "../support/canvoy_run.ts";
import { withFolder } from "../support/programs.ts";
import { withProfileBench } from "../support/profile_bench.ts";

/** Tries a profile's text, in a file of its own. */
async function tryText(text: string, ...words: readonly string[]): Promise<FinishedCanvoy> {
  let run: FinishedCanvoy | undefined;
  await withFolder(async (folder) => {
    Deno.writeTextFileSync(`${folder}/ours.yaml`, text);
    run = await runCanvoy(["profile", "try", `${folder}/ours.yaml`, "--virtual", ...words]);
  });
  return run!;
}

for (const profile of BUILT_IN_PROFILES.keys()) {
  Deno.test(`profile try ends whole with a file that extends ${profile}`, async () => {
    const { status, stdout, stderr } = await tryText(`extends: ${profile}\n`);
    strictEqual(status, 0, stdout + stderr);
    match(stdout, /\nok: the node holds the whole image and runs it\n$/);
  });
}

Deno.test("profile try tells each request with its answer and its place in the file", async () => {
  const { stdout } = await tryText('enter: ["10 02", { securityAccess: 0x03 }]\n');
  match(stdout, / {2}27 03 {2}-> {2}67 03 .* \[enter\[1\] \(.*\/ours.yaml:1:18\)\]/);
  match(stdout, / {2}27 04 \.\.\. {2}-> {2}67 04/);
  match(stdout, / {2}\.\.\. and \d+ more blocks {2}-> {2}76 /);
  match(stdout, /profile ours on a virtual STM32F407VG: \d+ requests, 24.0 KiB in 2 segments, /);
});

Deno.test("profile try tells a question that is asked again and again once, with how often", async () => {
  const { status, stdout } = await tryText(
    'memory: { base: 0x08000000 }\nerase: { request: "31 01 E0 01 {page:1}", busy: [0x01],\n' +
      '  poll: { request: "31 03 E0 01", intervalMs: 50 } }\n',
  );
  strictEqual(status, 0, stdout);
  match(stdout, / {2}31 03 E0 01 {2}-> {2}71 03 E0 01 01 {2}\[erase \(.*\)\], \d+ times\n/);
  // A sector of 16 KiB is erased within half a second: one page is no more than itself.
  const [, times] = /01 01 {2}\[erase \(.*\)\], (\d+) times/.exec(stdout)!;
  ok(Number(times) <= 10, stdout);
});

Deno.test("profile try brings a node through losses and a power cut", async () => {
  const plain = await tryText("{}\n", "--json");
  const cut = await tryText("{}\n", "--json", "--power-cut", "300", "--loss", "2", "--seed", "4");
  strictEqual(cut.status, 0, cut.stderr);
  ok(summary(cut).requests > summary(plain).requests);
});

Deno.test("profile try has its virtual node tell of itself as the profile says", async () => {
  const silent = await tryText("identity: none\n");
  strictEqual(silent.status, 0, silent.stderr);
  ok(!/^ {2}22 /m.test(silent.stdout), silent.stdout);
  const dotted = await tryText(
    "identity:\n  version: { did: 0xF195, format: dotted, from: 2, bytes: 3 }\n",
  );
  strictEqual(dotted.status, 0, dotted.stderr);
  match(dotted.stdout, / {2}22 F1 95 {2}-> {2}62 F1 95 00 00 02 00 00 {2}\[identity.version \(/);
});

Deno.test("profile try ends with 1 where the node does not come up, and says how it is left", async () => {
  const run = await tryText("finish: []\n", "--json");
  strictEqual(run.status, 1, run.stderr);
  const { ok: isOk, error, state } = summary(run);
  strictEqual(isOk, false);
  strictEqual(error?.code, "ACTIVATION");
  strictEqual(state, "newImageUnconfirmed");
});

Deno.test("profile try takes a fleet file's node, without its image", async () => {
  await withProfileBench({ profiles: "  ours: { check: none }" }, async ({ folder, fleet }) => {
    Deno.removeSync(`${folder}/images`, { recursive: true });
    const run = await runCanvoy(["profile", "try", fleet, "--node", "node", "--json"]);
    strictEqual(run.status, 0, run.stderr);
    const other = await runCanvoy(["profile", "try", fleet, "--node", "nobody"]);
    strictEqual(other.status, 2);
    match(other.stderr, /--node names no node of .*: there are node/);
  });
});

Deno.test("profile try tells the mistakes of a profile's file", async () => {
  const run = await tryText("enter: [10 0]\nerase: { requst: 31 }\n");
  strictEqual(run.status, 2);
  match(run.stderr, /Cannot use profile file .*ours.yaml: 1 mistake\n/);
  match(run.stderr, /ours.yaml:2:10: erase.requst: unknown key, did you mean "request"\?/);
});

interface Summary {
  readonly ok: boolean;
  readonly requests: number;
  readonly error?: { readonly code: string };
  readonly state?: string;
}

function summary({ stdout }: FinishedCanvoy): Summary {
  return JSON.parse(stdout.trimEnd().split("\n").at(-1)!);
}
