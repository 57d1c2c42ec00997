/** Nodes that are good but for one rule each: the trial finds that rule, and names it. */
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { crc16Ccitt } from "../../../src/codec/mod.ts";
import {
  CanvoyError,
  equalBytes,
  hexToBytes,
  readUintBe,
  uintToBytesBe,
} from "../../../src/core/mod.ts";
import { type Middle, tryNode, type WrongNode } from "./trial_lab.ts";
import { rowTest } from "../../support/dear.ts";

const APPLICATION = 0x0800_8000;
const KEY = Uint8Array.of(1, 2, 3, 4);
const BLOCK_BYTES = 512;
const OPEN = 0x01;
const CLOSE = 0x02;
const MAP = 0x03;

function isGroup(bytes: Uint8Array, type: number): boolean {
  return (bytes[0] === 0x31 || bytes[0] === 0x71) && bytes[1] === type && bytes[2] === 0x47;
}

/** One that is long enough to say what it is about. */
function isOpening(request: Uint8Array): boolean {
  return isGroup(request, OPEN) && request.length >= 24;
}

function isCheck(request: Uint8Array): boolean {
  return request[0] === 0x31 && request[1] === 0x01 && request[2] === 0x02;
}

function isErase(request: Uint8Array): boolean {
  return request[0] === 0x31 && request[1] === 0x01 && request[2] === 0xFF && request[3] === 0x00;
}

function isRefused(answer: Uint8Array, nrc: number): boolean {
  return answer[0] === 0x7F && answer[2] === nrc;
}

/** Answers otherwise where a request is one of those that are meant. */
function answering(
  isMeant: (request: Uint8Array, answer: Uint8Array) => boolean,
  answer: string,
): WrongNode {
  const bytes = hexToBytes(answer);
  return { onAnswer: (given, request) => isMeant(request, given) ? bytes : given };
}

/** Closes its group, unasked, behind an answer. */
function closing(isMeant: (request: Uint8Array, answer: Uint8Array) => boolean): WrongNode {
  return {
    onAnswer: (answer, request, middle) => {
      if (isMeant(request, answer)) {
        middle.notes.set("isQuiet", true);
        middle.forward(Uint8Array.of(0x31, CLOSE, 0x47, 0x52));
      }
      const isOwn = isGroup(answer, CLOSE) && middle.notes.delete("isQuiet");
      return isOwn ? new Uint8Array(0) : answer;
    },
  };
}

/** Changes maps. */
function mapping(change: (map: Uint8Array, middle: Middle) => Uint8Array): WrongNode {
  return {
    onAnswer: (answer, _request, middle) =>
      isGroup(answer, MAP) ? change(answer.slice(), middle) : answer,
  };
}

function tagged(message: Uint8Array): Uint8Array {
  const copy = message.slice();
  copy.set(uintToBytesBe(crc16Ccitt(copy.subarray(4), crc16Ccitt(KEY)), 2), 2);
  return copy;
}

function isParity(message: Uint8Array): boolean {
  return message[4] === 0xFF;
}

/** Where the generations of a map have their heldParity; blocks of a generation by the trial's group. */
function heldPlaces(map: Uint8Array): number[] {
  // The first generation is that of the trial, 20 blocks with 16 buffers; the second has 9.
  const found: number[] = [];
  for (let at = 7; at + 2 < map.length; at += 3 + (readUintBe(map, at, 2) === 0 ? 3 : 2)) {
    found.push(at + 2);
  }
  return found;
}

function dataAt(middle: Middle, message: Uint8Array): void {
  const address = readUintBe(message, 4, 4);
  middle.node.flash.load(address, message.slice(10));
}

function isErased(middle: Middle, message: Uint8Array): boolean {
  const bytes = middle.node.flash.read(readUintBe(message, 4, 4), message.length - 10);
  return bytes?.every((byte) => byte === 0xFF) === true;
}

