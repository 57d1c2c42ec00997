import { bytesToHex, hex } from "../core/mod.ts";
import { hasSubFunction, nrcName, SERVICE_ID, serviceName } from "../uds/mod.ts";

const SESSIONS: Readonly<Record<number, string>> = {
  1: "default",
  2: "programming",
  3: "extended",
  4: "safety system",
};
const RESETS: Readonly<Record<number, string>> = { 1: "hard", 2: "key off/on", 3: "soft" };
const ROUTINES: Readonly<Record<number, string>> = {
  0x0202: "check memory",
  0xFF00: "erase memory",
  0xFF01: "check programming dependencies",
};
const DATA: Readonly<Record<number, string>> = {
  0xF15A: "fingerprint",
  0xF180: "boot software identification",
  0xF186: "active session",
  0xF187: "spare part number",
  0xF188: "software number",
  0xF189: "software version",
  0xF18C: "serial number",
  0xF190: "VIN",
  0xF191: "hardware number",
  0xF193: "hardware version",
  0xF195: "software version",
};
/** Bytes of a message that are shown. */
const SHOWN_BYTES = 12;

/**
 * Tells a request in plain words: `RequestDownload of 16384 bytes to 0x08008000`.
 *
 * @param request The request; any bytes.
 * @returns The words.
 */
export function describeRequest(request: Uint8Array): string {
  const [sid = 0, second = 0] = request;
  const name = serviceName(sid);
  const sub = hasSubFunction(sid) ? second & 0x7F : second;
  switch (sid) {
    case SERVICE_ID.diagnosticSessionControl:
      return `${name}: ${SESSIONS[sub] ?? hex(sub, 2)} session`;
    case SERVICE_ID.ecuReset:
      return `${name}: ${RESETS[sub] ?? hex(sub, 2)} reset`;
    case SERVICE_ID.securityAccess:
      return `${name}: ${sub % 2 === 1 ? "ask for seed" : "send key"}, level ${
        hex(sub - (sub + 1) % 2, 2)
      }`;
    case SERVICE_ID.readDataByIdentifier:
    case SERVICE_ID.writeDataByIdentifier:
      return `${name}: ${dataName(word(request, 1))}`;
    case SERVICE_ID.routineControl:
      return describeRoutine(request, sub);
    case SERVICE_ID.requestDownload:
    case SERVICE_ID.requestUpload:
      return describeDownload(name, request);
    case SERVICE_ID.transferData:
      return `${name}: block ${hex(second, 2)}, ${Math.max(0, request.length - 2)} bytes`;
    case SERVICE_ID.communicationControl:
      return `${name}: ${sub === 0 ? "on" : sub === 3 ? "off" : hex(sub, 2)}`;
    case SERVICE_ID.controlDtcSetting:
      return `${name}: ${sub === 1 ? "on" : sub === 2 ? "off" : hex(sub, 2)}`;
    case SERVICE_ID.requestTransferExit:
    case SERVICE_ID.testerPresent:
      return name;
    default:
      return `${name}: ${shortBytes(request)}`;
  }
}

/**
 * Tells a response in plain words.
 *
 * @param response The response; any bytes.
 * @returns The words: `positive`, `negative 0x31 requestOutOfRange`.
 */
export function describeResponse(response: Uint8Array): string {
  if (response[0] === 0x7F && response.length >= 3) {
    return `negative ${hex(response[2]!, 2)} ${nrcName(response[2]!)}`;
  }
  const rest = response.subarray(1);
  switch (response[0]) {
    case 0x67:
      return response.length > 2 ? `seed of ${response.length - 2} bytes` : "unlocked";
    case 0x62: {
      const value = response.subarray(3);
      const isText = value.length > 0 && value.every((byte) => byte >= 0x20 && byte < 0x7F);
      return isText ? `"${new TextDecoder().decode(value)}"` : shortBytes(value);
    }
    case 0x71:
      return response.length > 4
        ? `positive, status ${shortBytes(response.subarray(4))}`
        : "positive";
    case 0x74:
      return `positive, blocks of ${number(response.subarray(2))} bytes at most`;
    case 0x76:
    case 0x77:
    case 0x7E:
    case 0x50:
    case 0x51:
      return "positive";
    default:
      return rest.length > 1 ? `positive, ${shortBytes(rest)}` : "positive";
  }
}

/**
 * Formats the beginning of a message.
 *
 * @param bytes The message.
 * @returns At most 12 bytes, and how many there are.
 */
export function shortBytes(bytes: Uint8Array): string {
  if (bytes.length <= SHOWN_BYTES) return bytesToHex(bytes);
  return `${bytesToHex(bytes.subarray(0, SHOWN_BYTES))} .. (${bytes.length} bytes)`;
}

function describeRoutine(request: Uint8Array, sub: number): string {
  const verb = ["", "start", "stop", "results of"][sub] ?? hex(sub, 2);
  const id = word(request, 2);
  const name = ROUTINES[id];
  const operands = request.subarray(4);
  const words = `${serviceName(request[0]!)}: ${verb} ${hex(id, 4)}${name ? ` (${name})` : ""}`;
  return operands.length === 0 ? words : `${words}, ${shortBytes(operands)}`;
}

/** `[SID, dataFormat, sizeBytes << 4 | addressBytes, address, size]` */
function describeDownload(name: string, request: Uint8Array): string {
  const format = request[2] ?? 0;
  const addressBytes = format & 0xF;
  const sizeBytes = format >> 4;
  if (request.length < 3 + addressBytes + sizeBytes) return `${name}: ${shortBytes(request)}`;
  const address = number(request.subarray(3, 3 + addressBytes));
  const size = number(request.subarray(3 + addressBytes, 3 + addressBytes + sizeBytes));
  return `${name}: ${size} bytes at ${hex(address, 8)}`;
}

function dataName(id: number): string {
  const name = DATA[id];
  return name === undefined ? hex(id, 4) : `${hex(id, 4)} (${name})`;
}

function word(bytes: Uint8Array, at: number): number {
  return (bytes[at] ?? 0) * 256 + (bytes[at + 1] ?? 0);
}

function number(bytes: Uint8Array): number {
  return bytes.reduce((value, byte) => value * 256 + byte, 0);
}
