import { BUNDLE, DOWNGRADE, FLEET } from "./bundle_commands_table.ts";
import type { CommandSpec } from "./command_spec.ts";
import { IMAGE, SELECTION, VIRTUAL } from "./shared_options.ts";

/** Commands about what an update would do, in which nothing is sent. */
export const QUIET_COMMANDS: readonly CommandSpec[] = [
  {
    name: "plan",
    summary: "what would be erased and written, and how long it takes; sends nothing",
    details: [
      "--conversation plays the update of one node against a virtual one that holds nothing yet and " +
      "tells each request: its bytes, what it is, which answer is good, what bounds it, and which " +
      "key of the profile says so. Keys and data are shown as dots; -v tells every segment.",
    ],
    operands: [FLEET],
    options: [
      IMAGE,
      ...BUNDLE,
      DOWNGRADE,
      ...SELECTION,
      {
        name: "conversation",
        value: "NODE",
        summary: "the whole conversation with that node instead, request by request",
      },
    ],
    examples: [
      "canvoy plan fleet.yaml",
      "canvoy plan fleet.yaml --conversation door-left",
    ],
  },
  {
    name: "profile try",
    summary: "play a profile against a virtual node that speaks it; sends nothing",
    details: [
      "The update itself is played in virtual time with a small image that is made for it, and each " +
      "request is told with its answer and the profile's key. Exit status 1 when the node does not " +
      "end with the whole image.",
      "A profile's file is tried on an STM32F407 (an STM32F429 where it exchanges banks); of a fleet " +
      "file its first node, or --node, with that node's part and layout.",
    ],
    operands: [{ name: "FILE", use: "fleet", summary: "a profile's file, or a fleet file" }],
    options: [
      { name: "virtual", summary: "against a virtual node: so by default, there is no other way" },
      {
        name: "node",
        value: "NAME",
        summary: "which node of the fleet file; the first by default",
      },
      {
        name: "loss",
        value: "PERCENT",
        range: { min: 0, max: 50 },
        summary: "so many of a hundred frames are lost; none by default",
      },
      {
        name: "power-cut",
        value: "N",
        range: { min: 1, max: 1_000_000 },
        summary: "the node loses power once, within its N-th flash operation",
      },
      VIRTUAL[0]!,
    ],
    examples: [
      "canvoy profile try ours.yaml --virtual",
      "canvoy profile try fleet.yaml --node door-left --power-cut 3 --loss 1",
    ],
  },
];
