import { bytesToHex, CanvoyError, hexToBytes } from "../core/mod.ts";
import {
  decodeGroupOpened,
  decodeMapResponse,
  encodeGroupClose,
  encodeMapRequest,
  encodeMapResponse,
  type GenerationMap,
  type GroupMap,
  type GroupOpened,
  type MapRange,
} from "../group/mod.ts";
import { GroupTrialError } from "./errors.ts";
import { isLike, seenText } from "./finding.ts";
import type { GroupNodeUnderTest } from "./node_under_test.ts";
import type { Exchange, SaidMessage, Script } from "./script.ts";
import type { TrialImage } from "./trial_image.ts";

/** How long a node may be busy with what it was given, in ms: mending 127 blocks at 48 MHz, and more. */
const SETTLE_MS_MAX = 60_000;
const SETTLE_EVERY_MS = 10;
const TESTER_PRESENT = Uint8Array.of(0x3E, 0x00);
/** What part of S3 goes by until TesterPresent is sent again. */
const KEEP_ALIVE_SHARE = 0.3;
/** Pause from message to message for a node that does not tell how long it programs, in ms. */
const UNKNOWN_PROGRAM_MS = 25;
/** A functional request is answered by then, in ms: twice P2. */
const SAID_TO_ALL_MS = 100;
/** So often in a row a node may be silent. */
const SILENCES_MAX = 2;
/** Where `[0x71, 0x03, routine (2), status, programTime (2)]` has what no trial foresees. */
const PROGRAM_TIME_AT = 5;

/** What a map should be; generations that are not named miss nothing. */
export interface ExpectedMap {
  /** By generation: what is missing, what is held, whether its last mending was wrong. */
  readonly generations?:
    readonly (Partial<GenerationMap> & Pick<GenerationMap, "generation" | "missing">)[];
  /** Blocks that were mended. */
  readonly mended?: number;
}

/** A request that took longest to be answered. */
interface Slowest {
  readonly firstMs: number;
  readonly request: string;
}

/** A node on trial: what all checks do with it, and what is known of it so far. */
export class Trial {
  /** The node. */
  readonly node: GroupNodeUnderTest;
  /** What it said to its last opening. */
  opened: GroupOpened = { bufferBlocks: 1, programMs: 0 };
  /** The request that it took longest to answer in any way. */
  slowest: Slowest = { firstMs: 0, request: "" };
  /** How often it asked for patience though it was asked for a map, or to close. */
  pendingForMaps = 0;
  /** How often it spoke while nothing but the group's messages was sent. */
  unaskedMessages = 0;
  /** Whether TesterPresent keeps its session, as a tester's does. */
  isKeptAlive = true;
  #silences = 0;
  #keptAtMs = -Infinity;
  /** What a map told last of programming a block, in ms. */
  #toldMs = 0;

  /**
   * Begins with what was not tried yet.
   *
   * @param node The node.
   */
  constructor(node: GroupNodeUnderTest) {
    this.node = node;
  }

  /** The request that closes its group. */
  get closeRequest(): Uint8Array {
    return encodeGroupClose(this.node.routine);
  }

  /** The request for a map. */
  mapRequest(range: MapRange = { first: 0, count: 0 }): Uint8Array {
    return encodeMapRequest(this.node.routine, range);
  }

