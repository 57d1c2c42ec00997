import { deepStrictEqual, ok, rejects, strictEqual, throws } from "node:assert/strict";
import { firstValueFrom, skip } from "rxjs";
import {
  connectTcpBus,
  RealClock,
  serveTcpBus,
  type TcpBus,
  TcpBusError,
  type TcpBusServer,
} from "../../../src/adapters/mod.ts";
import { TcpConnection } from "../../../src/adapters/tcp_connection.ts";
import type { CanFrame, CanPort, LoopbackEndpoint } from "../../../src/can/mod.ts";
import { VirtualBus } from "../../../src/sim/mod.ts";

const ANY_PORT: LoopbackEndpoint = { host: "127.0.0.1", port: 0 };

function classic(id: number, bytes: readonly number[] = []): CanFrame {
  return { id, extended: false, fd: false, bitRateSwitch: false, data: Uint8Array.from(bytes) };
}

/** A bus behind a server on this machine, and one client. */
interface Served {
  readonly bus: VirtualBus;
  readonly server: TcpBusServer;
  readonly client: TcpBus;
  readonly clock: RealClock;
  readonly errors: TcpBusError[];
}

async function withServedBus(body: (served: Served) => Promise<void>): Promise<void> {
  using clock = new RealClock({ catchUp: true });
  const bus = new VirtualBus({
    name: "bench",
    bitRates: { bitrateBps: 500_000, dataBitrateBps: 2_000_000 },
    clock,
    seed: 1,
  });
  const errors: TcpBusError[] = [];
  const server = serveTcpBus({
    bus,
    listen: ANY_PORT,
    onClientError: (error) => errors.push(error),
  });
  const client = await connectTcpBus({ connect: server.endpoint, clock });
  try {
    await body({ bus, server, client, clock, errors });
  } finally {
    client.close();
    await client.closed;
    await server.close();
  }
}

/** Sends a frame and waits for its end. */
function transmitted(port: CanPort, frame: CanFrame): Promise<string> {
  return new Promise((resolve) => port.transmit(frame, resolve));
}

Deno.test("connectTcpBus() learns name and bit rates of the bus", async () => {
  await withServedBus(async ({ client }) => {
    await Promise.resolve();
    strictEqual(client.name, "bench");
    deepStrictEqual(client.bitRates, { bitrateBps: 500_000, dataBitrateBps: 2_000_000 });
    const port = client.attach("tester");
    strictEqual(port.name, "virtual:bench");
    deepStrictEqual(port.bitRates, client.bitRates);
  });
});

Deno.test("TcpBus.attach() gives ports that exchange and confirm frames in order", async () => {
  await withServedBus(async ({ bus, client }) => {
    const local = bus.attach("local");
    const [left, right] = [client.attach("left"), client.attach("right")];
    const heardLocally: number[] = [];
    const heardRight: number[] = [];
    local.listenAll(({ id }) => heardLocally.push(id));
    right.listen(classic(7), ({ data }) => heardRight.push(data[0]!));
    const outcomes: string[] = [];
    let isInside = false;
    const { promise, resolve } = Promise.withResolvers<void>();
    for (let i = 0; i < 200; i++) {
      isInside = true;
      left.transmit(classic(i % 8, [i]), (outcome) => {
        ok(!isInside);
        outcomes.push(outcome);
        if (outcomes.length === 200) resolve();
      });
      isInside = false;
    }
    await promise;
    // What the right port heard was sent before the confirmation of the last frame.
    deepStrictEqual(outcomes, Array(200).fill("sent"));
    deepStrictEqual(heardLocally, Array.from({ length: 200 }, (_, i) => i % 8));
    deepStrictEqual(heardRight, Array.from({ length: 25 }, (_, i) => 8 * i + 7));
    strictEqual(bus.statistics.frames, 200);
  });
});

Deno.test("TcpBus carries FD frames and 29-bit identifiers unchanged", async () => {
  await withServedBus(async ({ bus, client }) => {
    const frame: CanFrame = {
      id: 0x18DA00F1,
      extended: true,
      fd: true,
      bitRateSwitch: true,
      data: Uint8Array.from({ length: 64 }, (_, i) => i),
    };
    const local = bus.attach("local");
    const remote = client.attach("remote");
    const heard: CanFrame[] = [];
    local.listen(frame, (each) => heard.push(each));
    strictEqual(await transmitted(remote, frame), "sent");
    const { promise, resolve } = Promise.withResolvers<CanFrame>();
    remote.listen(frame, resolve);
    local.transmit(frame, () => {});
    deepStrictEqual(await promise, frame);
    deepStrictEqual(heard, [frame]);
  });
});

