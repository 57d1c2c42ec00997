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
  /** Whether it has begun a message and waits for flow control. */
  isWaiting: boolean;
  /** How often each other identifier answered, by key. */
  readonly votes: Map<string, number>;
}

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
  const buses = new Map<string, Speaker[]>();
  for (const record of records) {
    const speaker = speakerOf(record, speakers, buses);
    listen(speaker, record, buses.get(record.interfaceName)!);
  }
  return match([...speakers.values()], speakers);
}

function speakerOf(
  { frame, interfaceName }: CandumpRecord,
  speakers: Map<string, Speaker>,
  buses: Map<string, Speaker[]>,
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
    isWaiting: false,
    votes: new Map(),
  };
  speakers.set(key, speaker);
  buses.set(interfaceName, [...buses.get(interfaceName) ?? [], speaker]);
  return speaker;
}

function listen(speaker: Speaker, record: CandumpRecord, others: readonly Speaker[]): void {
  const { frame, atMs } = record;
  for (const piece of speaker.assembler.next(frame, atMs)) {
    if (piece.kind === "begun") speaker.isWaiting = true;
    if (piece.kind === "flowControl") {
      voteAmong(others.filter((other) => other !== speaker && other.isWaiting), speaker);
    }
    if (piece.kind !== "message") continue;
    speaker.isWaiting = false;
    const [first = 0, second = 0] = piece.message.data;
    const answered = first === 0x7F ? second : first - 0x40;
    const isRequest = first < 0x40 || (first >= 0x80 && first < 0xC0);
    if (isRequest) {
      speaker.asked = { sid: first, atMs };
      continue;
    }
    const asking = others.filter((other) =>
      other !== speaker && other.asked?.sid === answered && atMs - other.asked.atMs < ANSWER_MS_MAX
    );
    voteAmong(asking, speaker);
  }
}

/** One voice, shared by all who may be meant: who talks alone is heard best. */
function voteAmong(candidates: readonly Speaker[], answering: Speaker): void {
  const key = `${answering.interfaceName} ${canIdKey(answering.id)}`;
  for (const { votes } of candidates) {
    votes.set(key, (votes.get(key) ?? 0) + 1 / candidates.length);
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
