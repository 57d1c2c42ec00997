import { deepStrictEqual, ok, throws } from "node:assert/strict";
import { concatBytes } from "../../../src/core/mod.ts";
import type { FleetEventBody } from "../../../src/fleet/mod.ts";
import {
  encodeJournalRecord,
  type FolderMemory,
  historyFor,
  type JournalNode,
  readFolderMemory,
  settleJournal,
} from "../../../src/journal/mod.ts";
import { at, SEGMENTS, started } from "../report/_support.ts";
import { encodeFirstHeader, HEADER, journalOf, nodeAt } from "./_support.ts";

const ENGINE = nodeAt("engine", "0x7E0/0x7E8");
const DOOR = nodeAt("door", "0x7E1/0x7E9");
const SEAT = nodeAt("seat", "0x7E2/0x7EA");

type Body = readonly FleetEventBody[];

/** A node's first segment is erased, and nothing more is known. */
function torn({ name }: JournalNode): Body {
  return [
    started(name),
    { node: name, type: "nodePlanned", segments: SEGMENTS, imageBytes: 24_576 },
    { node: name, type: "segmentPhase", segment: 0, phase: "erasing", attempt: 1 },
  ];
}

/** It is brought through. */
function done(node: JournalNode): Body {
  const { name } = node;
  return [...torn(node), { node: name, type: "nodeDone", upToDate: false }];
}

/** A journal's name, by the second that it is of. */
function name(second: number): string {
  return `2026-11-30T00-00-0${second}.000Z-0000.cborseq`;
}

/** A state folder, with journals that may be worked on. */
class Folder {
  readonly files = new Map<string, Uint8Array>();
  readonly running = new Set<string>();

  memory(): FolderMemory {
    const newestFirst = [...this.files].sort(([left], [right]) => left < right ? 1 : -1);
    return readFolderMemory(newestFirst.map(([file, bytes]) => ({
      file,
      read: () => bytes,
      isRunning: () => this.running.has(file),
    })));
  }

  /** Writes what a run of one node would: with what is known when it begins. */
  write(file: string, node: JournalNode, events: Body, known = this.memory()): void {
    const { carriable: memory, carried } = known;
    const header = { ...HEADER, nodes: [node], memory, carried };
    this.files.set(file, journalOf(at(...events.map((event) => [1, event] as const)), { header }));
  }

  /** Names of nodes that are known to be torn. */
  torn(): readonly string[] {
    const { memory } = this.memory();
    return [ENGINE, DOOR, SEAT].filter(({ claims }) => historyFor(memory, claims) !== undefined)
      .map(({ name }) => name);
  }
}

Deno.test("readFolderMemory() takes from the newest journal what those before it left", () => {
  const folder = new Folder();
  folder.write(name(1), ENGINE, torn(ENGINE));
  folder.write(name(2), DOOR, torn(DOOR));
  folder.write(name(3), SEAT, done(SEAT));
  deepStrictEqual(folder.torn(), ["engine", "door"]);
  ok(folder.memory().isCarried(name(1)) && folder.memory().isCarried(name(2)));
  ok(!folder.memory().isCarried(name(3)));
  deepStrictEqual(folder.memory().carried, { through: name(3), besides: [], except: [] });
  // What is carried is not read again, whatever became of it.
  folder.files.set(name(1), new Uint8Array(0));
  folder.files.delete(name(2));
  deepStrictEqual(folder.torn(), ["engine", "door"]);
  folder.write(name(4), ENGINE, done(ENGINE));
  deepStrictEqual(folder.torn(), ["door"]);
});

Deno.test("readFolderMemory() reads again what only a journal carries that cannot be read", () => {
  const folder = new Folder();
  folder.write(name(1), ENGINE, torn(ENGINE));
  folder.write(name(2), DOOR, done(DOOR));
  folder.files.set(name(2), new Uint8Array(10));
  deepStrictEqual(folder.torn(), ["engine", "door", "seat"], "2 may be about any");
  const { memory } = folder.memory();
  const settled = settleJournal(memory, name(2));
  deepStrictEqual(settled.records.map(({ name }) => name), ["engine"]);
});

