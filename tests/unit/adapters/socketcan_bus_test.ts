import { deepStrictEqual, match, ok, rejects, strictEqual } from "node:assert/strict";
import { openSocketcanBus, type SocketcanBus, SocketcanError } from "../../../src/adapters/mod.ts";
import type { CanFrame, TransmitOutcome } from "../../../src/can/mod.ts";
import { VirtualClock } from "../../../src/core/mod.ts";
import {
  BUS_OFF,
  pass,
  recorded,
  ScriptedKernel,
  settle,
  UP,
} from "../../support/scripted_kernel.ts";

// What a virtual interface cannot have: a controller that goes bus-off, and is restarted or not.
// Everything else is tested on the kernel's own sockets, in tests/interop/can.

function frame(id: number): CanFrame {
  return { id, extended: false, fd: false, bitRateSwitch: false, data: Uint8Array.of(id & 0xFF) };
}

async function open(): Promise<
  { kernel: ScriptedKernel; clock: VirtualClock; bus: SocketcanBus; states: string[] }
> {
  const kernel = new ScriptedKernel();
  const clock = new VirtualClock();
  const bus = await openSocketcanBus({ name: "can0", clock, kernel });
  const states: string[] = [];
  bus.attach().state$.subscribe(({ kind }) => states.push(kind));
  return { kernel, clock, bus, states };
}

Deno.test("SocketcanBus aborts all frames at bus-off, and goes on once it is restarted", async () => {
  const { kernel, clock, bus, states } = await open();
  const ends: TransmitOutcome[] = [];
  const port = bus.attach();
  for (let i = 0; i < 5; i++) port.transmit(frame(i), (end) => ends.push(end));
  strictEqual(kernel.sent.length, 3);
  kernel.goBusOff();
  strictEqual(states.at(-1), "busOff");
  await settle();
  clock.run({ untilMs: 10 });
  deepStrictEqual(ends, Array(5).fill("aborted"));
  port.transmit(frame(9), (end) => ends.push(end));
  clock.run({ untilMs: 20 });
  deepStrictEqual([ends.length, kernel.sent.length], [6, 3]);
  kernel.restart();
  strictEqual(states.at(-1), "errorActive");
  port.transmit(frame(10), () => {});
  deepStrictEqual(kernel.sent.at(-1), 10);
  strictEqual(bus.evidence.busOffs, 1);
  bus.close();
  await bus.closed;
});

Deno.test("SocketcanBus is given up at bus-off when restart-ms is 0", async () => {
  const { kernel, bus, states } = await open();
  kernel.link = BUS_OFF;
  kernel.hear(0x040, [0, 0, 0, 0, 0, 0, 0, 0], true);
  const reason = await bus.closed;
  strictEqual(reason?.code, "SOCKETCAN_BUS_OFF");
  ok(reason.message.includes("restart-ms is 0"));
  deepStrictEqual(reason.commands, [
    "sudo ip link set can0 down",
    "sudo ip link set can0 up type can restart-ms 100",
  ]);
  strictEqual(states.at(-1), "busOff");
});

Deno.test("SocketcanBus names the queue when others fill it and it does not move", async () => {
  const { kernel, clock, bus } = await open();
  kernel.isFull = true;
  const ends: TransmitOutcome[] = [];
  bus.attach().transmit(frame(0x7E0), (end) => ends.push(end));
  for (let ms = 0; ms <= 1100; ms += 10) {
    clock.run({ untilMs: ms });
    await settle();
  }
  const reason = await bus.closed;
  strictEqual(reason?.code, "SOCKETCAN_QUEUE_STUCK");
  ok(reason.message.includes("7E0#E0"));
  clock.run({ untilMs: 1200 });
  deepStrictEqual(ends, ["aborted"]);
});

Deno.test("SocketcanBus tells a bus that has fallen silent from one that nobody was heard on", async () => {
  const { kernel, clock, bus } = await open();
  const port = bus.attach();
  kernel.hear(0x123, [1]);
  // One period of silence may be one lost echo: it goes on; a second one ends the bus.
  port.transmit(frame(1), () => port.transmit(frame(2), () => {}));
  for (let ms = 0; ms <= 2100; ms += 50) {
    clock.run({ untilMs: ms });
    await settle();
  }
  deepStrictEqual(kernel.sent, [1, 2]);
  const reason = await bus.closed;
  strictEqual(reason?.code, "SOCKETCAN_NO_ACKNOWLEDGE");
  ok(reason.message.includes("fallen silent"));
  ok(reason.message.includes("error passive"));
});

Deno.test("SocketcanBus tells disturbed frames from a lack of acknowledgement", async () => {
  const { kernel, clock, bus } = await open();
  kernel.hear(0x088, [0, 0, 0x04, 0, 0, 0, 0, 0], true);
  bus.attach().transmit(frame(1), () => {});
  await pass(clock, 1100);
  match((await bus.closed)!.message, /frames are disturbed: wrong bit rate, bad wiring/);
});

