/** Section 10 of docs/group-download.md, played on a virtual node. */
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { checksum, Gf256Parity } from "../../../src/codec/mod.ts";
import { bytesToHex, hexToBytes } from "../../../src/core/mod.ts";
import { encodeGroupMessage } from "../../../src/group/mod.ts";
import { createXorKeySource } from "../../../src/uds/mod.ts";
import { GroupLab } from "./group_lab.ts";
import { APPLICATION, KEY_MASK } from "./node_support.ts";

const DOCUMENT = Deno.readTextFileSync(new URL("../../../docs/group-download.md", import.meta.url));
const KEY = Uint8Array.of(0xC0, 0xFF, 0xEE, 0x01);
/** Byte n of the image of the examples is n modulo 251. */
const IMAGE = Uint8Array.from({ length: 1300 }, (_, n) => n % 251);
const BLOCK_BYTES = 512;
/** Between one line and the next, where that does not say "at once". */
const PAUSE_MS = 4;

interface TraceLine {
  readonly mark: string;
  readonly hex: string;
  readonly comment: string;
}

function linesOf(kind: string): readonly TraceLine[] {
  const [, body] = new RegExp("^```" + kind + "\n([^`]*)^```$", "m").exec(DOCUMENT)!;
  return body!.trim().split("\n").map((line) => {
    const [, mark, hex, comment] = /^(.) ((?:[0-9A-F]{2}|\.\.)(?: (?:[0-9A-F]{2}|\.\.))*) *(.*)$/
      .exec(line)!;
    return { mark: mark!, hex: hex!, comment: comment! };
  });
}

/** All that the group could be sent. */
function messages(): readonly Uint8Array[] {
  const blocks = [0, 1, 2].map((i) => IMAGE.slice(i * BLOCK_BYTES, (i + 1) * BLOCK_BYTES));
  const whole = blocks.map((block) => {
    const filled = new Uint8Array(BLOCK_BYTES);
    filled.set(block);
    return filled;
  });
  const parity = new Gf256Parity(3).encode(0, whole, BLOCK_BYTES);
  return [
    ...blocks.map((data, i) =>
      encodeGroupMessage({ kind: "data", address: APPLICATION + i * BLOCK_BYTES, data }, KEY)
    ),
    encodeGroupMessage({ kind: "parity", generation: 0, index: 0, data: parity }, KEY),
  ];
}

function isLike(hex: string, pattern: string): boolean {
  return pattern.endsWith(" ..") ? hex.startsWith(pattern.slice(0, -2)) : hex === pattern;
}

/** What is sent in place of a line that leaves the key out. */
function requestOf(hex: string, seed: string): Uint8Array {
  if (!hex.endsWith("..")) return hexToBytes(hex);
  const key = createXorKeySource(KEY_MASK).computeKey({ level: 1, seed: hexToBytes(seed) });
  return Uint8Array.of(...hexToBytes(hex.slice(0, -3)), ...key);
}

Deno.test("docs/group-download.md: the whole update goes as it says", () => {
  const lab = new GroupLab();
  const said = messages();
  let answers: string[] = [];
  for (const { mark, hex, comment } of linesOf("group-trace")) {
    if (mark === "<") {
      if (hex === "7F 31 78") {
        ok(answers.filter((answer) => answer === hex).length > 1, `${answers}`);
        answers = answers.filter((answer) => answer !== hex);
        continue;
      }
      const answer = answers.shift() ?? "silence";
      ok(isLike(answer, hex), `${answer}, not ${hex}`);
      if (hex.endsWith("..")) answers.push(answer);
      continue;
    }
    const seed = (answers.shift() ?? "").slice(6);
    deepStrictEqual(answers, [], "more than the document has");
    if (mark === "=") {
      const message = said.find((one) => isLike(bytesToHex(one), hex));
      ok(message !== undefined, `no message begins with ${hex}`);
      lab.say(message);
      continue;
    }
    if (comment !== "at once") lab.wait(PAUSE_MS);
    answers = lab.ask(requestOf(hex, seed)).map((heard) => heard.hex);
  }
  deepStrictEqual(lab.held(IMAGE), IMAGE);
});

Deno.test("docs/group-download.md: the check and the opening's frames are what they say", () => {
  const lines = linesOf("group-trace").map(({ hex }) => hex);
  const check = lines.find((hex) => hex.startsWith("31 01 02 02"))!;
  ok(check.endsWith(bytesToHex(checksum("crc32", IMAGE))), check);
  const opening = lines.find((hex) => hex.startsWith("31 01 47 52"))!;
  const frames = linesOf("group-frames").filter(({ mark }) => mark === ">").map(({ hex }) => hex);
  const bytes = frames.map((hex, i) => i === 0 ? hex.slice(6) : hex.slice(3));
  strictEqual(bytes.join(" "), opening);
  deepStrictEqual(frames.map((hex) => hex.slice(0, 2)), ["10", "21", "22", "23"]);
  strictEqual(frames[0]!.slice(3, 5), "1A");
});
