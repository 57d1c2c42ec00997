import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { bytesToHex, hexToBytes } from "../../../src/core/mod.ts";
import { IsoTpError, type IsoTpIndication } from "../../../src/isotp/mod.ts";
import {
  type PairTraffic,
  stepTwinWatch,
  toTraffic as traffic,
  TWIN_WATCH_START,
  type TwinEvidence,
} from "../../../src/uds/mod.ts";

/** Services that were sent to all nodes. */
const FUNCTIONAL: ReadonlySet<number> = new Set([0x10, 0x28, 0x85]);

/** `? 22 F1 91`: asked; `ff 20 62 ..`: a first frame; `lost`, `mixed`: broken; else a message. */
function toTraffic(line: string): PairTraffic {
  if (line === "lost") return { type: "broken" };
  if (line === "mixed") {
    const [first, second] = [Uint8Array.of(1, 2), Uint8Array.of(3, 4)];
    return { type: "broken", contradiction: { first, second } };
  }
  if (line.startsWith("? ")) return { type: "asked", request: hexToBytes(line.slice(2)) };
  const [, length, head] = /^ff (\d+) (.*)$/.exec(line) ?? [];
  if (head === undefined) return { type: "message", data: hexToBytes(line) };
  return { type: "firstFrame", lengthBytes: Number(length), head: hexToBytes(head) };
}

/** The evidence at the last of the lines; none may come before it. */
function evidenceOf(lines: readonly string[]): TwinEvidence | undefined {
  let state = TWIN_WATCH_START;
  for (const [i, line] of lines.entries()) {
    const step = stepTwinWatch(state, toTraffic(line), FUNCTIONAL);
    if (i === lines.length - 1) return step.evidence;
    strictEqual(step.evidence, undefined, `${lines} at ${line}`);
    state = step.state;
  }
  return undefined;
}

const HARDWARE = "? 22 F1 91";
const VERSION = "? 22 F1 89";
const A = "62 F1 91 41";
const B = "62 F1 91 42";
const REFUSED = "7F 22 31";
const PATIENCE = "7F 22 78";
const LONG_A = `62 F1 91 ${"41 ".repeat(9)}`.trim();
const LONG_B = `62 F1 91 ${"42 ".repeat(9)}`.trim();
const FF_A = `ff 12 ${LONG_A.slice(0, 17)}`;
const FF_B = `ff 12 ${LONG_B.slice(0, 17)}`;

const ONE_NODE: Readonly<Record<string, readonly string[]>> = {
  "answers each question": [HARDWARE, A, VERSION, "62 F1 89 31", HARDWARE, A],
  "asks for patience": [HARDWARE, PATIENCE, PATIENCE, A],
  "is heard twice": [HARDWARE, A, A, VERSION, "62 F1 89 31", A],
  "is heard twice with its patience, late": [HARDWARE, PATIENCE, A, PATIENCE],
  "refuses and is heard twice": [HARDWARE, REFUSED, VERSION, REFUSED, "62 F1 89 31"],
  "refuses two questions alike": [HARDWARE, REFUSED, VERSION, REFUSED, HARDWARE, A],
  "is busy, and asked again": [HARDWARE, "7F 22 21", HARDWARE, A],
  "hears a request twice and is busy": [HARDWARE, "7F 22 21", A, "7F 22 21", VERSION],
  "hears a request twice and gives two seeds": ["? 27 01", "67 01 11 22", "67 01 33 44"],
  "hears a request twice and refuses the second": ["? 31 01 FF 01", "71 01 FF 01 00", "7F 31 24"],
  "answers late to a question that was repeated": [HARDWARE, HARDWARE, "7F 22 22", A],
  "answers late, behind the next question": [
    HARDWARE,
    HARDWARE,
    A,
    VERSION,
    REFUSED,
    "62 F1 89 31",
  ],
  "gives another seed each time": ["? 27 01", "67 01 11 22", "? 27 01", "67 01 33 44"],
  "answers what a killed run asked, first": [HARDWARE, "71 01 FF 00 00", "7F 31 78", A],
  "answers what all were asked": [HARDWARE, A, "50 03 00 32 01 F4", "68 01", "C5 02", "7E 00"],
  "refuses what all were asked": [HARDWARE, A, "7F 10 12", "7F 2E 78"],
  "sends what is no response": [HARDWARE, A, "01 02 03", "3E 80"],
  "is another in another session": [HARDWARE, HARDWARE, A, VERSION, "62 F1 89 31", HARDWARE, B],
  "answers in segments": [HARDWARE, FF_A, LONG_A, VERSION],
  "answers in segments, heard twice": [HARDWARE, FF_A, FF_A, LONG_A],
  "answers in segments, one of them lost": [HARDWARE, FF_A, "lost", HARDWARE, FF_A, LONG_A],
  "answers in segments again": [HARDWARE, FF_A, HARDWARE, FF_B, LONG_B],
  "breaks off before anything was asked": ["mixed"],
  "answers what was asked before we listened": ["62 F1 90 57 42"],
  "is told nothing in the middle": [HARDWARE, FF_A, "7E 00", PATIENCE],
};