for (const ip of ["fails", "hangs"] as const) {
  Deno.test(`SocketcanBus that is stuck is given up with what is wrong with ip when it ${ip}`, async () => {
    const { kernel, clock, bus } = await open();
    kernel.ip = ip;
    bus.attach().transmit(frame(1), () => {});
    await pass(clock, 40_000);
    const reason = await bus.closed;
    strictEqual(reason?.code, "SOCKETCAN_NO_IP");
    match(reason.message, ip === "fails" ? /EAGAIN/ : /did not end within 30 s/);
  });

  Deno.test(`SocketcanBus follows its controller again after ip that ${ip} for a moment`, async () => {
    const { kernel, clock, bus, states } = await open();
    kernel.ip = ip;
    kernel.link = { ...BUS_OFF, restartMs: 100 };
    kernel.hear(0x040, [0, 0, 0, 0, 0, 0, 0, 0], true);
    await pass(clock, 1000);
    kernel.ip = "answers";
    kernel.link = UP;
    await pass(clock, 3000);
    strictEqual(states.at(-1), UP.state.kind);
    bus.close();
    strictEqual(await bus.closed, undefined);
  });
}

Deno.test("openSocketcanBus() waits for ip on a busy host, and gives up where it never ends", async () => {
  for (const [lookMs, isOpened] of [[1500, true], [9000, true], [17_000, false]] as const) {
    const kernel = new ScriptedKernel();
    const clock = new VirtualClock();
    kernel.slowIp = { clock, ms: lookMs };
    const opening = openSocketcanBus({ name: "can0", clock, kernel })
      .then(async (bus) => {
        bus.close();
        await bus.closed;
      }, (error: SocketcanError) => error.code);
    await pass(clock, 31_000);
    strictEqual(await opening, isOpened ? undefined : "SOCKETCAN_NO_IP", `${lookMs} ms`);
  }
});

Deno.test("SocketcanBus that takes no frame is stopped until ip has told why, however long that is", async () => {
  // It comes back before or after ip has told that it was down.
  for (const backAfterMs of [10_000, 30_000]) {
    const { kernel, clock, bus, states } = await openWaiting(60_000);
    const ends: TransmitOutcome[] = [];
    kernel.isFull = true;
    kernel.slowIp = { clock, ms: 9000 };
    kernel.link = { ...UP, isUp: false, state: { kind: "stopped" } };
    const port = bus.attach();
    port.transmit(frame(1), (end) => ends.push(end));
    await pass(clock, 1500);
    deepStrictEqual([states.at(-1), ends], ["stopped", ["aborted"]]);
    await pass(clock, backAfterMs);
    strictEqual(states.at(-1), "stopped");
    kernel.isFull = false;
    kernel.link = UP;
    await pass(clock, 50_000);
    strictEqual(states.at(-1), UP.state.kind);
    port.transmit(frame(2), (end) => ends.push(end));
    kernel.hear(2, [2]);
    strictEqual(ends.at(-1), "sent");
    bus.close();
    strictEqual(await bus.closed, undefined);
  }
});

Deno.test("SocketcanBus that takes no frame though it is up ends, also where ip is slow", async () => {
  const { kernel, clock, bus } = await openWaiting(60_000);
  kernel.isFull = true;
  kernel.slowIp = { clock, ms: 9000 };
  const port = bus.attach();
  port.state$.subscribe(({ kind }) => {
    if (kind !== "stopped") port.transmit(frame(1), () => {});
  });
  await pass(clock, 100_000);
  strictEqual((await bus.closed)?.code, "SOCKETCAN_QUEUE_STUCK");
});

Deno.test("SocketcanBus that sends is not given up for want of ip, one that is off is", async () => {
  const { kernel, clock, bus, states } = await open();
  kernel.ip = "fails";
  kernel.isFull = true;
  bus.attach().transmit(frame(1), () => {});
  await pass(clock, 100);
  kernel.isFull = false;
  await pass(clock, 200);
  kernel.hear(1, [1]);
  deepStrictEqual(kernel.sent, [1]);
  await pass(clock, 10_000);
  strictEqual(states.at(-1), UP.state.kind);
  kernel.hear(0x040, [0, 0, 0, 0, 0, 0, 0, 0], true);
  await pass(clock, 10_000);
  strictEqual((await bus.closed)?.code, "SOCKETCAN_NO_IP");
});

