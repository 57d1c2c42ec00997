import type { TimeBound } from "../stm32/mod.ts";

/**
 * What a virtual node may do wrong or otherwise; a good node, as strict as the strictest, by
 * default. Each is bent by itself.
 *
 * A good node runs its bootloader from RAM, so that it hears and answers while its flash is busy,
 * and asks for patience with 0x78 before P2 is over.
 */
export interface NodeBehaviour {
  /** Never answers at all. */
  readonly isDead?: boolean;
  /** Service identifiers that it never answers, though it carries them out. */
  readonly unansweredServices?: readonly number[];
  /** An application of this version never comes up: the watchdog ends it. */
  readonly deadVersion?: string;
  /** Time until the watchdog resets an application that hangs or is on trial, in ms; 1,000 by default. */
  readonly watchdogMs?: number;
  /** How often an application may fail to come up, or be booted unconfirmed; 3 by default. */
  readonly failedStartsMax?: number;
  /** How long it takes from reset to being heard, in ms; 10 by default. */
  readonly bootMs?: number;
  /** How long its bootloader can be heard after a reset before it starts the application, in ms. */
  readonly bootWindowMs?: number;
  /** Whether any request within that time keeps it in its bootloader; only a session by default. */
  readonly isHeldInBootWindow?: boolean;
  /** How long a starting application refuses every request, in ms; 0 by default. */
  readonly startingMs?: number;
  /** What it refuses them with meanwhile; 0x21 by default. */
  readonly startingNrc?: "busyRepeatRequest" | "conditionsNotCorrect";
  /** How long a new application tells the version of the one before it, in ms; 0 by default. */
  readonly oldVersionMs?: number;

  /** When the first 0x78 goes out, in ms after the request; 0: at once; `Infinity`: never. */
  readonly responsePendingAfterMs?: number;
  /** Pause between two 0x78, in ms; small: a storm; 2,000 by default. */
  readonly responsePendingEveryMs?: number;
  /** What it takes to think before each response, in ms. */
  readonly responseDelayMs?: number;
  /** Least time from a response to its work on the next request, in ms; 0 by default. */
  readonly responsePauseMs?: number;
  /** P2Server_max that its answer to `10` states, in ms; 50 by default. */
  readonly p2ServerMaxMs?: number;
  /** P2*Server_max that its answer to `10` states, in ms, in steps of 10; 5,000 by default. */
  readonly p2StarServerMaxMs?: number;
  /** Whether a request that comes while it works on another gets 0x21; ignored by default. */
  readonly answersBusy?: boolean;

  /** Time in a session other than the default one until it falls back, in ms; 5,000 by default. */
  readonly s3Ms?: number;
  /** Whether only 10 and 3E keep a session alive, as in one widely used C stack. */
  readonly keepsSessionByTesterPresentOnly?: boolean;
  /** Whether only requests on its own identifier keep a session alive. */
  readonly keepsSessionByPhysicalOnly?: boolean;
  /** What it does about functional requests: drops all, or those amid a message; `heard` by default. */
  readonly functionalRequests?: "heard" | "droppedInMessage" | "dropped";
  /** Whether 3E gets 0x24 while a download is open. */
  readonly refusesTesterPresentInDownload?: boolean;
  /** Who answers `10 02`: the bootloader after 0x78 and a reset, or the application before it. */
  readonly programmingSessionAnsweredBy?: "bootloader" | "application";

  /** Bytes of a seed; 4 by default. */
  readonly seedBytes?: number;
  /** Wrong keys until it locks with 0x36; 3 by default. */
  readonly wrongKeysMax?: number;
  /** How long it then answers 0x37, in ms; 10,000 by default. */
  readonly lockedMs?: number;

