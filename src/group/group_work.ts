/** What a node has to do next. */
export type GroupWork =
  /** Program a block. */
  | { readonly kind: "program"; readonly address: number; readonly data: Uint8Array }
  /** Compute a piece of what mends a generation: one block's share, the elimination, the checksum. */
  | {
    readonly kind: "mend";
    readonly generation: number;
    /** Products in GF(256), each added to a sum. */
    readonly products: number;
    /** Bytes that a checksum is over. */
    readonly checkedBytes: number;
  };