  /** Sends a request, and before it TesterPresent where that is due. */
  *ask(request: Uint8Array): Script<Exchange> {
    const nowMs = this.node.clock.now();
    if (this.isKeptAlive && nowMs - this.#keptAtMs > this.node.s3Ms * KEEP_ALIVE_SHARE) {
      this.#keptAtMs = nowMs;
      yield { kind: "ask", request: TESTER_PRESENT };
    }
    const exchange = (yield { kind: "ask", request }) as Exchange;
    this.#silences = exchange.answer.length === 0 ? this.#silences + 1 : 0;
    if (this.#silences >= SILENCES_MAX) throw new GroupTrialError("it does not answer any more");
    if (exchange.firstMs > this.slowest.firstMs) {
      this.slowest = { firstMs: exchange.firstMs, request: bytesToHex(request.subarray(0, 4)) };
    }
    const isRoutine = request[0] === 0x31 && (request[1] === 0x02 || request[1] === 0x03);
    if (isRoutine) this.pendingForMaps += exchange.pendingCount;
    return exchange;
  }

  /** Sends a request and hears no more of it than its first 0x78; tells whether that came. */
  *beginRequest(request: Uint8Array): Script<number> {
    return ((yield { kind: "begin", request }) as Exchange).pendingCount;
  }

  /** Sends a request and hears nothing of it. */
  *post(request: Uint8Array): Script {
    yield { kind: "post", request };
  }

  /**
   * Sends a request and lets the node wait for flow control with all but its answer's first frame;
   * tells whether it waits: an answer of one frame came.
   */
  *hold(request: Uint8Array): Script<boolean> {
    return ((yield { kind: "hold", request }) as Exchange).answer.length === 0;
  }

  /** Sends a request to all nodes, and waits for what this one says. */
  *sayToAll(request: Uint8Array): Script {
    yield { kind: "sayToAll", request };
    yield* this.wait(SAID_TO_ALL_MS);
  }

  /** Sends a request, once also where the node is busy. */
  *askOnce(request: Uint8Array): Script<Uint8Array> {
    return ((yield { kind: "once", request }) as Exchange).answer;
  }

  /** Sends a request whose answer is known. */
  *expect(
    section: string,
    rule: string,
    request: Uint8Array | string,
    expected: string,
  ): Script<Uint8Array> {
    const bytes = typeof request === "string" ? hexToBytes(request) : request;
    const { answer } = yield* this.ask(bytes);
    yield* this.tell(section, rule, isLike(answer, expected), expected, seenText(answer));
    return answer;
  }

  /** Tells what a rule came to. */
  *tell(
    section: string,
    rule: string,
    isRight: boolean,
    expected: string,
    seen: string,
  ): Script {
    const result = isRight ? "ok" : "wrong";
    yield { kind: "tell", finding: { section, rule, result, expected, seen } };
  }

  /** Tells that a rule could not be tried. */
  *skip(section: string, rule: string, reason: string): Script {
    yield {
      kind: "tell",
      finding: { section, rule, result: "skipped", expected: "", seen: reason },
    };
  }

  /** Sends messages as a tester does, none sooner than the node can program. */
  *say(...messages: readonly Uint8Array[]): Script {
    const knownMs = Math.max(this.opened.programMs, this.#toldMs);
    const gapMs = knownMs === 0 ? UNKNOWN_PROGRAM_MS : knownMs;
    yield* this.#say(messages.map((message) => ({ message })), gapMs);
  }

  /** Sends a message one of whose frames is out of sequence. */
  *sayTorn(message: Uint8Array): Script {
    yield* this.#say([{ message, isTorn: true }], 0);
  }

  /** Sends messages one right behind the other. */
  *burst(...messages: readonly Uint8Array[]): Script {
    yield* this.#say(messages.map((message) => ({ message })), 0);
  }

  /** Lets time go by. */
  *wait(delayMs: number): Script {
    yield { kind: "wait", delayMs };
  }

  /** Brings the node into its bootloader. */
  *enter(): Script {
    yield { kind: "step", step: "enter" };
  }

  /** Erases the trial's region. */
  *erase(): Script {
    yield { kind: "step", step: "erase" };
  }

  /** Has the node compare flash with the trial's image. */
  *check(section: string, rule: string): Script {
    if (this.node.check === undefined) {
      return yield* this.skip(section, rule, "its profile has no check");
    }
    const isThere = (yield { kind: "step", step: "check" }) as boolean;
    const seen = isThere ? "it does" : "it does not";
    yield* this.tell(section, rule, isThere, "its checksum fits", seen);
  }

  /** Erases, and opens a group; the trial cannot go on where that fails. */
  *begin(image: TrialImage): Script {
    yield* this.erase();
    yield* this.open(image);
  }

  /** Opens a group; the trial cannot go on where that fails. */
  *open(image: TrialImage): Script<Uint8Array> {
    const { answer } = yield* this.ask(image.open());
    const isOpen = isLike(answer, `${this.head(1)} ** ** **`) && answer[4]! > 0;
    if (!isOpen) throw new GroupTrialError(`it answers an opening with ${seenText(answer)}`);
    this.opened = decodeGroupOpened(answer);
    return answer;
  }

  /** The beginning of a positive answer. */
  head(type: number): string {
    return bytesToHex(Uint8Array.of(0x71, type, this.node.routine >> 8, this.node.routine & 0xFF));
  }

  /** Waits until the node neither programs nor mends. */
  *settle(image: TrialImage): Script {
    const untilMs = this.node.clock.now() + SETTLE_MS_MAX;
    for (;;) {
      const { answer } = yield* this.ask(this.mapRequest());
      const map = readMap(answer, image);
      if (map !== undefined) this.#toldMs = map.programMs;
      if (map === undefined || !map.isBusy) return;
      if (this.node.clock.now() > untilMs) {
        yield* this.tell(
          "3.2",
          "a node that is given nothing more is not busy for ever",
          false,
          "bit 0 of the status clears",
          seenText(answer),
        );
        throw new GroupTrialError("it stays busy");
      }
      yield* this.wait(SETTLE_EVERY_MS);
    }
  }

  /** Waits until it is idle, and compares its map. */
  *expectMap(section: string, rule: string, image: TrialImage, expected: ExpectedMap): Script {
    yield* this.settle(image);
    yield* this.compareMap(section, rule, image, expected);
  }

  /** Compares its map as it is now; whether it says busy counts as well. */
  *compareMap(section: string, rule: string, image: TrialImage, expected: ExpectedMap): Script {
    const { region } = image.opening;
    const { generations = [], mended = 0 } = expected;
    const wanted: GroupMap = {
      isBusy: false,
      hasFailed: false,
      hasMore: false,
      mendedShare: mended / Math.ceil(region.sizeBytes / region.blockBytes),
      programMs: 0,
      generations: generations.map((part) => ({ heldParity: 0, isWrong: false, ...part })),
    };
    const bytes = bytesToHex(encodeMapResponse(this.node.routine, wanted, region)).split(" ");
    bytes.splice(PROGRAM_TIME_AT, 2, "**", "**");
    const text = bytes.join(" ");
    const answer = yield* this.#wholeMap(image);
    yield* this.tell(section, rule, isLike(answer, text), text, seenText(answer));
  }

  /** The node's map; one that was cut is asked on for. */
  *#wholeMap(image: TrialImage): Script<Uint8Array> {
    const parts: GenerationMap[] = [];
    for (let first = 0;;) {
      const { answer } = yield* this.ask(this.mapRequest({ first, count: 0 }));
      const map = readMap(answer, image);
      const last = map?.generations.at(-1);
      if (map === undefined || (parts.length === 0 && !map.hasMore)) return answer;
      parts.push(...map.generations);
      if (!map.hasMore || last === undefined) {
        const whole = { ...map, hasMore: false, generations: parts };
        return encodeMapResponse(this.node.routine, whole, image.region);
      }
      first = last.generation + 1;
    }
  }

  *#say(messages: readonly SaidMessage[], gapMs: number): Script {
    this.unaskedMessages += (yield { kind: "say", messages, gapMs }) as number;
  }
}

/** What a map tells; nothing where it is none. */
function readMap(answer: Uint8Array, image: TrialImage): GroupMap | undefined {
  if (answer[0] !== 0x71) return undefined;
  try {
    return decodeMapResponse(answer, image.region);
  } catch (error) {
    if (error instanceof CanvoyError) return undefined;
    throw error;
  }
}
