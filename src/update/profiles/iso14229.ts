import type { UpdateProfile } from "./profile.ts";
import { buildProfile } from "./build_profile.ts";
import type { ProfileText } from "./profile_text.ts";

/**
 * The flash sequence of ISO 14229-1 itself: functional extended session, DTC setting off, normal
 * communication off; each node programming session, security access, fingerprint; each segment erase
 * FF00, download, checksum 0202; then dependency check FF01 and reset.
 *
 * The standard leaves the routines' option records open. The erase record is the RequestDownload
 * form (`44`, address, size), the one that was met most often; the check record follows it.
 *
 * Source: ISO 14229-1:2020, "Non-volatile server memory programming process".
 */
export const ISO14229_TEXT: ProfileText = {
  before: ["10 83", "85 82", "28 83 01"],
  identity: {
    hardwareDid: 0xF191,
    versionDid: 0xF189,
    bootloaderDid: 0xF180,
    partDid: 0xF187,
    serialDid: 0xF18C,
  },
  conditions: [],
  enter: [
    "10 02",
    { securityAccess: 0x01 },
    { request: "2E F1 5A {fingerprint}", optional: true },
  ],
  driver: "none",
  memory: {},
  erase: { scope: "segment", request: "31 01 FF 00 44 {address:4} {size:4}" },
  download: {
    unit: "segment",
    request: "34 00 44 {address:4} {size:4}",
    exit: "37",
    maxNumberOfBlockLengthCap: 4095,
    blockMultipleBytes: 32,
    block: { request: "36 {counter:1} {data}" },
  },
  check: {
    scope: "segment",
    request: "31 01 02 02 44 {address:4} {size:4} {checksum:4}",
    algorithm: "crc32",
    mode: "compare",
    readOnly: true,
  },
  group: "none",
  banks: "none",
  finish: ["31 01 FF 01", "11 01"],
  after: ["28 80 01", "85 81", "10 81"],
  keepAlive: "auto",
  timing: {
    p2Ms: 50,
    requestMsMax: 30_000,
    s3Ms: 5000,
    activationMsMax: 3000,
    resetQuietMs: 50,
    requestAttemptsMax: 3,
    segmentAttemptsMax: 8,
    nodeAttemptsMax: 8,
    retryDelayMs: 50,
    retryDelayMsMax: 2000,
  },
};

/** {@linkcode ISO14229_TEXT}, ready for use. */
export const ISO14229_PROFILE: UpdateProfile = buildProfile("iso14229", ISO14229_TEXT).profile;
