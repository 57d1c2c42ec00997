import { deepStrictEqual, strictEqual } from "node:assert/strict";
import type { NodeBehaviour } from "../../../src/sim/mod.ts";
import { APPLICATION, applicationBytes, Lab, type LabOptions, word } from "./node_support.ts";

const IMAGE = applicationBytes(4096);
const REQUEST = `34 00 44 ${word(APPLICATION)} ${word(32)}`;

/** A node with a download of 32 bytes begun, of which 8 have come. */
function downloading(behaviour: NodeBehaviour, options: LabOptions = {}): Lab {
  const lab = new Lab({ behaviour, ...options }).start();
  strictEqual(lab.unlock(), "67 02");
  lab.erase(APPLICATION, 0x4000);
  strictEqual(lab.answer(REQUEST).slice(0, 2), "74");
  strictEqual(lab.answer(block(1)), "76 01");
  return lab;
}

function block(counter: number): Uint8Array {
  return Uint8Array.of(0x36, counter, ...IMAGE.subarray(8 * counter - 8, 8 * counter));
}

const WHILE_OPEN: readonly (readonly [NonNullable<NodeBehaviour["downloadWhileOpen"]>, string])[] =
  [
    ["conditionsNotCorrect", "7F 34 22"],
    ["requestSequenceError", "7F 34 24"],
    ["uploadDownloadNotAccepted", "7F 34 70"],
  ];

for (const [downloadWhileOpen, answer] of WHILE_OPEN) {
  Deno.test(`34 while a download is open gets ${answer}, and the download goes on`, () => {
    const lab = downloading({ downloadWhileOpen });
    strictEqual(lab.answer(REQUEST), answer);
    strictEqual(lab.answer(block(2)), "76 02");
    strictEqual(lab.answer("34 00 44 00 00 00 00 00 00 00 00"), "7F 34 31", "its form comes first");
  });

  Deno.test(`${answer} stays through an early 37 and an erase, until a session is entered`, () => {
    const lab = downloading({ downloadWhileOpen });
    strictEqual(lab.answer("37"), "7F 37 24");
    strictEqual(lab.answer(REQUEST), answer);
    strictEqual(lab.erase(APPLICATION, 0x4000), "71 01 FF 00 00");
    strictEqual(lab.answer(REQUEST), answer);
    strictEqual(lab.unlock(), "67 02");
    strictEqual(lab.answer(REQUEST).slice(0, 2), "74");
  });

  Deno.test(`${answer} ends with a reset`, () => {
    const lab = downloading({ downloadWhileOpen });
    lab.answer("11 01");
    lab.wait(20);
    strictEqual(lab.unlock(), "67 02");
    lab.erase(APPLICATION, 0x4000);
    strictEqual(lab.answer(REQUEST).slice(0, 2), "74");
  });
}

Deno.test("34 while a download is open gets 0x22 by default", () => {
  strictEqual(downloading({}).answer(REQUEST), "7F 34 22");
});

Deno.test("34 is taken again where a whole download was ended by 37", () => {
  const lab = downloading({ downloadWhileOpen: "conditionsNotCorrect" });
  deepStrictEqual([2, 3, 4].map((counter) => lab.answer(block(counter))), [
    "76 02",
    "76 03",
    "76 04",
  ]);
  strictEqual(lab.answer(REQUEST), "7F 34 22", "all has come, but it is open until 37");
  strictEqual(lab.answer("37"), "77");
  strictEqual(lab.answer(REQUEST), "7F 34 70", "what is written is not erased");
});

Deno.test("a node that forgets takes 34 again, and loses what the erase took", () => {
  const lab = downloading({ downloadWhileOpen: "restarts" });
  lab.erase(APPLICATION, 0x4000);
  strictEqual(lab.answer(block(2)), "7F 36 24");
  strictEqual(lab.answer(REQUEST).slice(0, 2), "74");
});

Deno.test("endsDownloadAtEarlyExit: 37 too early is refused, and ends the download", () => {
  const strict = { downloadWhileOpen: "conditionsNotCorrect" } as const;
  const lab = downloading({ ...strict, endsDownloadAtEarlyExit: true });
  strictEqual(lab.answer("37"), "7F 37 24");
  strictEqual(lab.answer(block(2)), "7F 36 24");
  strictEqual(downloading(strict).answer("37"), "7F 37 24");
});

Deno.test("endsDownloadAtRefusedBlock: a wrong counter ends the download; else it goes on", () => {
  const good = downloading({});
  strictEqual(good.answer(block(3)), "7F 36 73");
  strictEqual(good.answer(block(2)), "76 02");
  const lab = downloading({ endsDownloadAtRefusedBlock: true });
  strictEqual(lab.answer(block(3)), "7F 36 73");
  strictEqual(lab.answer(block(2)), "7F 36 24");
});

Deno.test("refusesTesterPresentInDownload: 3E gets 0x24 between 34 and 37 only", () => {
  const lab = downloading({ refusesTesterPresentInDownload: true });
  strictEqual(lab.answer("3E 00"), "7F 3E 24");
  for (const counter of [2, 3, 4]) lab.answer(block(counter));
  strictEqual(lab.answer("37"), "77");
  strictEqual(lab.answer("3E 00"), "7E 00");
});
