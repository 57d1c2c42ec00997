/** What a rogue node does, and in what it differs from a good one: one flat object. */
import type { RogueIsoTpOptions } from "./rogue_iso_tp.ts";

/** Which requests a deviation is about, counted by itself. */
export interface RogueRule {
  /** How the request begins, as hexadecimal bytes: `"31 01 FF 00"`. */
  readonly on: string;
  /** The first request that it is about, from 1. */
  readonly nth?: number;
  /** How many from there on: 1 where `nth` is set, all where it is not. */
  readonly times?: number;
  /** When it is counted at all; always by default. */
  readonly phase?: "beforeReset" | "afterReset";
}

/** 0x78 at `firstMs`, every `everyMs` after it, the answer at `answerMs`; `Infinity`: never. */
export interface RoguePending extends RogueRule {
  readonly firstMs: number;
  readonly everyMs?: number;
  readonly answerMs: number;
}

/** Everything a rogue node can be told. */
export interface RogueOptions extends Partial<RogueIsoTpOptions> {
  // What it is.
  /** F191; HW-A by default. */
  readonly hardware?: string;
  /** F18C; not told by default. */
  readonly serial?: string;
  /** F180; BOOT-1 by default. */
  readonly bootloader?: string;
  /**
   * What its application stores as its version, in place of text under F189: hexadecimal bytes by data
   * identifier, by version.
   */
  readonly versionRecords?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** What it tells besides, as hexadecimal bytes, by data identifier: `{ "F1 F0": "00 07" }`. */
  readonly moreData?: Readonly<Record<string, string>>;

  // Time.
  /** P2server_max that its 50 states, in ms; 50 by default. */
  readonly p2Ms?: number;
  /** P2*server_max that its 50 states, in ms; 5000 by default. */
  readonly p2StarMs?: number;
  /** S3server, in ms; 5000 by default. */
  readonly s3Ms?: number;
  /** What a service gets whose session S3 has ended; 0x7F by default. */
  readonly lostSessionNrc?: 0x7F | 0x70 | 0x24 | 0x33;
  /** What keeps its session: any request, 10 and 3E, or 10 and 3E that are physical. */
  readonly s3RefreshedBy?: "any" | "sessionServices" | "physicalSessionServices";
  /** The end of S3 has it start anew, deaf for so long, in ms. */
  readonly rebootsAtS3Ms?: number;
  /** Before each answer, in ms; 1 by default. */
  readonly answerDelayMs?: number;
  /** At least so long between two answers, in ms. */
  readonly answerGapMs?: number;
  /** A request of its own that comes sooner behind its answer is not heard, in ms. */
  readonly deafBehindAnswerMs?: number;
  /** How long an erase of a sector takes, in ms; by its size by default (RM0090: typical). */
  readonly eraseMs?: number;
  /** How long a block takes to be programmed, in ms; 16 us a word by default. */
  readonly programMs?: number;
  /** How long a check takes, in ms; 20 by default. */
  readonly checkMs?: number;
  /** What it compares in a check; CRC-32 by default. */
  readonly checksum?: (data: Uint8Array) => readonly number[];
  /**
   * What it sums up in a check: whole sectors, or it refuses; the whole application, which is not named; or
   * what the last download brought without so many bytes at both ends, which is not named.
   */
  readonly checksOver?:
    | "sectors"
    | "application"
    | { readonly skipBytes: number; readonly tailBytes: number };
  /** A check names no checksum, and is answered with the node's own: so many bytes of it. */
  readonly reportsChecksumBytes?: number;
  /**
   * A check is answered at once; this data identifier then tells, in its second byte: bit 0 once it is
   * through and right, bit 1 once it is through and wrong.
   */
  readonly checkToldBy?: string;
  /** 0x78 for some requests, in place of what the work's own time gives. */
  readonly pending?: readonly RoguePending[];

