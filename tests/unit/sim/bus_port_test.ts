import { deepStrictEqual, strictEqual, throws } from "node:assert/strict";
import type { CanPortState } from "../../../src/can/mod.ts";
import { classic, numbered, numberOf, recordedBus } from "./bus_support.ts";

Deno.test("VirtualPort.transmit() refuses frames that do not fit the bus", () => {
  const { bus } = recordedBus();
  const port = bus.attach("a");
  const fd = { ...classic(1), fd: true };
  throws(() => port.transmit(fd, () => {}), RangeError);
  throws(() => port.transmit(classic(0x800), () => {}), RangeError);
  throws(() => port.transmit({ ...classic(1), data: new Uint8Array(9) }, () => {}), RangeError);
});

Deno.test("VirtualPort.transmit() keeps the order of one port whatever the identifiers", () => {
  const { bus, clock, records } = recordedBus();
  const port = bus.attach("a");
  bus.attach("b");
  const ids = Array.from({ length: 300 }, (_, i) => 0x7FF - i);
  for (const id of ids) port.transmit(classic(id), () => {});
  clock.run();
  deepStrictEqual(records.map(({ frame }) => frame.id), ids);
});

Deno.test("VirtualPort.listen() tells identifiers of 11 and 29 bits apart", () => {
  const { bus, clock } = recordedBus();
  const [sender, receiver] = [bus.attach("a"), bus.attach("b")];
  const log: string[] = [];
  receiver.listen({ id: 5, extended: false }, () => log.push("base"));
  receiver.listen({ id: 5, extended: true }, () => log.push("extended"));
  receiver.listenAll(({ id }) => log.push(`all ${id}`));
  sender.transmit(classic(5), () => {});
  sender.transmit({ ...classic(5), extended: true }, () => {});
  sender.transmit(classic(6), () => {});
  clock.run();
  deepStrictEqual(log, ["base", "all 5", "extended", "all 5", "all 6"]);
});

Deno.test("VirtualPort.listen() stops at once, even while the frame is being delivered", () => {
  const { bus, clock } = recordedBus();
  const [sender, receiver] = [bus.attach("a"), bus.attach("b")];
  const log: string[] = [];
  const stops = ["first", "second", "third"].map((name) =>
    receiver.listen(classic(1), () => {
      log.push(name);
      stops[1]!();
      stops[1]!();
      if (log.length === 1) receiver.listen(classic(1), () => log.push("late"));
    })
  );
  sender.transmit(classic(1), () => {});
  clock.run();
  deepStrictEqual(log, ["first", "third"]);
  sender.transmit(classic(1), () => {});
  clock.run();
  deepStrictEqual(log, ["first", "third", "first", "third", "late"]);
  stops[0]!();
  stops[2]!();
});

Deno.test("VirtualPort.disconnect() aborts what waits, hears nothing, and keeps listeners", () => {
  const { bus, clock } = recordedBus();
  const [sender, node] = [bus.attach("a"), bus.attach("b")];
  bus.attach("c");
  const states: CanPortState[] = [];
  const log: string[] = [];
  node.state$.subscribe((state) => states.push(state));
  node.listen(classic(1), () => log.push("heard"));
  node.transmit(classic(2), (outcome) => log.push(outcome));
  node.disconnect();
  node.disconnect();
  node.transmit(classic(3), (outcome) => log.push(outcome));
  deepStrictEqual(log, []);
  clock.run();
  deepStrictEqual(log, ["aborted", "aborted"]);
  sender.transmit(classic(1), () => {});
  clock.run();
  deepStrictEqual(log, ["aborted", "aborted"]);
  node.connect();
  node.connect();
  sender.transmit(classic(1), () => {});
  clock.run();
  deepStrictEqual(log, ["aborted", "aborted", "heard"]);
  deepStrictEqual(states.map(({ kind }) => kind), ["errorActive", "stopped", "errorActive"]);
});

