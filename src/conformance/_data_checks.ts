import { places } from "./_opening_checks.ts";
import type { Script } from "./script.ts";
import type { Trial } from "./trial.ts";
import type { TrialImage } from "./trial_image.ts";
import type { TrialPlan } from "./trial_plan.ts";

/** Where a message has its tag, and its size. */
const TAG_AT = 2;
const HEADER_BYTES = 10;

/** Sections 4.1 and 4.3: which messages count, and which do not. */
export function* checkData(trial: Trial, { image, k, blocks }: TrialPlan): Script {
  yield* trial.begin(image);
  const rest = { generation: 1, missing: places(0, blocks - k) };
  const without = (from: number) => ({
    generations: [{ generation: 0, missing: places(from, k) }, rest],
  });
  yield* trial.say(image.message(0));
  yield* trial.expectMap("4.1", "takes a block", image, without(1));
  for (const [rule, message] of ignored(image)) {
    yield* trial.say(message);
    yield* trial.expectMap("4.1", rule, image, without(1));
  }
  yield* trial.sayTorn(image.message(1));
  yield* trial.expectMap("4.3", "gives a message up that is out of sequence", image, without(1));
  yield* trial.say(image.message(1));
  yield* trial.expectMap("4.3", "takes the next message whole", image, without(2));
  // False bytes, to be noticed where they are programmed.
  yield* trial.say(image.falseMessage(0), image.message(2), image.falseMessage(2));
  yield* trial.expectMap("5", "ignores data of a block that came", image, without(3));
  yield* trial.say(image.message(blocks - 1));
  yield* trial.expectMap("4.1", "takes the shorter last block", image, {
    generations: [without(3).generations[0]!, {
      generation: 1,
      missing: places(0, blocks - k - 1),
    }],
  });
  yield* trial.say(...image.allBut([], 3, blocks - 1).reverse());
  yield* trial.expectMap("4.1", "takes blocks in any order", image, {});
  yield* trial.check("5", "holds what it was sent, each block once");
  yield* trial.say(image.falseMessage(3));
  yield* trial.expect(
    "3.3",
    "is closed while nothing is missing",
    trial.closeRequest,
    trial.head(2),
  );
}

/** Messages that must have no effect; block 1 would be missing still. */
function ignored(image: TrialImage): [string, Uint8Array][] {
  const message = image.message(1);
  const data = image.blockData(1);
  const { address, sizeBytes, blockBytes } = image.region;
  const otherTag = message.slice();
  otherTag[TAG_AT]! ^= 1;
  const otherService = message.slice();
  otherService[1] = 0x24;
  // As a receiver puts it together that was deaf at the border of two messages.
  const torn = message.slice();
  const middle = HEADER_BYTES + Math.floor(blockBytes / 2);
  torn.set(image.message(2).subarray(middle), middle);
  const behind = address + Math.ceil(sizeBytes / blockBytes) * blockBytes;
  return [
    ["ignores a message with another tag", otherTag],
    ["ignores a message of another group", image.messageOfOther(1)],
    ["ignores a message that was put together of two", torn],
    ["ignores a format other than 26", otherService],
    ["ignores a block that is too short", image.message(1, data.subarray(1))],
    ["ignores an address between two blocks", image.messageAt(image.addressOf(1) + 4, data)],
    ["ignores an address before the region", image.messageAt(address - blockBytes, data)],
    ["ignores an address behind the region", image.messageAt(behind, data)],
    ["ignores a part of a message", message.subarray(0, message.length - 1)],
  ];
}

/** Section 3.2: ranges of maps. */
export function* checkRanges(trial: Trial, { image, k, blocks }: TrialPlan): Script {
  yield* trial.begin(image);
  yield* trial.say(image.message(0));
  yield* trial.settle(image);
  const none = `${trial.head(3)} 00 ** **`;
  const second = `${none} 00 01 00${bitsText(blocks - k)}`;
  const asks = (rule: string, first: number, count: number, expected: string): Script<Uint8Array> =>
    trial.expect("3.2", rule, trial.mapRequest({ first, count }), expected);
  yield* asks("tells of one generation alone", 1, 1, second);
  yield* asks("tells of all from one on", 1, 0, second);
  yield* asks("a range may end behind the last generation", 1, 255, second);
  yield* asks("a range may begin behind the last generation", 2, 0, none);
  yield* asks("a range may begin far behind it", 0xFFFF, 255, none);
  const whole = trial.mapRequest();
  yield* trial.expect("3.2", "refuses 6 bytes", whole.subarray(0, 6), "7F 31 13");
  const long = Uint8Array.of(...whole, 0);
  yield* trial.expect("3.2", "refuses 8 bytes", long, "7F 31 13");
}

/** All bits of a generation, as hexadecimal bytes. */
function bitsText(length: number): string {
  const bytes = new Uint8Array(Math.ceil(length / 8));
  for (let i = 0; i < length; i++) bytes[i >> 3]! |= 1 << (i & 7);
  return [...bytes].map((byte) => ` ${byte.toString(16).padStart(2, "0").toUpperCase()}`).join("");
}
