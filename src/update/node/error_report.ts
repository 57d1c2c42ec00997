import { bytesToHex, CanvoyError, defined } from "../../core/mod.ts";
import type { ErrorReport } from "./events.ts";

/**
 * Turns a caught error into plain data for events, journal and report.
 *
 * @param error What was caught.
 * @returns Code, message and, where the error carries them, the last request and response.
 * @throws The error itself when it is none of canvoy's: a mistake of ours must not pass as a node's.
 */
export function toErrorReport(error: unknown): ErrorReport {
  if (!(error instanceof CanvoyError)) throw error;
  const request = bytesField(error, "request");
  const response = bytesField(error, "response");
  return {
    code: error.code,
    message: error.message,
    ...defined({ request, response }),
  };
}

function bytesField(error: CanvoyError, name: "request" | "response"): string | undefined {
  const value: unknown = Reflect.get(error, name);
  return value instanceof Uint8Array ? bytesToHex(value) : undefined;
}
