import { deepStrictEqual, ok, rejects, strictEqual } from "node:assert/strict";
import { openSocketcanBus, RealClock, SocketcanError } from "../../../src/adapters/mod.ts";
import type { CanFrame, TransmitOutcome } from "../../../src/can/mod.ts";
import {
  canTest,
  filtersSet,
  numbered,
  numberOf,
  openBus,
  recordFrames,
  run,
  send,
  until,
} from "./_can.ts";

canTest("openSocketcanBus() carries a burst of 10,000 frames over a queue of 10", async () => {
  await run(
    "tc",
    "qdisc",
    "replace",
    "dev",
    "vcan1",
    "root",
    "netem",
    "rate",
    "8mbit",
    "limit",
    "10",
  );
  try {
    await using sending = await openBus({ name: "vcan1" });
    await using receiving = await openBus({ name: "vcan1" });
    const heard: number[] = [];
    receiving.bus.attach().listen({ id: 0x123, extended: false }, (frame) => {
      heard.push(numberOf(frame));
    });
    await filtersSet();
    const port = sending.bus.attach();
    const ends: TransmitOutcome[] = [];
    for (let i = 0; i < 10_000; i++) port.transmit(numbered(0x123, i), (end) => ends.push(end));
    strictEqual(ends.length, 0);
    await until(() => ends.length === 10_000, "all confirmed", 60_000);
    await until(() => heard.length >= 10_000, `all heard, not ${heard.length}`);
    deepStrictEqual(heard, Array.from({ length: 10_000 }, (_, i) => i));
    ok(ends.every((end) => end === "sent"));
    strictEqual(sending.bus.evidence.framesLost, 0);
  } finally {
    await run("tc", "qdisc", "del", "dev", "vcan1", "root");
  }
});

canTest("openSocketcanBus() waits while another program fills the queue", async () => {
  await run(
    "tc",
    "qdisc",
    "replace",
    "dev",
    "vcan1",
    "root",
    "netem",
    "rate",
    "500kbit",
    "limit",
    "4",
  );
  const other = new Deno.Command("cangen", {
    args: ["vcan1", "-g", "0", "-i", "-I", "7FF", "-L", "8"],
    stdout: "null",
    stderr: "null",
  }).spawn();
  try {
    await using sending = await openBus({ name: "vcan1" });
    const port = sending.bus.attach();
    const ends: TransmitOutcome[] = [];
    // Until the other program has begun, and has taken our place in the queue at least once.
    for (let i = 0; sending.bus.evidence.refusals === 0 && i < 2000; i++) {
      ends.push(...await Promise.all([i, i, i].map((each) => send(port, numbered(0x321, each)))));
    }
    ok(sending.bus.evidence.refusals > 0);
    ok(ends.every((end) => end === "sent"));
  } finally {
    other.kill();
    await other.status;
    await run("tc", "qdisc", "del", "dev", "vcan1", "root");
  }
});

