import {
  conditionRecord,
  decodeReadDataByIdentifierRequest,
  decodeReadDtcInformationRequest,
  encodeDiagnosticSessionControlResponse,
  encodeReadDataByIdentifierResponse,
  encodeReadDtcInformationResponse,
  type HandlerResult,
  NRC,
  type ServerContext,
  type ServerService,
  SERVICE_ID,
  type SubFunctionRule,
  writeData,
} from "../uds/mod.ts";
import type { NodeBehaviour } from "./behaviours.ts";
import { encodeBankStatus } from "../stm32/mod.ts";
import { toldConditions } from "./dialect.ts";
import { type NodeHandle, refuse } from "./node_handle.ts";

/** What a virtual node's bootloader calls itself by default. */
const BOOTLOADER_VERSION = "canvoy-sim 1";
/** What a virtual node promises of its answers by default: the values of ISO 14229-2. */
const P2_SERVER_MAX_MS = 50;
const P2_STAR_SERVER_MAX_MS = 5000;
/** Which bits of a trouble code's status it keeps; it has no trouble codes. */
const DTC_STATUS_MASK = 0xFF;

/** A sub-function whose requests are two bytes, and nothing behind them. */
export const BARE: SubFunctionRule = { lengthBytesMax: 2 };

/** Tells what is under a data identifier; `undefined`: nothing. */
export type DataSource = (dataIdentifier: number) => Uint8Array | undefined;

/**
 * Services that bootloader and application share: identity, tester present, reset, communication
 * and trouble codes.
 *
 * @param node The node.
 * @param version What the application calls itself; `undefined` where none runs.
 * @param more What else the program tells, by data identifier.
 * @returns The services.
 */
export function commonServices(
  node: NodeHandle,
  version: string | undefined,
  more: DataSource = () => undefined,
): readonly ServerService<ServerContext>[] {
  const { identity } = node.options.dialect;
  const records = new Map<number, Uint8Array>();
  const tell = (
    name: keyof NonNullable<typeof identity.readings>,
    text: string | undefined,
  ): void => {
    const did = identity[`${name}Did`];
    if (did === undefined || text === undefined) return;
    const [reading = { did, format: "text", from: 0 } as const] = identity.readings?.[name] ?? [];
    records.set(did, writeData(reading, text));
  };
  tell("hardware", node.options.hardware);
  tell("serial", node.options.serial);
  tell("version", version);
  tell("part", node.options.part);
  tell("bootloader", node.options.bootloaderVersion ?? BOOTLOADER_VERSION);
  const conditions = toldConditions(node.options.dialect);
  for (const { did } of conditions) {
    if (records.has(did)) continue;
    records.set(did, conditionRecord(conditions.filter((other) => other.did === did)));
  }
  return [
    { sid: SERVICE_ID.testerPresent, subFunctions: new Map([[0, BARE]]), handle: acknowledge },
    {
      sid: SERVICE_ID.readDataByIdentifier,
      lengthBytesMin: 3,
      handle: (request) => readData(node, records, more, request),
    },
    {
      sid: SERVICE_ID.ecuReset,
      subFunctions: new Map([[1, BARE], [2, BARE], [3, BARE]]),
      handle: (request) => {
        node.afterResponse(() => node.reset());
        return acknowledge(request);
      },
    },
    {
      sid: SERVICE_ID.clearDiagnosticInformation,
      lengthBytesMin: 4,
      handle: () => positive(SERVICE_ID.clearDiagnosticInformation),
    },
    { sid: SERVICE_ID.readDtcInformation, lengthBytesMin: 2, handle: readTroubleCodes },
    {
      sid: SERVICE_ID.communicationControl,
      lengthBytesMin: 3,
      subFunctions: new Map([0, 1, 2, 3].map((type) => [type, { lengthBytesMax: 3 }])),
      handle: (request) => {
        node.setQuiet("communication", (request[1]! & 0x7F) !== 0);
        return acknowledge(request);
      },
    },
    {
      sid: SERVICE_ID.controlDtcSetting,
      subFunctions: new Map([[1, {}], [2, {}]]),
      handle: (request) => {
        node.setQuiet("dtcSetting", (request[1]! & 0x7F) === 2);
        return acknowledge(request);
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
  return positive(request[0]!, request[1]! & 0x7F);
}

/**
 * Answers a service positively.
 *
 * @param sid The request's service.
 * @param parameters What follows.
 * @returns `[SID + 0x40, ...parameters]`.
 */
export function positive(
  sid: number,
  ...parameters: readonly number[]
): { readonly type: "positive"; readonly response: Uint8Array } {
  return { type: "positive", response: Uint8Array.of(sid + 0x40, ...parameters) };
}

/**
 * Answers DiagnosticSessionControl with the times that a node promises.
 *
 * @param session The session that was entered.
 * @param behaviour What the node states; `p2ServerMaxMs` and `p2StarServerMaxMs` of it.
 * @returns `[0x50, session, P2 in ms (2), P2* in units of 10 ms (2)]`.
 */
export function sessionEntered(
  session: number,
  behaviour: Pick<NodeBehaviour, "p2ServerMaxMs" | "p2StarServerMaxMs">,
): { readonly type: "positive"; readonly response: Uint8Array } {
  const timing = {
    p2ServerMaxMs: behaviour.p2ServerMaxMs ?? P2_SERVER_MAX_MS,
    p2StarServerMaxMs: behaviour.p2StarServerMaxMs ?? P2_STAR_SERVER_MAX_MS,
  };
  const response = encodeDiagnosticSessionControlResponse({
    diagnosticSessionType: session,
    timing,
  });
  return { type: "positive", response };
}

function readData(
  node: NodeHandle,
  told: ReadonlyMap<number, Uint8Array>,
  more: DataSource,
  request: Uint8Array,
): HandlerResult {
  const { dataIdentifiers } = decodeReadDataByIdentifierRequest(request);
  const records = dataIdentifiers.flatMap((dataIdentifier) => {
    const data = told.get(dataIdentifier) ?? bankRecord(node, dataIdentifier) ??
      more(dataIdentifier) ?? node.memory.written.get(dataIdentifier);
    return data === undefined || data.length === 0 ? [] : [{ dataIdentifier, data }];
  });
  return records.length === 0 ? refuse(NRC.requestOutOfRange) : {
    type: "positive",
    response: encodeReadDataByIdentifierResponse({ records }),
  };
}

/** How the banks are, where it is asked for that. */
function bankRecord(node: NodeHandle, dataIdentifier: number): Uint8Array | undefined {
  const bits = node.options.dialect.banks;
  if (bits?.statusDid !== dataIdentifier) return undefined;
  const one = { hasTwoBanks: false, isSwapped: false, isOnTrial: false };
  return encodeBankStatus(bits, node.banks?.status ?? one);
}

function readTroubleCodes(request: Uint8Array): HandlerResult {
  const { reportType } = decodeReadDtcInformationRequest(request);
  const common = { dtcStatusAvailabilityMask: DTC_STATUS_MASK };
  const response = reportType === 0x01
    ? encodeReadDtcInformationResponse({
      ...common,
      reportType,
      dtcFormatIdentifier: 0,
      dtcCount: 0,
    })
    : encodeReadDtcInformationResponse({ ...common, reportType, dtcs: [] });
  return { type: "positive", response };
}
