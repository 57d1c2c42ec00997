import type { SummedBy } from "../../codec/mod.ts";
import type { BankBits } from "../../stm32/mod.ts";
import type {
  BlockTemplate,
  DataCondition,
  DataReading,
  KeepAlive,
  RequestTemplate,
} from "../../uds/mod.ts";

/**
 * How one kind of node is updated: the conversation as data, in the order in which it is held.
 *
 * ISO 14229-1 does not standardise a flash sequence; each bootloader has its own. A profile writes
 * the requests down as templates (see `parseRequestTemplate`) with what a good answer looks like.
 *
 * Fields that templates may name: `{address}` and `{size}` of the range at hand, `{offset}`, `{page}`
 * and `{pages}` of it as `MemoryProfile` says, `{checksum}` of its bytes, `{checksumSize}`, `{segment}` (0-based index), `{block}` (the layout's block number),
 * `{fingerprint}` and `{driverAddress}`, `{driverSize}`, and what a step before keeps of its answer;
 * blocks of TransferData as `BlockTemplate` says.
 */
export interface UpdateProfile {
  /** Its name in the fleet file. */
  readonly name: string;
  /** Where its keys stand, as `ours.yaml:3:5`, by key; what is built in stands nowhere. */
  readonly places?: ReadonlyMap<string, string>;
  /** Sent once a bus, functionally, before the nodes are entered. */
  readonly before: readonly FunctionalStep[];
  /** What a node tells of itself, read before anything is changed. */
  readonly identity: IdentityProfile;
  /** What must hold before anything of it is changed; absent: nothing. */
  readonly conditions?: readonly DataCondition[];
  /** Brings each node into its bootloader, ready to be erased. */
  readonly enter: readonly NodeStep[];
  /** A flash driver downloaded to RAM before the first erase, where the bootloader has none. */
  readonly driver?: DriverProfile;
  /** How it names places that are not by address; from the application's start by default. */
  readonly memory?: MemoryProfile;
  /** How flash is erased. */
  readonly erase: EraseProfile;
  /** How bytes are sent. */
  readonly download: DownloadProfile;
  /** How what was written is checked; absent where the bootloader cannot. */
  readonly check?: CheckProfile;
  /** How it takes group downloads; absent where it does not: see docs/group-download.md. */
  readonly group?: GroupProfile;
  /** How two banks are exchanged, on parts that have them; absent where it is not done. */
  readonly banks?: BanksProfile;
  /** Once a node has its whole image: dependency check, reset. */
  readonly finish: readonly NodeStep[];
  /** Sent once a bus, functionally, at the end, even of a job cut short. */
  readonly after: readonly FunctionalStep[];
  /** What keeps its session alive. */
  readonly keepAlive: KeepAlive;
  /** Waits and bounds. */
  readonly timing: TimingProfile;
}

/** A request sent functionally; silence is no failure, and it never fails a job. */
export interface FunctionalStep {
  /** What is sent: no fields. */
  readonly request: RequestTemplate;
}

/** One step of a node's conversation. */
export type NodeStep = StepKind & {
  /** Where the profile says so, for messages: `enter[1]`; absent for what is in no list of steps. */
  readonly key?: string;
  /** Read before: where it does not hold, the step is left out; absent: it never is. */
  readonly when?: DataCondition;
};

/** What a step of a node's conversation does. */
export type StepKind =
  /** A request and its positive response. */
  | {
    readonly kind: "request";
    readonly request: RequestTemplate;
    readonly answer?: AnswerRule;
    /** Whether the sequence goes on when the node answers negatively: for niceties. */
    readonly optional: boolean;
    /** Fields of the answer that later requests name; none where absent. */
    readonly keep?: readonly string[];
    /** How it is asked again and again until the node is there; absent: it is not. */
    readonly knock?: KnockRule;
    /** Longest time for the whole exchange, with all 0x78, in ms; the timing's bound by default. */
    readonly timeoutMs?: number;
  }
  /** SecurityAccess: seed and key, with the node's key source. */
  | ({ readonly kind: "securityAccess"; readonly level: number } & SeedRule)
  /** Authentication with certificates, unidirectional challenge and response. */
  | { readonly kind: "authentication" }
  /** From here on requests go by other identifiers, where the fleet file gives both programs their own. */
  | { readonly kind: "talkTo"; readonly program: "application" | "bootloader" }
  /** A pause, for a bootloader that starts deaf. */
  | { readonly kind: "wait"; readonly delayMs: number };

