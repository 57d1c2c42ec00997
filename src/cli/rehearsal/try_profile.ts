import type { Host } from "../../adapters/mod.ts";
import { bytesToHex, CanvoyError } from "../../core/mod.ts";
import { type Fleet, type FleetFileNode, isFleetText, readProfileFile } from "../../fleet/mod.ts";
import type { FirmwareImage } from "../../image/mod.ts";
import { formatBytes, formatDuration } from "../../report/mod.ts";
import { planFromFiles } from "../../tester/mod.ts";
import { type NodeEndState, placeOfKey, writtenPlan } from "../../update/mod.ts";
import { type CommandArguments, optionNumber, optionText } from "../command_spec.ts";
import { openKeySources } from "../key_source.ts";
import { readFleet } from "../load_jobs.ts";
import { profileFileReader } from "../needed_files.ts";
import type { Output } from "../output.ts";
import { UsageError } from "../usage_error.ts";
import { benchFleet, generatedImages } from "./bench_fleet.ts";
import { type RehearsedRequest, rehearseNode } from "./rehearse_node.ts";
import { requestBytes } from "./request_words.ts";

/** Bytes of an answer that are shown. */
const SHOWN_BYTES = 12;
/** What the node told is shown as it was sent, beside its answers. */
const SHOWN_WHOLE: ReadonlySet<string> = new Set();

/** How a try of a profile ended. */
export interface TriedProfile {
  /** Whether the node ends with the whole image, and runs it. */
  readonly ok: boolean;
  /** The profile. */
  readonly profile: string;
  /** The part that was played. */
  readonly device: string;
  /** How many requests went out. */
  readonly requests: number;
  /** How long it took, in ms of the node's own time. */
  readonly elapsedMs: number;
  /** What it ended with; absent where all is well. */
  readonly error?: { readonly code: string; readonly message: string };
  /** Where the node was left; absent where all is well. */
  readonly state?: NodeEndState;
}

/**
 * Plays a profile against a virtual node that speaks it, with a small image that is made for it, and
 * tells each step.
 *
 * @param args The command line.
 * @param host The outside.
 * @param output Where it is told.
 * @returns How it ended.
 * @throws {CanvoyError} If the file is wrong.
 */
export async function tryProfile(
  args: CommandArguments,
  host: Host,
  output: Output,
): Promise<TriedProfile> {
  const { fleet, node } = subjectOf(args, host);
  const image = generatedImages(node);
  const [job] = planFromFiles(fleet, [node], { image });
  const keyless = { ...fleet, nodes: [{ ...node, security: [] }] };
  using keySources = await openKeySources(keyless, args, host);
  const loss = optionNumber(args, "loss") ?? 0;
  const rehearsal = rehearseNode({
    ...{ fleet, node, job: job!, image },
    seed: optionNumber(args, "seed") ?? 1,
    credentials: keySources.credentialsFor(node),
    faults: loss === 0 ? {} : { lossRatio: loss / 100 },
    powerLossAtOperation: optionNumber(args, "power-cut"),
  });
  const { requests, events, holdsImage, endMs } = rehearsal;
  for (const line of stepLines(requests, job!.job.profile)) output.result(line);
  const bytes = dataBytes(image, node);
  const told = {
    profile: job!.job.profile.name,
    device: node.device,
    requests: requests.length,
    elapsedMs: Math.round(endMs),
  };
  const size = `${formatBytes(bytes)} in ${segmentsText(writtenPlan(job!.job).segments.length)}`;
  output.result("");
  output.result(
    `profile ${told.profile} on a virtual ${node.device}: ${told.requests} requests, ${size}, ` +
      `${formatDuration(endMs)} of its time`,
  );
  const end = events.findLast(({ type }) => ENDS.has(type));
  if (end?.type === "nodeDone" && holdsImage) {
    output.result("ok: the node holds the whole image and runs it");
    return { ok: true, ...told };
  }
  if (end?.type === "nodeFailed" || end?.type === "nodeRefused") {
    const { code, message } = end.error;
    output.result(`not ok: ${message}`);
    if (end.type === "nodeFailed") output.result(`the node is left: ${end.state}`);
    return {
      ...{ ok: false, ...told, error: { code, message } },
      ...(end.type === "nodeFailed" ? { state: end.state } : {}),
    };
  }
  const message = end === undefined
    ? "the conversation did not end within a day"
    : "the node says that all is well, and does not hold the image";
  output.result(`not ok: ${message}`);
  return { ok: false, ...told, error: { code: "PROFILE_TRY", message } };
}

