import { deepStrictEqual } from "node:assert/strict";
import type { Host } from "../../../src/adapters/mod.ts";
import { journalsToRemove, withoutUncarried } from "../../../src/cli/past_runs.ts";
import { EMPTY_MEMORY, type SeenJournal } from "../../../src/journal/mod.ts";

function seen(file: string, isComplete: boolean | undefined, ...args: string[]): SeenJournal {
  const glance = isComplete === undefined ? undefined : { args: ["flash", ...args], isComplete };
  return { path: `/state/runs/${file}`, glance };
}

/** The newest first. */
const JOURNALS: readonly SeenJournal[] = [
  seen("9", true, "/a.yaml"),
  seen("8", false, "/b.yaml"),
  seen("7", true, "/a.yaml"),
  seen("6", undefined),
  seen("5", false, "/a.yaml"),
  seen("4", true, "/c.yaml"),
  seen("3", true, "/running.yaml"),
];

const HOST = {
  runFiles: {
    list: (folder: string) => folder === "/state/runs" ? JOURNALS : [],
    isLocked: (path: string) => path.endsWith("/3"),
  },
} as unknown as Pick<Host, "runFiles">;

Deno.test("journalsToRemove() leaves what is open, running, unreadable or new", () => {
  const removed = (keepCount: number): readonly string[] =>
    journalsToRemove("/state", HOST, keepCount).map((path) => path.slice("/state/runs/".length));
  deepStrictEqual(removed(0), ["9", "7", "5", "4"]);
  deepStrictEqual(removed(3), ["5", "4"]);
  deepStrictEqual(removed(7), []);
});

Deno.test("withoutUncarried() leaves journals that a run has gone on in, and that cannot be read", () => {
  const memory = { ...EMPTY_MEMORY, unread: [{ file: "7", met: [] }] };
  const known = {
    memory,
    carriable: memory,
    carried: { through: "9", besides: [], except: ["5"] },
    isCarried: () => true,
  };
  deepStrictEqual(withoutUncarried(["/s/9", "/s/7", "/s/5", "/s/4"], known), ["/s/9", "/s/4"]);
});
