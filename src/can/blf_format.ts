/**
 * The Binary Logging Format of Vector's tools, as far as CAN goes: a file header, then objects, most of
 * them within containers that are compressed or not. All numbers are little-endian.
 *
 * - File header: `["LOGG", header size (4), application (1), its version (3), format's version (4),
 *   file size (8), size without compression (8), objects (4), objects read (4), start (16), end (16)]`
 *   and zeros up to 144 bytes; times as Windows' SYSTEMTIME.
 * - Object: `["LOBJ", header size (2), header version (2), object size (4), type (4)]`, then for all
 *   but containers `[flags (4), (2), object version (2), time (8)]`; version 2 of the header has eight
 *   more bytes.
 * - Container: `[compression: 0 none, 2 zlib (2), (6), size without compression (4), (4)]`, then
 *   objects; one that does not fit goes on in the next container.
 *
 * Source: public descriptions, among them the format's description for Kaitai Struct (CC0) and the
 * documentation of python-can; no code is taken from them.
 *
 * @module
 */

/** "LOGG", with which a file begins, as a number. */
export const BLF_FILE_SIGNATURE = 0x4747_4F4C;
/** "LOBJ", with which an object begins, as a number. */
export const BLF_OBJECT_SIGNATURE = 0x4A42_4F4C;
/** Size of the file header. */
export const BLF_FILE_HEADER_BYTES = 144;
/** Size of what every object begins with. */
export const BLF_BASE_BYTES = 16;
/** Size of the header of version 1. */
export const BLF_HEADER_BYTES = 32;
/** Where in a container its content begins. */
export const BLF_CONTAINER_BYTES = 32;

/** What objects are. */
export const BLF_TYPE = {
  canMessage: 1,
  canError: 2,
  container: 10,
  canErrorExtended: 73,
  canMessage2: 86,
  canFdMessage: 100,
  canFdMessage64: 101,
  canFdError64: 104,
} as const;

/** Compression of a container. */
export const BLF_COMPRESSION = { none: 0, zlib: 2 } as const;

/** Unit of an object's time: 10 microseconds where this flag is set, else nanoseconds. */
export const BLF_FLAG_TEN_US = 1;
/** Unit of an object's time: nanoseconds. */
export const BLF_FLAG_NS = 2;
/** Marks an identifier of 29 bits. */
export const BLF_ID_EXTENDED = 0x8000_0000;
/** In the flags of a message: a remote frame. */
export const BLF_MESSAGE_REMOTE = 0x80;
/** In the flags of a message: 0 received, 1 sent, 2 to be sent. */
export const BLF_MESSAGE_DIRECTION = 0x0F;
/** A direction: to be sent, so no frame of the bus yet. */
export const BLF_TRANSMIT_REQUEST = 2;
/** Flags of a {@linkcode BLF_TYPE.canFdMessage}. */
export const BLF_FD = { edl: 1, brs: 2 } as const;
/** Flags of a {@linkcode BLF_TYPE.canFdMessage64}. */
export const BLF_FD64 = { remote: 0x10, edl: 0x1000, brs: 0x2000 } as const;
