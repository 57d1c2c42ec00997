import {
  decodeReadDataByIdentifierRequest,
  encodeReadDataByIdentifierResponse,
  encodeResponsePending,
  type HandlerResult,
  NRC,
  type ServerService,
  SERVICE_ID,
} from "../uds/mod.ts";
import type { NodeServerContext, VirtualNode } from "./virtual_node.ts";

/** What an image carries its version behind. */
const VERSION_MARKER = new TextEncoder().encode("CANVOY-VERSION:");

type Services = ReadonlyMap<number, ServerService<NodeServerContext>>;

/**
 * The services of a running application: identity, sessions, and the way into the bootloader.
 *
 * @param node The node.
 * @returns By service identifier.
 */
export function applicationServices(node: VirtualNode): Services {
  const version = readVersion(node);
  return toMap([
    ...commonServices(node, new Map([[0xF189, version]])),
    {
      sid: SERVICE_ID.diagnosticSessionControl,
      handle: (request) => enterFromApplication(node, request),
    },
    ...[
      SERVICE_ID.communicationControl,
      SERVICE_ID.controlDtcSetting,
    ].map((sid) => ({ sid, handle: acknowledge })),
  ]);
}

/**
 * Services that bootloader and application share.
 *
 * @param node The node.
 * @param texts Data identifiers beyond the hardware number and the bootloader's version.
 * @returns The services.
 */
export function commonServices(
  node: VirtualNode,
  texts: ReadonlyMap<number, string>,
): readonly ServerService<NodeServerContext>[] {
  const all = new Map([...texts, [0xF191, node.options.hardware], [0xF180, "canvoy-sim 1"]]);
  return [
    {
      sid: SERVICE_ID.testerPresent,
      subFunctions: new Map([[0, {}]]),
      handle: acknowledge,
    },
    { sid: SERVICE_ID.readDataByIdentifier, handle: (request) => readData(all, request) },
    {
      sid: SERVICE_ID.ecuReset,
      subFunctions: new Map([[1, {}], [3, {}]]),
      handle: (request) => {
        node.resetAfter(Uint8Array.of(SERVICE_ID.ecuReset + 0x40, request[1]! & 0x7F));
        return { type: "silence" };
      },
    },
  ];
}

/**
 * Answers a service with a sub-function positively, by its echo.
 *
 * @param request The request.
 * @returns `[SID + 0x40, sub-function]`.
 */
export function acknowledge(request: Uint8Array): HandlerResult {
  return {
    type: "positive",
    response: Uint8Array.of(request[0]! + 0x40, request[1]! & 0x7F),
  };
}

/**
 * @param session The session.
 * @returns `[0x50, session, P2 50 ms, P2* 5000 ms in units of 10 ms]`.
 */
export function sessionResponse(session: number): Uint8Array {
  return Uint8Array.of(0x50, session, 0x00, 0x32, 0x01, 0xF4);
}

/**
 * @param services Services.
 * @returns By service identifier.
 */
export function toMap(services: readonly ServerService<NodeServerContext>[]): Services {
  return new Map(services.map((service) => [service.sid, service]));
}

function enterFromApplication(node: VirtualNode, request: Uint8Array): HandlerResult {
  const session = request[1]! & 0x7F;
  if (session !== 2) {
    if (session !== 1 && session !== 3) {
      return { type: "negative", nrc: NRC.subFunctionNotSupported };
    }
    node.enterSession(session);
    return { type: "positive", response: sessionResponse(session) };
  }
  // 0x78 first: the reset takes longer than P2, and the bootloader answers.
  node.memory.isUpdateRequested = true;
  node.resetWith(encodeResponsePending(request), sessionResponse(2));
  return { type: "silence" };
}

function readData(texts: ReadonlyMap<number, string>, request: Uint8Array): HandlerResult {
  const { dataIdentifiers } = decodeReadDataByIdentifierRequest(request);
  const records = dataIdentifiers.flatMap((dataIdentifier) => {
    const text = texts.get(dataIdentifier);
    return text === undefined ? [] : [{ dataIdentifier, data: new TextEncoder().encode(text) }];
  });
  return records.length === 0
    ? { type: "negative", nrc: NRC.requestOutOfRange }
    : { type: "positive", response: encodeReadDataByIdentifierResponse({ records }) };
}

/** The text behind the marker in the application's flash, up to a zero byte. */
function readVersion(node: VirtualNode): string {
  const { start, sizeBytes } = node.memory.application!;
  const bytes = node.flash.read(start, sizeBytes)!;
  for (let i = 0; i + VERSION_MARKER.length < bytes.length; i++) {
    if (bytes[i] !== VERSION_MARKER[0] || !VERSION_MARKER.every((b, k) => bytes[i + k] === b)) {
      continue;
    }
    const from = i + VERSION_MARKER.length;
    const to = bytes.indexOf(0, from);
    return new TextDecoder().decode(bytes.subarray(from, Math.min(to, from + 32)));
  }
  return "unknown";
}