Deno.test("TcpBus tells the state of the controller behind a port", async () => {
  await withServedBus(async ({ client }) => {
    // Nobody else is on the bus: nobody acknowledges, so the controller becomes error-passive.
    const lonely = client.attach("lonely");
    const passive = firstValueFrom(lonely.state$.pipe(skip(2)));
    lonely.transmit(classic(1), () => {});
    deepStrictEqual(await passive, { kind: "errorPassive", tec: 128, rec: 0 });
    client.attach("company");
    strictEqual(await transmitted(lonely, classic(2)), "sent");
  });
});

Deno.test("TcpBus ports stop when the connection is lost, and abort their frames", async () => {
  await withServedBus(async ({ client, server, bus }) => {
    const port = client.attach("lonely");
    const kinds: string[] = [];
    port.state$.subscribe({
      next: ({ kind }) => kinds.push(kind),
      complete: () => kinds.push("-"),
    });
    const waiting = transmitted(port, classic(1));
    await server.close();
    strictEqual(await waiting, "aborted");
    strictEqual(await client.closed, undefined);
    strictEqual(kinds.at(-1), "stopped");
    strictEqual(await transmitted(port, classic(1)), "aborted");
    const later = client.attach("later");
    strictEqual(await transmitted(later, classic(1)), "aborted");
    port.close();
    strictEqual(kinds.at(-1), "-");
    // The server took the client's ports off the bus: a newcomer is alone.
    const newcomer = bus.attach("newcomer");
    newcomer.transmit(classic(1), () => {});
    const { kind } = await firstValueFrom(newcomer.state$.pipe(skip(1)));
    strictEqual(kind, "errorPassive");
    newcomer.close();
  });
});

Deno.test("TcpBus ports can be closed one by one", async () => {
  await withServedBus(async ({ bus, client }) => {
    const local = bus.attach("local");
    const [kept, closed] = [client.attach("kept"), client.attach("closed")];
    let heardClosed = 0;
    closed.listenAll(() => heardClosed++);
    const log: string[] = [];
    closed.state$.subscribe({ complete: () => log.push("complete") });
    closed.transmit(classic(0x700), (outcome) => log.push(outcome));
    closed.close();
    closed.close();
    closed.transmit(classic(0x701), (outcome) => log.push(outcome));
    strictEqual(await transmitted(kept, classic(1)), "sent");
    deepStrictEqual(log, ["complete", "aborted", "aborted"]);
    local.transmit(classic(2), () => {});
    const { promise, resolve } = Promise.withResolvers<void>();
    kept.listen(classic(2), () => resolve());
    await promise;
    strictEqual(heardClosed, 0);
  });
});

Deno.test("TcpBus serves several clients on one bus", async () => {
  await withServedBus(async ({ client, server, clock }) => {
    const other = await connectTcpBus({ connect: server.endpoint, clock });
    const [here, there] = [client.attach("here"), other.attach("there")];
    const { promise, resolve } = Promise.withResolvers<number>();
    there.listen(classic(5), ({ data }) => resolve(data[0]!));
    // The other client's port must be on the bus before the frame is.
    await firstValueFrom(there.state$.pipe(skip(1)));
    strictEqual(await transmitted(here, classic(5, [42])), "sent");
    strictEqual(await promise, 42);
    other.close();
    strictEqual(await other.closed, undefined);
  });
});

Deno.test("TcpBus.attach() refuses frames that do not fit the bus, at once", async () => {
  await withServedBus(async ({ client }) => {
    await Promise.resolve();
    const port = client.attach("a");
    throws(() => port.transmit(classic(0x800), () => {}), RangeError);
    throws(() => client.attach("x".repeat(65)), RangeError);
  });
});

