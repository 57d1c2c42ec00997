import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { VirtualClock } from "../../../src/core/mod.ts";
import { CLASSIC_FORMAT, createIsoTpLink, TransmitScheduler } from "../../../src/isotp/mod.ts";
import { VirtualBus } from "../../../src/sim/mod.ts";
import { GroupWire } from "../../../src/tester/group_wire.ts";

const IDENTIFIER = { id: 0x7FF, extended: false };

/** A bus with a group's identifier, and a node that hears it. */
function lab() {
  const clock = new VirtualClock();
  const bus = new VirtualBus({ name: "lab", bitRates: { bitrateBps: 500_000 }, clock, seed: 1 });
  const port = bus.attach("tester");
  const scheduler = new TransmitScheduler(port, clock);
  const wire = new GroupWire({ port, scheduler, clock, identifier: IDENTIFIER });
  const nodePort = bus.attach("node");
  const heard: number[] = [];
  const link = createIsoTpLink({
    port: nodePort,
    scheduler: new TransmitScheduler(nodePort, clock),
    clock,
    format: CLASSIC_FORMAT,
    role: "groupListener",
    addressing: { mode: "normal", tx: IDENTIFIER, rx: IDENTIFIER },
  });
  link.indications$.subscribe((indication) => {
    if (indication.type === "message") heard.push(indication.data[0]!);
  });
  return { clock, wire, heard, channel: wire.channel(CLASSIC_FORMAT) };
}

function message(name: number): Uint8Array {
  return new Uint8Array(200).fill(name);
}

Deno.test("GroupWire sends one message at a time, in the order in which they came", () => {
  const { clock, heard, channel } = lab();
  const ended: number[] = [];
  for (const name of [1, 2, 3]) {
    channel.send(message(name)).subscribe({ complete: () => ended.push(name) });
  }
  clock.run({ untilMs: 1000 });
  deepStrictEqual(heard, [1, 2, 3]);
  deepStrictEqual(ended, [1, 2, 3]);
});

Deno.test("GroupWire goes on with the next message where one is given up, under way or waiting", () => {
  const { clock, heard, channel } = lab();
  const first = channel.send(message(1)).subscribe();
  const second = channel.send(message(2)).subscribe();
  clock.run({ untilMs: 3 });
  second.unsubscribe();
  first.unsubscribe();
  channel.send(message(3)).subscribe();
  clock.run({ untilMs: 1000 });
  deepStrictEqual(heard, [3]);
});

Deno.test("GroupWire that is closed sends nothing more", () => {
  const { clock, wire, heard, channel } = lab();
  wire.close();
  let isOver = false;
  channel.send(message(1)).subscribe({ complete: () => isOver = true, error: () => isOver = true });
  clock.run({ untilMs: 1000 });
  deepStrictEqual(heard, []);
  strictEqual(isOver, false);
});
