import type { CborValue } from "../codec/mod.ts";
import { encodeShape, ShapeReader } from "./_shape.ts";
import { readSuitDigest, toSuitDigest } from "./suit_digest.ts";

/** What a command sequence sets before it is compared, fetched or written. */
export interface SuitParameters {
  /** Who makes the hardware: a UUID. */
  readonly vendorIdentifier?: Uint8Array;
  /** Which hardware: a UUID. */
  readonly classIdentifier?: Uint8Array;
  /** SHA-256 of the image. */
  readonly imageDigest?: Uint8Array;
  /** Which of several places. */
  readonly componentSlot?: number;
  /** Whether commands run one after the other. */
  readonly strictOrder?: boolean;
  /** Whether a failed condition ends only its own sequence. */
  readonly softFailure?: boolean;
  /** Size of the image, in bytes. */
  readonly imageSize?: number;
  /** What is compared or written by value. */
  readonly content?: Uint8Array;
  /** Where the payload is; `#name` for one inside the envelope. */
  readonly uri?: string;
  /** Index of the component that is copied. */
  readonly sourceComponent?: number;
  /** What the invoked component is given. */
  readonly invokeArgs?: Uint8Array;
  /** Which single device: a UUID. */
  readonly deviceIdentifier?: Uint8Array;
  /** What fetching is given. */
  readonly fetchArguments?: Uint8Array;
  /** canvoy's own: the CBOR record that `release_record.ts` describes. */
  readonly release?: Uint8Array;
}

/** How a parameter is written. */
export type ParameterKind = "bytes" | "digest" | "flag" | "text" | "uint" | "uuid";

/** Number, name and form of one parameter. */
export type ParameterRow = readonly [key: number, name: keyof SuitParameters, kind: ParameterKind];

/**
 * The parameters, those of draft-ietf-suit-manifest ("SUIT Parameters") and ours. Negative numbers
 * are for each application to use (suit-parameter-custom).
 */
export const SUIT_PARAMETERS: readonly ParameterRow[] = [
  [1, "vendorIdentifier", "uuid"],
  [2, "classIdentifier", "uuid"],
  [3, "imageDigest", "digest"],
  [5, "componentSlot", "uint"],
  [12, "strictOrder", "flag"],
  [13, "softFailure", "flag"],
  [14, "imageSize", "uint"],
  [18, "content", "bytes"],
  [21, "uri", "text"],
  [22, "sourceComponent", "uint"],
  [23, "invokeArgs", "bytes"],
  [24, "deviceIdentifier", "uuid"],
  [25, "fetchArguments", "bytes"],
  [-1, "release", "bytes"],
];

const UUID_BYTES = 16;
const READER: ShapeReader = new ShapeReader("BUNDLE_FORMAT", "bundle");

/**
 * Reads the map behind override-parameters.
 *
 * @param value The decoded map.
 * @returns The parameters.
 * @throws {BundleError} If one is unknown or has another form.
 */
export function readSuitParameters(value: CborValue | undefined): SuitParameters {
  const keys = SUIT_PARAMETERS.map(([key]) => key);
  const map = READER.record(value, "override-parameters", keys);
  if (map.size === 0) READER.fail("override-parameters is empty");
  const found = SUIT_PARAMETERS.filter(([key]) => map.has(key));
  return Object.fromEntries(
    found.map(([key, name, kind]) => [name, readParameter(map.get(key)!, name, kind)]),
  );
}

/**
 * Makes what {@linkcode readSuitParameters} reads.
 *
 * @param parameters The parameters.
 * @returns The map.
 */
export function toSuitParameters(parameters: SuitParameters): ReadonlyMap<number, CborValue> {
  const found = SUIT_PARAMETERS.filter(([, name]) => parameters[name] !== undefined);
  return new Map(found.map(([key, name, kind]) => {
    const value = parameters[name]!;
    return [key, kind === "digest" ? encodeShape(toSuitDigest(value as Uint8Array)) : value];
  }));
}

function readParameter(
  value: CborValue,
  name: string,
  kind: ParameterKind,
): string | number | boolean | Uint8Array {
  switch (kind) {
    case "bytes":
      return READER.bytes(value, name);
    case "digest":
      return readSuitDigest(READER.embedded(value, name), name);
    case "flag":
      return READER.flag(value, name);
    case "text":
      return READER.text(value, name);
    case "uint":
      return READER.uint(value, name);
    case "uuid":
      return READER.bytes(value, name, UUID_BYTES);
  }
}
