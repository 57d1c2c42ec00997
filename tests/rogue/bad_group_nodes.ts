/** Nodes that are bad in a group, one kind each: what they are told, and what must be said of them. */
import type { RogueOptions } from "./rogue_options.ts";

/** One kind of bad node. */
export interface BadGroupNode {
  readonly options: RogueOptions;
  /** What names its cause; who sent a frame cannot be told, so a forger has none. */
  readonly cause?: RegExp;
  /** It is away for good. */
  readonly isGone?: boolean;
}

const SILENT_TO_MAP = /31 03 47 52 .*no response/;

/** All kinds, by their names. */
export const BAD_GROUP_NODES: Readonly<Record<string, BadGroupNode>> = {
  "mute from the first data on": {
    options: { groupMute: true },
    cause: SILENT_TO_MAP,
    isGone: true,
  },
  "telling its map after 140 ms": {
    options: { pending: [{ on: "31 03 47 52", firstMs: Infinity, answerMs: 140 }] },
    cause: SILENT_TO_MAP,
  },
  "programming ten times slower": {
    options: { groupProgramMsPerKib: 271 },
    cause: /programming a block takes 135/,
  },
  "starting anew in the middle": {
    options: { groupRebootsAtBlock: 100 },
    cause: /31 03 47 52 .*0x7F/,
  },
  "telling random maps": { options: { groupMaps: "random" }, cause: /it (missed|lost)|rounds/ },
  "telling that all is missing": {
    options: { groupMaps: "allMissing" },
    cause: /it (missed|lost)|rounds/,
  },
  "silent to 31 03": { options: { ignore: [{ on: "31 03 47 52" }] }, cause: SILENT_TO_MAP },
  "silent to 31 02": {
    options: { ignore: [{ on: "31 02 47 52" }] },
    cause: /31 02 47 52.*no response/,
  },
  "failing to program its 50th block": {
    options: { groupFailsAtBlock: 50 },
    cause: /a block could not be programmed/,
  },
  "forging parity once": { options: { groupForges: "once" } },
  "forging parity for each generation": { options: { groupForges: "perGeneration" } },
  "of version 1": { options: { groupVersions: [1] }, cause: /version 1/ },
};
