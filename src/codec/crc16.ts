/** x^16 + x^12 + x^5 + 1, most significant bit first, and the same reflected. */
const POLYNOMIAL = 0x1021;
const POLYNOMIAL_REFLECTED = 0x8408;

const TABLE = Uint16Array.from({ length: 256 }, (_, index) => {
  let register = index << 8;
  for (let bit = 0; bit < 8; bit++) {
    register = (register & 0x8000) !== 0 ? (register << 1) ^ POLYNOMIAL : register << 1;
  }
  return register;
});

const TABLE_REFLECTED = reflectedTable(POLYNOMIAL_REFLECTED);
/** x^16 + x^13 + x^12 + x^11 + x^10 + x^8 + x^6 + x^5 + x^2 + 1, reflected. */
const TABLE_DNP = reflectedTable(0xA6BC);

function reflectedTable(polynomial: number): Uint16Array {
  return Uint16Array.from({ length: 256 }, (_, index) => {
    let register = index;
    for (let bit = 0; bit < 8; bit++) {
      register = (register & 1) !== 0 ? (register >>> 1) ^ polynomial : register >>> 1;
    }
    return register;
  });
}

/**
 * CRC-16/CCITT-FALSE, what most bootloaders mean by "CRC-16/CCITT": polynomial 0x1021, most
 * significant bit first, initial value 0xFFFF, no final XOR. Check value 0x29B1.
 *
 * Source: the catalogue of parametrised CRC algorithms, "CRC-16/IBM-3740".
 *
 * @param bytes What to check.
 * @param previous The result over the bytes before these, to go on from; 0xFFFF to begin.
 * @returns 0 up to 0xFFFF.
 */
export function crc16Ccitt(bytes: Uint8Array, previous = 0xFFFF): number {
  let register = previous;
  for (let i = 0; i < bytes.length; i++) {
    register = ((register << 8) & 0xFFFF) ^ TABLE[(register >>> 8) ^ bytes[i]!]!;
  }
  return register;
}

/**
 * CRC-16/XMODEM: as {@link crc16Ccitt}, but from the initial value 0. Check value 0x31C3.
 *
 * @param bytes What to check.
 * @param previous The result over the bytes before these, to go on from; 0 to begin.
 * @returns 0 up to 0xFFFF.
 */
export function crc16Xmodem(bytes: Uint8Array, previous = 0): number {
  return crc16Ccitt(bytes, previous);
}

/**
 * CRC-16/X-25: polynomial 0x1021 reflected, initial value and final XOR 0xFFFF. Check value 0x906E.
 *
 * Source: ITU-T X.25, "Frame check sequence (FCS)".
 *
 * @param bytes What to check.
 * @param previous The result over the bytes before these, to go on from; 0 to begin.
 * @returns 0 up to 0xFFFF.
 */
export function crc16X25(bytes: Uint8Array, previous = 0): number {
  let register = previous ^ 0xFFFF;
  for (let i = 0; i < bytes.length; i++) {
    register = (register >>> 8) ^ TABLE_REFLECTED[(register ^ bytes[i]!) & 0xFF]!;
  }
  return register ^ 0xFFFF;
}

/**
 * CRC-16/DNP: polynomial 0x3D65 reflected, initial value 0, final XOR 0xFFFF. Check value 0xEA82.
 *
 * Source: the catalogue of parametrised CRC algorithms, "CRC-16/DNP".
 *
 * @param bytes What to check.
 * @param previous The result over the bytes before these, to go on from; 0xFFFF to begin.
 * @returns 0 up to 0xFFFF.
 */
export function crc16Dnp(bytes: Uint8Array, previous = 0xFFFF): number {
  let register = previous ^ 0xFFFF;
  for (let i = 0; i < bytes.length; i++) {
    register = (register >>> 8) ^ TABLE_DNP[(register ^ bytes[i]!) & 0xFF]!;
  }
  return register ^ 0xFFFF;
}
