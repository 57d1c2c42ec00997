import type { CanId } from "../can/mod.ts";
import { hex } from "../core/mod.ts";

/**
 * How two ends are addressed, seen from one of them. Source: ISO 15765-2:2016, "Mapping of the
 * N_PDU fields" for normal, normal fixed, extended and mixed addressing.
 */
export type IsoTpAddressing =
  /** The identifier alone tells both ends. */
  | { readonly mode: "normal"; readonly tx: CanId; readonly rx: CanId }
  /** 29 bits: `18 DA target source`, functional `18 DB target source`. */
  | {
    readonly mode: "normalFixed";
    readonly source: number;
    readonly target: number;
    readonly functional?: boolean;
  }
  /** The first data byte is the target address. */
  | {
    readonly mode: "extended";
    readonly tx: CanId;
    readonly rx: CanId;
    /** This end's address: the first byte of what comes in. */
    readonly source: number;
    /** The other end's address: the first byte of what goes out. */
    readonly target: number;
  }
  /** The first data byte is an address extension, the same both ways. */
  | {
    readonly mode: "mixed11";
    readonly tx: CanId;
    readonly rx: CanId;
    readonly addressExtension: number;
  }
  /** 29 bits: `18 CE target source`, functional `18 CD target source`, and the extension byte. */
  | {
    readonly mode: "mixed29";
    readonly source: number;
    readonly target: number;
    readonly addressExtension: number;
    readonly functional?: boolean;
  };

/** What an addressing comes down to. */
export interface ResolvedAddressing {
  /** Identifier of frames that go out. */
  readonly tx: CanId;
  /** Identifier of frames that come in. */
  readonly rx: CanId;
  /** First data byte of frames that go out, where there is one. */
  readonly txPrefix?: number;
  /** First data byte of frames that come in, where there is one. */
  readonly rxPrefix?: number;
}

/**
 * Maps an addressing to what stands in frames.
 *
 * @param addressing The addressing of one end.
 * @returns Identifiers and address bytes.
 * @throws {RangeError} If an identifier or an address byte is out of range, or `mixed11` is given
 * 29 bits.
 *
 * @example Usage
 * ```ts
 * import { strictEqual } from "node:assert/strict";
 * import { resolveAddressing } from "./addressing.ts";
 *
 * const { tx, rx } = resolveAddressing({ mode: "normalFixed", source: 0xF1, target: 0x10 });
 * strictEqual(tx.id, 0x18DA10F1);
 * strictEqual(rx.id, 0x18DAF110);
 * ```
 */
export function resolveAddressing(addressing: IsoTpAddressing): ResolvedAddressing {
  const resolved = mapAddressing(addressing);
  for (const { id, extended } of [resolved.tx, resolved.rx]) {
    const idMax = extended ? 0x1FFF_FFFF : 0x7FF;
    if (!Number.isInteger(id) || id < 0 || id > idMax) {
      throw new RangeError(`Cannot use identifier ${id}: outside 0..${hex(idMax, 3)}`);
    }
    if (extended && addressing.mode === "mixed11") {
      throw new RangeError(`Cannot use identifier ${hex(id, 8)}: mixed11 has 11 bits`);
    }
  }
  return resolved;
}

function mapAddressing(addressing: IsoTpAddressing): ResolvedAddressing {
  assertAddressBytes(addressing);
  switch (addressing.mode) {
    case "normal":
      return { tx: addressing.tx, rx: addressing.rx };
    case "normalFixed":
      return fixedIds(addressing.functional ? 0xDB : 0xDA, addressing);
    case "extended":
      return {
        tx: addressing.tx,
        rx: addressing.rx,
        txPrefix: addressing.target,
        rxPrefix: addressing.source,
      };
    case "mixed11":
      return {
        tx: addressing.tx,
        rx: addressing.rx,
        txPrefix: addressing.addressExtension,
        rxPrefix: addressing.addressExtension,
      };
    case "mixed29":
      return {
        ...fixedIds(addressing.functional ? 0xCD : 0xCE, addressing),
        txPrefix: addressing.addressExtension,
        rxPrefix: addressing.addressExtension,
      };
  }
}

/**
 * Turns an addressing round: what a node needs to answer a tester.
 *
 * @param addressing The addressing of one end.
 * @returns The same, seen from the other end.
 */
export function oppositeAddressing(addressing: IsoTpAddressing): IsoTpAddressing {
  switch (addressing.mode) {
    case "normal":
    case "mixed11":
      return { ...addressing, tx: addressing.rx, rx: addressing.tx };
    case "normalFixed":
    case "mixed29":
      return { ...addressing, source: addressing.target, target: addressing.source };
    case "extended":
      return {
        ...addressing,
        tx: addressing.rx,
        rx: addressing.tx,
        source: addressing.target,
        target: addressing.source,
      };
  }
}

/**
 * Names an addressing.
 *
 * @param addressing The addressing of one end.
 * @returns For people: `0x7E0/0x7E8`, with the address byte where there is one.
 */
export function formatAddressing(addressing: IsoTpAddressing): string {
  const { tx, rx, txPrefix } = resolveAddressing(addressing);
  const ids = [tx, rx].map((id) => hex(id.id, id.extended ? 8 : 3)).join("/");
  return txPrefix === undefined ? ids : `${ids}#${hex(txPrefix, 2)}`;
}

function assertAddressBytes(addressing: IsoTpAddressing): void {
  const bytes: Record<string, number> = {};
  if ("source" in addressing) {
    bytes["source"] = addressing.source;
    bytes["target"] = addressing.target;
  }
  if ("addressExtension" in addressing) bytes["addressExtension"] = addressing.addressExtension;
  for (const [name, value] of Object.entries(bytes)) {
    if (!Number.isInteger(value) || value < 0 || value > 0xFF) {
      throw new RangeError(`Cannot use ${name} ${value}: not a byte`);
    }
  }
}

function fixedIds(
  pduFormat: number,
  addresses: { readonly source: number; readonly target: number },
): ResolvedAddressing {
  const { source, target } = addresses;
  const base = 0x1800_0000 + pduFormat * 0x1_0000;
  return {
    tx: { id: base + target * 256 + source, extended: true },
    rx: { id: base + source * 256 + target, extended: true },
  };
}
