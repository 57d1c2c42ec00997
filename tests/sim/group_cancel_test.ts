import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { Subject } from "rxjs";
import { bytesToHex, Prng } from "../../src/core/mod.ts";
import type { FirmwareImage } from "../../src/image/mod.ts";
import type { VirtualNodeEvent } from "../../src/sim/mod.ts";
import { runGroupBench } from "../support/group_bench.ts";

/** Three runs, far from each other: a node of a group is asked to erase one after the other. */
const IMAGE: FirmwareImage = {
  ranges: [[0x0800_8000, 180_000], [0x080A_0000, 40_000], [0x080E_0000, 40_000]]
    .map(([start, lengthBytes], i) => ({
      start: start!,
      end: start! + lengthBytes!,
      data: plausible(new Prng(5 + i).bytes(lengthBytes!), start!),
    })),
};

function plausible(data: Uint8Array, start: number): Uint8Array {
  const view = new DataView(data.buffer);
  view.setUint32(0, 0x2000_1000, true);
  view.setUint32(4, start + 0x101, true);
  return data;
}

Deno.test("group: once it is asked to stop no further run is erased", () => {
  const requested$ = new Subject<void>();
  const cancellation = { requested: false, requested$ };
  const erasesAfterwards: string[] = [];
  const { events } = runGroupBench({
    bus: "classic",
    nodes: [{ image: IMAGE }, { image: IMAGE }],
    cancellation,
    prepare: ({ clock, nodes }) => {
      const stop = (): void => {
        cancellation.requested = true;
        requested$.next();
      };
      for (const node of nodes) {
        node.onEvent = (event: VirtualNodeEvent) => {
          if (
            event.type !== "request" || bytesToHex(event.data.subarray(0, 4), "") !== "3101FF00"
          ) {
            return;
          }
          if (cancellation.requested) erasesAfterwards.push(bytesToHex(event.data, ""));
          else clock.schedule(stop, 100);
        };
      }
    },
  });
  deepStrictEqual(erasesAfterwards, []);
  const cancelled = events.filter(({ type }) => type === "nodeCancelled");
  strictEqual(cancelled.length, 2);
});
