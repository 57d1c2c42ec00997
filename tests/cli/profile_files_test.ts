import { match, strictEqual } from "node:assert/strict";
import { runCanvoy } from "../support/canvoy_run.ts";
import { withProfileBench } from "../support/profile_bench.ts";

const PROFILES = "  ours: { file: profiles/ours.yaml }";
const OURS = 'enter: ["10 02"]\ntiming: { p2Ms: 80 }\n';

Deno.test("a fleet file is moved with its profile's file, and both are used", async () => {
  await withProfileBench({ profiles: PROFILES }, async ({ folder, write }) => {
    Deno.mkdirSync(`${folder}/profiles`);
    write("profiles/ours.yaml", OURS);
    const moved = `${folder}-moved`;
    Deno.renameSync(folder, moved);
    try {
      const trace = `${moved}/run.log`;
      const words = [`${moved}/fleet.yaml`, "--virtual-time", "--trace", trace];
      const flash = await runCanvoy(["flash", ...words]);
      strictEqual(flash.status, 0, flash.stderr);
      const explain = ["trace", "explain", trace, "--fleet", `${moved}/fleet.yaml`];
      const told = await runCanvoy(explain);
      strictEqual(told.status, 0, told.stderr);
    } finally {
      Deno.renameSync(moved, folder);
    }
  });
});

Deno.test("plan tells a mistake in a profile's file with that file, and a file that is like one", async () => {
  await withProfileBench({ profiles: PROFILES }, async ({ folder, fleet, write }) => {
    Deno.mkdirSync(`${folder}/profiles`);
    write("profiles/our.yaml", OURS);
    const missing = await runCanvoy(["plan", fleet]);
    strictEqual(missing.status, 2);
    match(missing.stderr, /fleet.yaml:\d+:17: profiles.ours.file: expected a file, there is none/);
    match(missing.stderr, /did you mean our.yaml\?/);
    write("profiles/ours.yaml", `${OURS}finish: ["11 0"]\n`);
    const wrong = await runCanvoy(["plan", fleet]);
    strictEqual(wrong.status, 2);
    match(wrong.stderr, /profiles\/ours.yaml:3:10: finish\[0\]: Cannot read request template/);
  });
});

Deno.test("resume refuses a run whose profile's file has changed", async () => {
  await withProfileBench({ profiles: PROFILES }, async ({ folder, fleet, write }) => {
    Deno.mkdirSync(`${folder}/profiles`);
    write("profiles/ours.yaml", OURS);
    const journal = `${folder}/run.cborseq`;
    const flash = await runCanvoy(["flash", fleet, "--virtual-time", "--journal", journal]);
    strictEqual(flash.status, 0, flash.stderr);
    write("profiles/ours.yaml", `${OURS}# another\n`);
    const other = await runCanvoy(["resume", journal, "--virtual-time"]);
    strictEqual(other.status, 2);
    match(other.stderr, /fleet.yaml, or a profile's, is not what the run began with/);
    write("profiles/ours.yaml", OURS);
    const same = await runCanvoy(["resume", journal, "--virtual-time"]);
    strictEqual(same.status, 0, same.stderr);
  });
});
