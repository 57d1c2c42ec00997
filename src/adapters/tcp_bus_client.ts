import { BehaviorSubject, type Observable } from "rxjs";
import {
  assertCanFrame,
  type CanBitRates,
  type CanFrame,
  type CanId,
  canIdKey,
  type CanPort,
  type CanPortState,
  type FrameListener,
  ListenerIndex,
  type LoopbackEndpoint,
  type TransmitOutcome,
} from "../can/mod.ts";
import type { Clock } from "../core/mod.ts";
import { isDenied } from "./denied.ts";
import type { TcpBusMessage } from "./tcp_bus_codec.ts";
import { TcpBusError } from "./tcp_bus_error.ts";
import { loopbackAddress, TcpConnection } from "./tcp_connection.ts";

/** How long the other end may take to say what bus it has on a busy machine, in ms. */
const HELLO_MS_MAX = 30_000;
const PORT_NUMBER_MAX = 0xFFFF;

/** How a bus of another process is joined. */
export interface TcpBusOptions {
  /** Where it listens. */
  readonly connect: LoopbackEndpoint;
  /** The clock of this process's ports. */
  readonly clock: Clock;
}

/**
 * A bus of another process of this machine, joined over one connection.
 *
 * Its ports keep the contract of every port; frames and confirmations bear the time of this
 * process's clock at which they arrived. When the connection is lost or closed, each port's state
 * is `stopped` and its frames are aborted, those handed over later too.
 */
export interface TcpBus {
  /** Name that the other end gave it. */
  readonly name: string;
  /** Bit rates that the other end gave it. */
  readonly bitRates: CanBitRates;
  /** Settles when the connection has ended, with the reason if it had to be given up. */
  readonly closed: Promise<TcpBusError | undefined>;
  /**
   * Joins a controller to the bus.
   *
   * @param label Its name in the other end's traces; 64 bytes of UTF-8 at the most.
   * @returns Its port.
   * @throws {RangeError} If the label is too long, or 65536 ports have been attached.
   */
  attach(label: string): CanPort;
  /** Closes the connection. */
  close(): void;
}

/**
 * Joins a bus of another process of this machine.
 *
 * @param options Where, and this end's clock.
 * @returns The bus, once the other end has named it.
 * @throws {TcpBusError} `notLoopback`; `unavailable` when nobody listens; `denied`; `protocol` when
 * what listens is no bus.
 */
export async function connectTcpBus(options: TcpBusOptions): Promise<TcpBus> {
  const address = loopbackAddress(options.connect);
  const where = `${address.hostname}:${address.port}`;
  let conn: Deno.TcpConn;
  try {
    conn = await Deno.connect({ ...address, transport: "tcp" });
  } catch (cause) {
    throw joinError(where, cause);
  }
  const connection = new TcpConnection(conn);
  const { promise: hello, resolve } = Promise.withResolvers<Hello>();
  const bus = new ConnectedBus(connection, options.clock, resolve);
  const noHello = new TcpBusError("protocol", `Cannot join a bus at ${where}: no hello came`);
  const helloTimer = setTimeout(() => connection.fail(noHello), HELLO_MS_MAX);
  try {
    const first = await Promise.race([hello, bus.closed]);
    if (first === undefined || first instanceof TcpBusError) throw first ?? noHello;
    return bus;
  } finally {
    clearTimeout(helloTimer);
  }
}

function joinError(where: string, cause: unknown): TcpBusError {
  const what = `Cannot join a bus at ${where}`;
  if (isDenied(cause)) return new TcpBusError("denied", `${what}: permission denied`, { cause });
  const state = cause instanceof Deno.errors.ConnectionRefused || !(cause instanceof Error)
    ? "nobody listens"
    : cause.message;
  return new TcpBusError("unavailable", `${what}: ${state}`, { cause });
}

type Hello = TcpBusMessage & { type: "serverHello" };

class ConnectedBus implements TcpBus {
  name = "";
  bitRates: CanBitRates = { bitrateBps: 0 };
  readonly closed: Promise<TcpBusError | undefined>;
  readonly #connection: TcpConnection;
  readonly #clock: Clock;
  readonly #onHello: (hello: Hello) => void;
  readonly #ports = new Map<number, TcpPort>();
  #nextNumber = 0;
  #hasHello = false;
  #isLost = false;

  constructor(connection: TcpConnection, clock: Clock, onHello: (hello: Hello) => void) {
    this.#connection = connection;
    this.#clock = clock;
    this.#onHello = onHello;
    connection.send({ type: "clientHello" });
    this.closed = connection.receive((message) => this.#take(message)).finally(() => {
      this.#isLost = true;
      for (const port of this.#ports.values()) port.connectionLost();
    });
  }

