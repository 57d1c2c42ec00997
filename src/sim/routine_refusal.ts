import { matchRequest, NRC, type RequestTemplate, SERVICE_ID } from "../uds/mod.ts";
import { type NodeDialect, requestsOf } from "./dialect.ts";

const ROUTINE_HEAD_BYTES = 4;

/**
 * Chooses why a request to no routine of a dialect is refused: the routine is unknown (0x31), this
 * one has no such sub-function (0x12), the request has another length than it has (0x13) or other
 * bytes (0x31), or it asks about a routine that was not begun (0x24).
 *
 * Source: ISO 14229-1:2020, 14.2 "NRC evaluation sequence" of RoutineControl.
 *
 * @param dialect The dialect.
 * @param request The request: 4 bytes and up where its service is RoutineControl.
 * @returns The negative response code.
 */
export function routineRefusal(dialect: NodeDialect, request: Uint8Array): number {
  if (request[0] !== SERVICE_ID.routineControl) return NRC.requestOutOfRange;
  const subFunction = request[1]! & 0x7F;
  const routine = request[2]! * 256 + request[3]!;
  const { group } = dialect;
  const templates = templatesOf(dialect).filter((one) => headOf(one).routine === routine);
  if (templates.length === 0 && group?.routineIdentifier !== routine) return NRC.requestOutOfRange;
  const known = templates.filter((one) => headOf(one).subFunction === subFunction);
  if (known.length === 0) return NRC.subFunctionNotSupported;
  if (known.some((one) => matchRequest(one, request) !== undefined)) {
    return NRC.requestSequenceError;
  }
  const hasLength = known.some((one) => isLengthOf(one, request.length));
  return hasLength ? NRC.requestOutOfRange : NRC.incorrectMessageLengthOrInvalidFormat;
}

/** The requests to routines that a dialect knows, those of a group download aside. */
function templatesOf(dialect: NodeDialect): readonly RequestTemplate[] {
  const { erase, check, driver, enter, finish, banks } = dialect;
  const steps = [
    enter,
    erase.before ?? [],
    erase.after ?? [],
    finish,
    banks?.swap ?? [],
    banks?.confirm ?? [],
  ]
    .flatMap((each) => requestsOf(each, SERVICE_ID.routineControl));
  return [erase, check, driver?.check, ...steps]
    .flatMap((one) => [one?.request, one?.answer?.poll?.request])
    .filter((one) => one !== undefined);
}

/** What a template's first bytes name; nothing where they are fields, or of another service. */
function headOf({ parts: [first] }: RequestTemplate): { subFunction?: number; routine?: number } {
  if (first?.kind !== "bytes" || first.bytes.length < ROUTINE_HEAD_BYTES) return {};
  const [sid, subFunction, high, low] = first.bytes;
  if (sid !== SERVICE_ID.routineControl) return {};
  return { subFunction: subFunction! & 0x7F, routine: high! * 256 + low! };
}

function isLengthOf({ parts }: RequestTemplate, lengthBytes: number): boolean {
  let fixedBytes = 0;
  let isOpen = false;
  for (const part of parts) {
    if (part.kind === "bytes") fixedBytes += part.bytes.length;
    else if (part.sizeBytes === undefined) isOpen = true;
    else fixedBytes += part.sizeBytes;
  }
  return isOpen ? lengthBytes >= fixedBytes : lengthBytes === fixedBytes;
}
