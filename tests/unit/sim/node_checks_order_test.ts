import { strictEqual } from "node:assert/strict";
import { APPLICATION, applicationBytes, Lab, word } from "./node_support.ts";

const ERASE = `31 01 FF 00 44 ${word(APPLICATION)} ${word(0x4000)}`;

/** Where a node is when the request comes. */
type Place = "default" | "extended" | "programming" | "unlocked" | "downloading";

/** One row a check: where, request, answer. The bootloader of the default profile. */
const ROWS: readonly (readonly [Place, string, string])[] = [
  ["default", "99 01", "7F 99 11"],
  ["default", "34", "7F 34 7F"],
  ["default", "36", "7F 36 7F"],
  ["default", "37 01", "7F 37 7F"],
  ["default", "31", "7F 31 7F"],
  ["default", "27", "7F 27 7F"],
  ["default", "27 63", "7F 27 7F"],
  ["extended", ERASE, "7F 31 7F"],
  ["programming", "31", "7F 31 33"],
  ["programming", "34", "7F 34 33"],
  ["programming", "36 01 00", "7F 36 33"],
  ["programming", "37", "7F 37 33"],
  ["programming", "27", "7F 27 13"],
  ["programming", "27 63", "7F 27 12"],
  ["programming", "27 02", "7F 27 24"],
  ["programming", "27 02 00 00 00 00", "7F 27 24"],
  ["default", "3E", "7F 3E 13"],
  ["default", "3E 01", "7F 3E 12"],
  ["default", "3E 00 00", "7F 3E 13"],
  ["default", "10", "7F 10 13"],
  ["default", "10 7E", "7F 10 12"],
  ["default", "10 03 00", "7F 10 13"],
  ["default", "11 09", "7F 11 12"],
  ["default", "11 01 00", "7F 11 13"],
  ["default", "28 03", "7F 28 13"],
  ["default", "28 09", "7F 28 13"],
  ["default", "28 09 01", "7F 28 12"],
  ["default", "28 03 01 01", "7F 28 13"],
  ["default", "22 F1", "7F 22 13"],
  ["unlocked", "31 01 FF", "7F 31 13"],
  ["unlocked", "31 01 77 77", "7F 31 31"],
  ["unlocked", "31 05 77 77", "7F 31 31"],
  ["unlocked", "31 05 FF 00", "7F 31 12"],
  ["unlocked", "31 03 FF 00", "7F 31 12"],
  ["unlocked", "31 01 FF 00 44 00", "7F 31 13"],
  ["unlocked", `31 01 FF 00 22 ${word(APPLICATION)} ${word(0x4000)}`, "7F 31 31"],
  ["unlocked", "36 01", "7F 36 13"],
  ["unlocked", "36 01 00", "7F 36 24"],
  ["unlocked", "37", "7F 37 24"],
  ["unlocked", "37 01", "7F 37 24"],
  ["downloading", "36 02 00", "7F 36 73"],
  ["downloading", "37", "7F 37 24"],
  ["downloading", "37 01", "7F 37 24"],
];

function nodeAt(place: Place): Lab {
  const lab = new Lab().start();
  if (place === "extended") lab.answer("10 03");
  if (place === "programming") lab.answer("10 02");
  if (place !== "unlocked" && place !== "downloading") return lab;
  strictEqual(lab.unlock(), "67 02");
  if (place === "unlocked") return lab;
  lab.erase(APPLICATION, 0x4000);
  strictEqual(lab.answer(`34 00 44 ${word(APPLICATION)} ${word(16)}`).slice(0, 2), "74");
  return lab;
}

for (const [place, request, answer] of ROWS) {
  Deno.test(`a bootloader (${place}) answers ${request} with ${answer}`, () => {
    strictEqual(nodeAt(place).answer(request, 1000), answer);
  });
}

Deno.test("an application's RoutineControl knows no routine but those on the way in", () => {
  const application = [{ start: APPLICATION, data: applicationBytes(4096) }];
  const lab = new Lab({ application }).start();
  strictEqual(lab.answer("31 01"), "7F 31 13");
  strictEqual(lab.answer(ERASE), "7F 31 31");
});

Deno.test("a key without a seed, twice, or with no byte costs no attempt", () => {
  const lab = new Lab({ behaviour: { wrongKeysMax: 1 } }).start();
  lab.answer("10 02");
  strictEqual(lab.answer("27 02 00 00 00 00"), "7F 27 24");
  lab.answer("27 01");
  strictEqual(lab.answer("27 02"), "7F 27 13");
  strictEqual(lab.unlock(), "67 02");
});