for (const [what, lines] of Object.entries(ONE_NODE)) {
  Deno.test(`stepTwinWatch() takes one node for one that ${what}`, () => {
    strictEqual(evidenceOf(lines), undefined);
  });
}

const TWO_NODES: Readonly<Record<string, readonly [TwinEvidence["kind"], ...string[]]>> = {
  "answer differently": ["twoAnswers", HARDWARE, A, B],
  "answer differently, behind the next question": [
    "twoAnswers",
    HARDWARE,
    A,
    VERSION,
    "62 F1 89 31",
    B,
  ],
  "answer and refuse": ["twoAnswers", HARDWARE, A, REFUSED],
  "refuse and answer": ["twoAnswers", HARDWARE, REFUSED, A],
  "refuse differently": ["twoAnswers", HARDWARE, REFUSED, "7F 22 33"],
  "answer, and ask for patience": ["twoAnswers", HARDWARE, A, PATIENCE],
  "refuse what the other knows, as both did before": [
    "twoAnswers",
    HARDWARE,
    REFUSED,
    VERSION,
    "62 F1 89 31",
    REFUSED,
  ],
  "answer differently what was sent twice": ["twoAnswers", HARDWARE, HARDWARE, A, B],
  "answer three times what was sent twice": [
    "twoAnswers",
    HARDWARE,
    HARDWARE,
    A,
    REFUSED,
    "7F 22 22",
  ],
  "refuse once more than they were asked": [
    "twoAnswers",
    HARDWARE,
    VERSION,
    REFUSED,
    "62 F1 89 31",
    REFUSED,
  ],
  "have records that look like a busy node": [
    "twoAnswers",
    "? 22 F1 21",
    "62 F1 21 41",
    "62 F1 21 42",
  ],
  "answer in segments, one within the other": ["interleaved", HARDWARE, FF_A, FF_B],
  "answer in segments, one behind the other": ["twoAnswers", HARDWARE, FF_A, LONG_A, FF_B],
  "answer, and begin to answer in segments": ["twoAnswers", HARDWARE, A, FF_B],
  "answer, and another's question in segments": ["unasked", HARDWARE, A, "ff 20 62 F1 90 41 41 41"],
  "answer in segments and at once": ["interleaved", HARDWARE, FF_A, B],
  "refuse within the other's segments": ["interleaved", HARDWARE, FF_A, REFUSED],
  "send one sequence number with other bytes": ["interleaved", HARDWARE, FF_A, "mixed"],
  "answer another's question": ["unasked", HARDWARE, A, "62 F1 90 57 42"],
  "answer another tester's service": ["unasked", HARDWARE, REFUSED, "59 02 FF"],
};

for (const [what, [kind, ...lines]] of Object.entries(TWO_NODES)) {
  Deno.test(`stepTwinWatch() finds two nodes that ${what}`, () => {
    strictEqual(evidenceOf(lines)?.kind, kind);
  });
}

Deno.test("toTraffic() tells first frames with their first bytes, and no message pushed aside", () => {
  const told = (indication: IsoTpIndication): PairTraffic[] => {
    const all: PairTraffic[] = [];
    traffic(indication).subscribe((one) => all.push(one));
    return all;
  };
  const head = hexToBytes("62 F1 91");
  const first = { type: "firstFrame", lengthBytes: 12, atMs: 0 } as const;
  deepStrictEqual(told({ ...first, head }), [{ type: "firstFrame", head, lengthBytes: 12 }]);
  deepStrictEqual(told(first), []);
  const failed = (nResult: "N_UNEXP_PDU" | "N_WRONG_SN"): IsoTpIndication => ({
    type: "error",
    error: new IsoTpError(nResult, "as it says"),
    atMs: 0,
  });
  deepStrictEqual(told(failed("N_WRONG_SN")), [{ type: "broken" }]);
  deepStrictEqual(told(failed("N_UNEXP_PDU")), []);
});

Deno.test("stepTwinWatch() shows the question and both answers", () => {
  const { request, first, second } = evidenceOf([HARDWARE, A, B])!;
  deepStrictEqual([request, first!, second].map((bytes) => bytesToHex(bytes)), [
    HARDWARE.slice(2),
    A,
    B,
  ]);
});
