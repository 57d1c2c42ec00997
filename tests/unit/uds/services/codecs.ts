import * as uds from "../../../../src/uds/mod.ts";

/** Both directions of one message kind, whatever its type. */
export interface Codec {
  readonly encode: (value: unknown) => Uint8Array;
  readonly decode: (bytes: Uint8Array) => unknown;
}

const exports = uds as unknown as Readonly<Record<string, unknown>>;

/** Every `encodeX` and `decodeX` that the folder exports, by `X`. */
export const CODECS: ReadonlyMap<string, Codec> = new Map(
  Object.keys(exports).filter((name) => /^encode\w+(Request|Response)$/.test(name)).map((name) => {
    const kind = name.slice("encode".length);
    return [kind, {
      encode: exports[name] as Codec["encode"],
      decode: exports[`decode${kind}`] as Codec["decode"],
    }];
  }),
);
