/** A rogue node's answers about groups: their order, their time, and how groups end. */
import { ok, strictEqual } from "node:assert/strict";
import { AskedGroup, type AskedRegion } from "./asked_group.ts";
import { bytesOf, type RogueOptions, textOf } from "./rogue_options.ts";

const SMALL: AskedRegion = { sizeBytes: 16 * 512, generationBlocks: 8 };
const ROOM = "71 01 47 52 0C 05 4D";

function opened(options: RogueOptions = {}, region: AskedRegion = SMALL): AskedGroup {
  const asked = new AskedGroup(options, region);
  asked.prepare();
  strictEqual(asked.open().slice(0, 14), ROOM.slice(0, 14));
  return asked;
}

/** A request with some of its bytes changed. */
function changed(text: string, at: number, bytes: string): string {
  const data = bytesOf(text);
  data.set(bytesOf(bytes), at);
  return textOf(data);
}

Deno.test("rogue group: it says which versions it speaks, in its programming session", () => {
  const asked = new AskedGroup();
  strictEqual(asked.ask("22 47 52"), "7F 22 31");
  strictEqual(asked.ask("10 02"), "50 02 00 32 00 32");
  strictEqual(asked.ask("22 47 52"), "62 47 52 02");
  const none = new AskedGroup({ takesGroup: false, p2StarMs: 500 });
  none.ask("10 02");
  strictEqual(none.ask("22 47 52"), "7F 22 31");
  const old = new AskedGroup({ groupVersions: [1] });
  old.prepare();
  strictEqual(old.open(), "7F 31 31");
  strictEqual(old.ask("22 47 52"), "62 47 52 01");
});

Deno.test("rogue group: an opening is looked at in the document's order", () => {
  const asked = new AskedGroup({}, SMALL);
  const opening = asked.opening();
  strictEqual(asked.ask(opening), "7F 31 7F");
  asked.ask("10 02");
  strictEqual(asked.ask(opening), "7F 31 33");
  asked.unlock();
  strictEqual(asked.ask(opening.slice(0, 3 * 23)), "7F 31 13");
  const refused: readonly (readonly [number, string])[] = [
    [4, "01"],
    [5, "00 00 08 00"],
    [5, "00 00 06 00"],
    [13, "08 00 00 00"],
    [13, "08 00 80 02"],
    [13, "FF 00 00 00"],
    [17, "00 00 00 00"],
    [21, "02 01"],
    [21, "00 00"],
    [21, "0F F0"],
    [23, "00"],
    [23, "FF"],
  ];
  for (const [at, bytes] of refused) {
    strictEqual(asked.ask(changed(opening, at, bytes)), "7F 31 31", `${at}: ${bytes}`);
  }
  const many = changed(changed(opening, 21, "00 20 01"), 17, "00 00 80 20");
  strictEqual(asked.ask(many), "7F 31 31", "1,025 generations");
  strictEqual(asked.ask(`${opening} 00`), "7F 31 13");
  strictEqual(asked.ask(opening.slice(0, -6)), "7F 31 13");
  strictEqual(asked.ask(opening), "7F 31 70", "not erased");
  asked.ask("31 01 FF 00 44 08 00 80 00 00 01 00 00", 100);
  strictEqual(asked.ask(opening), "7F 31 22", "while it erases");
  asked.wait(2000);
  strictEqual(asked.ask("34 00 44 08 00 80 00 00 00 01 00"), "74 20 0F FF");
  strictEqual(asked.ask(opening), "7F 31 22", "a download is open");
  asked.unlock();
  strictEqual(asked.ask(opening), ROOM);
  asked.judge();
});

Deno.test("rogue group: an opening that is repeated changes nothing, also while it programs", () => {
  const asked = opened({ groupProgramMsPerKib: 200 });
  asked.say(asked.data(0), asked.data(1));
  ok(asked.node.group.isProgramming);
  strictEqual(asked.ask(asked.opening(), 10), ROOM.replace("05 4D", "27 10"));
  const other = asked.opening({ key: "00 00 00 09" });
  strictEqual(asked.ask(other, 10), "7F 31 22");
  strictEqual(asked.map(), "71 03 47 52 01 27 10 00 00 00 FC 00 01 00 FF", "the old one is open");
  asked.wait(300);
  strictEqual(asked.ask(other, 10), "7F 31 70", "a refused one has no effect");
  strictEqual(asked.map(), "71 03 47 52 00 27 10 00 00 00 FC 00 01 00 FF");
  strictEqual(asked.node.group.log.openings, 1);
  asked.judge();
});

Deno.test("rogue group: maps can be asked for in part, and beyond the end", () => {
  const asked = opened({}, { sizeBytes: 16 * 512, generationBlocks: 4 });
  strictEqual(asked.ask("31 03 47 52 00 00"), "7F 31 13");
  const part = (text: string) => asked.ask(`31 03 47 52 ${text}`);
  strictEqual(part("00 01 02"), "71 03 47 52 00 05 4D 00 01 00 0F 00 02 00 0F");
  strictEqual(part("00 03 09"), "71 03 47 52 00 05 4D 00 03 00 0F");
  strictEqual(part("00 04 00"), "71 03 47 52 00 05 4D");
  strictEqual(asked.ask("31 02 47 52"), "71 02 47 52");
  strictEqual(asked.map(), "7F 31 24");
  strictEqual(asked.ask("31 02 47 52"), "71 02 47 52", "no group is open");
  asked.judge();
});

