import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import {
  checksum,
  CHECKSUM_ALGORITHMS,
  CHECKSUM_NAMES,
  type ChecksumName,
  crc16Ccitt,
  crc16Dnp,
  crc16X25,
  crc16Xmodem,
  crc32,
  crc32Mpeg2,
  crc32Stm32,
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
