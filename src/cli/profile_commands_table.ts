import type { CommandSpec } from "./command_spec.ts";
import { VIRTUAL } from "./shared_options.ts";

/** Commands about profiles. */
export const PROFILE_COMMANDS: readonly CommandSpec[] = [
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
