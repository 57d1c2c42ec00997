/** Of Curve25519: 2^255 - 19. */
const P25519 = 2n ** 255n - 19n;
const D25519 = 37095705934669439343138083508754565189542113879843219016388785533085940283555n;
/** Of the points of order 8. */
const Y_OF_ORDER_8 = 2707385501144840649318225287225658788936804267575313519463743609750303402022n;
/** What y of a point can be whose multiple by 8 is nothing: with it anybody signs anything. */
const SMALL_ORDER_Y: ReadonlySet<bigint> = new Set([
  0n,
  1n,
  P25519 - 1n,
  Y_OF_ORDER_8,
  P25519 - Y_OF_ORDER_8,
]);

const P256 = 2n ** 256n - 2n ** 224n + 2n ** 192n + 2n ** 96n - 1n;
const B256 = 0x5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604bn;

/**
 * Tells whether 32 bytes are an Ed25519 public key that only the holder of its secret signs with: a
 * point of the curve, in the one form that it has, and not of small order.
 *
 * Source: RFC 8032, "Decoding" and "Security Considerations".
 *
 * @param bytes The key.
 * @returns Whether it is.
 */
export function isEd25519Point(bytes: Uint8Array): boolean {
  const y = toInteger(bytes.toReversed()) & (2n ** 255n - 1n);
  if (y >= P25519 || SMALL_ORDER_Y.has(y)) return false;
  // x^2 = (y^2 - 1) / (d y^2 + 1) has a root where the product of both, as good a square, has.
  const u = (y * y - 1n) % P25519;
  const v = (D25519 * y * y + 1n) % P25519;
  return power(u * v, (P25519 - 1n) / 2n, P25519) === 1n;
}

/**
 * Tells whether 64 bytes are a point of P-256.
 *
 * Source: SEC 1, "Elliptic Curve Public Key Validation".
 *
 * @param bytes x and y.
 * @returns Whether they are.
 */
export function isP256Point(bytes: Uint8Array): boolean {
  const x = toInteger(bytes.subarray(0, 32));
  const y = toInteger(bytes.subarray(32));
  return x < P256 && y < P256 && (x * x * x - 3n * x + B256 - y * y) % P256 === 0n;
}

function toInteger(bytes: Uint8Array): bigint {
  return BigInt(`0x${bytes.toHex()}`);
}

function power(base: bigint, exponent: bigint, modulus: bigint): bigint {
  let result = 1n;
  let square = base % modulus;
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if ((rest & 1n) === 1n) result = result * square % modulus;
    square = square * square % modulus;
  }
  return result;
}
