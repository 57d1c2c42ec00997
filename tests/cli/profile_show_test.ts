/** `profile list`, `profile show`, `profile check`: what people read of profiles. */
import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { benchFleet, generatedImages } from "../../src/cli/rehearsal/bench_fleet.ts";
import { rehearseNode } from "../../src/cli/rehearsal/rehearse_node.ts";
import { bytesToHex } from "../../src/core/mod.ts";
import { readProfileFile } from "../../src/fleet/mod.ts";
import { planFromFiles } from "../../src/tester/mod.ts";
import { BUILT_IN_PROFILES, type UpdateProfile } from "../../src/update/mod.ts";
import { runCanvoy } from "../support/canvoy_run.ts";
import { withFolder } from "../support/programs.ts";
import { withProfileBench } from "../support/profile_bench.ts";

/** What goes to and fro in an update with a profile, and when. */
function exchanges(profile: UpdateProfile): readonly string[] {
  const fleet = benchFleet("ours.yaml", profile);
  const node = fleet.nodes[0]!;
  const image = generatedImages(node);
  const [job] = planFromFiles(fleet, [node], { image });
  const { requests, holdsImage } = rehearseNode({ fleet, node, job: job!, image, seed: 3 });
  ok(holdsImage);
  return requests.map(({ atMs, request, response }) =>
    `${atMs} ${bytesToHex(request)} ${response === undefined ? "" : bytesToHex(response)}`
  );
}

for (const [name, profile] of BUILT_IN_PROFILES) {
  Deno.test(`profile show ${name}, copied into a file, sends the same bytes`, async () => {
    const { status, stdout } = await runCanvoy(["profile", "show", name]);
    strictEqual(status, 0);
    const read = (): { expected: string } => ({ expected: "no file" });
    const copied = readProfileFile({ name: `${name}.yaml`, text: stdout }, read);
    deepStrictEqual(exchanges(copied), exchanges(profile));
  });
}

Deno.test("profile show --as gives what a fleet file takes as it is", async () => {
  const { stdout } = await runCanvoy(["profile", "show", "textbook", "--as", "ours"]);
  const profiles = stdout.split("\n").filter((line) => !/^#|^profiles:/.test(line)).join("\n");
  const node = ['fingerprint: "20 26 11 26"'];
  await withProfileBench({ profiles, node }, async ({ fleet }) => {
    const checked = await runCanvoy(["profile", "check", fleet]);
    strictEqual(checked.status, 0, checked.stderr);
    match(checked.stdout, /^profile ours: ok\n {2}before +10 03 {3}\(to all nodes of the bus\)\n/);
    const flash = await runCanvoy(["plan", fleet, "--conversation", "node"]);
    match(flash.stdout, / {2}2E F1 99 /, flash.stderr);
  });
});

Deno.test("profile list and show hand programs the same", async () => {
  const list = await runCanvoy(["profile", "list", "--json"]);
  const { profiles } = JSON.parse(list.stdout);
  deepStrictEqual(profiles.map(({ name }: { name: string }) => name), [
    ...BUILT_IN_PROFILES.keys(),
  ]);
  const plain = await runCanvoy(["profile", "show", "psa-like"]);
  const show = await runCanvoy(["profile", "show", "psa-like", "--json"]);
  strictEqual(JSON.parse(show.stdout).yaml, plain.stdout);
});

Deno.test("profile show refuses names that are none", async () => {
  const unknown = await runCanvoy(["profile", "show", "iso"]);
  strictEqual(unknown.status, 2);
  match(unknown.stderr, /expected one of iso14229, .*, not "iso"/);
  for (const name of ["a b", "iso14229", "-x"]) {
    const as = await runCanvoy(["profile", "show", "iso14229", `--as=${name}`]);
    strictEqual(as.status, 2, name);
  }
});

Deno.test("profile check tells all mistakes of a file at once, with their places", async () => {
  await withFolder(async (folder) => {
    const path = `${folder}/ours.yaml`;
    Deno.writeTextFileSync(
      path,
      'erase: { request: "31 01 FF 00 {adress:4}" }\ntiming: { p2Ms: 50 }\nfinish: ["11 0"]\n',
    );
    const run = await runCanvoy(["profile", "check", path]);
    strictEqual(run.status, 2);
    match(run.stderr, /2 mistakes\n/);
    match(run.stderr, /ours.yaml:1:19: erase.request: .*did you mean \{address\}\?/);
    match(run.stderr, /ours.yaml:3:10: finish\[0\]: /);
  });
});

Deno.test("profile check tells the conversation of a file that is right", async () => {
  await withFolder(async (folder) => {
    const path = `${folder}/ours.yaml`;
    Deno.writeTextFileSync(
      path,
      "extends: nxp-s32k-unified\nidentity: { version: { did: 0xF195, format: bcd } }\n" +
        'erase: { after: [{ waitMs: 5 }, { request: "31 03 FF 00", busy: [1], poll: {} }] }\n',
    );
    const run = await runCanvoy(["profile", "check", path]);
    strictEqual(run.status, 0, run.stderr);
    for (
      const line of [
        "22 F1 95  version",
        "2E F1 5A {fingerprint}, may be refused",
        "31 01 FF 00   (the whole image)",
        "a pause of 5 ms",
        "31 03 FF 00, asked again by the same every 100 ms",
        "a download to RAM",
        "36 {counter:1} {data} ...",
      ]
    ) ok(run.stdout.includes(line), run.stdout);
    const json = await runCanvoy(["profile", "check", path, "--json"]);
    const [{ name, parts }] = JSON.parse(json.stdout).profiles;
    strictEqual(name, "ours");
    deepStrictEqual(parts[1], {
      part: "enter",
      requests: [
        "10 03",
        "28 03 03",
        "10 02",
        "27 01, 27 02 KEY",
        "2E F1 5A {fingerprint}, may be refused",
      ],
    });
  });
});

Deno.test("profile check looks at profiles that no node has, and at a fleet file without any", async () => {
  await withProfileBench(
    { profiles: '  ours: {}\n  other: { enter: ["10 0"] }' },
    async (bench) => {
      const run = await runCanvoy(["profile", "check", bench.fleet]);
      strictEqual(run.status, 2);
      match(run.stderr, /profiles.other.enter\[0\]: /);
    },
  );
  await withProfileBench({}, async ({ fleet }) => {
    const run = await runCanvoy(["profile", "check", fleet]);
    strictEqual(run.status, 0);
    match(run.stdout, /: ok, it says no profiles\n$/);
  });
});
