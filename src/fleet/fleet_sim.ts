/** How a virtual node is made and bent. */
export interface FleetNodeSim {
  /** Name of the image that it runs at first; absent: its application region is empty. */
  readonly image?: string;
  /** The hardware number that it tells; absent: the one that the node must have. */
  readonly hardware?: string;
  /** File beneath the folder: the certificate whose holders it believes; it asks for none else. */
  readonly authority?: string;
  /** The part number that it tells; absent: the one that the node must have. */
  readonly part?: string;
  /** The sequence number of the release that it has; absent: it tells none. */
  readonly sequence?: number;
  /** What it does otherwise than a good node. */
  readonly behaviour: FleetBehaviour;
  /** What goes wrong at its receiver; absent: what its bus says. */
  readonly faults?: FleetFaults;
  /** What is wrong with its flash. */
  readonly flashFaults?: FleetFlashFaults;
}

/** What is wrong with a virtual flash. */
export interface FleetFlashFaults {
  /** Chance that programming one program unit fails. */
  readonly failProgramRatio?: number;
  /** Chance that erasing one erase unit fails. */
  readonly failEraseRatio?: number;
}

/**
 * What a virtual node may do otherwise. Names and meaning are the simulation's, of which this layer
 * knows nothing; a test keeps both in step.
 */