const ENDS: ReadonlySet<string> = new Set([
  "nodeDone",
  "nodeFailed",
  "nodeRefused",
  "nodeCancelled",
]);

/** A fleet's node with its own part and layout, or a bench that is made for a profile's file. */
function subjectOf(
  args: CommandArguments,
  host: Host,
): { readonly fleet: Fleet; readonly node: FleetFileNode } {
  const path = args.operands[0]!;
  const name = optionText(args, "node");
  const text = new TextDecoder().decode(host.readFile(path));
  if (!isFleetText(text)) {
    if (name !== undefined) {
      throw new UsageError(args.command, `--node is for fleet files, and ${path} is a profile`);
    }
    const profile = readProfileFile({ name: path, text }, profileFileReader(path, host));
    const fleet = benchFleet(path, profile);
    return { fleet, node: fleet.nodes[0]! };
  }
  const { fleet } = readFleet(path, args, host);
  const node = name === undefined
    ? fleet.nodes[0]
    : fleet.nodes.find((candidate) => candidate.name === name);
  if (node === undefined) {
    const names = fleet.nodes.slice(0, 12).map((one) => one.name).join(", ");
    throw new UsageError(args.command, `--node names no node of ${path}: there are ${names}`);
  }
  return { fleet, node };
}

function stepLines(
  requests: readonly RehearsedRequest[],
  profile: FleetFileNode["profile"],
): readonly string[] {
  const lines: string[] = [];
  let hidden: RehearsedRequest[] = [];
  const closeBlocks = (): void => {
    if (hidden.length > 0) {
      const blocks = hidden.length === 1 ? "1 more block" : `${hidden.length} more blocks`;
      lines.push(`  ... and ${blocks}  ->  ${answerText(hidden.at(-1)!)}`);
    }
    hidden = [];
  };
  requests.forEach((row, i) => {
    const key = row.source?.key;
    const isMore = key === "download.block" && requests[i - 1]?.source?.key === key &&
      row.error === undefined;
    if (isMore) {
      hidden.push(row);
      return;
    }
    closeBlocks();
    const place = key === undefined ? undefined : placeOfKey(profile, key);
    const says = place === undefined ? key ?? "canvoy by itself" : `${key} (${place})`;
    lines.push(`  ${requestBytes(row, SHOWN_WHOLE)}  ->  ${answerText(row)}  [${says}]`);
  });
  closeBlocks();
  return countedOnce(lines);
}

/** A question that is asked again with the same answer is told once, with how often. */
function countedOnce(lines: readonly string[]): readonly string[] {
  const counted: { readonly line: string; times: number }[] = [];
  for (const line of lines) {
    const last = counted.at(-1);
    if (last?.line === line) last.times++;
    else counted.push({ line, times: 1 });
  }
  return counted.map(({ line, times }) => times === 1 ? line : `${line}, ${times} times`);
}

function answerText({ response, error, isFunctional }: RehearsedRequest): string {
  if (isFunctional) return "to all nodes";
  if (error instanceof CanvoyError) return error.message;
  if (response === undefined) return "no answer";
  const more = response.length > SHOWN_BYTES ? " ..." : "";
  return bytesToHex(response.subarray(0, SHOWN_BYTES)) + more;
}

function dataBytes(image: (name: string) => FirmwareImage, node: FleetFileNode): number {
  return image(node.image).ranges.reduce((sum, { data }) => sum + data.length, 0);
}

function segmentsText(count: number): string {
  return count === 1 ? "1 segment" : `${count} segments`;
}
