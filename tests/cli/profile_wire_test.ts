/**
 * Each built-in profile sends what it sent before the language of profiles grew.
 *
 * The vectors were made by commit c662b68, the last one before that:
 *
 *     canvoy flash NAME.yaml --virtual-time --seed 5 --trace NAME.log
 *
 * with the fleet files of tests/support/profile_wire.ts, which reads the logs too. A difference that is
 * meant is written into DIFFERENCES, with its reason; there is none.
 */
import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { BUILT_IN_PROFILES } from "../../src/update/mod.ts";
import { runCanvoy } from "../support/canvoy_run.ts";
import { wireFleet, wireRequests } from "../support/profile_wire.ts";
import { withFolder } from "../support/programs.ts";

const VECTORS = new URL("../vectors/profiles/", import.meta.url);
const IMAGE = new URL("../../configs/images/f407_v2.hex", import.meta.url);
/** Any bytes will do. */
const DRIVER = Uint8Array.from({ length: 700 }, (_, i) => i * 37 + 11);

/** Lines that differ, and why, by profile. */
const DIFFERENCES: Readonly<
  Record<string, readonly { readonly was: string; readonly is: string; readonly why: string }[]>
> = {};

for (const profile of BUILT_IN_PROFILES.keys()) {
  Deno.test(`profile ${profile} sends what it sent before the language grew`, async () => {
    await withFolder(async (folder) => {
      Deno.copyFileSync(IMAGE, `${folder}/app.hex`);
      Deno.writeFileSync(`${folder}/driver.bin`, DRIVER);
      Deno.writeTextFileSync(`${folder}/fleet.yaml`, wireFleet(profile));
      const log = `${folder}/run.log`;
      const words = ["--virtual-time", "--seed", "5", "--trace", log];
      const run = await runCanvoy(["flash", `${folder}/fleet.yaml`, ...words]);
      strictEqual(run.status, 0, run.stderr);
      const before = Deno.readTextFileSync(new URL(`${profile}.txt`, VECTORS)).trimEnd().split(
        "\n",
      );
      const meant = DIFFERENCES[profile] ?? [];
      const expected = before.map((line) => meant.find(({ was }) => was === line)?.is ?? line);
      deepStrictEqual(wireRequests(Deno.readTextFileSync(log)), expected);
    });
  });
}
