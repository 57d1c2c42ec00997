import { isLoopbackHost, type LoopbackEndpoint } from "../can/mod.ts";
import { encodeTcpBusMessage, type TcpBusMessage, TcpBusMessageReader } from "./tcp_bus_codec.ts";
import { TcpBusError } from "./tcp_bus_error.ts";

/** What may wait to be written before the other end is taken to have stopped reading. */
const UNWRITTEN_BYTES_MAX = 16 * 1024 * 1024;
const READ_BYTES = 64 * 1024;

/** One end of a TCP connection that carries bus messages. */
export class TcpConnection {
  readonly #conn: Deno.TcpConn;
  #unwritten: Uint8Array[] = [];
  #unwrittenBytes = 0;
  #isWriting = false;
  #isClosed = false;
  #failure: TcpBusError | undefined;

  /**
   * Takes a connection over.
   *
   * @param conn The connection.
   */
  constructor(conn: Deno.TcpConn) {
    this.#conn = conn;
    // Frames are small and wait for each other: Nagle's algorithm would add its delay to each.
    conn.setNoDelay(true);
  }

  /**
   * Sends a message; nothing happens when the connection is closed.
   *
   * @param message The message.
   */
  send(message: TcpBusMessage): void {
    if (this.#isClosed) return;
    const bytes = encodeTcpBusMessage(message);
    this.#unwritten.push(bytes);
    this.#unwrittenBytes += bytes.length;
    if (this.#unwrittenBytes > UNWRITTEN_BYTES_MAX) {
      this.fail(new TcpBusError("overflow", "Cannot send a bus message: the peer does not read"));
    } else if (!this.#isWriting) this.#write();
  }

  /**
   * Receives messages until the connection ends.
   *
   * @param onMessage Called for each; what it throws closes the connection.
   * @returns At the end: `undefined` for a plain one (the other end, or this one, closed it).
   */
  async receive(onMessage: (message: TcpBusMessage) => void): Promise<TcpBusError | undefined> {
    const reader = new TcpBusMessageReader();
    const buffer = new Uint8Array(READ_BYTES);
    try {
      while (!this.#isClosed) {
        const count = await this.#conn.read(buffer);
        if (count === null) break;
        reader.push(buffer.subarray(0, count), onMessage);
      }
    } catch (error) {
      // Any other error is that of a socket which this end closed, or the other end reset.
      if (error instanceof TcpBusError) this.#failure ??= error;
      else if (!isSocketError(error)) throw error;
    } finally {
      this.close();
    }
    return this.#failure;
  }

  /**
   * Gives the connection up.
   *
   * @param error What `receive` will tell.
   */
  fail(error: TcpBusError): void {
    this.#failure ??= error;
    this.close();
  }

  /** Closes the connection. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#conn.close();
  }

  /** Writes what waits, and what comes meanwhile, as few large pieces. */
  async #write(): Promise<void> {
    this.#isWriting = true;
    // What else is sent in this turn of the event loop goes with it.
    await Promise.resolve();
    try {
      while (this.#unwritten.length > 0 && !this.#isClosed) {
        const bytes = concatenate(this.#unwritten, this.#unwrittenBytes);
        this.#unwritten = [];
        this.#unwrittenBytes = 0;
        for (let at = 0; at < bytes.length;) at += await this.#conn.write(bytes.subarray(at));
      }
    } catch (error) {
      if (!isSocketError(error)) throw error;
      this.close();
    } finally {
      this.#isWriting = false;
    }
  }
}

/**
 * Refuses addresses that another machine could reach.
 *
 * @param endpoint The endpoint.
 * @returns What to give to the operating system.
 * @throws {TcpBusError} `notLoopback`.
 */
export function loopbackAddress(endpoint: LoopbackEndpoint): {
  readonly hostname: string;
  readonly port: number;
} {
  const { host, port } = endpoint;
  if (!isLoopbackHost(host)) {
    throw new TcpBusError("notLoopback", `Cannot carry a bus over ${host}: not a loopback address`);
  }
  // A name is what the system's tables say; the address is certain.
  return { hostname: host === "localhost" ? "127.0.0.1" : host, port };
}

function isSocketError(error: unknown): boolean {
  return error instanceof Deno.errors.BadResource || error instanceof Deno.errors.Interrupted ||
    error instanceof Deno.errors.ConnectionReset || error instanceof Deno.errors.BrokenPipe ||
    error instanceof Deno.errors.ConnectionAborted || error instanceof Deno.errors.UnexpectedEof ||
    error instanceof Deno.errors.NotConnected;
}

function concatenate(parts: readonly Uint8Array[], totalBytes: number): Uint8Array {
  const whole = new Uint8Array(totalBytes);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
