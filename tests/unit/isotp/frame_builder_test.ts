import { deepStrictEqual, strictEqual, throws } from "node:assert/strict";
import { bytesToHex } from "../../../src/core/mod.ts";
import {
  CLASSIC_FORMAT,
  decodePdu,
  FrameBuilder,
  type FrameFormat,
} from "../../../src/isotp/mod.ts";
import published from "../../vectors/isotp/isotp_published.json" with { type: "json" };
import scapy from "../../vectors/isotp/isotp_scapy.json" with { type: "json" };
import { countingBytes, id11 } from "./_support.ts";

const UNPADDED: FrameFormat = { fd: false, bitRateSwitch: false, txDlBytes: 8 };

/** All frames of a message. */
function cut(builder: FrameBuilder, message: Uint8Array): string[] {
  if (message.length <= builder.singleFrameBytesMax) {
    return [bytesToHex(builder.singleFrame(message).data)];
  }
  const frames = [bytesToHex(builder.firstFrame(message).data)];
  let at = builder.firstFrameBytes(message.length);
  for (let n = 1; at < message.length; n++, at += builder.consecutiveFrameBytes) {
    frames.push(bytesToHex(builder.consecutiveFrame(message, at, n & 0xF).data));
  }
  return frames;
}

Deno.test("FrameBuilder cuts messages into the very frames that scapy cuts", () => {
  strictEqual(scapy.messages.length, 60);
  for (const { lengthBytes, id, extended, frameCount, first, last, prefix } of scapy.messages) {
    const builder = new FrameBuilder({ id, extended }, prefix, UNPADDED);
    const frames = cut(builder, countingBytes(lengthBytes));
    strictEqual(frames.length, frameCount);
    deepStrictEqual(frames.slice(0, 18), first);
    deepStrictEqual(frames.slice(-2), last);
  }
});

Deno.test("FrameBuilder makes the flow control frames that scapy makes", () => {
  const builder = new FrameBuilder(id11(1), undefined, UNPADDED);
  const statuses = ["continueToSend", "wait", "overflow"] as const;
  for (const { flowStatus, blockSize, stMin, data } of scapy.flowControl) {
    const { data: payload } = builder.flowControl(statuses[flowStatus]!, blockSize, stMin);
    strictEqual(bytesToHex(payload), data);
    deepStrictEqual(decodePdu(payload, 0), {
      kind: "flowControl",
      flowStatus: statuses[flowStatus]!,
      blockSize,
      stMin,
    });
  }
});

Deno.test("FrameBuilder makes the CAN FD frames that python-can-isotp makes", () => {
  for (const { txDlBytes, lengthBytes, frames, padding, prefix, fill } of published.fd) {
    const message = Uint8Array.from({ length: lengthBytes }, (_, i) => fill ?? i);
    const builder = new FrameBuilder(id11(1), prefix, {
      fd: true,
      bitRateSwitch: true,
      txDlBytes,
      ...(padding === undefined ? {} : { padding }),
    });
    deepStrictEqual(cut(builder, message), frames);
  }
});

Deno.test("FrameBuilder makes the classic frames that python-can-isotp makes", () => {
  const { padding, lengthBytes, frame } = published.classicPadding;
  const padded = new FrameBuilder(id11(1), undefined, { ...UNPADDED, padding });
  const message = Uint8Array.from({ length: lengthBytes }, (_, i) => i);
  strictEqual(bytesToHex(padded.singleFrame(message).data), frame);
  for (const { lengthBytes, frame } of published.firstFrames) {
    const message = Uint8Array.from({ length: lengthBytes }, (_, i) => i);
    strictEqual(bytesToHex(padded.firstFrame(message).data), frame);
  }
});

Deno.test("FrameBuilder pads every kind of frame to 8 bytes when told, and none otherwise", () => {
  const message = countingBytes(9);
  for (const [format, length] of [[CLASSIC_FORMAT, 8], [UNPADDED, 3]] as const) {
    const builder = new FrameBuilder(id11(1), undefined, format);
    strictEqual(builder.singleFrame(countingBytes(2)).data.length, length);
    strictEqual(builder.consecutiveFrame(message, 7, 1).data.length, length);
    strictEqual(builder.flowControl("wait", 0, 0).data.length, length);
  }
  const fd = new FrameBuilder(id11(1), 0x42, { fd: true, bitRateSwitch: false, txDlBytes: 64 });
  strictEqual(bytesToHex(fd.flowControl("wait", 1, 2).data), "42 31 01 02");
  const { data } = fd.singleFrame(countingBytes(7));
  strictEqual(bytesToHex(data), "42 00 07 01 02 03 04 05 06 07 CC CC");
});

Deno.test("FrameBuilder refuses formats that no frame has", () => {
  const bad: readonly FrameFormat[] = [
    { fd: false, bitRateSwitch: false, txDlBytes: 12 },
    { fd: false, bitRateSwitch: false, txDlBytes: 7 },
    { fd: false, bitRateSwitch: true, txDlBytes: 8 },
    { fd: true, bitRateSwitch: true, txDlBytes: 7 },
    { fd: true, bitRateSwitch: true, txDlBytes: 63 },
    { fd: false, bitRateSwitch: false, txDlBytes: 8, padding: 256 },
    { fd: false, bitRateSwitch: false, txDlBytes: 8, padding: -1 },
  ];
  for (const format of bad) {
    throws(() => new FrameBuilder(id11(1), undefined, format), RangeError, JSON.stringify(format));
  }
});
