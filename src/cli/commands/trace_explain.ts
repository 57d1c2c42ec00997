import type { Host } from "../../adapters/mod.ts";
import { type CandumpRecord, readTrace, TRACE_FORMAT_TITLES } from "../../can/mod.ts";
import { bytesToHex, defined, jsonText, printable } from "../../core/mod.ts";
import { type Fleet, readFleetFile } from "../../fleet/mod.ts";
import { formatAddressing, resolveAddressing } from "../../isotp/mod.ts";
import {
  type Conversation,
  conversationSummary,
  describeRequest,
  type Exchange,
  explainConversation,
  guessPairs,
  readConversations,
  shortenLines,
  type TracePair,
} from "../../trace/mod.ts";
import { type CommandArguments, optionText } from "../command_spec.ts";
import { EXIT_STATUS, type ExitStatus } from "../exit_status.ts";
import { profileFileReader } from "../needed_files.ts";
import { FLEET_LOOKUPS } from "../../tester/mod.ts";
import { Output } from "../output.ts";

/**
 * Tells a capture as UDS conversations.
 *
 * @param args The command line.
 * @param host The outside.
 * @returns 0.
 */
export function run(args: CommandArguments, host: Host): Promise<ExitStatus> {
  const output = new Output(args, host);
  const [name = ""] = args.operands;
  const { records, format, details, passedOver } = readTrace({ name, bytes: host.readFile(name) });
  const pairs = choosePairs(optionText(args, "fleet"), records, host);
  const conversations = [...readConversations(records, pairs)]
    .filter(([, { exchanges }]) => exchanges.length > 0);
  const startMs = records[0]!.atMs;
  const lastMs = records.at(-1)!.atMs;
  output.result(
    `${name}: ${[TRACE_FORMAT_TITLES[format], ...details].join(", ")}: ` +
      `${count(records.length, "frame")} in ${((lastMs - startMs) / 1000).toFixed(3)} s, ` +
      count(conversations.length, "conversation") +
      (passedOver.total === 0 ? "" : `; passed over: ${passedOver}`),
  );
  const shown = shownConversations(conversations);
  for (const [pair, conversation] of shown) {
    const { exchanges } = conversation;
    output.result(`\n${printable(pair)}: ${conversationSummary(conversation)}`);
    const { isVerbose } = output;
    const lines = explainConversation(exchanges, { isVerbose, startMs });
    for (const line of isVerbose ? lines : shortenLines(lines)) output.result(line);
    if (output.isJson) { for (const exchange of exchanges) writeJson(exchange, startMs, host); }
  }
  const hiddenCount = conversations.length - shown.length;
  if (hiddenCount > 0) {
    output.result(
      `\n${count(hiddenCount, "more conversation")} without an answer left out; --fleet FLEET ` +
        "says which identifiers count",
    );
  }
  output.summary({
    file: name,
    format,
    ...(details.length === 0 ? {} : { details }),
    frames: records.length,
    passedOver: passedOver.counts,
    conversations: conversations.length,
  });
  return Promise.resolve(EXIT_STATUS.ok);
}

/** Conversations that are shown although nobody answered in them. */
const SILENT_MAX = 64;

/** Other traffic of a bus may look like requests that nobody answers: of those only some are shown. */
function shownConversations(
  conversations: readonly (readonly [string, Conversation])[],
): readonly (readonly [string, Conversation])[] {
  let silentCount = 0;
  return conversations.filter(([, { exchanges }]) =>
    exchanges.some(({ response }) => response !== undefined) || ++silentCount <= SILENT_MAX
  );
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? "" : "s"}`;
}

function choosePairs(
  fleetFile: string | undefined,
  records: readonly CandumpRecord[],
  host: Host,
): readonly TracePair[] {
  if (fleetFile === undefined) return guessPairs(records);
  const text = new TextDecoder().decode(host.readFile(fleetFile));
  const lookups = { ...FLEET_LOOKUPS, profileFile: profileFileReader(fleetFile, host) };
  const fleet = readFleetFile({ name: fleetFile, text }, lookups);
  const interfaces = [...new Set(records.map(({ interfaceName }) => interfaceName))];
  return pairsOf(fleet, interfaces);
}

/** Traces of canvoy's own name buses as the fleet file does, ASC by number, others by interface. */
function pairsOf(fleet: Fleet, interfaces: readonly string[]): readonly TracePair[] {
  const buses = [...fleet.buses.values()];
  const placeOf = (bus: string): { readonly interfaceName?: string } => {
    const number = String(buses.findIndex(({ name }) => name === bus) + 1);
    const url = fleet.buses.get(bus)!.url;
    const found = [bus, url.replace(/^\w+:|\?.*$/g, ""), number]
      .find((name) => interfaces.includes(name));
    return found === undefined ? {} : { interfaceName: found };
  };
  const nodes = fleet.nodes.flatMap(({ name, bus, addressing, bootloaderAddressing }) =>
    [addressing, bootloaderAddressing].filter((one) => one !== undefined).map((one): TracePair => {
      const { tx, rx, txPrefix, rxPrefix } = resolveAddressing(one);
      return {
        name: `${name} (${bus} ${formatAddressing(one)})`,
        ...placeOf(bus),
        request: tx,
        response: rx,
        ...defined({ requestPrefix: txPrefix, responsePrefix: rxPrefix }),
      };
    })
  );
  const functional = buses.flatMap(({ name, functional }): TracePair[] => {
    if (functional === undefined) return [];
    const { tx, txPrefix } = resolveAddressing(functional);
    return [{
      name: `all nodes of ${name}`,
      ...placeOf(name),
      request: tx,
      ...defined({ requestPrefix: txPrefix }),
    }];
  });
  return [...functional, ...nodes];
}

/** Bytes of a message that JSON lines hold. */
const JSON_BYTES_MAX = 64;

function writeJson(exchange: Exchange, startMs: number, host: Host): void {
  const { name, request, response, pendingCount, broken } = exchange;
  const hexOf = (data: Uint8Array): string => bytesToHex(data.subarray(0, JSON_BYTES_MAX));
  const record = {
    type: "exchange",
    name,
    atMs: round(request.startMs - startMs),
    words: describeRequest(request.data),
    request: hexOf(request.data),
    requestBytes: request.data.length,
    ...(response === undefined ? {} : {
      response: hexOf(response.data),
      responseBytes: response.data.length,
      responseMs: round(response.endMs - request.endMs),
    }),
    pendingCount,
    ...(broken.length === 0 ? {} : { broken }),
  };
  host.stdout.write(jsonText(record) + "\n");
}

function round(ms: number): number {
  return Math.round(ms * 1000) / 1000;
}
