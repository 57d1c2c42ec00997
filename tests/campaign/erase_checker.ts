import { bytesToHex } from "../../src/core/mod.ts";
import { GROUP_ROUTINE_ID } from "../../src/group/mod.ts";
import type { VirtualNodeEvent } from "../../src/sim/mod.ts";
import { matchRequest, SERVICE_ID } from "../../src/uds/mod.ts";
import { type NodeSpec, profileOf } from "./world.ts";

/**
 * Watches what a node is asked to erase: once a download was asked for behind an erase, the tester
 * knew of its answer, and the same erase again needs a block between that was at least tried to be
 * sent, a group that was opened, or a node that restarted.
 */
export class EraseChecker {
  readonly #spec: NodeSpec;
  #last: { readonly request: string; wentOn: boolean } | undefined;

  /**
   * Watches a node.
   *
   * @param spec The node.
   */
  constructor(spec: NodeSpec) {
    this.#spec = spec;
  }

  /** A frame of the tester was on the wire, whole or not, that begins a request to the node. */
  requestBegun(sid: number): void {
    if (sid === SERVICE_ID.transferData) this.#last = undefined;
  }

  /**
   * Something happened on the node.
   *
   * @param event What.
   * @returns What must not have happened; `undefined` when all is well.
   */
  see(event: VirtualNodeEvent): string | undefined {
    if (event.type === "reset" || event.type === "powerLost") this.#last = undefined;
    if (event.type !== "request") return undefined;
    const { data } = event;
    // Data of a group comes on another identifier.
    if (opensGroup(data)) this.#last = undefined;
    if (data[0] === SERVICE_ID.requestDownload && this.#last) this.#last.wentOn = true;
    if (matchRequest(profileOf(this.#spec).erase.request!, data) === undefined) return undefined;
    const request = bytesToHex(data);
    const isAgain = this.#last?.wentOn === true && this.#last.request === request;
    this.#last = { request, wentOn: false };
    return isAgain
      ? `${this.#spec.name} is asked to erase again (${request}) with no block between`
      : undefined;
  }
}

function opensGroup(request: Uint8Array): boolean {
  const [sid, type, high, low] = request;
  return sid === SERVICE_ID.routineControl && type === 0x01 &&
    high! * 256 + low! === GROUP_ROUTINE_ID;
}