/** Each with the rule that is to be found. */
const WRONG: Readonly<Record<string, readonly [string, WrongNode]>> = {
  "knows no data identifier": [
    "3.0: tells the versions that it speaks, ascending, 02 among them",
    answering((request) => request[0] === 0x22, "7F 22 31"),
  ],
  "does not look at the version": [
    "3.1: refuses version 3",
    {
      onRequest: (request, middle) => {
        if (!isGroup(request, OPEN) || request.length < 24) return false;
        const changed = request.slice();
        changed[4] = 2;
        middle.forward(changed);
        return true;
      },
    },
  ],
  "looks at the length first": [
    "3.1: refuses a version before a length",
    answering((request) => isGroup(request, OPEN) && request[4] === 3, "7F 31 13"),
  ],
  "says 31 to a wrong length": [
    "3.1: refuses one checksum too few",
    answering((request, given) => isGroup(request, OPEN) && isRefused(given, 0x13), "7F 31 31"),
  ],
  "refuses an opening that is repeated": [
    "3.1: answers an opening that is repeated",
    {
      onAnswer: (answer, request, { notes }) => {
        if (!isGroup(answer, OPEN)) return answer;
        const isAgain = notes.has("open") && equalBytes(notes.get("open") as Uint8Array, request);
        notes.set("open", request);
        return isAgain ? hexToBytes("7F 31 22") : answer;
      },
    },
  ],
  "begins anew at an opening that is repeated": [
    "3.1: a repeated opening changes nothing",
    {
      onAnswer: (answer, request, { notes }) => {
        if (isGroup(answer, OPEN)) {
          const isAgain = notes.has("open") && equalBytes(notes.get("open") as Uint8Array, request);
          notes.set("open", request).set("anew", isAgain);
        }
        if (!isGroup(answer, MAP) || notes.get("anew") !== true || answer[9] === undefined) {
          return answer;
        }
        const copy = answer.slice();
        copy[10]! |= 1;
        return copy;
      },
    },
  ],
  "loses its group when it refuses another": [
    "3.1: an opening that is refused leaves the group open",
    {
      onAnswer: (answer, request, middle) => {
        if (isGroup(request, OPEN) && isRefused(answer, 0x31)) {
          middle.notes.set("isQuiet", true);
          middle.forward(Uint8Array.of(0x31, CLOSE, 0x47, 0x52));
        }
        const isOwn = middle.notes.get("isQuiet") === true && isGroup(answer, CLOSE);
        if (isOwn) middle.notes.delete("isQuiet");
        return isOwn ? new Uint8Array(0) : answer;
      },
    },
  ],
  "opens what is not erased": [
    "3.1: refuses a range that is not erased",
    answering(
      (request, given) => isGroup(request, OPEN) && isRefused(given, 0x70),
      "71 01 47 52 10 00 CD",
    ),
  ],
  "opens while it is locked": [
    "3.1: refuses an opening while it is locked",
    answering(
      (request, given) => isGroup(request, OPEN) && isRefused(given, 0x33),
      "71 01 47 52 10 00 CD",
    ),
  ],
  "keeps its group in a new session": [
    "3.1: a new session ends the group",
    answering(
      (request, given) => isGroup(request, MAP) && isRefused(given, 0x24),
      "71 03 47 52 00 00 CD",
    ),
  ],
  "does not look at tags": [
    "4.1: ignores a message with another tag",
    { onMessage: (message) => message.length === 522 ? tagged(message) : message },
  ],
  "takes what was put together of two": [
    "4.1: ignores a message that was put together of two",
    { onMessage: (message) => message.length === 522 ? tagged(message) : message },
  ],
  "takes blocks that are too short": [
    "4.1: ignores a block that is too short",
    {
      onMessage: (message) => {
        if (message.length !== 521) return message;
        const longer = new Uint8Array(522);
        longer.set(message);
        longer.set(uintToBytesBe(BLOCK_BYTES, 2), 8);
        return tagged(longer);
      },
    },
  ],
  "takes no shorter last block": [
    "4.1: takes the shorter last block",
    { onMessage: (message) => message.length === 501 ? undefined : message },
  ],
  "takes blocks in order only": [
    "4.1: takes blocks in any order",
    {
      onMessage: (message, { notes }) => {
        if (isParity(message)) return message;
        const address = readUintBe(message, 4, 4);
        const last = (notes.get("last") as number | undefined) ?? 0;
        notes.set("last", address);
        // One group after the other begins in front again.
        return address < last && address > APPLICATION + 3 * BLOCK_BYTES ? undefined : message;
      },
    },
  ],
  "programs a block again": [
    "5: holds what it was sent, each block once",
    {
      onMessage: (message, middle) => {
        if (!isParity(message) && message.length === 522 && !isErased(middle, message)) {
          dataAt(middle, message);
        }
        return message;
      },
    },
  ],
  "tells no share of what it mended": [
    "4.2: mends a block by one of parity, and tells its share",
    mapping((map) => {
      map[4]! &= ~0x3E;
      return map;
    }),
  ],
  "tells no parity that it holds": [
    "3.2: tells the parity that it holds",
    mapping((map) => {
      for (const at of heldPlaces(map)) if (map[at] !== 0xFF) map[at] = 0;
      return map;
    }),
  ],
  "lists blocks while it mends them": [
    "4.2: counts blocks as held from the beginning of their mending",
    mapping((map, { notes }) => {
      const last = notes.get("map") as Uint8Array | undefined;
      if ((map[4]! & 1) !== 0 && last !== undefined) {
        return Uint8Array.of(...map.subarray(0, 7), ...last.subarray(7));
      }
      notes.set("map", map);
      return map;
    }),
  ],
  "takes data of blocks that it mends": [
    "4.2: ignores data of blocks that are being mended",
    {
      // As if it had been programmed: there when it is checked.
      onRequest: (request, middle) => {
        const late = middle.notes.get("late") as Uint8Array | undefined;
        if (isCheck(request) && late !== undefined) dataAt(middle, late);
        return false;
      },
      onMessage: (message, { notes }) => {
        if (isParity(message)) notes.set("parity", true);
        else if (notes.delete("parity")) notes.set("late", message);
        return message;
      },
    },
  ],
  "does not say FF": [
    "4.2: shows FF where what it mended was wrong",
    mapping((map) => {
      for (const at of heldPlaces(map)) if (map[at] === 0xFF) map[at] = 0;
      return map;
    }),
  ],
  "goes on saying FF": [
    "3.2: shows FF until parity is held again",
    mapping((map, { notes }) => {
      for (const at of heldPlaces(map)) {
        if (map[at] === 0xFF) notes.set("FF", true);
        if (notes.get("FF") === true) map[at] = 0xFF;
      }
      return map;
    }),
  ],
  "checks flash that is still to be programmed": [
    "3: tells nothing of flash that is still to be programmed",
    answering(
      (request, given) => isCheck(request) && isRefused(given, 0x22),
      "71 01 02 02 01",
    ),
  ],
  "programs what it mended wrongly": [
    "4.2: programs nothing of what was wrong",
    {
      ...mapping((map, { notes }) => {
        if (heldPlaces(map).some((at) => map[at] === 0xFF)) notes.set("FF", true);
        return map;
      }),
      onRequest: (request, { node, notes }) => {
        if (isCheck(request) && notes.delete("FF")) {
          node.flash.load(APPLICATION + BLOCK_BYTES, new Uint8Array(BLOCK_BYTES));
        }
        return false;
      },
    },
  ],
  "knows no range behind the last generation": [
    "3.2: a range may begin behind the last generation",
    answering((request) => isGroup(request, MAP) && request[5] === 2, "7F 31 31"),
  ],
  "does not look at the length of a question": [
    "3.2: refuses 6 bytes",
    {
      onRequest: (request, middle) => {
        if (!isGroup(request, MAP) || request.length !== 6) return false;
        middle.forward(Uint8Array.of(...request, 0));
        return true;
      },
    },
  ],
  "gives no parity up for data": [
    "5: takes data though all buffers hold parity",
    {
      onMessage: (message, { notes }) => {
        const count = (notes.get("parity") as number | undefined) ?? 0;
        notes.set("parity", isParity(message) ? count + 1 : 0);
        return !isParity(message) && count > 16 ? undefined : message;
      },
    },
  ],
  "gives no parity up for an earlier generation": [
    "5: an earlier generation's parity takes a later one's buffer",
    {
      ...mapping((map, { notes }) => {
        let held = 0;
        for (const at of heldPlaces(map)) held += map[at]!;
        notes.set("isFull", held === 16);
        return map;
      }),
      onMessage: (message, { notes }) =>
        isParity(message) && notes.get("isFull") === true ? undefined : message,
    },
  ],
  "fills its last unit up with zeros": [
    "5: holds what it was sent, each block once",
    {
      onRequest: (request, { node }) => {
        const end = APPLICATION + 28 * BLOCK_BYTES + 491;
        const isWritten = node.flash.read(end - 1, 1)![0] !== 0xFF;
        if (isCheck(request) && isWritten) node.flash.load(end, Uint8Array.of(0));
        return false;
      },
    },
  ],
  "keeps its parity in a cut": [
    "3.1, cut: knows what came before the cut, and has given parity up",
    {
      onAnswer: (answer, request, { notes }) => {
        if (isGroup(answer, OPEN)) notes.set("isCut", isCut(request));
        const copy = answer.slice();
        const isMeant = isGroup(answer, MAP) && notes.get("isCut") === true && copy.length > 9;
        if (isMeant) copy[9] = 1;
        return copy;
      },
    },
  ],
  "cuts no group": [
    "3.1, cut: cuts a group, whatever its flash is doing",
    answering((request) => isGroup(request, OPEN) && isCut(request), "7F 31 70"),
  ],
  "cuts before a block that came": [
    "3.1, cut: refuses a cut before a block that came",
    answering(
      (request, given) => isGroup(request, OPEN) && isCut(request) && isRefused(given, 0x22),
      "71 01 47 52 10 00 CD",
    ),
  ],
  "has to be open to be closed": [
    "3.3: is closed without a group",
    {
      onAnswer: (answer, _request, { notes }) => {
        if (isGroup(answer, OPEN)) notes.set("isOpen", true);
        if (!isGroup(answer, CLOSE)) return answer;
        return notes.delete("isOpen") ? answer : hexToBytes("7F 31 24");
      },
    },
  ],
  "asks for patience when it is asked for a map": [
    "5: answers 31 03 and 31 02 without 78",
    {
      onRequest: (request, middle) => {
        if (isGroup(request, MAP)) middle.answer(hexToBytes("7F 31 78"));
        return false;
      },
    },
  ],
  "answers late": [
    "5: answers every request within P2, or asks for patience",
    {
      onRequest: (request, middle) => {
        if (!isGroup(request, MAP)) return false;
        middle.clock.schedule(() => middle.forward(request), 75);
        return true;
      },
    },
  ],
  "states a long P2*": [
    "5: states a P2 of 50 ms and a P2* of 1,000 ms, at most",
    { behaviour: "p2StarServerMaxMs: 5000" },
  ],
  "says 78 once": [
    "5: repeats 78 three times within the P2* that it states",
    { behaviour: "responsePendingEveryMs: 30000" },
  ],
  "says 78 too seldom": [
    "5: repeats 78 three times within the P2* that it states",
    { behaviour: "responsePendingEveryMs: 240" },
  ],
  "takes an identifier of its own": [
    "3.1: refuses an identifier of its own",
    answering(
      (request) => isOpening(request) && readUintBe(request, 5, 4) === 0x600,
      "71 01 47 52 10 00 CD",
    ),
  ],
  "takes no small blocks": [
    "3.1: takes all that it may write in blocks of 64 bytes",
    answering(
      (request) => isOpening(request) && readUintBe(request, 21, 2) === 64,
      "7F 31 31",
    ),
  ],
  "cuts no group while it programs": [
    "3.1, cut: cuts a group, whatever its flash is doing",
    {
      onAnswer: (answer, request, { notes }) =>
        isGroup(request, OPEN) && isCut(request) && notes.delete("data")
          ? hexToBytes("7F 31 22")
          : answer,
      onMessage: (message, { notes }) => {
        notes.set("data", true);
        return message;
      },
    },
  ],
  "is closed by any length": [
    "3.3: refuses to be closed by 5 bytes",
    answering((request, given) => isGroup(request, CLOSE) && isRefused(given, 0x13), "71 02 47 52"),
  ],
  "answers nothing else while it erases": [
    "5: answers TesterPresent while it erases",
    answering((request) => request[0] === 0x3E && request.length === 2, "7F 3E 21"),
  ],
  "answers no more once a TesterPresent came that wants no answer": [
    "5: goes on answering though 3E 80 comes",
    {
      onAnswer: (answer, _request, { notes }) => notes.has("3E 80") ? new Uint8Array(0) : answer,
      onRequest: (request, { notes }) => {
        if (request[0] === 0x3E && request[1] === 0x80) notes.set("3E 80", true);
        else notes.delete("3E 80");
        return false;
      },
    },
  ],
  "tells the end of an erase though another request was answered": [
    "5: ends its answer where another request is answered",
    {
      onRequest: (request, { clock, answer, notes }) => {
        if (request[0] === 0x22 && notes.get("last") === true) {
          clock.schedule(() => answer(hexToBytes("71 01 FF 00 00")), 100);
        }
        notes.set("last", isErase(request));
        return false;
      },
    },
  ],
  "cannot be closed while it erases": [
    "5: answers 31 02 while it erases",
    {
      onAnswer: (answer, request, { notes }) => {
        notes.set("isErasing", isErase(request) || notes.get("isErasing") === true);
        if (answer[0] === 0x71 && answer[2] === 0xFF) notes.set("isErasing", false);
        const isMeant = isGroup(answer, CLOSE) && notes.get("isErasing") === true;
        return isMeant ? hexToBytes("7F 31 21") : answer;
      },
    },
  ],
  "looks for erased flash while it erases": [
    "3.1: refuses an opening while it erases",
    answering((request, given) => isGroup(request, OPEN) && isRefused(given, 0x22), "7F 31 70"),
  ],
  "forgets an erase whose answer ended": [
    "5: tells the end of an erase to who asks for it again",
    {
      onAnswer: (answer, _request, { notes }) => {
        // Only beside an erase is 34 busy.
        if (answer[1] === 0x34 && isRefused(answer, 0x21)) notes.set("beside", true);
        const isEnd = answer[0] === 0x71 && answer[2] === 0xFF && notes.delete("beside");
        return isEnd ? hexToBytes("7F 31 24") : answer;
      },
    },
  ],
  "answers on the group identifier": [
    "1.1: says nothing about the group's messages",
    {
      onMessage: (message, middle) => {
        middle.answer(hexToBytes("7F 3D 78"));
        return message;
      },
    },
  ],
  "keeps its group while it downloads": [
    "3.1: RequestDownload ends the group",
    {
      onRequest: (request, middle) => {
        if (request[0] !== 0x34) return false;
        middle.answer(hexToBytes("74 20 0F FF"));
        return true;
      },
    },
  ],
  "loses its group when it refuses a download": [
    "3.1: a RequestDownload that is refused leaves the group open",
    closing((request, answer) => request[0] === 0x34 && isRefused(answer, 0x70)),
  ],
  "loses its group when it refuses an erase": [
    "3.1: an erase that is refused leaves the group open",
    closing((request, answer) => isErase(request) && isRefused(answer, 0x13)),
  ],
  "hears no functional requests": [
    "3: answers 31 03 that all nodes get",
    { onFunctional: () => true },
  ],
  "says 12 to functional requests": [
    "3: says nothing to a subfunction that it has not, where all nodes get it",
    {
      onFunctional: (request, middle) => {
        if (request[1] === 0x04) middle.answer(hexToBytes("7F 31 12"));
        return false;
      },
    },
  ],
  "refuses no functional requests": [
    "3: says 13 to a map of 4 bytes that all nodes get",
    { onFunctional: (request) => isGroup(request, MAP) && request.length === 4 },
  ],
  "does not end an answer that waits for flow control": [
    "5: ends an answer that waits for flow control when the next request comes",
    { keepsAnswers: true },
  ],
  "cuts in on an answer that waits for flow control": [
    "5: says nothing in the midst of an answer that waits for flow control",
    {
      onFunctional: (request, middle) => {
        if (request[0] === 0x22) middle.cutIn(hexToBytes("62 47 52 02"));
        return false;
      },
    },
  ],
  "is silent to an erase whose answer ended before its first 78": [
    "5: answers an erase again whose answer ended before its first 78",
    {
      onRequest: (request, { notes, clock }) => {
        const isEarly = request[0] === 0x22 && isErase(notes.get("before") as Uint8Array) &&
          clock.now() - (notes.get("beforeMs") as number) < 10;
        if (isEarly) notes.set("early", true);
        notes.set("before", request).set("beforeMs", clock.now());
        return isErase(request) && notes.delete("early");
      },
    },
  ],
  "opens while it downloads": [
    "3.1: refuses an opening while a download is open",
    {
      onAnswer: (answer, request, { notes }) => {
        if (request[0] === 0x34) notes.set("34", true);
        return notes.has("34") && isRefused(answer, 0x22)
          ? hexToBytes("71 01 47 52 10 00 CD")
          : answer;
      },
    },
  ],
};

