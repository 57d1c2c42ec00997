import type { ChecksumKind, SummedBy } from "../../codec/mod.ts";
import type { BankBits } from "../../stm32/mod.ts";
import type { BlockCounter, DataCondition, DataFormat, KeepAlive } from "../../uds/mod.ts";
import type {
  GroupProfile,
  IdentityName,
  KnockRule,
  MemoryProfile,
  StatedWaits,
  SummedOver,
  TimingProfile,
} from "./profile.ts";

/**
 * A profile as people write it: requests as text, steps as a list. The built-in profiles are written
 * so, and a fleet file's own profiles change one of them.
 */
export interface ProfileText {
  /** Sent once a bus, functionally, before the nodes are entered. */
  readonly before: readonly string[];
  /** What a node tells of itself. */
  readonly identity: IdentityText | "none";
  /** What must hold before anything of a node is changed. */
  readonly conditions: readonly ConditionText[];
  /** Brings each node into its bootloader, ready to be erased. */
  readonly enter: readonly StepText[];
  /** The flash driver in RAM. */
  readonly driver: DriverText | "none";
  /** What `{offset}` and `{page}` count. */
  readonly memory: MemoryProfile;
  /** How flash is erased. */
  readonly erase: EraseText | "none";
  /** How bytes are sent. */
  readonly download: DownloadText;
  /** How what was written is checked. */
  readonly check: CheckText | "none";
  /** Group downloads. */
  readonly group: GroupProfile | "none";
  /** How two banks are exchanged. */
  readonly banks: BanksText | "none";
  /** Once a node has its whole image. */
  readonly finish: readonly StepText[];
  /** Sent once a bus, functionally, at the end. */
  readonly after: readonly string[];
  /** What keeps a node's session alive. */
  readonly keepAlive: KeepAlive;
  /** Waits and bounds. */
  readonly timing: TimingProfile;
}

/**
 * Which data identifiers tell what a node is: `hardwareDid: 0xF191`, or with how its record is read,
 * `hardware: { did: 0xF191, format: hex }`, which goes before the other.
 */
export type IdentityText =
  & { readonly [Name in IdentityName as `${Name}Did`]?: number | "none" }
  & { readonly [Name in IdentityName]?: ReadingText | readonly ReadingText[] | "none" }
  & { readonly sequenceDid?: number | "none" };

/** Where a record holds something, and how; several: the first that the node tells counts. */
export interface ReadingText {
  /** The data identifier. */
  readonly did: number;
  /** How it is written; text by default. */
  readonly format?: DataFormat;
  /** Bytes in front of it, 0 by default. */
  readonly from?: number;
  /** Its length in bytes; all that follow by default. */
  readonly bytes?: number;
}

/** A number that a node tells, and what it must be. */
export interface ConditionText extends Partial<Omit<DataCondition, "did" | "is">> {
  /** The data identifier. */
  readonly did: number;
  /** What it may be. */
  readonly is?: number | readonly number[];
}

/** What a profile changes of another: sections key by key, lists as a whole. */
export type ProfileChange = {
  readonly [Section in keyof ProfileText]?: ProfileText[Section] extends
    | readonly unknown[]
    | string ? ProfileText[Section]
    : { readonly [Key in keyof SectionOf<Section>]?: SectionOf<Section>[Key] } | NoneOf<Section>;
};

/** A section's keys. */
export type SectionOf<Section extends keyof ProfileText> = Exclude<ProfileText[Section], "none">;
/** The word that stands for a section that is left out, where it may be. */
export type NoneOf<Section extends keyof ProfileText> = Extract<ProfileText[Section], "none">;

/** One step: a request alone, or with what belongs to it. */
export type StepText =
  | string
  | (RequestText & When)
  | (SecurityText & When)
  | ({ readonly authentication: "apce" } & When)
  | { readonly talkTo: "application" | "bootloader" }
  | ({ readonly waitMs: number } & When);

/** Whether a step is taken. */
export interface When {
  /** Read before: where it does not hold, the step is left out. */
  readonly when?: ConditionText;
}

/** SecurityAccess: seed and key. */
export interface SecurityText {
  /** The level: the odd sub-function of requestSeed. */
  readonly securityAccess: number;
  /** securityAccessDataRecord of requestSeed, for example `AA 55 {fingerprint}`; none by default. */
  readonly record?: string;
  /** Pause between the seed and its key, in ms; none by default. */
  readonly keyAfterMs?: number;
  /** How long a seed is good for, in ms: an older one is asked for again; for ever by default. */
  readonly seedMsMax?: number;
  /** Pause behind 0x37, and behind 0x36 to the first seed, in ms; 10 s by default, and not behind 0x36. */
  readonly delayMs?: number;
  /** How many such pauses; 2 by default. */
  readonly delaysMax?: number;
}

/** A request, and how its answer is read. */
export interface RequestText extends AnswerText {
  /** What is sent. */
  readonly request: string;
  /** Whether the sequence goes on when the node answers negatively. */
  readonly optional?: boolean;
  /** Fields of `answer` that later requests may name. */
  readonly keep?: readonly string[];
  /** Asked again and again until the node answers. */
  readonly knock?: KnockRule;
}

