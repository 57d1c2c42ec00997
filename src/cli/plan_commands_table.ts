import { BUNDLE, DOWNGRADE, FLEET } from "./bundle_commands_table.ts";
import type { CommandSpec } from "./command_spec.ts";
import { PROFILE_COMMANDS } from "./profile_commands_table.ts";
import { IMAGE, SELECTION } from "./shared_options.ts";

/** Commands about what an update would do, in which nothing is sent. */
export const QUIET_COMMANDS: readonly CommandSpec[] = [
  {
    name: "plan",
    summary: "show what would be erased and written, and how long it takes; sends nothing",
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
  ...PROFILE_COMMANDS,
];
