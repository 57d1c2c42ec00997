import { Subscription } from "rxjs";
import { createIsoTpLink, type IsoTpLink, TransmitScheduler } from "../isotp/mod.ts";
import type { GroupIdentifier } from "../group/mod.ts";
import type { ServerContext } from "../uds/mod.ts";
import type { NodeBehaviour } from "./behaviours.ts";
import type { GroupListener } from "./node_handle.ts";
import type { VirtualNodeOptions } from "./node_options.ts";

/** Unless its behaviour says otherwise. */
const LATE_FLOW_CONTROL_MS = 150;

/** Takes a request: its bytes, and how it was addressed. */
export type RequestListener = (
  request: Uint8Array,
  addressing: ServerContext["addressing"],
) => void;

/** A node's two ISO-TP links, its own and everybody's, from power-up to power-down. */
export class NodeLinks {
  readonly #physical: IsoTpLink;
  readonly #functional: IsoTpLink;
  readonly #scheduler: TransmitScheduler;
  readonly #subscriptions: readonly Subscription[];
  readonly #options: VirtualNodeOptions;
  readonly #groups = new Map<IsoTpLink, GroupListener>();
  /** Whether a segmented message is on its way in. */
  #isInMessage = false;
  #isClosed = false;
  /** Ends the answer of which a part is out and the rest waits. */
  #giveAnswerUp: (() => void) | undefined;

  /**
   * Listens from now on.
   *
   * @param options The node.
   * @param behaviour What it does otherwise.
   * @param onRequest Takes what comes.
   * @param isBootloader Whether its bootloader runs, which may have identifiers of its own.
   */
  constructor(
    options: VirtualNodeOptions,
    behaviour: NodeBehaviour,
    onRequest: RequestListener,
    isBootloader: boolean,
  ) {
    this.#options = options;
    const { port, clock, functional, format } = options;
    const addressing = (isBootloader ? options.bootloaderAddressing : undefined) ??
      options.addressing;
    this.#scheduler = new TransmitScheduler(port, clock);
    const common = { port, scheduler: this.#scheduler, clock, format };
    const { blockSize, stMin, messageBytesMax, nBsMs, nCrMs, waitFramesMax } = behaviour;
    const bent = {
      blockSize,
      stMin,
      messageBytesMax,
      nBsMs,
      nCrMs,
      waitFramesMax,
      flowControlDelayMs: flowControlDelay(behaviour),
    };
    const told = Object.fromEntries(
      Object.entries(bent).filter(([, value]) => value !== undefined),
    );
    this.#physical = createIsoTpLink({ ...common, addressing, ...told });
    this.#functional = createIsoTpLink({
      ...common,
      addressing: functional,
      role: "functionalListener",
    });
    this.#subscriptions = [
      this.#physical.indications$.subscribe(({ type }) => {
        this.#isInMessage = type === "firstFrame";
        if (this.#isInMessage) this.#giveAnswerUp?.();
      }),
      listen(this.#physical, (data) => {
        this.#giveAnswerUp?.();
        // What followed that answer may have been a reset: the request is lost with it.
        if (!this.#isClosed) onRequest(data, "physical");
      }),
      listen(this.#functional, (data) => {
        const { functionalRequests = "heard" } = behaviour;
        const isDropped = functionalRequests === "dropped" ||
          (functionalRequests === "droppedInMessage" && this.#isInMessage);
        if (!isDropped) onRequest(data, "functional");
      }),
    ];
  }

  /**
   * Sends a response, on the node's own identifier. One that is only in part out when the next
   * request comes is given up: the tester does not wait for it any more.
   *
   * @param response The response. One that cannot be sent is lost, as on a real node.
   * @param onEnd Called once it is on the wire, or lost.
   */
  send(response: Uint8Array, onEnd?: () => void): void {
    const sending = new Subscription();
    const ended = (): void => {
      this.#giveAnswerUp = undefined;
      onEnd?.();
    };
    sending.add(
      this.#physical.send(response).subscribe({
        next: ({ type }) => {
          if (type !== "started") return;
          this.#giveAnswerUp = () => {
            sending.unsubscribe();
            ended();
          };
        },
        complete: ended,
        error: ended,
      }),
    );
  }

  /**
   * Listens to a group.
   *
   * @param identifier Where its messages come.
   * @param listener Who listens.
   * @returns Ends it.
   */
  listenToGroup(identifier: GroupIdentifier, listener: GroupListener): () => void {
    const { port, clock, format } = this.#options;
    const link = createIsoTpLink({
      port,
      clock,
      format,
      scheduler: this.#scheduler,
      role: "groupListener",
      addressing: { mode: "normal", tx: identifier, rx: identifier },
    });
    this.#groups.set(link, listener);
    link.indications$.subscribe((indication) => {
      if (indication.type === "message") listener.take(indication.data);
    });
    return () => {
      this.#groups.delete(link);
      link.close();
    };
  }

  /** Leaves the bus. */
  close(): void {
    this.#isClosed = true;
    for (const [link, listener] of [...this.#groups]) {
      link.close();
      listener.closed();
    }
    this.#groups.clear();
    for (const subscription of this.#subscriptions) subscription.unsubscribe();
    this.#physical.close();
    this.#functional.close();
    this.#scheduler.close();
  }
}

/** What each flow control takes; one of so many is late. */
function flowControlDelay(behaviour: NodeBehaviour): number | (() => number) | undefined {
  const { flowControlDelayMs, lateFlowControlEvery, lateFlowControlMs = LATE_FLOW_CONTROL_MS } =
    behaviour;
  if (lateFlowControlEvery === undefined) return flowControlDelayMs;
  let count = 0;
  return () => ++count % lateFlowControlEvery === 0 ? lateFlowControlMs : flowControlDelayMs ?? 0;
}

function listen(link: IsoTpLink, take: (data: Uint8Array) => void): Subscription {
  return link.indications$.subscribe((indication) => {
    if (indication.type === "message") take(indication.data);
  });
}
