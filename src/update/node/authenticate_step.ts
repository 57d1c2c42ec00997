import { CanvoyError } from "../../core/mod.ts";
import { authenticate } from "../../uds/mod.ts";
import type { NodeContext } from "./node_context.ts";
import { fail, type Step, wait } from "./step.ts";

/** The profile asks for Authentication and the fleet file names no certificate. */
export class CertificateMissingError extends CanvoyError {
  /** Stable name of the failure. */
  override readonly code = "CERTIFICATE_MISSING";

  /** Says so. */
  constructor() {
    super("Cannot authenticate: the node has no certificate");
  }
}

/**
 * Authenticates to a node.
 *
 * @param context The node: its connection, its job, and what is known of it.
 * @returns No events; errors as `authenticate` does.
 */
export function takeAuthentication(context: NodeContext): Step<void> {
  const { client, credentials } = context.connection;
  return credentials === undefined
    ? fail(() => new CertificateMissingError())
    : wait(authenticate(client, credentials));
}
