import { parseRequestTemplate } from "../../uds/mod.ts";
import type { AnswerRule, NodeStep, UpdateProfile } from "../profile.ts";

/** Status 0 is good, and nothing is asked twice. */
const PLAIN_ANSWER: AnswerRule = { good: [0x00], busy: [] };

function step(text: string, optional = false): NodeStep {
  return { kind: "request", request: parseRequestTemplate(text), answer: PLAIN_ANSWER, optional };
}

function functional(text: string): { readonly request: ReturnType<typeof parseRequestTemplate> } {
  return { request: parseRequestTemplate(text) };
}

/**
 * The flash sequence of ISO 14229-1 itself: functional extended session, DTC setting off, normal
 * communication off; each node programming session, security access, fingerprint; each segment erase
 * FF00, download, checksum 0202; then dependency check FF01 and reset.
 *
 * Source: ISO 14229-1:2020, "Non-volatile server memory programming process".
 */
export const ISO14229_PROFILE: UpdateProfile = {
  name: "iso14229",
  before: [functional("10 83"), functional("85 82"), functional("28 83 01")],
  identity: { hardwareDid: 0xF191, versionDid: 0xF189, bootloaderDid: 0xF180 },
  enter: [
    step("10 02"),
    { kind: "securityAccess", level: 0x01 },
    step("2E F1 5A {fingerprint}", true),
  ],
  erase: {
    scope: "segment",
    request: parseRequestTemplate("31 01 FF 00 44 {address:4} {size:4}"),
    answer: PLAIN_ANSWER,
  },
  download: {
    unit: "segment",
    request: parseRequestTemplate("34 00 44 {address:4} {size:4}"),
    maxNumberOfBlockLengthCap: 4095,
    blockMultipleBytes: 32,
    exit: parseRequestTemplate("37"),
  },
  check: {
    scope: "segment",
    request: parseRequestTemplate("31 01 02 02 44 {address:4} {size:4} {checksum:4}"),
    algorithm: "crc32",
    mode: "compare",
    answer: PLAIN_ANSWER,
    readOnly: true,
  },
  finish: [step("31 01 FF 01"), step("11 01")],
  after: [functional("28 80 01"), functional("85 81"), functional("10 81")],
  timing: {
    p2Ms: 50,
    p2StarMs: 5000,
    responsePendingCountMax: 200,
    requestMsMax: 30_000,
    s3Ms: 5000,
    activationMsMax: 3000,
    requestAttemptsMax: 3,
    segmentAttemptsMax: 8,
    nodeAttemptsMax: 8,
    retryDelayMs: 50,
    retryDelayMsMax: 2000,
  },
};

/** The same without SecurityAccess, for bootloaders that have none. */
export const ISO14229_OPEN_PROFILE: UpdateProfile = {
  ...ISO14229_PROFILE,
  name: "iso14229-open",
  enter: ISO14229_PROFILE.enter.filter(({ kind }) => kind !== "securityAccess"),
};
