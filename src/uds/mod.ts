/**
 * UDS, ISO 14229-1:2020: one file a service, negative responses, client and server cores.
 *
 * A client sends requests to one node over a link, one after the other, and tells what happens to
 * each: P2, P2*, 0x78 and 0x21 are its own affair. `unlockSecurity` and `transferData` are the two
 * conversations whose failures need rules: both rules are pure tables. `dispatch` is the other side:
 * what a server answers, and what it leaves out.
 *
 * Limitations: services outside a flash sequence are sent as bytes; ReadDTCInformation reads three
 * of its reports; nothing here knows CAN identifiers, or what an address means.
 *
 * @example A session and its timing, against a node that is a table
 * ```ts
 * import { deepStrictEqual } from "node:assert/strict";
 * import { concat, defer, of, Subject } from "rxjs";
 * import { VirtualClock } from "../core/mod.ts";
 * import type { IsoTpIndication, IsoTpLink } from "../isotp/mod.ts";
 * import { createUdsClient, encodeDiagnosticSessionControlRequest } from "./mod.ts";
 *
 * const clock = new VirtualClock();
 * const indications$ = new Subject<IsoTpIndication>();
 * const link: IsoTpLink = {
 *   name: "0x7E0/0x7E8",
 *   indications$,
 *   send: () =>
 *     concat(
 *       of({ type: "started", atMs: 0 } as const, { type: "sent", atMs: 0 } as const),
 *       defer(() => {
 *         const data = Uint8Array.of(0x50, 0x02, 0x00, 0x32, 0x01, 0xF4);
 *         clock.schedule(() => indications$.next({ type: "message", data, atMs: 3 }), 3);
 *         return [];
 *       }),
 *     ),
 *   queueingDelayMs: () => 0,
 *   setPriority: () => {},
 *   close: () => indications$.complete(),
 * };
 * const client = createUdsClient({ link, clock, timing: { p2MarginMs: 0 } });
 * client.request(encodeDiagnosticSessionControlRequest({ diagnosticSessionType: 2 })).subscribe();
 * clock.run();
 * deepStrictEqual(client.times, { p2Ms: 50, p2StarMs: 5000 });
 * ```
 *
 * @module
 */
export { IsoTpError, type NResult } from "../isotp/mod.ts";
export * from "./block_sizer.ts";
export * from "./block_template.ts";
export * from "./answer_template.ts";
export * from "./authenticate.ts";
export * from "./client.ts";
export * from "./data_condition.ts";
export * from "./data_format.ts";
export * from "./errors.ts";
export * from "./functional.ts";
export * from "./keep_alive.ts";
export * from "./key_source.ts";
export * from "./light.ts";
export * from "./memory_location.ts";
export * from "./negative_response.ts";
export * from "./pair_traffic.ts";
export * from "./request_template.ts";
export * from "./response_match.ts";
export * from "./security.ts";
export * from "./server.ts";
export * from "./service_id.ts";
export * from "./session_keeper.ts";
export type { SubFunctionRequest } from "./services/_message.ts";
export * from "./services/authentication.ts";
export * from "./services/clear_diagnostic_information.ts";
export * from "./services/communication_control.ts";
export * from "./services/control_dtc_setting.ts";
export * from "./services/diagnostic_session_control.ts";
export * from "./services/ecu_reset.ts";
export * from "./services/read_data_by_identifier.ts";
export * from "./services/read_dtc_information.ts";
export * from "./services/request_download.ts";
export * from "./services/request_transfer_exit.ts";
export * from "./services/request_upload.ts";
export * from "./services/routine_control.ts";
export * from "./services/security_access.ts";
export * from "./services/tester_present.ts";
export * from "./services/transfer_data.ts";
export * from "./services/write_data_by_identifier.ts";
export * from "./services/write_memory_by_address.ts";
export * from "./timing.ts";
export * from "./transfer.ts";
export * from "./transfer_decision.ts";
export * from "./twin_evidence.ts";
export * from "./unlock_machine.ts";
