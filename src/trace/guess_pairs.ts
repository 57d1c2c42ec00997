import { type CandumpRecord, type CanId, canIdKey } from "../can/mod.ts";
import { hex } from "../core/mod.ts";
import { MessageAssembler } from "./message_assembler.ts";
import type { TracePair } from "./conversation.ts";

/** What one identifier on one bus does. */
interface Speaker {
  readonly id: CanId;
  readonly interfaceName: string;
  readonly assembler: MessageAssembler;
  /** The service it asked for last, until somebody answered. */
  asked: { readonly sid: number; readonly atMs: number } | undefined;
  /** How often each other identifier answered, by key. */
  readonly votes: Map<string, number>;
}

/** Who is listening on one bus. */
interface Bus {
  /** Who asked for a service last, by its identifier, and was not answered yet; the oldest first. */
  readonly asking: Map<number, Set<Speaker>>;
  /** Who waits for flow control. */
  readonly waiting: Set<Speaker>;
}

/** A voice that so many share says nothing, and would cost more than the capture has frames. */
const CANDIDATES_MAX = 64;
/** Identifiers that seem to answer one other: the right one is soon among them. */
const ANSWERING_MAX = 256;
/** How long an answer may take to count, in ms. */
const ANSWER_MS_MAX = 5000;
/** Requests of which at least this share found the same other end make a pair. */
const PAIRED_SHARE_MIN = 0.2;

/**
 * Guesses who talks to whom, from who answers whom: for traces without a fleet file. Only
 * identifiers that hold no address byte are found.
 *
 * @param records The frames, in their order.
 * @returns The pairs, by the identifier of requests.
 */
export function guessPairs(records: Iterable<CandumpRecord>): readonly TracePair[] {
  const speakers = new Map<string, Speaker>();
  const buses = new Map<string, Bus>();
  for (const record of records) {
    const { interfaceName } = record;
    let bus = buses.get(interfaceName);
    if (bus === undefined) {
      bus = { asking: new Map(), waiting: new Set() };
      buses.set(interfaceName, bus);
    }
    listen(speakerOf(record, speakers), record, bus);
  }
  return match([...speakers.values()], speakers);
}

function speakerOf(
  { frame, interfaceName }: CandumpRecord,
  speakers: Map<string, Speaker>,
): Speaker {
  const key = `${interfaceName} ${canIdKey(frame)}`;
  const known = speakers.get(key);
  if (known !== undefined) return known;
  const { id, extended } = frame;
  const speaker: Speaker = {
    id: { id, extended },
    interfaceName,
    assembler: new MessageAssembler(0),
    asked: undefined,
    votes: new Map(),
  };
  speakers.set(key, speaker);
  return speaker;
}

function listen(speaker: Speaker, record: CandumpRecord, bus: Bus): void {
  const { frame, atMs } = record;
  for (const piece of speaker.assembler.next(frame, atMs)) {
    if (piece.kind === "begun") bus.waiting.add(speaker);
    if (piece.kind === "flowControl") voteAmong(bus.waiting, speaker);
    if (piece.kind !== "message") continue;
    bus.waiting.delete(speaker);
    const [first = 0, second = 0] = piece.message.data;
    const answered = first === 0x7F ? second : first - 0x40;
    const isRequest = first < 0x40 || (first >= 0x80 && first < 0xC0);
    if (isRequest) ask(speaker, first, atMs, bus);
    else voteAmong(recently(bus.asking.get(answered), atMs), speaker);
  }
}

function ask(speaker: Speaker, sid: number, atMs: number, { asking }: Bus): void {
  if (speaker.asked !== undefined) asking.get(speaker.asked.sid)?.delete(speaker);
  speaker.asked = { sid, atMs };
  const same = asking.get(sid) ?? new Set();
  // Behind all others: the set is ordered by when they asked.
  same.add(speaker);
  asking.set(sid, same);
}

/** Who asked within the last seconds; the others are forgotten. */
function recently(asking: Set<Speaker> | undefined, atMs: number): ReadonlySet<Speaker> {
  if (asking === undefined) return new Set();
  for (const speaker of asking) {
    if (atMs - speaker.asked!.atMs < ANSWER_MS_MAX) break;
    asking.delete(speaker);
  }
  return asking;
}

/** One voice, shared by all who may be meant: who talks alone is heard best. */
function voteAmong(candidates: ReadonlySet<Speaker>, answering: Speaker): void {
  if (candidates.size > CANDIDATES_MAX) return;
  const count = candidates.size - (candidates.has(answering) ? 1 : 0);
  const key = `${answering.interfaceName} ${canIdKey(answering.id)}`;
  for (const speaker of candidates) {
    if (speaker === answering) continue;
    const { votes } = speaker;
    if (votes.size >= ANSWERING_MAX && !votes.has(key)) continue;
    votes.set(key, (votes.get(key) ?? 0) + 1 / count);
  }
}

function match(
  all: readonly Speaker[],
  byKey: ReadonlyMap<string, Speaker>,
): readonly TracePair[] {
  const bids = all.flatMap((asking) => {
    const total = [...asking.votes.values()].reduce((sum, vote) => sum + vote, 0);
    return [...asking.votes].map(([key, vote]) => ({
      asking,
      answering: byKey.get(key)!,
      vote,
      share: vote / total,
    }));
  }).filter(({ share }) => share >= PAIRED_SHARE_MIN)
    .sort((left, right) => right.vote - left.vote);
  const taken = new Set<Speaker>();
  const pairs: TracePair[] = [];
  for (const { asking, answering } of bids) {
    if (taken.has(asking) || taken.has(answering)) continue;
    taken.add(asking).add(answering);
    pairs.push(toPair(asking, answering));
  }
  for (const asking of all) {
    if (!taken.has(asking) && asking.asked !== undefined) pairs.push(toPair(asking));
  }
  return pairs.sort((left, right) =>
    (left.interfaceName ?? "").localeCompare(right.interfaceName ?? "") ||
    canIdKey(left.request) - canIdKey(right.request)
  );
}

function toPair(asking: Speaker, answering?: Speaker): TracePair {
  const { interfaceName, id } = asking;
  const ids = answering === undefined
    ? `${idText(id)}, without answers`
    : `${idText(id)}/${idText(answering.id)}`;
  return {
    name: `${interfaceName} ${ids}`,
    interfaceName,
    request: id,
    ...(answering === undefined ? {} : { response: answering.id }),
  };
}

function idText({ id, extended }: CanId): string {
  return hex(id, extended ? 8 : 3);
}
