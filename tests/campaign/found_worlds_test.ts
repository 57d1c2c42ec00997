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
  [31330, "a bus that lost every other block was tried again on four levels, for days"],
  [33837, "done, said by a deaf node to an earlier question, was missed, and its erase begun anew"],
  [35451, "a node that took minutes for each KiB was written from the start again and again"],
  [36915, "the same as 33837, with a node whose flash fails at times"],
  [
    40926,
    "silence behind 0x78 passed for patience without end, and what was erased was erased again",
  ],
  [64111, "an erase that was asked for while its bus went away, and then refused, had never begun"],
  [
    206371,
    "a question of a group that waited for its turn was dropped with a round: all waited for it",
  ],
];

for (const [seed, what] of FOUND) {
  dearTest(`campaign: world ${seed}: ${what}`, () => deepStrictEqual(runSwarm(seed), []));
}
