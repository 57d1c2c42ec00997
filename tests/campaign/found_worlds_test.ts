/** Worlds in which a night's campaign once found something, each with what it was. */
import { deepStrictEqual } from "node:assert/strict";
import { dearTest } from "../support/dear.ts";
import { runSwarm } from "./swarm.ts";

const FOUND: readonly (readonly [number, string])[] = [
  [6253, "a node that starts anew at the end of S3, in an erase that is asked about, is deaf then"],
  [8145, "0x78 each 5 ms: more of them than were borne, long before the erase's time was over"],
  [8166, "a node that is deaf while it erases was not waited for where its erase is asked about"],
  [10178, "half an image, the last reset forgotten, was accepted for want of anything unchecked"],
  [30215, "a node whose other bank held the image already: its two versions passed for two nodes"],
];

for (const [seed, what] of FOUND) {
  dearTest(`campaign: world ${seed}: ${what}`, () => deepStrictEqual(runSwarm(seed), []));
}
