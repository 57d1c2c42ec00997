import type { CanBitRates, CanPort, LoopbackEndpoint } from "../can/mod.ts";
import { isDenied } from "./denied.ts";
import { encodeTcpBusMessage, type TcpBusMessage } from "./tcp_bus_codec.ts";
import { TcpBusError } from "./tcp_bus_error.ts";
import { loopbackAddress, TcpConnection } from "./tcp_connection.ts";

/** How long a client may take to say what it is on a busy machine, in ms. */
const HELLO_MS_MAX = 30_000;
const CLIENTS_MAX = 64;
const PORTS_PER_CLIENT_MAX = 1024;
/** Frames of one client that wait for the wire; minutes of a saturated bus. */
const WAITING_FRAMES_MAX = 65_536;

/** A bus that ports can be attached to: a virtual bus. */
export interface AttachableBus {
  /** Told to who joins, who shows it in messages. */
  readonly name: string;
  /** Bit rates. */
  readonly bitRates: CanBitRates;
  /** Joins a controller to the bus; the name is for traces. */
  attach(name: string): CanPort;
}

/** How a bus is carried over TCP. */
export interface TcpBusServerOptions {
  /** The bus. */
  readonly bus: AttachableBus;
  /** Where to listen; port 0 takes a free one. */
  readonly listen: LoopbackEndpoint;
  /** Told of clients that were given up, and why. */
  readonly onClientError?: (error: TcpBusError) => void;
}

/** A bus that other processes of this machine may join. */
export interface TcpBusServer {
  /** Where it listens. */
  readonly endpoint: LoopbackEndpoint;
  /** Closes the listener and all connections; the bus itself goes on. */
  close(): Promise<void>;
}

/**
 * Lets other processes of this machine join a bus: each of their ports is a port of the bus. A
 * client that goes away takes its ports with it.
 *
 * Limitations: no authentication, as for a CAN bus: whoever runs programs on this machine may join.
 *
 * @param options The bus, and where to listen.
 * @returns The server; it listens already.
 * @throws {RangeError} If the bus's name is longer than 64 bytes of UTF-8.
 * @throws {TcpBusError} `notLoopback`, `denied`, or `unavailable` when the port is taken.
 */
export function serveTcpBus(options: TcpBusServerOptions): TcpBusServer {
  const { bus } = options;
  // What cannot be said to a client is found out before there is one.
  const hello: TcpBusMessage = { type: "serverHello", name: bus.name, bitRates: bus.bitRates };
  encodeTcpBusMessage(hello);
  const address = loopbackAddress(options.listen);
  const listener = openListener(address);
  const clients = new Map<TcpBusSession, Promise<void>>();

  async function accept(): Promise<void> {
    for await (const conn of listener) {
      if (clients.size >= CLIENTS_MAX) {
        conn.close();
        continue;
      }
      const session = new TcpBusSession(bus, hello, conn);
      const ended = session.run().then((error) => {
        clients.delete(session);
        if (error !== undefined) options.onClientError?.(error);
      });
      clients.set(session, ended);
    }
  }

  const accepting = accept();
  async function close(): Promise<void> {
    listener.close();
    await accepting;
    for (const session of clients.keys()) session.close();
    await Promise.all(clients.values());
  }

  let closing: Promise<void> | undefined;
  return {
    endpoint: { host: listener.addr.hostname, port: listener.addr.port },
    close: () => closing ??= close(),
  };
}

function openListener(address: { readonly hostname: string; readonly port: number }) {
  try {
    return Deno.listen({ ...address, transport: "tcp" });
  } catch (cause) {
    const where = `${address.hostname}:${address.port}`;
    const what = `Cannot listen on ${where}`;
    if (isDenied(cause)) throw new TcpBusError("denied", `${what}: permission denied`, { cause });
    const state = cause instanceof Deno.errors.AddrInUse || !(cause instanceof Error)
      ? "it is taken"
      : cause.message;
    throw new TcpBusError("unavailable", `${what}: ${state}`, { cause });
  }
}

/** One client's ports. */
class TcpBusSession {
  readonly #bus: AttachableBus;
  readonly #hello: TcpBusMessage;
  readonly #connection: TcpConnection;
  readonly #ports = new Map<number, CanPort>();
  #hasHello = false;
  #waitingFrames = 0;

  constructor(bus: AttachableBus, hello: TcpBusMessage, conn: Deno.TcpConn) {
    this.#bus = bus;
    this.#hello = hello;
    this.#connection = new TcpConnection(conn);
  }

  /** Serves the client until it goes; tells why, if it had to be given up. */
  async run(): Promise<TcpBusError | undefined> {
    const helloTimer = setTimeout(() => {
      this.#connection.fail(new TcpBusError("protocol", "Cannot serve a client: no hello came"));
    }, HELLO_MS_MAX);
    try {
      return await this.#connection.receive((message) => {
        clearTimeout(helloTimer);
        this.#take(message);
      });
    } finally {
      clearTimeout(helloTimer);
      for (const port of this.#ports.values()) port.close();
      this.#ports.clear();
    }
  }

  close(): void {
    this.#connection.close();
  }

  #take(message: TcpBusMessage): void {
    if (message.type === "clientHello" && !this.#hasHello) {
      this.#hasHello = true;
      this.#connection.send(this.#hello);
    } else if (!this.#hasHello) throw unexpected("no hello");
    else if (message.type === "attach") this.#attach(message.port, message.label);
    else if (message.type === "detach") {
      this.#port(message.port).close();
      this.#ports.delete(message.port);
    } else if (message.type === "frame") this.#transmit(message);
    else throw unexpected(message.type);
  }

  #attach(number: number, label: string): void {
    if (this.#ports.has(number)) throw unexpected(`port ${number} twice`);
    if (this.#ports.size >= PORTS_PER_CLIENT_MAX) {
      throw new TcpBusError("overflow", "Cannot attach a port: the client has too many");
    }
    const port = this.#bus.attach(label);
    this.#ports.set(number, port);
    port.listenAll((frame) => this.#connection.send({ type: "frame", port: number, frame }));
    port.state$.subscribe((state) => this.#connection.send({ type: "state", port: number, state }));
  }

  #transmit(message: TcpBusMessage & { type: "frame" }): void {
    const { port: number, frame } = message;
    const port = this.#port(number);
    if (frame.fd && this.#bus.bitRates.dataBitrateBps === undefined) {
      throw unexpected("an FD frame on a classic bus");
    }
    if (this.#waitingFrames >= WAITING_FRAMES_MAX) {
      throw new TcpBusError("overflow", "Cannot queue a frame: too many of the client's wait");
    }
    this.#waitingFrames++;
    port.transmit(frame, (outcome) => {
      this.#waitingFrames--;
      this.#connection.send({ type: "ended", port: number, outcome });
    });
  }

  #port(number: number): CanPort {
    const port = this.#ports.get(number);
    if (port === undefined) throw unexpected(`port ${number} not attached`);
    return port;
  }
}

function unexpected(what: string): TcpBusError {
  return new TcpBusError("protocol", `Cannot serve a client: ${what}`);
}