Deno.test.each([
  ["unconfigured", "SOCKETCAN_UNCONFIGURED", "bitrate 500000 restart-ms 100"],
  ["vcan_down", "SOCKETCAN_DOWN", "sudo ip link set can0 up"],
  ["lo", "SOCKETCAN_NOT_CAN", "type can"],
])("openSocketcanBus() refuses an interface that is $0", async (name, code, command) => {
  const kernel = new ScriptedKernel();
  kernel.link = recorded(name);
  await rejects(
    openSocketcanBus({ name: "can0", clock: new VirtualClock(), kernel }),
    (error) =>
      error instanceof SocketcanError && error.code === code &&
      error.commands.some((one) => one.includes(command)),
  );
});

Deno.test("openSocketcanBus() tells an interface without sockets from one that is missing", async () => {
  const kernel = new ScriptedKernel();
  kernel.openChannel = () => {
    throw new Error("Error while creating channel");
  };
  const options = { name: "can0", clock: new VirtualClock(), kernel };
  await rejects(openSocketcanBus(options), { code: "SOCKETCAN_NO_SOCKET" });
  kernel.link = undefined;
  await rejects(openSocketcanBus(options), { code: "SOCKETCAN_INTERFACE_MISSING" });
});

Deno.test("SocketcanBus takes the room in its queue from txqlen, and leaves some to others", async () => {
  for (const [queueFrames, room] of [[10, 8], [1000, 998], [3, 2], [0, 8]] as const) {
    const kernel = new ScriptedKernel();
    kernel.link = { ...UP, queueFrames };
    const clock = new VirtualClock();
    const bus = await openSocketcanBus({ name: "can0", clock, kernel });
    const port = bus.attach();
    strictEqual(port.queueFrames, room);
    for (let i = 0; i < 2000; i++) port.transmit(frame(i & 0xFF), () => {});
    strictEqual(kernel.sent.length, Math.min(3, room));
    kernel.hear(0x123, [1]);
    kernel.hear(kernel.sent[0]!, [kernel.sent[0]!]);
    strictEqual(kernel.sent.length, room + 1);
    bus.close();
    await bus.closed;
  }
});

async function openWaiting(waitMs: number): Promise<
  { kernel: ScriptedKernel; clock: VirtualClock; bus: SocketcanBus; states: string[] }
> {
  const kernel = new ScriptedKernel();
  const clock = new VirtualClock();
  const bus = await openSocketcanBus({ name: "can0", clock, kernel, waitMs });
  const states: string[] = [];
  bus.attach().state$.subscribe(({ kind }) => states.push(kind));
  return { kernel, clock, bus, states };
}

Deno.test("SocketcanBus goes on with an interface that was unplugged and came back", async () => {
  const { kernel, clock, bus, states } = await openWaiting(60_000);
  const port = bus.attach();
  const ends: TransmitOutcome[] = [];
  const heard: number[] = [];
  port.listen({ id: 0x7E8, extended: false }, ({ id }) => heard.push(id));
  port.transmit(frame(1), (end) => ends.push(end));
  kernel.vanish();
  await pass(clock, 12_000);
  strictEqual(states.at(-1), "stopped");
  port.transmit(frame(2), (end) => ends.push(end));
  await pass(clock, 100);
  deepStrictEqual(ends, ["aborted", "aborted"]);
  // Made again, and down at first.
  kernel.link = { ...UP, isUp: false, state: { kind: "stopped" } };
  await pass(clock, 1000);
  deepStrictEqual([states.at(-1), kernel.opened], ["stopped", 2]);
  kernel.link = UP;
  await pass(clock, 1000);
  deepStrictEqual([states.at(-1), kernel.opened], ["errorPassive", 4]);
  port.transmit(frame(3), (end) => ends.push(end));
  strictEqual(kernel.sent.at(-1), 3);
  kernel.hear(3, [3]);
  kernel.hear(0x7E8, [1]);
  deepStrictEqual([ends.at(-1), heard], ["sent", [0x7E8]]);
  bus.close();
  strictEqual(await bus.closed, undefined);
});

for (
  const [what, leave, code] of [
    ["gone", (kernel: ScriptedKernel) => kernel.vanish(), "SOCKETCAN_REMOVED"],
    ["bus-off for good", (kernel: ScriptedKernel) => {
      kernel.goBusOff();
      kernel.link = BUS_OFF;
    }, "SOCKETCAN_BUS_OFF"],
    ["down", (kernel: ScriptedKernel) => {
      kernel.goBusOff();
      kernel.link = { ...UP, isUp: false, state: { kind: "stopped" } };
    }, "SOCKETCAN_DOWN"],
  ] as const
) {
  Deno.test(`SocketcanBus gives up an interface that is ${what} for longer than it waits`, async () => {
    const { kernel, clock, bus } = await openWaiting(5000);
    let reason: unknown;
    bus.closed.then((error) => reason = error?.code);
    leave(kernel);
    await pass(clock, 4800);
    strictEqual(reason, undefined);
    await pass(clock, 600);
    strictEqual((await bus.closed)?.code, code);
  });
}
