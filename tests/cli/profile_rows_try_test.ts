/** The virtual node serves each row of docs/reference/profile.md. */
import { strictEqual } from "node:assert/strict";
import { runCanvoy } from "../support/canvoy_run.ts";
import { rowTest } from "../support/dear.ts";
import { PROFILE_CASES } from "../support/profile_rows.ts";
import { withFolder } from "../support/programs.ts";

/**
 * What the image that is made for a profile alone does not fit: its version is text, and a sum of one byte
 * is the same for blank flash.
 */
const OF_OTHER_IMAGES: ReadonlySet<string> = new Set([
  ...["version-raw", "version-little-endian", "version-one-of-two"],
  "checksum-complement",
]);
/** What the fleet that is made for a profile's file alone has besides. */
const GIVEN: ReadonlySet<string> = new Set([
  "bootloader-by-its-own-identifiers",
  "checksum-with-key",
]);
/** What the fleet file must say besides cannot be said of a profile's file alone. */
const ALONE = PROFILE_CASES.filter(({ id, beside }) =>
  (beside === undefined || GIVEN.has(id)) && !OF_OTHER_IMAGES.has(id)
);

for (const [i, { id, profile }] of ALONE.entries()) {
  rowTest(i, `profile try ends whole with the lines of ${id}`, async () => {
    await withFolder(async (folder) => {
      Deno.writeTextFileSync(`${folder}/ours.yaml`, profile);
      const words = ["profile", "try", `${folder}/ours.yaml`, "--virtual"];
      const { status, stdout, stderr } = await runCanvoy(words);
      strictEqual(status, 0, stdout + stderr);
    });
  });
}