/** How a node is asked that listens only for a moment behind its start. */
export interface KnockRule {
  /** How long an answer is waited for before it is asked again, in ms. */
  readonly everyMs: number;
  /** How long it is asked, in ms. */
  readonly forMs: number;
}

/** How a level's seed is asked for, and when its key is sent. */
export interface SeedRule {
  /** What asks for it where a data record goes with it: `27 01 AA 55`; the level alone by default. */
  readonly seedRequest?: RequestTemplate;
  /** The key is sent so long after its seed at the earliest, in ms. */
  readonly keyAfterMs?: number;
  /** How long a seed is good for, in ms; for ever where absent. */
  readonly seedMsMax?: number;
  /** Pause behind a refusal for the moment, in ms; 10 s where absent. */
  readonly delayMs?: number;
  /** How many such pauses; 2 where absent. */
  readonly delaysMax?: number;
}

/**
 * Reads the status that a routine's positive response carries after the routine identifier.
 *
 * Bootloaders differ: 00, 01, 02 and 04 are all "good" somewhere (udsoncan #229, suppliers' notes).
 */
export interface AnswerRule {
  /** Status bytes that mean success; a response without a status counts as success too. */
  readonly good: readonly number[];
  /** Status bytes that mean "not ready yet, ask again". */
  readonly busy: readonly number[];
  /**
   * Status bytes that mean failure, so that another try may help. A status that is none of the three
   * ends the node's update: the profile does not fit it. Absent: none is known.
   */
  readonly bad?: readonly number[];
  /**
   * What a positive response looks like, where it is not as ISO 14229-1 has it: `{status:1}` is its
   * status, `{any:2}` is passed over, as is what follows.
   */
  readonly response?: RequestTemplate;
  /** Where the profile says so, for messages: `check`, `erase`, `finish[0]`. */
  readonly key?: string;
  /** Waits of this request, in place of all others. */
  readonly waits?: StatedWaits;
  /** How to ask again while busy, or after an immediate positive response that only means "begun". */
  readonly poll?: PollRule;
}

/** Waits that a profile states for one request, longer or shorter than all others, in ms. */
export interface StatedWaits {
  /** Until the first response. */
  readonly p2Ms?: number;
  /** Until the next response behind 0x78. */
  readonly p2StarMs?: number;
  /** For the whole exchange, with all 0x78. */
  readonly timeoutMs?: number;
  /** How long 0x21 is borne. */
  readonly busyMsMax?: number;
}

/** Asking a node again until it is ready. */
export interface PollRule {
  /** What is sent, often `31 03 FF 00`; the request itself again where absent. */
  readonly request?: RequestTemplate;
  /** Set where another record tells: what holds once it is done, and `request` reads it. */
  readonly until?: DataCondition;
  /** What holds in the same record once it has failed; absent: that is not told. */
  readonly failsWhen?: DataCondition;
  /** Pause between two questions, in ms. */
  readonly intervalMs: number;
  /** Negative response codes that mean "not ready yet", for example 0x24. */
  readonly notReadyNrcs: readonly number[];
  /** Whether the first positive response already only means "begun". */
  readonly always: boolean;
}