/** A smaller size than the trial's group has: 28 blocks and 491 bytes. */
function isCut(request: Uint8Array): boolean {
  if (request.length < 24) return false;
  const size = readUintBe(request, 17, 4);
  return size % BLOCK_BYTES === 0 && size > 8 * BLOCK_BYTES && size < 28 * BLOCK_BYTES;
}

for (const [row, [what, [rule, wrong]]] of Object.entries(WRONG).entries()) {
  rowTest(row % 8, `checkGroupNode() finds a node that ${what}`, () => {
    const run = tryNode(wrong);
    ok(run.wrong.includes(rule), `found: ${run.wrong.join("; ")} ${run.error}`);
  });
}

Deno.test("checkGroupNode() finds a node whose session the group's messages do not keep", () => {
  const { wrong } = tryNode({ behaviour: "keepsSessionByTesterPresentOnly: true" }, true);
  deepStrictEqual(wrong, ["3.1, S3: keeps its session as long as the group's messages come"]);
});

Deno.test("checkGroupNode() gives a node up that stays busy, and says so", () => {
  const { wrong, error } = tryNode(mapping((map) => {
    map[4]! |= 1;
    return map;
  }));
  deepStrictEqual(wrong, ["3.2: a node that is given nothing more is not busy for ever"]);
  ok(error instanceof CanvoyError);
  strictEqual(error.code, "GROUP_TRIAL");
});

Deno.test("checkGroupNode() gives a node up that does not answer any more", () => {
  const { error } = tryNode({
    onRequest: (_request, { notes }) => {
      const count = ((notes.get("count") as number | undefined) ?? 0) + 1;
      notes.set("count", count);
      return count > 15;
    },
  });
  ok(error instanceof CanvoyError);
  strictEqual(error.code, "GROUP_TRIAL");
});