canTest("openSocketcanBus() sends and hears every kind of frame", async () => {
  const kinds: CanFrame[] = [
    numbered(0x7FF, 1),
    numbered(0x1FFF_FFFF, 2, { extended: true }),
    numbered(0x100, 3, { data: new Uint8Array() }),
    numbered(0x101, 4, { fd: true }),
    numbered(0x18DA_00F1, 5, { fd: true, extended: true, bitRateSwitch: true }),
  ];
  const record = await recordFrames("vcan2", kinds.length);
  {
    await using left = await openBus({ name: "vcan2" });
    await using right = await openBus({ name: "vcan2" });
    const heard: CanFrame[] = [];
    right.bus.attach().listenAll((frame) => heard.push(frame));
    await filtersSet();
    for (const frame of kinds) strictEqual(await send(left.bus.attach(), frame), "sent");
    await until(() => heard.length === kinds.length, "all heard");
    const plain = ({ id, extended, data }: CanFrame) => ({ id, extended, data: [...data] });
    deepStrictEqual(heard.map(plain), kinds.map(plain));
    ok(heard.every(({ fd, data }) => fd === data.length > 8));
  }
  const lines = (await record.text).trim().split("\n");
  // Newer kernels also set bit 2 of the flags (CANFD_FDF): it is no part of the frame.
  const withoutFdf = (line: string) =>
    line.replace(/##[45]/, (flags) => `##${Number(flags[2]) - 4}`);
  deepStrictEqual(lines.map((line) => withoutFdf(line).split(" ")[2]), [
    "7FF#0000000100000000",
    "1FFFFFFF#0000000200000000",
    "100#",
    `101##0${"00000004" + "00".repeat(60)}`,
    `18DA00F1##1${"00000005" + "00".repeat(60)}`,
  ]);
});

canTest("CanPort.transmit() refuses a CAN FD frame on a classic interface", async () => {
  await run("ip", "link", "set", "vcan3", "down");
  await run("ip", "link", "set", "vcan3", "mtu", "16", "up");
  try {
    await using classic = await openBus({ name: "vcan3" });
    await rejects(() => send(classic.bus.attach(), numbered(1, 1, { fd: true })), RangeError);
  } finally {
    await run("ip", "link", "set", "vcan3", "down");
    await run("ip", "link", "set", "vcan3", "mtu", "72", "up");
  }
});

canTest("openSocketcanBus() lets the kernel filter what nobody listens to", async () => {
  await using left = await openBus({ name: "vcan2" });
  await using right = await openBus({ name: "vcan2" });
  const heard: number[] = [];
  const stop = right.bus.attach().listen({ id: 0x200, extended: false }, ({ id }) => {
    heard.push(id);
  });
  await filtersSet();
  const port = left.bus.attach();
  for (const id of [0x1FF, 0x200, 0x201, 0x200]) await send(port, numbered(id, 0));
  await until(() => heard.length >= 2, "the frames that are listened to");
  deepStrictEqual(heard, [0x200, 0x200]);
  // Filters are the kernel's: what they keep off never reaches this process.
  strictEqual(right.bus.evidence.framesHeard, 2);
  stop();
  right.bus.attach().listen({ id: 0x202, extended: false }, ({ id }) => heard.push(id));
  await filtersSet();
  for (const id of [0x200, 0x202]) await send(port, numbered(id, 1));
  await until(() => heard.length >= 3, "the frame behind the one that nobody listens to");
  deepStrictEqual(heard.slice(2), [0x202]);
  strictEqual(right.bus.evidence.framesHeard, 3);
});

canTest("CanPort.listen() hears other ports of the same bus, never its own frames", async () => {
  await using opened = await openBus({ name: "vcan2" });
  const [left, right] = [opened.bus.attach(), opened.bus.attach()];
  const heard: string[] = [];
  left.listen({ id: 5, extended: false }, () => heard.push("left"));
  right.listen({ id: 5, extended: false }, () => heard.push("right"));
  await send(left, numbered(5, 0));
  deepStrictEqual(heard, ["right"]);
});

canTest("SocketcanBus retires a frame that netem dropped, by the next echo or N_As", async () => {
  await run("tc", "qdisc", "replace", "dev", "vcan1", "root", "netem", "loss", "100%");
  try {
    await using opened = await openBus({ name: "vcan1", nAsMs: 200 });
    await using other = await openBus({ name: "vcan1" });
    const port = opened.bus.attach();
    port.listen({ id: 9, extended: false }, () => {});
    await filtersSet();
    await run("tc", "qdisc", "del", "dev", "vcan1", "root");
    await send(other.bus.attach(), numbered(9, 0));
    await until(() => opened.bus.evidence.framesHeard === 1, "a node");
    await run("tc", "qdisc", "replace", "dev", "vcan1", "root", "netem", "loss", "100%");
    const lost = [send(port, numbered(1, 1)), send(port, numbered(2, 2))];
    await run("tc", "qdisc", "del", "dev", "vcan1", "root");
    strictEqual(await send(port, numbered(3, 3)), "sent");
    deepStrictEqual(await Promise.all(lost), ["aborted", "aborted"]);
    await run("tc", "qdisc", "replace", "dev", "vcan1", "root", "netem", "loss", "100%");
    strictEqual(await send(port, numbered(4, 4)), "aborted");
    await run("tc", "qdisc", "del", "dev", "vcan1", "root");
    strictEqual(await send(port, numbered(5, 5)), "sent");
    strictEqual(opened.bus.evidence.framesLost, 3);
  } finally {
    await new Deno.Command("tc", { args: ["qdisc", "del", "dev", "vcan1", "root"] }).output();
  }
});

canTest("SocketcanBus has at most 3 frames outstanding until somebody was heard", async () => {
  // A bus so slow that nothing is confirmed: what a controller alone on a bus looks like.
  await run("tc", "qdisc", "replace", "dev", "vcan1", "root", "netem", "delay", "5s");
  try {
    await using opened = await openBus({ name: "vcan1", nAsMs: 300 });
    const port = opened.bus.attach();
    const states: string[] = [];
    port.state$.subscribe(({ kind }) => states.push(kind));
    const ends = await Promise.all(
      Array.from({ length: 8 }, (_, i) => send(port, numbered(0x7E0, i))),
    );
    ok(ends.every((end) => end === "aborted"));
    const reason = await opened.bus.closed;
    strictEqual(reason?.code, "SOCKETCAN_NO_ACKNOWLEDGE");
    // The three that the kernel has are named, and no other.
    strictEqual(reason.message.match(/7E0#/g)?.length, 3);
    ok(reason.message.includes("7E0#0000000200000000"));
    deepStrictEqual(reason.commands, ["sudo ip link set vcan1 down", "sudo ip link set vcan1 up"]);
    deepStrictEqual(states, ["errorActive", "stopped"]);
    const queue = await run("tc", "-s", "qdisc", "show", "dev", "vcan1");
    ok(/backlog \S+ 3p/.test(queue), queue);
    for (const command of reason.commands) await run("ip", ...command.split(" ").slice(2));
    const emptied = await run("tc", "-s", "qdisc", "show", "dev", "vcan1");
    ok(/backlog 0b 0p/.test(emptied), emptied);
  } finally {
    await new Deno.Command("tc", { args: ["qdisc", "del", "dev", "vcan1", "root"] }).output();
  }
});

canTest("SocketcanBus follows an interface down and up again", async () => {
  await using opened = await openBus({ name: "vcan3" });
  const port = opened.bus.attach();
  const states: string[] = [];
  port.state$.subscribe(({ kind }) => states.push(kind));
  strictEqual(await send(port, numbered(1, 0)), "sent");
  await run("ip", "link", "set", "vcan3", "down");
  strictEqual(await send(port, numbered(1, 1)), "aborted");
  strictEqual(states.at(-1), "stopped");
  strictEqual(await send(port, numbered(1, 2)), "aborted");
  await run("ip", "link", "set", "vcan3", "up");
  await until(() => states.at(-1) === "errorActive", "up again");
  strictEqual(await send(port, numbered(1, 3)), "sent");
});

canTest("SocketcanBus ends when its interface is removed", async () => {
  await run("ip", "link", "add", "dev", "vcan9", "type", "vcan");
  await run("ip", "link", "set", "vcan9", "up");
  await using opened = await openBus({ name: "vcan9" });
  await run("ip", "link", "del", "vcan9");
  strictEqual((await opened.bus.closed)?.code, "SOCKETCAN_REMOVED");
  strictEqual(await send(opened.bus.attach(), numbered(1, 0)), "aborted");
});

canTest("SocketcanBus reads its controller's state from error frames", async () => {
  await using opened = await openBus({ name: "vcan3" });
  const port = opened.bus.attach();
  const states: string[] = [];
  port.state$.subscribe(({ kind, tec }) =>
    states.push(tec === undefined ? kind : `${kind} ${tec}`)
  );
  await run("cansend", "vcan3", "20000204#0020000000008800");
  await until(() => states.length === 2, "error passive");
  await run("cansend", "vcan3", "20000004#0040000000000000");
  await run("cansend", "vcan3", "20000020#0000000000000000");
  await until(() => opened.bus.evidence.unacknowledged === 1, "no acknowledge");
  await run("cansend", "vcan3", "20000040#0000000000000000");
  await until(() => states.includes("busOff"), "bus-off");
  strictEqual(await send(port, numbered(1, 0)), "aborted");
  // A virtual controller is not off: the kernel is asked, and says so.
  await until(() => states.at(-1) === "errorActive", "back again");
  strictEqual(await send(port, numbered(1, 1)), "sent");
  deepStrictEqual(states.slice(0, 4), ["errorActive", "errorPassive 136", "errorActive", "busOff"]);
});

canTest("openSocketcanBus() says what to type where an interface cannot be used", async () => {
  using clock = new RealClock();
  async function openAndClose(name: string): Promise<void> {
    const bus = await openSocketcanBus({ name, clock });
    bus.close();
    await bus.closed;
  }
  async function refusal(name: string): Promise<SocketcanError> {
    try {
      await openAndClose(name);
    } catch (error) {
      if (error instanceof SocketcanError) return error;
      throw error;
    }
    throw new Error(`${name} was opened`);
  }
  const missing = await refusal("can0");
  strictEqual(missing.code, "SOCKETCAN_INTERFACE_MISSING");
  strictEqual((await refusal("lo")).code, "SOCKETCAN_NOT_CAN");
  await run("ip", "link", "set", "vcan3", "down");
  const down = await refusal("vcan3");
  strictEqual(down.code, "SOCKETCAN_DOWN");
  for (const command of down.commands) await run("ip", ...command.split(" ").slice(2));
  await openAndClose("vcan3");
});
