import { concatBytes } from "../core/mod.ts";
import { GROUP_GENERATIONS_MAX, GROUP_VERSION } from "../group/mod.ts";
import { isLike, seenText } from "./finding.ts";
import type { Script } from "./script.ts";
import type { Trial } from "./trial.ts";
import type { TrialImage } from "./trial_image.ts";
import type { TrialPlan } from "./trial_plan.ts";

const VERSIONS_REQUEST = "22 47 52";
/** Which blocks every node takes. */
const SMALL_BLOCK_BYTES = 64;
/** Where an opening has its version, and where its checksums begin. */
const VERSION_AT = 4;
const CHECKSUMS_AT = 24;
/** Where the answer to an opening has programTime. */
const PROGRAM_TIME_AT = 5;

/** Sections 3.0, 3.2 and 3.3: what a node without a group answers. */
export function* checkWithoutGroup(trial: Trial): Script {
  const { answer } = yield* trial.ask(Uint8Array.of(0x22, 0x47, 0x52));
  const versions = [...answer.subarray(3)];
  const isAscending = versions.every((version, i) => i === 0 || version > versions[i - 1]!);
  yield* trial.tell(
    "3.0",
    "tells the versions that it speaks, ascending, 02 among them",
    isLike(answer, "62 47 52 **...") && isAscending && versions.includes(GROUP_VERSION),
    "62 47 52 02",
    seenText(answer),
  );
  yield* trial.expect("3.2", "is asked for a map without a group", trial.mapRequest(), "7F 31 24");
  yield* trial.expect("3.3", "is closed without a group", trial.closeRequest, trial.head(2));
}

/** Section 3.0 and rule 1 of 3.1: what it answers in its programming session while it is locked. */
export function* checkLocked(trial: Trial, { image }: TrialPlan): Script {
  const { sessionRequest, isLockable } = trial.node;
  const rule = "tells its versions while it is locked";
  const open = "refuses an opening while it is locked";
  if (sessionRequest === undefined) return yield* trial.skip("3.0", rule, "it has no session");
  yield* trial.begin(image);
  yield* trial.ask(sessionRequest);
  yield* trial.expect("3.0", rule, VERSIONS_REQUEST, "62 47 52 **...");
  if (isLockable) yield* trial.expect("3.1", open, image.open(), "7F 31 33");
  else yield* trial.skip("3.1", open, "it is never locked");
  yield* trial.enter();
  const ends = "a new session ends the group";
  yield* trial.expect("3.1", ends, trial.mapRequest(), "7F 31 24");
}

/** Section 3.1: what a node refuses, in its order; its region is erased. */
export function* checkRefusals(trial: Trial, { image }: TrialPlan): Script {
  const open = image.open();
  const refuse = (rule: string, request: Uint8Array, nrc: string): Script<Uint8Array> =>
    trial.expect("3.1", rule, request, `7F 31 ${nrc}`);
  yield* refuse("refuses an opening of 23 bytes", open.subarray(0, CHECKSUMS_AT - 1), "13");
  for (const version of [0, GROUP_VERSION + 1]) {
    yield* refuse(`refuses version ${version}`, withByte(open, VERSION_AT, version), "31");
  }
  const longer = concatBytes([open, Uint8Array.of(0)]);
  yield* refuse(
    "refuses a version before a length",
    withByte(longer, VERSION_AT, GROUP_VERSION + 1),
    "31",
  );
  yield* refuse("refuses one checksum too few", open.subarray(0, -2), "13");
  yield* refuse("refuses no checksums", open.subarray(0, CHECKSUMS_AT), "13");
  yield* refuse("refuses one byte too many", longer, "13");
  for (const [what, request] of wrongRegions(trial, image)) yield* refuse(what, request, "31");
  yield* checkSmallBlocks(trial, image);
}

/** All that may be written, in blocks of 64 bytes: it need not be erased for that. */
function* checkSmallBlocks(trial: Trial, image: TrialImage): Script {
  const { start, end } = trial.node.application;
  const generationBlocks = Math.min(254, Math.ceil((end - start) / SMALL_BLOCK_BYTES));
  const region = { address: start, sizeBytes: end - start, blockBytes: SMALL_BLOCK_BYTES };
  const { answer } = yield* trial.ask(image.openZeros({ ...region, generationBlocks }));
  const isTaken = isLike(answer, `${trial.head(1)} ** ** **`) || isLike(answer, "7F 31 70");
  const rule = "takes all that it may write in blocks of 64 bytes";
  const expected = `${trial.head(1)} ** ** **, or 7F 31 70`;
  yield* trial.tell("3.1", rule, isTaken, expected, seenText(answer));
  yield* trial.ask(trial.closeRequest);
}