/** How a request's answer is read, and how long it is waited for. */
export interface AnswerText extends StatedWaits {
  /** Status bytes that mean success, 0x00 by default; `any`: the status is not looked at. */
  readonly good?: readonly number[] | "any";
  /** Status bytes that mean "ask again". */
  readonly busy?: readonly number[];
  /** Status bytes that mean failure: of a check 0x00 and 0x01 by default where they are not good. */
  readonly bad?: readonly number[];
  /** What a positive answer looks like, for example `71 {status:1}`; as ISO 14229-1 has it by default. */
  readonly answer?: string;
  /** How to ask again. */
  readonly poll?: PollText;
}

/** How to ask again. */
export interface PollText {
  /** What is sent; the request itself again where absent. */
  readonly request?: string;
  /** What holds in another record once it is done. */
  readonly until?: ConditionText;
  /** What holds in the same record once it has failed. */
  readonly failsWhen?: ConditionText;
  /** Pause between two questions, in ms; 100 by default. */
  readonly intervalMs?: number;
  /** Negative response codes that mean "not ready yet". */
  readonly notReadyNrcs?: readonly number[];
  /** Whether the first positive response only means "begun". */
  readonly always?: boolean;
}

/** The flash driver in RAM. */
export interface DriverText {
  /** Request that checks it once downloaded. */
  readonly check?: string | RequestText;
}

/** How flash is erased. */
export interface EraseText extends AnswerText {
  /** Each segment by itself, or the whole application at once. */
  readonly scope: "segment" | "image";
  /** Which segment comes first: the lowest by default, or the one with the vector table. */
  readonly first?: "lowest" | "vectors";
  /** Asked before each erase. */
  readonly before?: readonly EraseStepText[];
  /** What is sent. */
  readonly request: string;
  /** Asked behind each erase. */
  readonly after?: readonly EraseStepText[];
}

/** A step beside an erase. */
export type EraseStepText = string | (RequestText & When) | ({ readonly waitMs: number } & When);

/** How bytes are sent. */
export interface DownloadText {
  /** One RequestDownload a segment, or one for the whole image. */
  readonly unit: "segment" | "image";
  /** RequestDownload, or what begins one in its place; `none`: nothing does. */
  readonly request: string;
  /** What its positive answer looks like; as ISO 14229-1 has it by default. */
  readonly answer?: string;
  /** RequestTransferExit; `none`: nothing ends a download. */
  readonly exit: string | ExitText;
  /** Upper bound of maxNumberOfBlockLength, in bytes with SID and counter. */
  readonly maxNumberOfBlockLengthCap: number;
  /** Data bytes of a block are a multiple of it. */
  readonly blockMultipleBytes: number;
  /** Whether long runs of what erased flash holds may be left out; not by default. */
  readonly skipsErased?: boolean;
  /** TransferData. */
  readonly block: BlockText;
}

/** RequestTransferExit, and how its answer is read. */
export interface ExitText extends AnswerText {
  /** What is sent. */
  readonly request: string;
  /** What `{checksum}` is made with, over the bytes of the download; as the check's by default. */
  readonly algorithm?: SummedBy;
}

/** How TransferData carries a block. */
export interface BlockText {
  /**
   * What is sent: begins with `36 {counter:1}`, or with `36` where there is no counter; or with `3D` or
   * `2E`, where those write.
   */
  readonly request: string;
  /** Whether one may be sent again whose answer is lost. */
  readonly repeats?: boolean;
  /** How blocks are counted; 01 first, 00 behind FF, anew with each download by default. */
  readonly counter?: "none" | Partial<BlockCounter>;
  /** What a positive answer looks like; `76 {counter:1}` by default. */
  readonly answer?: string;
  /** What `{checksum}` is made with: over all bytes before it; of an answer alone, over the data. */
  readonly algorithm?: ChecksumKind;
  /** Status bytes behind the counter of the answer that mean success; `any` by default. */
  readonly good?: readonly number[] | "any";
}

/** How two banks are exchanged. */
export interface BanksText extends BankBits {
  /** Data identifier of the record that tells which banks there are and which one runs. */
  readonly statusDid: number;
  /** Exchanges the banks and resets. */
  readonly swap: readonly StepText[];
  /** Has the new application stay. */
  readonly confirm: readonly StepText[];
  /** How long a node may take to go back by itself, in ms. */
  readonly rollbackMsMax: number;
}

/** How what was written is checked. */
export interface CheckText extends AnswerText {
  /** After each segment, or once the whole image is written. */
  readonly scope: "segment" | "image";
  /** What is sent. */
  readonly request: string;
  /** The checksum algorithm. */
  readonly algorithm: SummedBy;
  /** Whether the node compares, or reports its checksum. */
  readonly mode: "compare" | "report";
  /** Whether asking changes nothing, so that it may be asked before erasing and by `verify`. */
  readonly readOnly: boolean;
  /** What is summed up; what was written by default. */
  readonly over?: SummedOver;
}

/**
 * Takes what a profile changes into another.
 *
 * @param base The other.
 * @param change What it changes.
 * @returns Both: lists and texts of `change` replace those of `base`, sections merge key by key.
 */
export function changeProfile(base: ProfileText, change: ProfileChange): ProfileText {
  const changed: Record<string, unknown> = { ...base };
  for (const [key, value] of Object.entries(change)) {
    if (value === undefined) continue;
    const before = changed[key];
    changed[key] = isSection(value) && isSection(before) ? { ...before, ...value } : value;
  }
  // Each key of ProfileText is there from `base`, and each change has its key's type.
  return changed as unknown as ProfileText;
}

function isSection(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