/** Which data identifiers tell what a node is; absent where the node has none. */
export interface IdentityProfile {
  /** ECU hardware number, often 0xF191: compared with the fleet file's `hardware`. */
  readonly hardwareDid?: number;
  /** Application software version, often 0xF189: read back after activation. */
  readonly versionDid?: number;
  /** Boot software identification, often 0xF180. */
  readonly bootloaderDid?: number;
  /** Part number, often 0xF187: asked where the fleet file says `part`. */
  readonly partDid?: number;
  /** ECU serial number, often 0xF18C: tells nodes apart that are alike in all else. */
  readonly serialDid?: number;
  /** Sequence number of the release that it has, big-endian: asked when a bundle is flashed. */
  readonly sequenceDid?: number;
  /**
   * How records are read that are not text as a whole: the first one that the node tells counts. The
   * DID above is then that of the first. Absent: they are text.
   */
  readonly readings?: Partial<Readonly<Record<IdentityName, readonly DataReading[]>>>;
}

/** What `{offset}`, `{page}` and `{pages}` count. */
export interface MemoryProfile {
  /** The address that they count from; the start of the layout's application by default. */
  readonly base?: number;
  /** How long a page is, in bytes; by default pages are the part's erase units. */
  readonly pageBytes?: number;
}

/** What a node may tell of itself as text. */
export type IdentityName = "hardware" | "version" | "bootloader" | "part" | "serial";

/** A flash driver in RAM. */
export interface DriverProfile {
  /** Request that checks it once downloaded; absent where there is none. */
  readonly check?: NodeStep & { readonly kind: "request" };
}

/** How flash is erased. */
export interface EraseProfile {
  /** Each segment by itself, or the whole image: which then is one segment, tried as a whole. */
  readonly scope: "segment" | "image";
  /**
   * Set where the bootloader keeps its mark "valid" beside the vector table: that segment is erased
   * before all others and written after them. By address otherwise.
   */
  readonly first?: "vectors";
  /** Asked first: what unlocks the erase. */
  readonly before: readonly EraseStep[];
  /** What is sent; absent where RequestDownload erases what it names, and nothing else does. */
  readonly request?: RequestTemplate;
  /** How its answer is read. */
  readonly answer: AnswerRule;
  /** Asked behind it: what tells that it is done. */
  readonly after: readonly EraseStep[];
}

/** A step beside an erase. */
export type EraseStep = NodeStep & { readonly kind: "request" | "wait" };

/** How bytes are sent. */
export interface DownloadProfile {
  /** One RequestDownload a segment, or one for the whole image (block number addressing). */
  readonly unit: "segment" | "image";
  /**
   * RequestDownload, for example `34 00 44 {address:4} {size:4}`, or what begins one in its place; absent
   * where blocks say themselves where they belong, and nothing begins them.
   */
  readonly request?: RequestTemplate;
  /**
   * How its answer is read, where it is not as ISO 14229-1 has it: `{maxNumberOfBlockLength:2}` is
   * that, and `{address:4}` and `{size:4}` must be those of the request.
   */
  readonly answer?: AnswerRule;
  /** Upper bound of maxNumberOfBlockLength, in bytes with SID and counter. */
  readonly maxNumberOfBlockLengthCap: number;
  /** Data bytes of a block are a multiple of it (NXP's unified bootloader: 8). */
  readonly blockMultipleBytes: number;
  /** TransferData, for example `36 {counter:1} {data}`, or what writes a block in its place, and how the status of its answer is read. */
  readonly block: BlockTemplate & { readonly answer?: AnswerRule };
  /**
   * Whether a segment may come in several downloads that leave out long runs of what erased flash
   * holds; never where a bootloader wants each erased byte written, or sums up what it was sent.
   */
  readonly skipsErased: boolean;
  /**
   * RequestTransferExit, for example `37` or `37 {checksum:4}`: of what the download brought; absent where
   * nothing ends one.
   */
  readonly exit?: RequestTemplate;
  /** How its answer is read, where it carries a status or a value: `77 {checksum:4}`. */
  readonly exitAnswer?: AnswerRule;
  /** What `{checksum}` of it is made with; absent where neither it nor its answer has one. */
  readonly exitAlgorithm?: SummedBy;
}