  /** maxNumberOfBlockLength that it states; 4,095 by default. 0 states nothing of use. */
  readonly maxNumberOfBlockLength?: number;
  /** How many bytes state it: 0 (left out) to 8; 2 by default. */
  readonly maxNumberOfBlockLengthSizeBytes?: number;
  /**
   * What it does when the last TransferData comes again: answers positively and writes nothing,
   * says nothing, 0x73, 0x24, or 0x24 and the transfer is over. `positive` by default.
   */
  readonly repeatedBlock?:
    | "positive"
    | "silent"
    | "wrongCounter"
    | "sequenceError"
    | "sequenceErrorAndReset";
  /**
   * What 34 gets while a download is open: 0x22 by default, as ISO 14229-1 has it; `restarts` forgets
   * that one. It is open until 37, a session or a reset.
   */
  readonly downloadWhileOpen?:
    | "conditionsNotCorrect"
    | "requestSequenceError"
    | "uploadDownloadNotAccepted"
    | "restarts";
  /** Whether 37 that comes too early, and is refused, ends the download; it stays open by default. */
  readonly endsDownloadAtEarlyExit?: boolean;
  /** Whether a refused TransferData ends the download, as in one widely used C stack. */
  readonly endsDownloadAtRefusedBlock?: boolean;
  /** Whether blockSequenceCounter 0x00 is refused behind 0xFF. */
  readonly hasCounterWithoutWrap?: boolean;
  /** What TransferData gets without RequestDownload: 0x24, or 0x70. */
  readonly blockWithoutDownload?: "requestSequenceError" | "uploadDownloadNotAccepted";
  /** The n-th TransferData (from 1) gets no response, once, though it is carried out. */
  readonly lostBlockResponse?: number;
  /** The node resets itself when the n-th TransferData (from 1) comes, once. */
  readonly resetAtBlock?: number;

  /** What it takes until its flow control is on its way, in ms; 0 by default. */
  readonly flowControlDelayMs?: number;
  /** Each so many flow controls, one is late; none by default. */
  readonly lateFlowControlEvery?: number;
  /** How late that one is, in ms; 150 by default. */
  readonly lateFlowControlMs?: number;
  /** BS of its flow control; 0 by default. */
  readonly blockSize?: number;
  /** STmin of its flow control, as encoded; 0 by default. */
  readonly stMin?: number;
  /** Longest message that its ISO-TP takes, in bytes; 4,095 by default. */
  readonly messageBytesMax?: number;
  /** N_Bs, in ms; 1,000 by default. */
  readonly nBsMs?: number;
  /** N_Cr, in ms; 1,000 by default. */
  readonly nCrMs?: number;
  /** N_WFTmax that it bears; 16 by default. */
  readonly waitFramesMax?: number;

  /** Whether it hears and says nothing while its flash is busy, with room for three frames. */
  readonly isDeafWhileBusy?: boolean;
  /** Which of the part's times its flash takes; `typical` by default. */
  readonly flashTimeBound?: TimeBound;
  /** What these times are multiplied with; 1 by default. */
  readonly flashTimeScale?: number;
  /** What times of programming are multiplied with besides; 1 by default. */
  readonly programTimeScale?: number;
  /** How many blocks of 512 bytes of a group download it can hold; 16 by default. */
  readonly groupBufferBlocks?: number;
  /** Clock of its core, in MHz: mending takes 24 cycles a product and sum; 48 by default. */
  readonly groupCoreMhz?: number;
  /** Longest answer with a group's map, in bytes: it tells the rest when asked; 4,095 by default. */
  readonly groupMapBytesMax?: number;
  /** The first program of this address fails, once. */
  readonly failProgramAt?: number;
  /** The first erase of the unit at this address fails, once. */
  readonly failEraseAt?: number;
  /** Power goes in the n-th memory operation (from 1; see {@linkcode FlashWorker}), once. */
  readonly powerLossAtOperation?: number;
  /** How far that operation has come, 0..1; half by default. */
  readonly powerLossFraction?: number;
  /** How long power then stays away, in ms; 100 by default. */
  readonly powerLossMs?: number;
}

/**
 * The limits of a small C stack that many bootloaders are built on: 8 frames a block, one WAIT
 * frame, 100 ms for each wait. Source: lishen2/isotp-c, `isotp_config.h`.
 */
export const ISOTP_C_LIMITS: NodeBehaviour = {
  blockSize: 8,
  stMin: 0,
  waitFramesMax: 1,
  nBsMs: 100,
  nCrMs: 100,
};
