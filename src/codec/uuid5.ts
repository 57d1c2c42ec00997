import { createHash } from "node:crypto";

/** Namespace of domain names. */
export const UUID_NAMESPACE_DNS: Uint8Array = Uint8Array.of(
  ...[0x6B, 0xA7, 0xB8, 0x10, 0x9D, 0xAD, 0x11, 0xD1],
  ...[0x80, 0xB4, 0x00, 0xC0, 0x4F, 0xD4, 0x30, 0xC8],
);

/**
 * Names something by a UUID of version 5: the same name in the same namespace is the same UUID.
 *
 * Source: RFC 9562, "UUID Version 5".
 *
 * @param namespace 16 bytes.
 * @param name Any text.
 * @returns 16 bytes.
 */
export function uuid5(namespace: Uint8Array, name: string): Uint8Array {
  const hash = createHash("sha1").update(namespace).update(new TextEncoder().encode(name));
  const uuid = new Uint8Array(hash.digest()).slice(0, 16);
  uuid[6] = (uuid[6]! & 0x0F) | 0x50;
  uuid[8] = (uuid[8]! & 0x3F) | 0x80;
  return uuid;
}

/**
 * Writes a UUID as people do.
 *
 * @param uuid 16 bytes.
 * @returns For example `fa6b4a53-d5ad-5fdf-be9d-e663e4d41ffe`.
 */
export function formatUuid(uuid: Uint8Array): string {
  return uuid.toHex().replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
