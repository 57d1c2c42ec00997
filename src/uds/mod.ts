/**
 * UDS, ISO 14229-1: one file a service, negative responses, client and server cores.
 *
 * @module
 */
export { IsoTpError, type NResult } from "../isotp/mod.ts";
export * from "./client.ts";
export * from "./errors.ts";
export * from "./functional.ts";
export * from "./keep_alive.ts";
export * from "./key_source.ts";
export * from "./memory_location.ts";
export * from "./negative_response.ts";
export * from "./negative_response_code.ts";
export * from "./request_template.ts";
export * from "./security.ts";
export * from "./server.ts";
export * from "./service_id.ts";
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
export * from "./unlock_machine.ts";
