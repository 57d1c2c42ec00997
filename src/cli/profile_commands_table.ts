import type { CommandSpec } from "./command_spec.ts";
import { VIRTUAL } from "./shared_options.ts";

/** The built-in profiles: the table of commands loads nothing, so a test keeps the names in step. */
export const PROFILE_NAMES = [
  "iso14229",
  "iso14229-group",
  "iso14229-banks",
  "textbook",
  "vw-like",
  "nxp-s32k-unified",
  "psa-like",
  "supplier-hash",
  "ff01-checksum",
] as const;

/** Commands about profiles: what the conversation with a bootloader is. */
export const PROFILE_COMMANDS: readonly CommandSpec[] = [
  {
    name: "profile list",
    summary: "the built-in profiles, a line each",
    operands: [],
    options: [],
    examples: ["canvoy profile list"],
  },
  {
    name: "profile show",
    summary: "a built-in profile as YAML: every key with its value, unit and meaning",
    details: [
      "What it prints is a profile's file: send it into one by > ours.yaml. Copied as it is, it is the same profile under another name; " +
      "then change the lines that your bootloader's document has otherwise. Keys that the profile " +
      "does not say stand behind # with what is done without them.",
    ],
    operands: [
      { name: "NAME", choices: PROFILE_NAMES, summary: "which one: canvoy profile list" },
    ],
    options: [
      {
        name: "as",
        value: "NAME",
        summary: "as a part of a fleet file, under profiles: and this name",
      },
    ],
    examples: [
      "canvoy profile show iso14229",
      "canvoy profile show vw-like --as ours",
    ],
  },
  {
    name: "profile check",
    summary: "find the mistakes of a profile, or tell its conversation; sends nothing",
    details: [
      "Each mistake is told with line, column, what was expected, and what was probably meant: exit " +
      "status 2. A file without mistakes is ok, and its conversation is told in short; profile try " +
      "plays it, plan --conversation tells it with the bytes of a node.",
    ],
    operands: [{
      name: "FILE",
      use: "fleet",
      summary: "a profile's file; of a fleet file all the profiles that it says",
    }],
    options: [],
    examples: ["canvoy profile check ours.yaml", "canvoy profile check fleet.yaml"],
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
