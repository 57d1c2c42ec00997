import { GROUP_ROUTINE_ID } from "../../group/mod.ts";
import { ISO14229_TEXT } from "./iso14229.ts";
import { changeProfile, type ProfileText } from "./profile_text.ts";

/**
 * `iso14229` for nodes that take group downloads: one transmission of an image for all of them.
 *
 * Source: the project's own specification, docs/group-download.md.
 */
export const ISO14229_GROUP_TEXT: ProfileText = changeProfile(ISO14229_TEXT, {
  erase: { bad: [0x01] },
  group: { routineIdentifier: GROUP_ROUTINE_ID, blockBytes: 512, generationBlocks: 96 },
});
