import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { QueueRoom } from "../../../src/adapters/socketcan_queue_room.ts";

Deno.test("QueueRoom leaves two places of a queue that was full, and tries more slowly", () => {
  const room = new QueueRoom(998);
  strictEqual(room.frames, 998);
  room.refused(9);
  strictEqual(room.frames, 7);
  const grown = [63, 1, 64].map((count) => {
    for (let i = 0; i < count; i++) room.taken();
    return room.frames;
  });
  deepStrictEqual(grown, [7, 8, 9]);
});

Deno.test("QueueRoom stays between the frames that fill a wire and what the interface says", () => {
  const room = new QueueRoom(8);
  room.refused(1);
  strictEqual(room.frames, 3);
  for (let i = 0; i < 10_000; i++) room.taken();
  strictEqual(room.frames, 8);
  room.refused(0);
  strictEqual(room.frames, 8, "others alone had filled it");
  strictEqual(new QueueRoom(2).frames, 2);
});
