import { deepStrictEqual } from "node:assert/strict";
import type { FleetEventBody } from "../../../src/fleet/mod.ts";
import {
  EMPTY_MEMORY,
  historiesOf,
  memoryAfter,
  memoryOf,
  readJournal,
} from "../../../src/journal/mod.ts";
import { at, SEGMENTS, started } from "../report/_support.ts";
import { HEADER, journalOf } from "./_support.ts";

const FIRST = { start: SEGMENTS[0]!.start, end: SEGMENTS[0]!.end };
const SECOND = { start: SEGMENTS[1]!.start, end: SEGMENTS[1]!.end };

type Phase = (FleetEventBody & { readonly type: "segmentPhase" })["phase"];

/** A run that brought each segment of `door` to these phases, one after the other. */
function run(...phases: readonly (readonly [0 | 1, Phase])[]): readonly FleetEventBody[] {
  return [
    started("door"),
    { node: "door", type: "nodePlanned", segments: SEGMENTS, imageBytes: 24_576 },
    ...phases.map(([segment, phase]): FleetEventBody => ({
      node: "door",
      type: "segmentPhase",
      segment,
      phase,
      attempt: 1,
    })),
  ];
}

function historyAfter(
  events: readonly FleetEventBody[],
  header = HEADER,
): Record<string, unknown> {
  const journal = journalOf(at(...events.map((event) => [1, event] as const)), { header });
  return Object.fromEntries(historiesOf(readJournal(journal)));
}

Deno.test("historiesOf() distrusts what an erase was announced for until it is verified", () => {
  const torn: readonly Phase[] = [
    "erasing",
    "erased",
    "writing",
    "verifying",
    "waitingToRetry",
    "failed",
  ];
  for (const phase of torn) {
    deepStrictEqual(historyAfter(run([0, "verified"], [1, "erasing"], [1, phase])), {
      door: { distrusted: [SECOND], endState: "bootloader" },
    }, phase);
  }
  deepStrictEqual(historyAfter(run([0, "erasing"], [0, "verified"])), {
    door: { distrusted: [], endState: "bootloader" },
  });
});

Deno.test("historiesOf() knows nothing of nodes that were only asked", () => {
  deepStrictEqual(historyAfter(run([0, "checking"], [0, "skipped"], [1, "pending"])), {});
});

Deno.test("historiesOf() tells a whole image that was not seen to run", () => {
  deepStrictEqual(historyAfter(run([0, "skipped"], [1, "verified"])), {
    door: { distrusted: [], endState: "newImageUnconfirmed" },
  });
});

Deno.test("historiesOf() calls an old image intact while only the inactive bank was written", () => {
  const [begun, planned, ...rest] = run([0, "erasing"], [0, "writing"]);
  const inactive = { ...planned, bank: "inactive" } as FleetEventBody;
  const told: FleetEventBody = {
    node: "door",
    type: "nodeIdentified",
    identity: { version: "1.0.0" },
  };
  deepStrictEqual(historyAfter([begun!, inactive, told, ...rest]), {
    door: { distrusted: [FIRST], endState: "oldImage" },
  });
  const swapping: FleetEventBody = { node: "door", type: "nodePhase", phase: "swapping" };
  const verified = run([0, "verified"], [1, "verified"]).slice(2);
  deepStrictEqual(historyAfter([begun!, inactive, told, ...verified, swapping]), {
    door: { distrusted: [], endState: "newImageUnconfirmed" },
  });
});

Deno.test("historiesOf() keeps what was torn of an image when another one is planned instead", () => {
  const first = run([0, "erasing"], [1, "erasing"], [1, "writing"]);
  const [, planned, ...again] = run([0, "erasing"], [0, "verified"]);
  deepStrictEqual(historyAfter([...first, planned!, ...again]), {
    door: { distrusted: [SECOND], endState: "bootloader" },
  });
  const back: FleetEventBody = {
    node: "door",
    type: "nodeFailed",
    error: { code: "ACTIVATION", message: "Cannot confirm new application" },
    state: "rolledBack",
  };
  deepStrictEqual(historyAfter([...first, planned!, ...again, back]), {
    door: { distrusted: [SECOND], endState: "rolledBack" },
  });
  const verified = run([1, "erasing"], [1, "verified"]).slice(2);
  deepStrictEqual(historyAfter([...first, planned!, ...again, ...verified, back]), {});
});