Deno.test("VirtualPort.close() ends everything but the confirmations owed", () => {
  const { bus, clock, records } = recordedBus();
  const [sender, port] = [bus.attach("a"), bus.attach("b")];
  bus.attach("c");
  const log: string[] = [];
  port.state$.subscribe({ next: ({ kind }) => log.push(kind), complete: () => log.push("done") });
  port.listenAll(() => log.push("heard"));
  port.transmit(classic(2), (outcome) => log.push(outcome));
  port.close();
  port.close();
  port.transmit(classic(3), (outcome) => log.push(outcome));
  port.listenAll(() => log.push("heard"))();
  port.connect();
  port.recover();
  sender.transmit(classic(1), () => {});
  clock.run();
  deepStrictEqual(log, ["errorActive", "done", "aborted", "aborted"]);
  deepStrictEqual(records.map(({ frame }) => frame.id), [1]);
});

Deno.test("VirtualPort.close() may be called while a frame is being delivered", () => {
  const { bus, clock } = recordedBus();
  const sender = bus.attach("a");
  const receivers = ["b", "c", "d"].map((name) => bus.attach(name));
  let heard = 0;
  for (const receiver of receivers) {
    receiver.listen(classic(1), () => {
      heard++;
      for (const each of receivers) each.close();
    });
  }
  sender.transmit(classic(1), () => sender.transmit(classic(2), () => {}));
  clock.run({ untilMs: 1 });
  strictEqual(heard, 1);
  strictEqual(bus.statistics.frames, 1);
});

Deno.test("VirtualPort.stall() keeps three frames for release()", () => {
  const { bus, clock } = recordedBus();
  const [sender, node] = [bus.attach("a"), bus.attach("b")];
  const heard: number[] = [];
  node.listenAll((frame) => heard.push(numberOf(frame)));
  node.stall();
  for (let i = 0; i < 5; i++) sender.transmit(numbered(1, i), () => {});
  clock.run();
  deepStrictEqual(heard, []);
  node.release();
  deepStrictEqual(heard, [0, 1, 2]);
  sender.transmit(numbered(1, 5), () => {});
  clock.run();
  deepStrictEqual(heard, [0, 1, 2, 5]);
});

Deno.test("VirtualPort.setDeaf() leaves acknowledging and sending as they are", () => {
  const { bus, clock, records } = recordedBus();
  const [sender, deaf] = [bus.attach("a"), bus.attach("b")];
  let heard = 0;
  deaf.listenAll(() => heard++);
  deaf.setDeaf(true);
  sender.transmit(classic(1), () => {});
  deaf.transmit(classic(2), () => {});
  clock.run();
  strictEqual(heard, 0);
  deepStrictEqual(records.map(({ intact }) => intact), [true, true]);
  deaf.setDeaf(false);
  sender.transmit(classic(1), () => {});
  clock.run();
  strictEqual(heard, 1);
});

Deno.test("VirtualPort.setSilent() hears, but neither acknowledges nor sends", () => {
  const { bus, clock, records } = recordedBus();
  const [sender, silent] = [bus.attach("a"), bus.attach("b")];
  let heard = 0;
  silent.listenAll(() => heard++);
  silent.setSilent(true);
  silent.transmit(classic(2), () => {});
  sender.transmit(classic(1), () => {});
  clock.run({ untilMs: 1 });
  strictEqual(heard, 0);
  strictEqual(records.every(({ fault }) => fault === "unacknowledged"), true);
  bus.attach("c");
  clock.run({ untilMs: 2 });
  strictEqual(heard, 1);
  strictEqual(bus.statistics.frames, 1);
  silent.setSilent(false);
  clock.run();
  strictEqual(records.at(-1)!.sender, "b");
});

Deno.test("VirtualBus goes on after a listener has thrown", () => {
  const { bus, clock, records } = recordedBus();
  const [sender, receiver] = [bus.attach("a"), bus.attach("b")];
  receiver.listen(classic(1), () => {
    throw new Error("a listener's own fault");
  });
  sender.transmit(classic(1), () => {});
  sender.transmit(classic(2), () => {});
  throws(() => clock.run(), /own fault/);
  clock.run();
  deepStrictEqual(records.map(({ frame }) => frame.id), [1, 2]);
});
