import type { Host } from "../../adapters/mod.ts";
import { nearestWord } from "../../core/mod.ts";
import type { Fleet, FleetFileNode, FleetNodeJob } from "../../fleet/mod.ts";
import { formatAddressing } from "../../isotp/mod.ts";
import type { Credentials } from "../../uds/mod.ts";
import type { CommandArguments } from "../command_spec.ts";
import { openKeySources } from "../key_source.ts";
import type { LoadedFleet } from "../load_jobs.ts";
import type { Output } from "../output.ts";
import { UsageError } from "../usage_error.ts";
import { conversationLines, type ConversationRow, conversationRows } from "./conversation_lines.ts";
import { rehearseNode } from "./rehearse_node.ts";

/** What a conversation is told from. */
export interface ConversationParts {
  /** The fleet, planned. */
  readonly loaded: LoadedFleet;
  /** The command line. */
  readonly args: CommandArguments;
  /** The outside. */
  readonly host: Host;
  /** Where it is told. */
  readonly output: Output;
}

/**
 * Tells the whole conversation of one node before anything is sent: the update itself is played
 * against a virtual node that speaks the same profile and holds nothing yet.
 *
 * @param parts The fleet.
 * @param name The node.
 * @returns What `--json` says of it.
 * @throws {UsageError} If there is no such node among those that are meant.
 */
export async function planConversation(
  { loaded, args, host, output }: ConversationParts,
  name: string,
): Promise<{ readonly node: string; readonly conversation: readonly ConversationRow[] }> {
  const { fleet, image } = loaded;
  const index = loaded.jobs.findIndex((job) => job.name === name);
  const [node, job] = [loaded.nodes[index], loaded.jobs[index]];
  if (node === undefined || job === undefined) throw unknownNode(loaded, args, name);
  const credentials = await credentialsOf(fleet, node, args, host);
  const { profile } = job.job;
  const rehearsal = rehearseNode({ fleet, node, job, image, credentials, seed: 1 });
  const conversation = conversationRows(rehearsal, profile);
  const requests = conversation.reduce((sum, { count }) => sum + count, 0);
  output.result(headLine(node, job, requests));
  const lines = conversationLines(conversation, job.job, { isVerbose: output.isVerbose });
  for (const line of [...lines, "", keptBy(profile), ...gapsOf(profile)]) output.result(line);
  return { node: name, conversation };
}

function headLine(node: FleetFileNode, { job }: FleetNodeJob, requests: number): string {
  const { addressing, bootloaderAddressing: other } = node;
  const own = other === undefined ? "" : `, its bootloader ${formatAddressing(other)}`;
  return `${node.name} on ${node.bus} (${formatAddressing(addressing)}${own}), profile ` +
    `${job.profile.name}: ${requests} requests to a node that holds nothing of the image`;
}

function keptBy({ keepAlive, timing: { s3Ms } }: FleetNodeJob["job"]["profile"]): string {
  return keepAlive === "none"
    ? "Nothing keeps its session alive (keepAlive: none)."
    : `TesterPresent in between, at half of ${s3Ms} ms (keepAlive: ${keepAlive}, timing.s3Ms).`;
}

function gapsOf({ timing }: FleetNodeJob["job"]["profile"]): readonly string[] {
  const { frameGapUsMin, requestGapMsMin } = timing;
  return [
    ...(frameGapUsMin === undefined ? [] : [
      `At least ${frameGapUsMin} us between consecutive frames (timing.frameGapUsMin).`,
    ]),
    ...(requestGapMsMin === undefined ? [] : [
      `At least ${requestGapMsMin} ms between an answer and the next request ` +
      "(timing.requestGapMsMin).",
    ]),
  ];
}

/** Who canvoy is, where the profile asks for that: a certificate is read, and no key is. */
async function credentialsOf(
  fleet: Fleet,
  node: FleetFileNode,
  args: CommandArguments,
  host: Host,
): Promise<Credentials | undefined> {
  const keyless = { ...node, security: [] };
  using sources = await openKeySources({ ...fleet, nodes: [keyless] }, args, host);
  return sources.credentialsFor(keyless);
}

function unknownNode({ jobs }: LoadedFleet, args: CommandArguments, name: string): UsageError {
  const names = jobs.map((job) => job.name);
  const nearest = nearestWord(name, names);
  const hint = nearest === undefined
    ? `there are ${names.slice(0, 12).join(", ")}`
    : `did you mean ${nearest}?`;
  return new UsageError(args.command, `--conversation names no node that is meant: ${hint}`);
}
