import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import {
  checksum,
  CHECKSUM_ALGORITHMS,
  CHECKSUM_NAMES,
  type ChecksumName,
  checksumSizeBytes,
  crc16Ccitt,
  crc16Dnp,
  crc16X25,
  crc16Xmodem,
  crc32,
  crc32Mpeg2,
  crc32Stm32,
  type CrcParameters,
  isChecksumName,
  sha256,
} from "../../../src/codec/mod.ts";
import { bytesToHex, hexToBytes } from "../../../src/core/mod.ts";

const CHECK = new TextEncoder().encode("123456789");

/** The catalogue of parametrised CRC algorithms gives a check value over "123456789" for each. */
const CHECK_VALUES = {
  "crc32": "CBF43926",
  "crc32-mpeg2": "0376E6E7",
  "crc16-ccitt": "29B1",
  "crc16-xmodem": "31C3",
  "crc16-x25": "906E",
  "crc16-dnp": "EA82",
  "crc16-arc": "BB3D",
  "crc16-modbus": "4B37",
  "crc8": "F4",
  "crc8-j1850": "4B",
  "crc32c": "E3069283",
} as const satisfies Partial<Record<ChecksumName, string>>;

/**
 * Over tests/vectors/image/linear.bin by programs that are not ours: srec_cat 1.64
 * (`-CRC32_Big_Endian`, `-STM32_Little_Endian`, whose four bytes are reversed here), Python 3's
 * `binascii.crc_hqx`, sha256sum.
 */
const OTHER_PROGRAMS = {
  "crc32": "1840C518",
  "crc32-mpeg2-stm32": "60BBA290",
  "crc16-ccitt": "F07F",
  "crc16-xmodem": "3608",
  "sha256": "91D9C805B9383178F98D85902D886C4A3AC9160F2C9408D4F7076DDFC249C0BA",
} as const satisfies Partial<Record<ChecksumName, string>>;

/** Parameters and check values of the same catalogue, for CRCs without a name here. */
const PARAMETRISED: readonly (readonly [string, CrcParameters, string])[] = [
  ["CRC-8/MAXIM-DOW", { width: 8, polynomial: 0x31, ...reflected() }, "A1"],
  ["CRC-16/GENIBUS", { width: 16, polynomial: 0x1021, initial: 0xFFFF, finalXor: 0xFFFF }, "D64E"],
  [
    "CRC-16/MCRF4XX",
    { width: 16, polynomial: 0x1021, initial: 0xFFFF, ...reflected() },
    "6F91",
  ],
  ["CRC-24/OPENPGP", { width: 24, polynomial: 0x864CFB, initial: 0xB704CE }, "21CF02"],
  [
    "CRC-32/BZIP2",
    { width: 32, polynomial: 0x04C11DB7, initial: 0xFFFF_FFFF, finalXor: 0xFFFF_FFFF },
    "FC891918",
  ],
  [
    "CRC-32/JAMCRC",
    { width: 32, polynomial: 0x04C11DB7, initial: 0xFFFF_FFFF, ...reflected() },
    "340BC6D9",
  ],
];

function reflected(): { readonly reflectIn: true; readonly reflectOut: true } {
  return { reflectIn: true, reflectOut: true };
}

for (const [name, parameters, expected] of PARAMETRISED) {
  Deno.test(`checksum() meets the check value of ${name}, by its parameters`, () => {
    strictEqual(bytesToHex(checksum(parameters, CHECK), ""), expected);
    strictEqual(checksumSizeBytes(parameters), expected.length / 2);
  });
}

/** 0x31 + ... + 0x39 is 0x1DD; words by hand, the last one filled up with FF. */
const SUMS = {
  "sum8": "DD",
  "sum16": "01DD",
  "sum32": "000001DD",
  "sum8-complement": "23",
  "sum16-complement": "FE23",
  "sum32-complement": "FFFFFE23",
  // 3132 + 3334 + 3536 + 3738 + 39FF; 3231 + 3433 + 3635 + 3837 + FF39
  "sum16-words-be": "0AD3",
  "sum16-words-le": "D409",
  // 31323334 + 35363738 + 39FFFFFF; 34333231 + 38373635 + FFFFFF39
  "sum32-words-be": "A0686A6B",
  "sum32-words-le": "6C6A679F",
} as const satisfies Partial<Record<ChecksumName, string>>;

for (const [name, expected] of Object.entries(SUMS)) {
  Deno.test(`checksum() sums up by ${name}`, () => {
    strictEqual(bytesToHex(checksum(name as ChecksumName, CHECK), ""), expected);
  });
}

Deno.test("checksum() meets FIPS 180-4's examples of the one-block message abc", () => {
  const abc = new TextEncoder().encode("abc");
  strictEqual(bytesToHex(checksum("sha1", abc), ""), "A9993E364706816ABA3E25717850C26C9CD0D89D");
  strictEqual(
    bytesToHex(checksum("sha512", abc), ""),
    "DDAF35A193617ABACC417349AE20413112E6FA4E89A97EA20A9EEEE64B55D39A" +
      "2192992A274FC1A836BA3C23A3FEEBBD454D4423643CE80E2A9AC94FA54CA49F",
  );
});

for (const [name, expected] of Object.entries(CHECK_VALUES)) {
  Deno.test(`checksum() meets the check value of ${name}`, () => {
    strictEqual(bytesToHex(checksum(name as ChecksumName, CHECK), ""), expected);
  });
}

for (const [name, expected] of Object.entries(OTHER_PROGRAMS)) {
  Deno.test(`checksum() agrees with another program on ${name}`, async () => {
    const bytes = await Deno.readFile(
      new URL("../../vectors/image/linear.bin", import.meta.url),
    );
    strictEqual(bytesToHex(checksum(name as ChecksumName, bytes), ""), expected);
  });
}

Deno.test("checksum() has as many bytes as the table says", () => {
  for (const name of CHECKSUM_NAMES) {
    strictEqual(checksum(name, CHECK).length, CHECKSUM_ALGORITHMS[name].sizeBytes, name);
  }
});

Deno.test("crc32Stm32() gives what the CRC unit gives for the word 0x12345678", () => {
  strictEqual(crc32Stm32(hexToBytes("78563412")), 0xDF8A8A2B);
});

Deno.test("crc32Stm32() counts bytes missing from the last word as 0xFF", () => {
  for (const [cut, whole] of [["01", "01FFFFFF"], ["0102", "0102FFFF"], ["010203", "010203FF"]]) {
    const before = "A1A2A3A4";
    strictEqual(crc32Stm32(hexToBytes(before + cut)), crc32Stm32(hexToBytes(before + whole)));
  }
});

Deno.test("CRCs go on from the result over the bytes before", () => {
  const first = CHECK.subarray(0, 4);
  const rest = CHECK.subarray(4);
  for (const crc of [crc32, crc32Mpeg2, crc32Stm32, crc16Ccitt, crc16Xmodem, crc16X25, crc16Dnp]) {
    strictEqual(crc(rest, crc(first)), crc(CHECK), crc.name);
  }
});

Deno.test("sha256() takes its parts as one message", () => {
  deepStrictEqual(sha256(CHECK.subarray(0, 3), CHECK.subarray(3)), sha256(CHECK));
  // FIPS 180-4's example of the one-block message "abc".
  strictEqual(
    bytesToHex(sha256(new TextEncoder().encode("abc")), ""),
    "BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD",
  );
});

Deno.test("isChecksumName() knows the table's names only", () => {
  ok(isChecksumName("crc32-mpeg2-stm32"));
  ok(!isChecksumName("crc64"));
  ok(!isChecksumName("toString"));
});