function wrongRegions(trial: Trial, image: TrialImage): [string, Uint8Array][] {
  const { application, programUnitBytes } = trial.node;
  const { blockBytes, address } = image.region;
  const cases: [string, Uint8Array][] = [
    ["refuses blocks of no bytes", image.open({ blockBytes: 0 })],
    ["refuses blocks that are no multiple of 32", image.open({ blockBytes: blockBytes + 1 })],
    ["refuses blocks of 4,096 bytes", image.open({ blockBytes: 4096 })],
    ["refuses generations of no blocks", image.open({ generationBlocks: 0 })],
    ["refuses generations of 255 blocks", image.open({ generationBlocks: 255 })],
    ["refuses a group of no bytes", image.open({ sizeBytes: 0 })],
    ["refuses an identifier that is none", image.openOn({ id: 0x800, extended: false })],
    ["refuses an identifier of its own", image.openOn(trial.node.requestIdentifier)],
    [
      "refuses 1,025 generations",
      image.open({ sizeBytes: blockBytes * (GROUP_GENERATIONS_MAX + 1), generationBlocks: 1 }),
    ],
    [
      "refuses a range that ends behind what may be written",
      image.open({ address: application.end - blockBytes, sizeBytes: 2 * blockBytes }),
    ],
  ];
  if (application.start > 0) {
    const before = application.start - blockBytes;
    cases.push(["refuses a range that begins before it", image.open({ address: before })]);
  }
  if (programUnitBytes > 1) {
    cases.push(["refuses an address within a program unit", image.open({ address: address + 1 })]);
  }
  return cases;
}

/** Section 3.1: opening, again, and otherwise; its region is erased, and blank at the end no more. */
export function* checkOpening(trial: Trial, { image, k, blocks }: TrialPlan): Script {
  const nothing = {
    generations: [
      { generation: 0, missing: places(0, k) },
      { generation: 1, missing: places(0, blocks - k) },
    ],
  };
  const answer = yield* trial.open(image);
  const expected = `${trial.head(1)} ** ** **`;
  yield* trial.tell("3.1", "opens a group", isLike(answer, expected), expected, seenText(answer));
  const answerText = seenText(answer);
  yield* trial.expect("3.1", "answers an opening that is repeated", image.open(), answerText);
  yield* trial.expectMap("3.2", "misses every block at first", image, nothing);
  yield* trial.say(image.message(0));
  const withBlock = {
    generations: [{ generation: 0, missing: places(1, k) }, nothing.generations[1]!],
  };
  const busy = "answers an opening that is repeated while it programs";
  yield* trial.expect("3.1", busy, image.open(), timeless(answer));
  yield* trial.expectMap("3.1", "a repeated opening changes nothing", image, withBlock);
  yield* trial.expect(
    "3.1",
    "refuses a range that is not erased",
    image.openOther(),
    "7F 31 70",
  );
  for (const request of [withByte(image.open(), VERSION_AT, 3), image.open().subarray(0, 20)]) {
    yield* trial.ask(request);
  }
  yield* trial.say(image.message(1));
  const both = {
    generations: [{ generation: 0, missing: places(2, k) }, nothing.generations[1]!],
  };
  yield* trial.expectMap("3.1", "an opening that is refused leaves the group open", image, both);
  yield* trial.expect("3.3", "is closed", trial.closeRequest, trial.head(2));
  yield* trial.expect("3.3", "is closed again", trial.closeRequest, trial.head(2));
  const long = concatBytes([trial.closeRequest, Uint8Array.of(0)]);
  yield* trial.expect("3.3", "refuses to be closed by 5 bytes", long, "7F 31 13");
  yield* trial.expect("3.3", "has no map once it is closed", trial.mapRequest(), "7F 31 24");
}

/** Section 3.1, "refused": what else ends a group leaves it open where it is refused. */
export function* checkRefusedEnds(trial: Trial, { image }: TrialPlan): Script {
  const { node } = trial;
  const { address, sizeBytes } = image.region;
  const range = { start: address, end: address + sizeBytes };
  yield* trial.begin(image);
  yield* trial.burst(image.message(0));
  // Its first block is being programmed, or is there.
  const download = node.downloadRequest(range);
  const erase = node.eraseRequest(range).subarray(0, -1);
  for (
    const [what, request] of [["a RequestDownload", download], ["an erase", erase]] as const
  ) {
    const rule = `${what} that is refused leaves the group open`;
    const answer = yield* trial.askOnce(request);
    if (answer[0] === 0x7F) {
      yield* trial.expect("3.1", rule, trial.mapRequest(), `${trial.head(3)} **...`);
    } else {
      yield* trial.skip("3.1", rule, seenText(answer));
      yield* trial.enter();
      yield* trial.begin(image);
    }
  }
}

/** Section 3.1, rule 7: a download that is open; its region is erased. */
export function* checkDownloadOpen(trial: Trial, { image }: TrialPlan): Script {
  const { address, sizeBytes } = image.region;
  yield* trial.begin(image);
  const request = trial.node.downloadRequest({ start: address, end: address + sizeBytes });
  const { answer } = yield* trial.ask(request);
  const ends = "RequestDownload ends the group";
  const refuses = "refuses an opening while a download is open";
  if (answer[0] !== request[0]! + 0x40) {
    yield* trial.skip("3.1", ends, `RequestDownload: ${seenText(answer)}`);
    return yield* trial.skip("3.1", refuses, `RequestDownload: ${seenText(answer)}`);
  }
  yield* trial.expect("3.1", ends, trial.mapRequest(), "7F 31 24");
  yield* trial.expect("3.1", refuses, image.open(), "7F 31 22");
  yield* trial.enter();
  // What a download was begun for and never came would pass for unchecked in the next update.
  yield* trial.erase();
}

/** The answer to an opening; how long programming takes may be known better when it comes again. */
export function timeless(answer: Uint8Array): string {
  return `${seenText(answer.subarray(0, PROGRAM_TIME_AT))} ** **`;
}

/** Numbers from `from` up to, not including, `to`. */
export function places(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, i) => from + i);
}

function withByte(bytes: Uint8Array, at: number, value: number): Uint8Array {
  const copy = bytes.slice();
  copy[at] = value;
  return copy;
}