  /** Takes requests that come while one is open after it, where one buffer would lose them. */
  readonly queuesRequests?: boolean;

  // What it says to some requests.
  /** Refuses them. */
  readonly refuse?: readonly (RogueRule & { readonly nrc: number })[];
  /** From the first of them on it is busy for so long, in ms: 0x21, before anything is done. */
  readonly busy?: readonly { readonly on: string; readonly forMs: number }[];
  /** Carries them out and does not answer. */
  readonly lose?: readonly RogueRule[];
  /** Does not hear them. */
  readonly ignore?: readonly RogueRule[];
  /** Says something else in place of its positive answer, as hexadecimal bytes. */
  readonly reply?: readonly (RogueRule & { readonly data: string })[];
  /** Says something that is meant for somebody else, before its answer. */
  readonly stray?: readonly (RogueRule & { readonly data: string })[];

  // Security.
  /** Everything is open. */
  readonly needsNoKey?: boolean;
  /** What its keys are: seed XOR these bytes; A5 5A 12 34 by default. */
  readonly keyMask?: string;
  /** The same seed each time. */
  readonly staticSeed?: string;
  /** A seed of zeros, and it wants a key all the same. */
  readonly zeroSeedWantsKey?: boolean;
  /** Flash is open behind level 3, which is behind level 1; its keys are seed XOR these bytes. */
  readonly secondLevel?: string;
  /** What follows the level where a seed is asked for; nothing by default. */
  readonly seedRecord?: string;
  /** A key that comes earlier than this behind its seed is a wrong one, in ms. */
  readonly keyNotBeforeMs?: number;
  /** How long it knows a seed, in ms: a later key gets 0x24. */
  readonly seedKnownMs?: number;
  /** It gives no seeds for so long after its start, in ms. */
  readonly lockedAfterStartMs?: number;
  /** What they get then; 0x37 by default. */
  readonly lockedNrc?: 0x36 | 0x37;
  /** How many wrong keys lock it for 10 s (0x36, 0x37); 3 by default. */
  readonly wrongKeysMax?: number;

