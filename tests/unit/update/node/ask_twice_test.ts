import { deepStrictEqual } from "node:assert/strict";
import { EMPTY } from "rxjs";
import { bytesToHex } from "../../../../src/core/mod.ts";
import type { NodeContext } from "../../../../src/update/mod.ts";
import { requestUntilDone } from "../../../../src/update/node/request_until_done.ts";
import { sendRequest } from "../../../../src/update/node/send_request.ts";
import { identify } from "../../../../src/update/node/identify.ts";
import { Result, type Step } from "../../../../src/update/node/step.ts";
import { type Answers, converse } from "../_conversation.ts";

const VERSION = Uint8Array.of(0x22, 0xF1, 0x89);
const ROUTINE = Uint8Array.of(0x31, 0x01, 0xFF, 0x00);
const RULE = {
  good: [0],
  busy: [1],
  poll: { intervalMs: 100, notReadyNrcs: [0x24], always: false },
};

/** Two subscriptions to one step, at once: the events and the result of each. */
function twice(
  make: (context: NodeContext) => Step<unknown>,
  answers: Answers,
): readonly (readonly string[])[] {
  const told: string[][] = [[], []];
  converse({
    answers,
    talk: (context) => {
      const step = make(context);
      for (const own of told) {
        step.subscribe((item) => {
          const value = item instanceof Result ? item.value : item.type;
          own.push(value instanceof Uint8Array ? bytesToHex(value) : JSON.stringify(value));
        });
      }
      return EMPTY;
    },
  });
  return told;
}

Deno.test("two subscriptions to ask() are two requests, each with its own response and tries", () => {
  const answers: Answers = {
    "22 F1 89": (count) => count < 2 ? "silence" : `62 F1 89 3${count}`,
  };
  const [first, second] = twice((context) => sendRequest(context, VERSION), answers);
  deepStrictEqual(first, ['"retry"', "62 F1 89 32"]);
  deepStrictEqual(second, ['"retry"', "62 F1 89 33"]);
});

Deno.test("two subscriptions to requestUntilDone() ask each until it is done", () => {
  const answers: Answers = {
    "31 01 FF 00": (count) => ["71 01 FF 00 01", "71 01 FF 00 01", "7F 31 24"][count],
  };
  const [first, second] = twice((context) => requestUntilDone(context, ROUTINE, RULE), answers);
  deepStrictEqual(first, ["71 01 FF 00 00"]);
  deepStrictEqual(second, ["71 01 FF 00 00"]);
});

Deno.test("two subscriptions to identify() are told what each was answered", () => {
  const answers: Answers = {
    "22 F1 91": () => "62 F1 91 41",
    "22 F1 89": (count) => `62 F1 89 3${count}`,
  };
  const [first, second] = twice(identify, answers);
  deepStrictEqual(first, ['"nodeIdentified"', '{"hardware":"A","version":"0"}']);
  deepStrictEqual(second, ['"nodeIdentified"', '{"hardware":"A","version":"1"}']);
});

Deno.test("ask() gives an empty response to a request that asks for none", () => {
  const present = Uint8Array.of(0x3E, 0x80);
  const [first] = twice((context) => sendRequest(context, present), { "3E 80": () => "silence" });
  deepStrictEqual(first, [""]);
});