Deno.test("readFolderMemory() keeps runs apart that go on at once", () => {
  for (const isDone of [false, true]) {
    const folder = new Folder();
    folder.write(name(1), SEAT, torn(SEAT));
    const first = folder.memory();
    folder.write(name(2), ENGINE, torn(ENGINE), first);
    folder.running.add(name(2));
    const second = folder.memory();
    deepStrictEqual(second.carried.except, [name(2)]);
    deepStrictEqual(second.carriable.records.map(({ name }) => name), ["seat"]);
    deepStrictEqual(second.memory.records.length, 2, "for the run itself all counts");
    folder.write(name(3), DOOR, isDone ? done(DOOR) : torn(DOOR), second);
    folder.running.add(name(3));
    // The first goes on to its end; the second begins after it and ends before.
    if (isDone) folder.write(name(2), ENGINE, done(ENGINE), first);
    folder.running.clear();
    deepStrictEqual(folder.torn(), isDone ? ["seat"] : ["engine", "door", "seat"]);
    folder.write(name(4), SEAT, done(SEAT));
    deepStrictEqual(folder.torn(), isDone ? [] : ["engine", "door"]);
    ok(folder.memory().isCarried(name(2)) && folder.memory().isCarried(name(3)));
  }
});

Deno.test("readFolderMemory() lets no run that went on bring back what a person has settled", () => {
  for (const others of [[], [name(0)]]) {
    const folder = new Folder();
    for (const file of [...others, name(1)]) folder.files.set(file, new Uint8Array(0));
    folder.write(name(2), ENGINE, torn(ENGINE));
    folder.running.add(name(2));
    const known = folder.memory();
    deepStrictEqual(known.memory.unread.map(({ file }) => file), [name(1), ...others]);
    const carriable = settleJournal(known.carriable, name(1));
    folder.write(name(3), DOOR, [], { ...known, carriable });
    folder.running.clear();
    deepStrictEqual(folder.memory().memory.unread.map(({ file }) => file), others);
    if (others.length === 0) deepStrictEqual(folder.torn(), ["engine"]);
  }
});

Deno.test("readFolderMemory() takes of the first format the newest of each fleet and its buses", () => {
  const first = (fleet: string, name: string, histories: readonly object[], ...more: string[]) =>
    concatBytes([
      encodeFirstHeader([name], histories, ["flash", fleet, ...more]),
      ...at(...torn(nodeAt(name, "")).map((event) => [1, event] as const))
        .map((event, i) => encodeJournalRecord(i, { type: "event", event })),
    ]);
  const folder = new Folder();
  const carried = { node: "door", distrusted: [{ start: 0, end: 16 }], endState: "bootloader" };
  folder.files.set(name(1), first("/bench/fleet.yaml", "seat", []));
  folder.files.set(name(2), first("/bench/fleet.yaml", "engine", [carried]));
  deepStrictEqual(folder.torn(), ["engine", "door"], "2 knows that seat was brought through");
  folder.files.set(name(3), first("/bench/fleet.yaml", "seat", [], "--bus", "a=socketcan:can1"));
  folder.files.set(name(4), first("/other.yaml", "seat", []));
  deepStrictEqual(folder.torn(), ["engine", "door", "seat"]);
  folder.write(name(5), ENGINE, done(ENGINE));
  deepStrictEqual(folder.torn(), ["door", "seat"]);
});

Deno.test("readFolderMemory() is not misled by names that tell no time, and carries those too", () => {
  const folder = new Folder();
  folder.files.set("zzz.cborseq", new Uint8Array(0));
  folder.files.set("0.cborseq", new Uint8Array(0));
  folder.write(name(1), ENGINE, torn(ENGINE));
  folder.write(name(2), DOOR, torn(DOOR));
  deepStrictEqual(folder.torn(), ["engine", "door", "seat"]);
  const { carriable, carried, memory } = folder.memory();
  deepStrictEqual(memory.unread.map(({ file }) => file), ["zzz.cborseq", "0.cborseq"]);
  const settled = settleJournal(settleJournal(carriable, "zzz.cborseq"), "0.cborseq");
  const known = { ...folder.memory(), carriable: settled, carried };
  folder.write(name(3), SEAT, done(SEAT), known);
  deepStrictEqual(folder.torn(), ["engine", "door"]);
  deepStrictEqual(folder.memory().memory.unread, []);
  folder.write(name(4), ENGINE, done(ENGINE));
  deepStrictEqual(folder.torn(), ["door"]);
});

