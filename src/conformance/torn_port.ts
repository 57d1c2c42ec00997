import type { CanFrame, CanPort } from "../can/mod.ts";
import type { GroupIdentifier } from "../group/mod.ts";

/** PCI types in the high nibble of a frame's first byte. Source: ISO 15765-2:2016, "PCI". */
const CONSECUTIVE_FRAME = 2;
const FLOW_CONTROL = 3;
/** FlowStatus "wait". */
const WAIT = 1;
/** How far the sequence number of a torn message's frame is off. */
const OFF_BY = 5;

/** Where frames to a node go. */
export interface NodeAddress {
  /** Their identifier. */
  readonly tx: GroupIdentifier;
  /** Their first data byte, where an address precedes what ISO-TP has. */
  readonly txPrefix?: number;
}

/**
 * A port on which one consecutive frame on the group identifier can be given a wrong sequence number,
 * and which can have a node wait with what it answers.
 */
export class TornPort implements CanPort {
  readonly #port: CanPort;
  readonly #identifier: GroupIdentifier;
  readonly #own: NodeAddress;
  #isArmed = false;
  /** Whether flow control says "wait" where it would say "go on". */
  holdsAnswers = false;

  /**
   * Makes one.
   *
   * @param port The way onto the bus.
   * @param identifier Where the group's frames go.
   * @param own How the node is reached, seen from the tester.
   */
  constructor(port: CanPort, identifier: GroupIdentifier, own: NodeAddress) {
    this.#port = port;
    this.#identifier = identifier;
    this.#own = own;
  }

  get name(): string {
    return this.#port.name;
  }

  get bitRates(): CanPort["bitRates"] {
    return this.#port.bitRates;
  }

  get confirmationLagMs(): number | undefined {
    return this.#port.confirmationLagMs;
  }

  get queueFrames(): number | undefined {
    return this.#port.queueFrames;
  }

  get state$(): CanPort["state$"] {
    return this.#port.state$;
  }

  /** The next consecutive frame on the identifier goes out of sequence. */
  tearNext(): void {
    this.#isArmed = true;
  }

  listen(...args: Parameters<CanPort["listen"]>): () => void {
    return this.#port.listen(...args);
  }

  listenAll(...args: Parameters<CanPort["listenAll"]>): () => void {
    return this.#port.listenAll(...args);
  }

  transmit(frame: CanFrame, onEnd: Parameters<CanPort["transmit"]>[1]): void {
    this.#port.transmit(this.#changed(frame), onEnd);
  }

  close(): void {
    this.#port.close();
  }

  #changed(frame: CanFrame): CanFrame {
    if (this.#isDue(frame)) return this.#torn(frame);
    const { tx, txPrefix } = this.#own;
    const pciAt = txPrefix === undefined ? 0 : 1;
    const isHeld = this.holdsAnswers && frame.id === tx.id && frame.extended === tx.extended &&
      frame.data[pciAt]! >> 4 === FLOW_CONTROL;
    if (!isHeld) return frame;
    const data = frame.data.slice();
    data[pciAt] = FLOW_CONTROL << 4 | WAIT;
    return { ...frame, data };
  }

  #isDue({ id, extended, data }: CanFrame): boolean {
    const { id: own, extended: isExtended } = this.#identifier;
    return this.#isArmed && id === own && extended === isExtended &&
      data[0]! >> 4 === CONSECUTIVE_FRAME;
  }

  #torn(frame: CanFrame): CanFrame {
    this.#isArmed = false;
    const data = frame.data.slice();
    data[0] = CONSECUTIVE_FRAME << 4 | (data[0]! + OFF_BY & 0x0F);
    return { ...frame, data };
  }
}