  // Download.
  /** maxNumberOfBlockLength; 4095 by default. */
  readonly maxNumberOfBlockLength?: number;
  /** Its RAM takes a flash driver, lost with its bootloader; without it flash is refused, 0x22. */
  readonly needsDriver?: boolean;
  /** What 34 gets while a download is open; 0x22 by default. */
  readonly secondDownloadNrc?: 0x22 | 0x24 | 0x70;
  /** What an erase gets while a download is open; it is carried out by default. */
  readonly eraseInDownloadNrc?: number;
  /** What 36 and 37 get without one; 0x24 by default. */
  readonly noDownloadNrc?: 0x24 | 0x70;
  /** What a 37 gets before all bytes have come; 0x24 by default. It stays open. */
  readonly incompleteExitNrc?: number;
  /** Whether an incomplete 37 closes the download all the same. */
  readonly closesIncomplete?: boolean;
  /** What closes a download besides 37: any session (default), 10 01 or a reset, or a reset alone. */
  readonly downloadClosedBy?: "session" | "defaultSession" | "reset";
  /** What a block gets that comes again; `sequenceErrorAndClose`: stock iso14229. */
  readonly repeatedBlock?:
    | "positive"
    | "wrongCounter"
    | "sequenceError"
    | "sequenceErrorAndClose";
  /** 34, check and erase name ranges by 33, three bytes from here, three bytes of size. */
  readonly places?: {
    readonly base: number;
    readonly littleEndian?: boolean;
    /** An erase names the first page, 2 bytes, and how many, 1 byte; a page is so long, or a sector. */
    readonly erasesBy?: number | "sector";
  };
  /** `31 01 FF 00` alone erases the whole application; with a range it is refused. */
  readonly erasesWhole?: boolean;
  /** 34 erases the sectors that it touches; there is no erase routine. */
  readonly erasesAtDownload?: boolean;
  /** This request must come before each erase; else the erase gets 0x22. */
  readonly eraseUnlockedBy?: string;
  /**
   * This request is answered with four new bytes behind its echo, which an erase must end in: those of a
   * record hold for the session, those of a routine for one erase.
   */
  readonly eraseNonceBy?: string;
  /** How many bytes it is answered with in fact. */
  readonly toldNonceBytes?: number;
  /** An erase is answered at once, 01; this request is answered 01 while it goes on, 00 when it is done. */
  readonly eraseToldBy?: string;
  /** While such an erase goes on it hears nothing. */
  readonly isDeafWhileErasing?: boolean;
  /**
   * There is no 34, 36 or 37: `3D 44`, address and length, 4 bytes each, and the data write; or `2E FD 01`,
   * how far behind the application's start, 3 bytes, and the data. The same by 3D twice is written once; by
   * 2E what comes is programmed, whatever is there.
   */
  readonly writesBy?: "3D" | "2E";
  /** How many bytes a block of these may have, with all in front of its data; 1026 by default. */
  readonly writtenBytesMax?: number;
  /** There is no 34: `38 01`, this name behind its length, 00 04 and the size twice replace its file. */
  readonly takesFile?: string;
  /** How it counts blocks; 01 first, 00 behind FF, anew with each download by default. */
  readonly blockCounter?:
    | "none"
    | { readonly first?: 0 | 1; readonly behindFf?: 0 | 1; readonly goesOnInSession?: boolean };
  /** Behind the counter of each 36 come the address, 4 bytes, and the length, 2 bytes, of its data. */
  readonly blocksCarryRange?: boolean;
  /** Its 76 and 71 repeat nothing: 76 is one byte, 71 is followed by its status. */
  readonly answersBarely?: boolean;
  /**
   * What comes is a container, which it unpacks behind the last block: `34 11 44`, address, size of
   * the container and of what is in it, 4 bytes each. Checksums of 37 and 77 are of the container.
   */
  readonly unpacks?: (container: Uint8Array) => Uint8Array;
  /** 37 carries this of what the download brought; else it gets 0x72. Nothing by default. */
  readonly exitCarries?: "checksum" | "addressAndSize";
  /** The checksum of 37 and 77; CRC-32 by default. */
  readonly exitSum?: (data: Uint8Array) => readonly number[];
  /** 77 carries the node's own checksum of what the download brought. */
  readonly exitAnswersSum?: boolean;
  /** How long a 37 takes, in ms; 0 by default. */
  readonly exitMs?: number;
  /** 74 and 76 end in the address, 4 bytes: of the download, and of the block. */
  readonly answersRepeatAddress?: boolean;
  /** What 76 ends in: made of the block's data. */
  readonly blockAnswerSum?: (data: Uint8Array) => readonly number[];
  /** What 3E gets while a download is open; a positive answer by default. */
  readonly testerPresentInDownloadNrc?: number;

  // Group downloads (docs/group-download.md).
  /** It takes them: P2* is 500 ms by default, and each request is answered at any time. */
  readonly takesGroup?: boolean;
  /** Versions of the document that it speaks; `[2]` by default. */
  readonly groupVersions?: readonly number[];
  /** Bytes of its block buffers; 6,144 by default. */
  readonly groupBufferBytes?: number;
  /** The largest block that its assembly buffer takes; 512 by default. */
  readonly groupBlockBytesMax?: number;
  /** Programming of 1 KiB, in ms; 27.136 by default: half-words of 53 us. */
  readonly groupProgramMsPerKib?: number;
  /** Its core takes so many times what an STM32F072 takes to mend; 1 by default. */
  readonly groupCpuScale?: number;
  /** Its core mends while its flash programs a block; by default it does one at a time. */
  readonly groupMendsWhileProgramming?: boolean;
  /** Room of its answer with the map, in bytes; 512 by default. */
  readonly groupMapBytesMax?: number;
  /** Ends its map after so many generations, with bit 6. */
  readonly groupMapGenerationsMax?: number;
  /** What its maps say; the truth by default. */
  readonly groupMaps?: "true" | "random" | "allMissing";
  /** Says and hears nothing from the first message of a group on. */
  readonly groupMute?: boolean;
  /** Starts anew when it has got so many blocks, once. */
  readonly groupRebootsAtBlock?: number;
  /** Its so many-th block is not programmed; from 1. */
  readonly groupFailsAtBlock?: number;
  /** Sends false parity with a right tag. */
  readonly groupForges?: "perGeneration" | "once";

