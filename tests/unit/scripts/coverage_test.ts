import { deepStrictEqual } from "node:assert/strict";
import { belowFloor, FLOORED, foldersOf } from "../../../scripts/coverage.ts";

const LCOV = `SF:/home/me/canvoy/src/isotp/sender.ts
DA:1,4
DA:2,0
DA:3,1
end_of_record
SF:/home/me/canvoy/src/isotp/sender.ts
DA:2,7
DA:4,0
end_of_record
SF:/home/me/canvoy/src/uds/services/transfer_data.ts
DA:1,1
end_of_record
SF:/home/me/canvoy/mod.ts
DA:1,0
end_of_record
`;

Deno.test("foldersOf() adds lines up by folder, and counts a line that any record ran", () => {
  deepStrictEqual(foldersOf(LCOV), [
    { folder: "isotp", lines: 4, linesHit: 3 },
    { folder: "uds", lines: 1, linesHit: 1 },
  ]);
});

Deno.test("belowFloor() names folders below the floor, and those that no test ran", () => {
  const whole = FLOORED.map((folder) => ({ folder, lines: 100, linesHit: 95 }));
  deepStrictEqual(belowFloor(whole, 95), []);
  deepStrictEqual(belowFloor(whole, 95.5)[0], "src/isotp: 95.00 % of lines, 95.5 % is the floor");
  deepStrictEqual(belowFloor(foldersOf(LCOV), 75), [
    "src/image: no line of it was run",
    "src/stm32: no line of it was run",
  ]);
});