Deno.test("readFolderMemory() lets no journal carry itself, nor one that is named behind it", () => {
  const folder = new Folder();
  const known = folder.memory();
  const through = { ...known, carried: { ...known.carried, through: name(9) } };
  folder.write(name(1), ENGINE, torn(ENGINE), through);
  folder.write(name(2), DOOR, torn(DOOR), through);
  // 1 carries 2, says its header, and 2 carries 1 and itself: what 2 does not know of 1 is lost to it.
  deepStrictEqual(folder.torn(), ["door"]);
  const besides = { ...known, carried: { ...known.carried, besides: ["a.cborseq", "b.cborseq"] } };
  folder.write("a.cborseq", SEAT, torn(SEAT), besides);
  deepStrictEqual(folder.torn(), ["door", "seat"]);
});

Deno.test("readFolderMemory() takes no name for a time that does not exist", () => {
  for (const file of ["9999-99-99T99-99-99.999Z.cborseq", "2099-02-30T00-00-00.000Z.cborseq"]) {
    const folder = new Folder();
    folder.write(file, SEAT, done(SEAT));
    folder.write(name(1), ENGINE, torn(ENGINE));
    deepStrictEqual(folder.memory().carried.through, name(1), file);
    folder.write(name(2), DOOR, torn(DOOR));
    deepStrictEqual(folder.torn(), ["engine", "door"], file);
  }
});

Deno.test("readFolderMemory() asks of names that tell no time, too, whether others carry them", () => {
  const folder = new Folder();
  folder.files.set("b.cborseq", new Uint8Array(0));
  const known = folder.memory();
  const settled = { ...known, carriable: settleJournal(known.carriable, "b.cborseq") };
  folder.write("a.cborseq", DOOR, torn(DOOR), settled);
  deepStrictEqual(folder.memory().memory.unread, []);
  deepStrictEqual(folder.torn(), ["door"]);
});

Deno.test("readFolderMemory() keeps apart what a run was about before others took the nodes' places", () => {
  const told = (serial: string): FleetEventBody => ({
    node: "engine",
    type: "nodeIdentified",
    identity: { serial },
  });
  const [start, plan, erase] = torn(ENGINE);
  const first = [start!, plan!, told("S-1"), erase!];
  const history = (folder: Folder, serial: string, spot: string) =>
    historyFor(folder.memory().memory, { serial, spot });
  for (
    const [second, isTold] of [
      // Resumed in the same journal: another node is brought through, or torn as well, or only met.
      [
        [start!, plan!, told("S-2"), erase!, { node: "engine", type: "nodeDone", upToDate: false }],
        false,
      ],
      [[start!, plan!, told("S-2"), erase!], true],
      [[start!, plan!, told("S-2")], false],
    ] satisfies readonly (readonly [Body, boolean])[]
  ) {
    const folder = new Folder();
    folder.write(name(1), ENGINE, [...first, ...second]);
    const elsewhere = "0x7EF/0x7FF@socketcan:can1";
    ok(history(folder, "S-1", elsewhere) !== undefined, "S-1 is torn, wherever it is now");
    deepStrictEqual(history(folder, "S-2", elsewhere) !== undefined, isTold);
  }
});

Deno.test("readFolderMemory() finds the same in whatever order the journals are told", () => {
  const folder = new Folder();
  folder.write(name(1), ENGINE, torn(ENGINE));
  folder.write(name(2), ENGINE, done(ENGINE));
  folder.write(name(3), DOOR, torn(DOOR));
  const found = folder.memory().memory;
  const files = [...folder.files];
  for (const [a, b, c] of [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]]) {
    const journals = [files[a!]!, files[b!]!, files[c!]!].map(([file, bytes]) => ({
      file,
      read: () => bytes,
      isRunning: () => false,
    }));
    deepStrictEqual(readFolderMemory(journals).memory, found);
  }
});

Deno.test("readFolderMemory() lets a journal of any name carry those that were there", () => {
  const folder = new Folder();
  folder.write(name(1), ENGINE, torn(ENGINE));
  folder.write("mine.cborseq", ENGINE, done(ENGINE));
  deepStrictEqual(folder.torn(), []);
});

Deno.test("readFolderMemory() does not take a copy for as old as the time in its name", () => {
  const other = new Folder();
  other.write(name(1), DOOR, torn(DOOR));
  const folder = new Folder();
  folder.write(name(1), SEAT, done(SEAT));
  folder.write(name(2), ENGINE, torn(ENGINE));
  folder.files.set(`0 copy of ${name(1)}`, other.files.get(name(1))!);
  deepStrictEqual(folder.torn(), ["engine", "door"]);
});