  // Reset and life.
  /** 11 is carried out without an answer. */
  readonly resetUnanswered?: boolean;
  /** Its bootloader is reached by other identifiers: so many above those of its application. */
  readonly bootloaderIdsAbove?: number;
  /** From a reset to anything being heard, in ms; 100 by default. */
  readonly bootMs?: number;
  /** Then so long a boot window, in which 22 gets 7F 22 31. */
  readonly bootWindowMs?: number;
  /** What everything but 22 and 3E gets in it; the bootloader's own answers by default. */
  readonly bootWindowNrc?: number;
  /** Its application refuses 10 02; the bootloader is entered in the boot window alone. */
  readonly entersInWindowOnly?: boolean;
  /** A question within the boot window holds it in its bootloader. */
  readonly bootWindowHolds?: boolean;
  /** Then its application refuses 22 for so long, in ms. */
  readonly startingMs?: number;
  /** With this; 0x22 by default. */
  readonly startingNrc?: number;
  /** Then its application tells the old version for so long, in ms. */
  readonly oldVersionMs?: number;
  /** The new image never starts: after a reset its bootloader answers. */
  readonly neverStarts?: boolean;
}

/** What stock iso14229 over isotp-c does; nothing of it is a fault. */
export const STOCK_ISO14229: RogueOptions = {
  s3Ms: 5100,
  s3RefreshedBy: "sessionServices",
  blockSize: 8,
  answerGapMs: 50,
  dropsFunctionalInMessage: true,
  functionalTakenAfterMs: 2,
  secondDownloadNrc: 0x22,
  noDownloadNrc: 0x70,
  repeatedBlock: "sequenceErrorAndClose",
};

/** Bytes of a hexadecimal text. */
export function bytesOf(text: string): Uint8Array {
  return Uint8Array.from(text.match(/[0-9A-Fa-f]{2}/g) ?? [], (pair) => parseInt(pair, 16));
}

/** Hexadecimal text of bytes, two digits each, one space between. */
export function textOf(data: Uint8Array): string {
  return [...data].map((byte) => byte.toString(16).toUpperCase().padStart(2, "0")).join(" ");
}

/** Whether bytes begin so. */
export function beginsWith(data: Uint8Array, prefix: string): boolean {
  return bytesOf(prefix).every((byte, i) => data[i] === byte);
}

/** Counts what rules are about, and tells which of them applies. */
export class RuleBook {
  readonly #counts = new Map<RogueRule, number>();

  /** The first rule that is about a request; each rule whose request it is counts it. */
  match<R extends RogueRule>(
    rules: readonly R[] | undefined,
    data: Uint8Array,
    wasReset: boolean,
  ): R | undefined {
    let found: R | undefined;
    for (const rule of rules ?? []) {
      if (!beginsWith(data, rule.on)) continue;
      if (rule.phase !== undefined && (rule.phase === "afterReset") !== wasReset) continue;
      const count = (this.#counts.get(rule) ?? 0) + 1;
      this.#counts.set(rule, count);
      const first = rule.nth ?? 1;
      const times = rule.times ?? (rule.nth === undefined ? Infinity : 1);
      if (found === undefined && count >= first && count < first + times) found = rule;
    }
    return found;
  }
}
