/** Where a node's certificates come from, and when it is now. */
export interface NodeAuthority {
  /** Certificate of the authority, DER. */
  readonly certificate: Uint8Array;
  /** The time that validity is compared with, in ms since 1970. */
  readonly nowMs: number;
}
