import type { CanFrame } from "../../../src/can/mod.ts";

/**
 * A frame as a text of bits, built one bit at a time and sharing nothing with src/: what the tests
 * hold `frameBits()` against. Dominant is 0; `|` stands where the bit rate changes.
 */
export function naiveWireBits(frame: CanFrame): string {
  return frame.fd ? naiveFd(frame) : naiveClassic(frame);
}

/** Bits of a number, most significant first. */
export function bitText(value: number, count: number): string {
  let text = "";
  for (let i = count - 1; i >= 0; i--) text += Math.floor(value / 2 ** i) % 2;
  return text;
}

/** Puts the complement behind each five equal bits, stuff bits counted. */
export function naiveStuff(bits: string): string {
  let out = "";
  for (const bit of bits) {
    out += bit;
    if (out.endsWith("00000")) out += "1";
    else if (out.endsWith("11111")) out += "0";
  }
  return out;
}

function dataText(frame: CanFrame): string {
  return [...frame.data].map((byte) => bitText(byte, 8)).join("");
}

function identifierText(frame: CanFrame): string {
  if (!frame.extended) return bitText(frame.id, 11);
  return bitText(Math.floor(frame.id / 2 ** 18), 11) + "11" + bitText(frame.id % 2 ** 18, 18);
}

function naiveClassic(frame: CanFrame): string {
  const control = frame.extended ? "000" : "000"; // RTR r1 r0, or RTR IDE r0
  const header = "0" + identifierText(frame) + control + bitText(frame.data.length, 4);
  const bits = header + dataText(frame);
  return naiveStuff(bits + bitText(naiveCrc15(bits), 15)) + "1" + "01" + "1111111";
}

/** The shift register as the Bosch specification describes it in words. */
export function naiveCrc15(bits: string): number {
  let register = 0;
  for (const bit of bits) {
    const next = Number(bit) ^ ((register >> 14) & 1);
    register = (register << 1) & 0x7FFF;
    if (next === 1) register ^= 0x4599;
  }
  return register;
}

function naiveFd(frame: CanFrame): string {
  const lengths = [0, 1, 2, 3, 4, 5, 6, 7, 8, 12, 16, 20, 24, 32, 48, 64];
  const head = "0" + identifierText(frame) + (frame.extended ? "010" : "0010");
  const brs = frame.bitRateSwitch ? "1" : "0";
  const body = "0" + bitText(lengths.indexOf(frame.data.length), 4) + dataText(frame);
  const all = head + brs + body;
  // The CRC field opens with a fixed stuff bit: none is put behind the last data bit besides.
  const stuffed = naiveStuff(all.slice(0, -1)) + all.slice(-1);
  const stuffedHead = naiveStuff(head) + brs;
  const crcField = "x".repeat(4 + (frame.data.length > 16 ? 21 : 17));
  const fixed = crcField.replaceAll(/x{1,4}/g, (group) => "s" + group);
  const rest = stuffed.slice(stuffedHead.length) + fixed + "1";
  const mark = frame.bitRateSwitch ? "|" : "";
  return stuffedHead + mark + rest + mark + "01" + "1111111";
}