Deno.test("serveTcpBus() gives up a client that does not speak the protocol", async () => {
  const nonsense: readonly (readonly [name: string, bytes: readonly number[]])[] = [
    ["an HTTP request", [...new TextEncoder().encode("POST / HTTP/1.1\r\n\r\n")]],
    ["no hello", [0, 3, 3, 0, 1]],
    ["a frame of a port never attached", [...HELLO, 0, 8, 5, 0, 1, 0, 0, 0, 0, 1]],
    ["hello twice", [...HELLO, ...HELLO]],
    ["a port twice", [...HELLO, 0, 3, 3, 0, 1, 0, 3, 3, 0, 1]],
    ["what only a server says", [...HELLO, 0, 4, 6, 0, 1, 0]],
  ];
  await withServedBus(async ({ server, errors, client }) => {
    for (const [name, bytes] of nonsense) {
      const { host: hostname, port } = server.endpoint;
      const conn = await Deno.connect({ hostname, port });
      await conn.write(Uint8Array.from(bytes));
      // The server closes: the stream ends, after its hello where it came to one.
      const rest = await new Response(conn.readable).arrayBuffer().catch(() => undefined);
      ok(rest === undefined || rest.byteLength < 40, name);
    }
    deepStrictEqual(errors.map(({ failure }) => failure), nonsense.map(() => "protocol"));
    // The others do not notice.
    const [left] = [client.attach("left"), client.attach("right")];
    strictEqual(await transmitted(left, classic(1)), "sent");
  });
});

const HELLO = [0, 8, 1, ...new TextEncoder().encode("CANVOY"), 1];

Deno.test("serveTcpBus() gives up a client with too many ports", async () => {
  await withServedBus(async ({ client, errors }) => {
    for (let i = 0; i < 1025; i++) client.attach(`${i}`);
    await client.closed;
    deepStrictEqual(errors.map(({ failure }) => failure), ["overflow"]);
  });
});

Deno.test("TcpConnection gives up a peer that does not read", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const [near, far] = await Promise.all([
    Deno.connect({ hostname: "127.0.0.1", port: listener.addr.port }),
    listener.accept(),
  ]);
  const connection = new TcpConnection(near);
  const ended = connection.receive(() => {});
  const label = "x".repeat(64);
  // 16 MiB are let wait; a message has 69 bytes.
  for (let i = 0; i < 250_000; i++) connection.send({ type: "attach", port: 0, label });
  strictEqual((await ended)?.failure, "overflow");
  far.close();
  listener.close();
});

Deno.test("connectTcpBus() gives up what is no bus", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const endpoint = { host: "127.0.0.1", port: listener.addr.port };
  using clock = new RealClock();
  const answers = ["HTTP/1.1 400 Bad Request\r\n\r\n", ""];
  for (const answer of answers) {
    const joining = connectTcpBus({ connect: endpoint, clock });
    const conn = await listener.accept();
    await conn.read(new Uint8Array(100));
    await conn.write(new TextEncoder().encode(answer));
    conn.close();
    await rejects(joining, (error) => {
      ok(error instanceof TcpBusError);
      strictEqual(error.failure, "protocol");
      return true;
    });
  }
  listener.close();
});

Deno.test("connectTcpBus() and serveTcpBus() name what is wrong with an address", async () => {
  await withServedBus(async ({ bus, server, clock }) => {
    throws(() => serveTcpBus({ bus, listen: server.endpoint }), failsWith("unavailable"));
    throws(
      () => serveTcpBus({ bus, listen: { host: "0.0.0.0", port: 0 } }),
      failsWith("notLoopback"),
    );
    await rejects(
      connectTcpBus({ connect: { host: "192.0.2.1", port: 1 }, clock }),
      failsWith("notLoopback"),
    );
    const longName = new VirtualBus({
      name: "x".repeat(65),
      bitRates: bus.bitRates,
      clock,
      seed: 1,
    });
    throws(() => serveTcpBus({ bus: longName, listen: ANY_PORT }), RangeError);
  });
  const free = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = free.addr;
  free.close();
  using clock = new RealClock();
  await rejects(
    connectTcpBus({ connect: { host: "localhost", port }, clock }),
    failsWith("unavailable"),
  );
});

function failsWith(failure: string): (error: unknown) => boolean {
  return (error) => error instanceof TcpBusError && error.failure === failure;
}
