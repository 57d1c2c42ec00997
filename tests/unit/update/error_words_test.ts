/** What the errors of an update say, word by word: people look for these words. */
import { deepStrictEqual, ok, strictEqual, throws } from "node:assert/strict";
import type { TwinEvidence } from "../../../src/uds/mod.ts";
import {
  BankModeError,
  describeTwins,
  KeySourceMissingError,
  toErrorReport,
  TwinNodesError,
} from "../../../src/update/mod.ts";

const QUESTION = Uint8Array.of(0x22, 0xF1, 0x91);
const HW_A = Uint8Array.of(0x62, 0xF1, 0x91, 0x48, 0x57, 0x2D, 0x41);
const HW_B = Uint8Array.of(0x62, 0xF1, 0x91, 0x48, 0x57, 0x2D, 0x42);
const NO_TEXT = Uint8Array.of(0x7F, 0x22, 0x31);
const LONG = new Uint8Array(4000).fill(0x55);

/** What was seen, and what is said of it. */
const TWINS: readonly (readonly [TwinEvidence, string])[] = [
  [
    { kind: "twoAnswers", request: QUESTION, first: HW_A, second: HW_B },
    'ReadDataByIdentifier "22 F1 91" was answered twice: "62 F1 91 48 57 2D 41" (HW-A) and ' +
    '"62 F1 91 48 57 2D 42" (HW-B)',
  ],
  [
    { kind: "interleaved", request: QUESTION, first: HW_A, second: NO_TEXT },
    'frames of two answers to ReadDataByIdentifier "22 F1 91" came within each other: ' +
    '"62 F1 91 48 57 2D 41" (HW-A) and "7F 22 31"',
  ],
  [
    { kind: "unasked", request: QUESTION, second: HW_B },
    '"62 F1 91 48 57 2D 42" (HW-B) came, which nobody here asked for ' +
    '(last asked: ReadDataByIdentifier "22 F1 91")',
  ],
];

Deno.test("TwinNodesError shows what was asked and all that came", () => {
  for (const [evidence, words] of TWINS) {
    strictEqual(describeTwins(evidence), words);
    const error = new TwinNodesError(evidence);
    strictEqual(
      error.message,
      `Cannot update node: two nodes answer on its identifiers; ${words}`,
    );
    strictEqual(error.code, "TWIN_NODES");
    deepStrictEqual(error.request, QUESTION);
    deepStrictEqual(error.firstResponse, evidence.first);
    deepStrictEqual(error.response, evidence.second);
  }
});

Deno.test("TwinNodesError keeps the first bytes of long answers alone", () => {
  const { firstResponse, response } = new TwinNodesError({
    kind: "twoAnswers",
    request: QUESTION,
    first: LONG,
    second: LONG,
  });
  for (const kept of [firstResponse!, response]) {
    ok(kept.length > 0 && kept.length < 100, `${kept.length} bytes`);
  }
});

for (
  const [count, words, hasOneBank] of [
    [1, "its option bits say one bank", true],
    [2, "its option bits say two banks", false],
    [undefined, "but it does not tell how its banks are", false],
  ] as const
) {
  Deno.test(`BankModeError says that ${words}`, () => {
    const error = new BankModeError("stm32g474xe, two banks", count);
    strictEqual(
      error.message,
      `Cannot update node: the fleet file says stm32g474xe, two banks, ${words}`,
    );
    strictEqual(error.hasOneBank, hasOneBank);
  });
}

Deno.test("toErrorReport() takes no mistake of ours for a failure of a node", () => {
  const report = toErrorReport(new KeySourceMissingError(3));
  deepStrictEqual(report, {
    code: "KEY_SOURCE_MISSING",
    message: "Cannot unlock security level 3: the node has no key source",
  });
  for (const mistake of [new TypeError("ours"), "a text"]) {
    throws(() => toErrorReport(mistake), (thrown: unknown) => thrown === mistake);
  }
});