Deno.test("readFolderMemory() takes the newest of the first format in whatever order they are told", () => {
  const first = (node: JournalNode) =>
    concatBytes([
      encodeFirstHeader([node.name], [], ["flash", "/bench/fleet.yaml"]),
      ...at(...torn(node).map((event) => [1, event] as const))
        .map((event, i) => encodeJournalRecord(i, { type: "event", event })),
    ]);
  const files = [[name(1), first(SEAT)], [name(2), first(ENGINE)]] as const;
  for (const journals of [files, files.toReversed()]) {
    const { memory } = readFolderMemory(
      journals.map(([file, bytes]) => ({ file, read: () => bytes, isRunning: () => false })),
    );
    deepStrictEqual(memory.records.map(({ name }) => name), ["engine"]);
  }
});

Deno.test("readFolderMemory() knows what runs that go on have torn, and what they have met", () => {
  const folder = new Folder();
  folder.files.set(name(1), new Uint8Array(0));
  const first = folder.memory();
  folder.write(name(2), ENGINE, torn(ENGINE), first);
  folder.running.add(name(2));
  folder.write(name(3), DOOR, done(DOOR));
  folder.running.add(name(3));
  const states = () => {
    const { memory } = folder.memory();
    return [ENGINE, DOOR, SEAT].map(({ claims }) => historyFor(memory, claims)?.endState);
  };
  deepStrictEqual(states(), ["eraseUnconfirmed", "untouched", "bootloader"]);
  folder.write(name(2), ENGINE, done(ENGINE), first);
  deepStrictEqual(states(), ["untouched", "untouched", "bootloader"], "1 may be about the seat");
});

Deno.test("readFolderMemory() does not take a journal that the disk does not give for damaged", () => {
  const read = () => {
    throw new Error("input/output error");
  };
  throws(
    () => readFolderMemory([{ file: name(1), read, isRunning: () => false }]),
    /input\/output error/,
  );
});

Deno.test("readFolderMemory() does not read what others carry", () => {
  const folder = new Folder();
  folder.write(name(1), ENGINE, torn(ENGINE));
  folder.write(name(2), DOOR, torn(DOOR));
  const asked: string[] = [];
  const { memory } = readFolderMemory([...folder.files].map(([file, bytes]) => ({
    file,
    read: () => (asked.push(file), bytes),
    isRunning: () => false,
  })));
  deepStrictEqual(asked, [name(2)]);
  deepStrictEqual(memory.records.map(({ name }) => name).toSorted(), ["door", "engine"]);
});

Deno.test("readFolderMemory() lets a journal carry nothing of later times, whatever it says", () => {
  const folder = new Folder();
  const known = folder.memory();
  folder.write(name(1), ENGINE, torn(ENGINE), {
    ...known,
    carried: { ...known.carried, through: name(9) },
  });
  folder.write(name(2), DOOR, torn(DOOR), known);
  deepStrictEqual(folder.torn(), ["engine", "door"]);
});

Deno.test("readFolderMemory() lets a name that tells no time carry, wherever it is sorted", () => {
  for (const file of ["0.cborseq", "mine.cborseq"]) {
    const folder = new Folder();
    folder.write(name(1), ENGINE, torn(ENGINE));
    folder.write(file, ENGINE, done(ENGINE));
    deepStrictEqual(folder.torn(), [], file);
  }
});

Deno.test("readFolderMemory() counts a run whole that goes on though its name is of a later time", () => {
  const folder = new Folder();
  folder.files.set(name(1), new Uint8Array(0));
  folder.write(name(5), ENGINE, torn(ENGINE));
  folder.running.add(name(5));
  const known = folder.memory();
  // The clock was set back; then a person settles what cannot be read.
  const carriable = settleJournal(known.carriable, name(1));
  folder.write(name(2), DOOR, torn(DOOR), { ...known, carriable });
  folder.running.clear();
  deepStrictEqual(folder.memory().memory.unread.map(({ file }) => file), [name(1)]);
});

Deno.test("readFolderMemory() takes what tells no time for older than all of the first format", () => {
  const first = (node: JournalNode) =>
    concatBytes([
      encodeFirstHeader([node.name], [], ["flash", "/bench/fleet.yaml"]),
      ...at(...torn(node).map((event) => [1, event] as const))
        .map((event, i) => encodeJournalRecord(i, { type: "event", event })),
    ]);
  const folder = new Folder();
  folder.files.set(name(1), first(ENGINE));
  folder.files.set("zzz.cborseq", first(SEAT));
  deepStrictEqual(folder.memory().memory.records.map(({ name }) => name), ["engine"]);
});