/** How what was written is checked. */
export interface CheckProfile {
  /** Each segment by itself, or the whole image: which then is one segment. */
  readonly scope: "segment" | "image";
  /** What is sent, for example `31 01 02 02 44 {address:4} {size:4} {checksum:4}`. */
  readonly request: RequestTemplate;
  /** What is summed up; what was written, where absent. */
  readonly over?: SummedOver;
  /** Name of the checksum algorithm: see `checksum` of codec. */
  readonly algorithm: SummedBy;
  /** `compare`: the node compares and answers a status. `report`: it answers the checksum itself. */
  readonly mode: "compare" | "report";
  /** How the status is read (`compare`), or when it is ready (`report`). */
  readonly answer: AnswerRule;
  /** Whether the question may be asked before erasing and by `verify`: it changes nothing. */
  readonly readOnly: boolean;
}

/** What a check sums up. */
export interface SummedOver {
  /**
   * What was written, by default; or all that was erased for it; or the whole application region: both are
   * padded with the erased value.
   */
  readonly part?: "written" | "erased" | "application";
  /** Bytes at the beginning that are left out: a header. */
  readonly skipBytes?: number;
  /** Bytes at the end that are left out: a checksum that is stored there. */
  readonly tailBytes?: number;
}

/**
 * How a node with two banks is brought from one to the other: the image goes to the inactive bank,
 * and what runs is not touched.
 */
export interface BanksProfile extends BankBits {
  /** Data identifier of the record that tells which banks there are and which one runs. */
  readonly statusDid: number;
  /** In place of `finish`, once the inactive bank holds the whole image: exchange them, reset. */
  readonly swap: readonly NodeStep[];
  /** Once the new application has told its version: it stays. */
  readonly confirm: readonly NodeStep[];
  /** How long a node may take to go back by itself: its watchdog times its boot count, in ms. */
  readonly rollbackMsMax: number;
}

/** How a node takes group downloads. */
export interface GroupProfile {
  /** The routine that opens, asks and closes a group. */
  readonly routineIdentifier: number;
  /** Bytes of a block, a multiple of 32. */
  readonly blockBytes: number;
  /** Blocks of a generation, for which parity is computed. */
  readonly generationBlocks: number;
}

/** Waits and bounds of a profile. */
export interface TimingProfile {
  /** P2 client, in ms; longer where the node states a longer one. */
  readonly p2Ms: number;
  /** P2* client, in ms; longer where the node states a longer one; absent: as the node states. */
  readonly p2StarMs?: number;
  /** N_Bs, in ms; absent: 1,000, as ISO 15765-2 has it. */
  readonly nBsMs?: number;
  /** Least gap between two consecutive frames, in us, whatever STmin says; absent: as STmin says. */
  readonly frameGapUsMin?: number;
  /** Least time between an answer and the next request to the node, in ms; absent: none. */
  readonly requestGapMsMin?: number;
  /** How many 0x78 one request may get; absent: as many as come within its time. */
  readonly responsePendingCountMax?: number;
  /** How long 0x21 is borne for one request, in ms; absent: ten times, 100 ms apart. */
  readonly busyMsMax?: number;
  /** Longest time of one request with all its 0x78, in ms. */
  readonly requestMsMax: number;
  /** S3 client: a TesterPresent goes out at half of it, in ms. */
  readonly s3Ms: number;
  /** How long a reset node may take until its application answers, in ms. */
  readonly activationMsMax: number;
  /**
   * How long it is not asked anything after a reset, in ms: a question may hold it in its bootloader,
   * or come before it hears. A step that waits behind a reset takes its place.
   */
  readonly resetQuietMs: number;
  /** How often one request is sent when no answer comes. */
  readonly requestAttemptsMax: number;
  /** How often one segment is tried. */
  readonly segmentAttemptsMax: number;
  /** How often one node is entered without any segment getting verified in between. */
  readonly nodeAttemptsMax: number;
  /** Pause before the first retry, in ms; it doubles each time. */
  readonly retryDelayMs: number;
  /** Longest pause before a retry, in ms. */
  readonly retryDelayMsMax: number;
  /** How long a bus that is away is waited for, in ms; 60,000 by default. */
  readonly busWaitMs?: number;
}