  attach(label: string): CanPort {
    const number = this.#nextNumber;
    if (number > PORT_NUMBER_MAX) {
      throw new RangeError("Cannot attach another port to this connection");
    }
    this.#connection.send({ type: "attach", port: number, label });
    this.#nextNumber++;
    const port = new TcpPort(this, number, this.#clock, this.#connection, () => {
      this.#ports.delete(number);
    });
    this.#ports.set(number, port);
    if (this.#isLost) port.connectionLost();
    return port;
  }

  close(): void {
    this.#connection.close();
  }

  #take(message: TcpBusMessage): void {
    if (message.type === "serverHello" && !this.#hasHello) {
      this.#hasHello = true;
      this.name = message.name;
      this.bitRates = message.bitRates;
      return this.#onHello(message);
    }
    if (message.type !== "frame" && message.type !== "ended" && message.type !== "state") {
      throw new TcpBusError("protocol", `Cannot take ${message.type}: not from a bus`);
    }
    // A port that was closed here may still be heard of until the other end knows.
    const port = this.#ports.get(message.port);
    if (port === undefined) return;
    if (message.type === "frame") port.receive(message.frame);
    else if (message.type === "state") port.setState(message.state);
    else port.frameEnded(message.outcome);
  }
}

type OnEnd = (outcome: TransmitOutcome, atMs: number) => void;

class TcpPort implements CanPort {
  readonly name: string;
  readonly bitRates: CanBitRates;
  readonly state$: Observable<CanPortState>;
  readonly #number: number;
  readonly #clock: Clock;
  readonly #connection: TcpConnection;
  readonly #onClose: () => void;
  readonly #state = new BehaviorSubject<CanPortState>({ kind: "errorActive" });
  readonly #listeners = new ListenerIndex();
  #waiting: OnEnd[] = [];
  #isOff = false;
  #isClosed = false;

  constructor(
    bus: TcpBus,
    number: number,
    clock: Clock,
    connection: TcpConnection,
    onClose: () => void,
  ) {
    this.name = `virtual:${bus.name}`;
    this.bitRates = bus.bitRates;
    this.#number = number;
    this.#clock = clock;
    this.#connection = connection;
    this.#onClose = onClose;
    this.state$ = this.#state.asObservable();
  }

  listen(id: CanId, listener: FrameListener): () => void {
    return this.#listen(canIdKey(id), listener);
  }

  listenAll(listener: FrameListener): () => void {
    return this.#listen(undefined, listener);
  }

  transmit(frame: CanFrame, onEnd: OnEnd): void {
    assertCanFrame(frame);
    if (frame.fd && this.bitRates.dataBitrateBps === undefined) {
      throw new RangeError(`Cannot send a CAN FD frame on classic bus ${this.name}`);
    }
    this.#waiting.push(onEnd);
    if (this.#isOff) this.#abortAll();
    else this.#connection.send({ type: "frame", port: this.#number, frame });
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#listeners.clear();
    if (!this.#isOff) this.#connection.send({ type: "detach", port: this.#number });
    this.#isOff = true;
    this.#onClose();
    this.#abortAll();
    this.#state.complete();
  }

  /** The bus is gone. */
  connectionLost(): void {
    this.#isOff = true;
    this.#abortAll();
    this.#state.next({ kind: "stopped" });
  }

  /** A frame of another port was on the wire. */
  receive(frame: CanFrame): void {
    this.#listeners.deliver(frame, this.#clock.now());
  }

  /** The other end's controller changed its state. */
  setState(state: CanPortState): void {
    this.#state.next(state);
  }

  /** The first of the waiting frames ended. */
  frameEnded(outcome: TransmitOutcome): void {
    const onEnd = this.#waiting.shift();
    if (onEnd === undefined) {
      throw new TcpBusError("protocol", "Cannot take a confirmation: no frame waits for one");
    }
    onEnd(outcome, this.#clock.now());
  }

  #listen(key: number | undefined, listener: FrameListener): () => void {
    if (this.#isClosed) return () => {};
    const stop = this.#listeners.add(key, listener);
    return () => void stop();
  }

  #abortAll(): void {
    if (this.#waiting.length === 0) return;
    const waiting = this.#waiting;
    this.#waiting = [];
    this.#clock.schedule(() => {
      for (const onEnd of waiting) onEnd("aborted", this.#clock.now());
    });
  }
}