Deno.test("historiesOf() does not call a node erased that never confirmed it", () => {
  deepStrictEqual(historyAfter(run([0, "erasing"])), {
    door: { distrusted: [FIRST], endState: "eraseUnconfirmed" },
  });
  deepStrictEqual(historyAfter([...run([1, "writing"]), ...run([0, "erasing"])]), {
    door: { distrusted: [SECOND, FIRST], endState: "bootloader" },
  });
});

Deno.test("historiesOf() forgets a node that is through", () => {
  const done: FleetEventBody = { node: "door", type: "nodeDone", upToDate: false };
  deepStrictEqual(historyAfter([...run([0, "erasing"], [1, "verified"]), done]), {});
});

Deno.test("historiesOf() keeps what is torn beside the image of a node that is through", () => {
  const done: FleetEventBody = { node: "door", type: "nodeDone", upToDate: false };
  const [begun, , ...verified] = run([0, "erasing"], [0, "verified"]);
  const small: FleetEventBody = {
    node: "door",
    type: "nodePlanned",
    segments: SEGMENTS.slice(0, 1),
    imageBytes: 4096,
  };
  const both = [...run([0, "erasing"], [1, "erasing"]), begun!, small, ...verified, done];
  deepStrictEqual(historyAfter(both), { door: { distrusted: [SECOND], endState: "untouched" } });
  // The larger image comes back.
  deepStrictEqual(historyAfter([...both, ...run([0, "skipped"], [1, "verified"]), done]), {});
});

Deno.test("historiesOf() keeps distrust across runs until the place is verified", () => {
  const first = run([0, "writing"], [1, "erasing"]);
  const second = run([1, "erasing"], [1, "verified"]);
  deepStrictEqual(historyAfter([...first, ...second]), {
    door: { distrusted: [FIRST], endState: "bootloader" },
  });
  deepStrictEqual(historyAfter([...first, ...run()]), {
    door: { distrusted: [FIRST, SECOND], endState: "bootloader" },
  });
  deepStrictEqual(historyAfter([...first, ...run([0, "skipped"], [1, "skipped"])]), {
    door: { distrusted: [FIRST, SECOND], endState: "bootloader" },
  });
});

Deno.test("historiesOf() begins with what the header says of earlier runs", () => {
  const record = {
    claims: HEADER.nodes[1]!.claims,
    name: "door",
    fleet: "/bench/fleet.yaml",
    distrusted: [FIRST],
    endState: "bootloader" as const,
  };
  const header = { ...HEADER, memory: { ...EMPTY_MEMORY, records: [record] } };
  deepStrictEqual(memoryOf(readJournal(journalOf([], { header })), "a").records, [record]);
  deepStrictEqual(historyAfter(run(), header), {
    door: { distrusted: [FIRST], endState: "bootloader" },
  });
  deepStrictEqual(historyAfter(run([0, "verified"]), header), {
    door: { distrusted: [], endState: "bootloader" },
  });
});

Deno.test("memoryAfter() adds one more run to what is known, as memoryOf() does", () => {
  const recorded = (bodies: readonly FleetEventBody[]) => ({
    events: at(...bodies.map((body) => [1, body] as const)),
    nodes: HEADER.nodes,
    fleet: "/bench/fleet.yaml",
  });
  const first = run([0, "verified"], [1, "erasing"]);
  const second = run([1, "erasing"], [1, "verified"]);
  const before = memoryAfter(EMPTY_MEMORY, recorded(first));
  deepStrictEqual(before.records.map(({ distrusted }) => distrusted), [[SECOND]]);
  deepStrictEqual(
    memoryAfter(before, recorded(second)),
    memoryOf(readJournal(journalOf(recorded([...first, ...second]).events)), "a"),
  );
  deepStrictEqual(before.records.map(({ distrusted }) => distrusted), [[SECOND]]);
});
