import { GROUP_ROUTINE_ID } from "../../group/mod.ts";
import { PLAIN_COUNTER } from "../../uds/mod.ts";
import { BANKS_TEXT } from "./_banks_text.ts";

/**
 * What a key stands for where a profile leaves it out and no profile below says it: a list is a value
 * of YAML too. Keys that are not here have no value for that; their description says what is done.
 * Looked up by {@linkcode keyDefault}: the longest ending of a path counts; `^` is where paths begin.
 */
const DEFAULTS: Readonly<Record<string, unknown>> = {
  "identity.sequenceDid": "none",
  "format": "text",
  "from": 0,
  "optional": false,
  "good": [0x00],
  "busy": [],
  "bad": [],
  "^check.bad": [0x00, 0x01],
  "intervalMs": 100,
  "notReadyNrcs": [],
  "always": false,
  "erase.first": "lowest",
  "erase.before": [],
  "erase.after": [],
  "download.skipsErased": false,
  "block.counter": PLAIN_COUNTER,
  "counter.first": PLAIN_COUNTER.first,
  "counter.wrapsTo": PLAIN_COUNTER.wrapsTo,
  "counter.goesOn": PLAIN_COUNTER.goesOn,
  "block.good": "any",
  "algorithm.initial": 0,
  "algorithm.reflectIn": false,
  "algorithm.reflectOut": false,
  "algorithm.finalXor": 0,
  "group.routineIdentifier": GROUP_ROUTINE_ID,
  "group.blockBytes": 512,
  "group.generationBlocks": 96,
  ...Object.fromEntries(Object.entries(BANKS_TEXT).map(([key, value]) => [`banks.${key}`, value])),
  "over.part": "written",
  "over.skipBytes": 0,
  "over.tailBytes": 0,
  "timing.nBsMs": 1000,
  "timing.busWaitMs": 60_000,
};

/**
 * Tells what a key of a profile stands for where nobody says it.
 *
 * @param path The keys down to it, without indices: `["timing", "nBsMs"]`.
 * @returns The value as YAML has it; `undefined` where there is none.
 */
export function keyDefault(path: readonly string[]): unknown {
  const whole = ["^" + (path[0] ?? ""), ...path.slice(1)];
  const ways = [whole, ...path.map((_, i) => path.slice(i))];
  for (const ending of ways.map((keys) => keys.join("."))) {
    if (Object.hasOwn(DEFAULTS, ending)) return DEFAULTS[ending];
  }
  return undefined;
}