export interface FleetBehaviour {
  /** Never answers at all. */
  readonly isDead?: boolean;
  /** Service identifiers that it never answers, though it carries them out. */
  readonly unansweredServices?: readonly number[];
  /** An application of this version never comes up. */
  readonly deadVersion?: string;
  /** Time until the watchdog resets an application that hangs or is on trial, in ms. */
  readonly watchdogMs?: number;
  /** How often an application may fail to come up, or be booted unconfirmed. */
  readonly failedStartsMax?: number;
  /** How long it takes from reset to being heard, in ms. */
  readonly bootMs?: number;
  /** How long its bootloader can be heard after a reset before it starts the application, in ms. */
  readonly bootWindowMs?: number;
  /** Whether any request within that time keeps it in its bootloader. */
  readonly isHeldInBootWindow?: boolean;
  /** How long a starting application refuses every request, in ms. */
  readonly startingMs?: number;
  /** What it refuses them with meanwhile. */
  readonly startingNrc?: "busyRepeatRequest" | "conditionsNotCorrect";
  /** How long a new application tells the version of the one before it, in ms. */
  readonly oldVersionMs?: number;
  /** When the first 0x78 goes out, in ms; `Infinity`: never. */
  readonly responsePendingAfterMs?: number;
  /** Pause between two 0x78, in ms. */
  readonly responsePendingEveryMs?: number;
  /** What it takes to think before each response, in ms. */
  readonly responseDelayMs?: number;
  /** Least time from a response to its work on the next request, in ms. */
  readonly responsePauseMs?: number;
  /** P2Server_max that its answer to `10` states, in ms. */
  readonly p2ServerMaxMs?: number;
  /** P2*Server_max that its answer to `10` states, in ms, in steps of 10. */
  readonly p2StarServerMaxMs?: number;
  /** Whether it answers 0x21 while it works. */
  readonly answersBusy?: boolean;
  /** Time until a session ends, in ms. */
  readonly s3Ms?: number;
  /** Whether only 10 and 3E keep a session alive. */
  readonly keepsSessionByTesterPresentOnly?: boolean;
  /** Whether only requests on its own identifier keep a session alive. */
  readonly keepsSessionByPhysicalOnly?: boolean;
  /** What it does about functional requests. */
  readonly functionalRequests?: "heard" | "droppedInMessage" | "dropped";
  /** Whether 3E gets 0x24 while a download is open. */
  readonly refusesTesterPresentInDownload?: boolean;
  /** Who answers `10 02`. */
  readonly programmingSessionAnsweredBy?: "bootloader" | "application";
  /** Bytes of a seed. */
  readonly seedBytes?: number;
  /** Wrong keys until it locks. */
  readonly wrongKeysMax?: number;
  /** How long it then answers 0x37, in ms. */
  readonly lockedMs?: number;
  /** maxNumberOfBlockLength that it states. */
  readonly maxNumberOfBlockLength?: number;
  /** How many bytes state it. */
  readonly maxNumberOfBlockLengthSizeBytes?: number;
  /** What it does when the last TransferData comes again. */
  readonly repeatedBlock?:
    | "positive"
    | "silent"
    | "wrongCounter"
    | "sequenceError"
    | "sequenceErrorAndReset";
  /** What 34 gets while a download is open. */
  readonly downloadWhileOpen?:
    | "conditionsNotCorrect"
    | "requestSequenceError"
    | "uploadDownloadNotAccepted"
    | "restarts";
  /** Whether 37 that comes too early ends the download. */
  readonly endsDownloadAtEarlyExit?: boolean;
  /** Whether a refused TransferData ends the download. */
  readonly endsDownloadAtRefusedBlock?: boolean;
  /** Whether blockSequenceCounter 0x00 is refused behind 0xFF. */
  readonly hasCounterWithoutWrap?: boolean;
  /** What TransferData gets without RequestDownload. */
  readonly blockWithoutDownload?: "requestSequenceError" | "uploadDownloadNotAccepted";
  /** The n-th TransferData (from 1) gets no response, once. */
  readonly lostBlockResponse?: number;
  /** The node resets itself when the n-th TransferData (from 1) comes, once. */
  readonly resetAtBlock?: number;
  /** What it takes until its flow control is on its way, in ms. */
  readonly flowControlDelayMs?: number;
  /** Each so many flow controls, one is late. */
  readonly lateFlowControlEvery?: number;
  /** How late that one is, in ms. */
  readonly lateFlowControlMs?: number;
  /** BS of its flow control. */
  readonly blockSize?: number;
  /** STmin of its flow control, as encoded. */
  readonly stMin?: number;
  /** Longest message that its ISO-TP takes, in bytes. */
  readonly messageBytesMax?: number;
  /** N_Bs, in ms. */
  readonly nBsMs?: number;
  /** N_Cr, in ms. */
  readonly nCrMs?: number;
  /** N_WFTmax that it bears. */
  readonly waitFramesMax?: number;
  /** Whether it hears and says nothing while its flash is busy. */
  readonly isDeafWhileBusy?: boolean;
  /** Which of the part's times its flash takes. */
  readonly flashTimeBound?: "typical" | "max";
  /** What these times are multiplied with. */
  readonly flashTimeScale?: number;
  /** What times of programming are multiplied with besides; 1 unless told. */
  readonly programTimeScale?: number;
  /** How many blocks of 512 bytes of a group download it can hold; 16 unless told. */
  readonly groupBufferBlocks?: number;
  /** Clock of its core, in MHz: mending takes 24 cycles a product and sum; 48 unless told. */
  readonly groupCoreMhz?: number;
  /** Longest answer with a group's map, in bytes: it tells the rest when asked; 4,095 unless told. */
  readonly groupMapBytesMax?: number;
  /** The first program of this address fails, once. */
  readonly failProgramAt?: number;
  /** The first erase of the unit at this address fails, once. */
  readonly failEraseAt?: number;
  /** Power goes in the n-th memory operation (from 1), once. */
  readonly powerLossAtOperation?: number;
  /** How far that operation has come, 0..1. */
  readonly powerLossFraction?: number;
  /** How long power then stays away, in ms. */
  readonly powerLossMs?: number;
}

/** What may go wrong on a virtual bus, or at one receiver: the names are the simulation's. */
export interface FleetFaults {
  /** Chance that a receiver loses a frame. */
  readonly lossRatio?: number;
  /** Chance that a receiver gets a frame twice. */
  readonly duplicateRatio?: number;
  /** Chance that a receiver gets a frame late. */
  readonly delayRatio?: number;
  /** Mean of that delay, in ms. */
  readonly delayMsMean?: number;
  /** Mean time between two periods in which a receiver is deaf, in ms. */
  readonly deafEveryMsMean?: number;
  /** How long such a period is, in ms. */
  readonly deafMs?: number;
  /** Chance that a sender's frame is lost by all receivers. */
  readonly transmitLossRatio?: number;
  /** Chance that a frame is sent twice. */
  readonly transmitDuplicateRatio?: number;
  /** Chance that a frame waits in its sender. */
  readonly transmitDelayRatio?: number;
  /** Mean of that delay, in ms. */
  readonly transmitDelayMsMean?: number;
  /** Chance that a frame is damaged on the wire. */
  readonly corruptRatio?: number;
}