Deno.test("rogue group: a map without room ends with bit 6", () => {
  for (const options of [{ groupMapBytesMax: 15 }, { groupMapGenerationsMax: 2 }]) {
    const asked = opened(options, { sizeBytes: 12 * 512, generationBlocks: 4 });
    strictEqual(asked.map(), "71 03 47 52 40 05 4D 00 00 00 0F 00 01 00 0F");
    strictEqual(asked.ask("31 03 47 52 00 02 00"), "71 03 47 52 00 05 4D 00 02 00 0F");
  }
  const tiny = opened({ groupMapBytesMax: 1 }, { sizeBytes: 12 * 512, generationBlocks: 4 });
  strictEqual(tiny.map(), "71 03 47 52 40 05 4D 00 00 00 0F", "one has room always");
});

Deno.test("rogue group: a download that is refused leaves the group open, also while it programs", () => {
  const asked = opened({ groupProgramMsPerKib: 200 });
  asked.say(asked.data(0));
  ok(asked.node.group.isProgramming);
  strictEqual(asked.ask("34 00 44 08 00 80 00 00 00 01 00", 10), "7F 34 70");
  strictEqual(asked.map().slice(0, 14), "71 03 47 52 01");
  strictEqual(asked.ask("34 00 44 08 00 90 00 00 00 01 00", 10), "74 20 0F FF");
  strictEqual(asked.map(), "7F 31 24");
  asked.judge();
});

Deno.test("rogue group: it answers within P2 while it erases, and what waits for flow control ends", () => {
  const asked = opened({ serial: "S".repeat(60) });
  strictEqual(
    asked.ask("31 01 FF 00 44 08 00 80 00 00 01 00 00", 100).slice(0, 8),
    "7F 31 78",
  );
  strictEqual(asked.ask("36 01 00"), "7F 36 21");
  strictEqual(asked.map(), "7F 31 24", "the erase ended the group");
  strictEqual(asked.ask("31 02 47 52"), "71 02 47 52");
  strictEqual(asked.ask("22 47 52"), "62 47 52 02");
  // Its answer had ended; who asks again hears how it goes on.
  const again = asked.ask("31 01 FF 00 44 08 00 80 00 00 01 00 00", 2000).split(" | ");
  strictEqual(again[0], "7F 31 78");
  strictEqual(again.at(-1), "71 01 FF 00 00");
  asked.sayWithoutFlowControl("22 F1 8C");
  asked.wait(300);
  strictEqual(asked.ask("22 47 52"), "62 47 52 02", "the tester has given the other one up");
  strictEqual(asked.node.link.counts.answersEnded, 1);
  asked.judge();
});

Deno.test("rogue group: a valid message keeps the session, and the session's end is the group's", () => {
  const asked = opened();
  for (let i = 0; i < 4; i++) {
    asked.wait(3000);
    asked.say(asked.data(i));
  }
  strictEqual(asked.node.state.session, 2);
  asked.wait(3000);
  const wrong = asked.data(5);
  wrong[30]! ^= 1;
  asked.say(wrong);
  asked.wait(3000);
  strictEqual(asked.node.state.session, 1, "a message that is not valid keeps nothing");
  strictEqual(asked.node.group.holding, undefined);
  asked.say(asked.data(6));
  asked.wait(20);
  strictEqual(asked.node.group.log.programmed.length, 4);
  asked.judge();
});

Deno.test("rogue group: a session, a reset, an erase, a download and a close end it", () => {
  const enders = [
    "10 02",
    "11 01",
    "31 01 FF 00 44 08 00 80 00 00 01 00 00",
    "34 00 44 08 01 80 00 00 00 10 00",
    "31 02 47 52",
  ];
  for (const ender of enders) {
    const asked = opened();
    asked.say(asked.data(0), asked.data(1));
    asked.ask(ender, 10);
    strictEqual(asked.node.group.holding, undefined, ender);
    asked.say(asked.data(2));
    asked.wait(2000);
    // The one that is being programmed ends, before a reset, too.
    strictEqual(asked.node.group.log.programmed.length, 2, ender);
    asked.judge();
  }
});

Deno.test("rogue group: bad nodes are as bad as they are told", () => {
  const mute = opened({ groupMute: true });
  mute.say(mute.data(0));
  strictEqual(mute.map(), "");
  const booting = opened({ groupRebootsAtBlock: 2, bootMs: 50 });
  booting.say(booting.data(0), booting.data(1));
  strictEqual(booting.node.life.resets, 1);
  booting.wait(100);
  strictEqual(booting.map(), "7F 31 7F");
  const all = opened({ groupMaps: "allMissing" });
  all.sayBlocks(0, 1);
  strictEqual(all.map(), "71 03 47 52 00 05 4D 00 00 00 FF 00 01 00 FF");
  const wild = opened({ groupMaps: "random" });
  ok(wild.map() !== wild.map());
  const forger = new AskedGroup({ groupForges: "perGeneration" }, SMALL);
  forger.prepare();
  strictEqual(forger.ask(forger.opening(), 90), `7F 31 78 | ${ROOM}`);
  strictEqual(forger.node.group.forger.messages, 2);
  forger.judge();
});
