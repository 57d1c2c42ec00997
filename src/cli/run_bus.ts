import type { Observable } from "rxjs";
import type { FrameListener } from "../can/mod.ts";
import type { WireEvidence } from "../adapters/mod.ts";
import type { CanvoyError } from "../core/mod.ts";
import type { BusFigures } from "../report/mod.ts";
import type { BusFaults, NodePort } from "../sim/mod.ts";

/** One bus of a run, wherever it is. */
export interface RunBus {
  /** Its name in the fleet file. */
  readonly name: string;
  /** Where it is, in words: `virtual:bench`, `virtual:bench at 127.0.0.1:5555`. */
  readonly place: string;
  /** Where other processes may join it: `127.0.0.1:5555`; absent where none can. */
  readonly endpoint?: string;
  /** Whether nodes are expected on it that do not live in this process. */
  readonly hasOutsideNodes: boolean;
  /** Frames that may come faster than they are read before some are lost; absent: any number. */
  readonly unreadFramesMax?: number;
  /** Hot; emits nothing and errors once when the bus is gone for good; absent where it cannot be. */
  readonly lost$?: Observable<never>;

  /**
   * Joins a controller to the bus, or shares the one that there is.
   *
   * @param label Its name, for traces of the end that has the bus.
   * @param faults What goes wrong at it, where the bus is modelled within this process.
   * @returns Its port.
   */
  attach(label: string, faults?: BusFaults): NodePort;

  /**
   * Shows each frame that this process knows of to somebody, once; in place of whom it was before.
   *
   * @param listener Called at the end of each intact frame.
   */
  follow(listener: FrameListener): void;

  /** What went wrong on the wire so far; absent where the bus does not tell. */
  wire?(): WireEvidence | undefined;

  /** What the bus carried so far: as modelled, or as far as this process hears it. */
  figures(): BusFigures;

  /** Leaves the bus, and ends it where it lives here. */
  close(): Promise<void>;
}

/** A way onto a bus that is outside of this process, as an adapter opens it. */
export interface OutsideBus {
  /** Where it is, in words. */
  readonly place: string;
  /** Whether each `attach` is another controller; otherwise all share one. */
  readonly hasManyPorts: boolean;
  /** Whether to hear all frames is free; otherwise only those are heard that somebody needs. */
  readonly hearsAll: boolean;
  /** Frames that may come faster than they are read before some are lost; absent: any number. */
  readonly unreadFramesMax?: number;
  /** Settles with the reason when the bus is gone for good; never rejects. */
  readonly lost: Promise<CanvoyError>;
  /** Joins a controller, or gives the one that there is. */
  attach(label: string): NodePort;
  /** What went wrong on the wire so far; absent where it does not tell. */
  wire?(): WireEvidence;
  /** Leaves the bus. */
  close(): Promise<void>;
}
