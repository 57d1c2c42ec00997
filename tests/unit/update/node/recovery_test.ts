/** How far back a conversation goes after each failure, and what a failure says of the session. */
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { hexToBytes } from "../../../../src/core/mod.ts";
import {
  IsoTpError,
  UdsNegativeResponseError,
  UdsTimeoutError,
  UdsTransferRestartError,
} from "../../../../src/uds/mod.ts";
import {
  BankModeError,
  BankTrialError,
  BusAwayError,
  CancelledError,
  DowngradeError,
  endsSession,
  isNotNow,
  isRefusal,
  isUnreachable,
  NodeChangedError,
  recoveryFor,
  refusesSession,
  RoutineStatusError,
  VerifyMismatchError,
  WrongHardwareError,
} from "../../../../src/update/mod.ts";

const REQUEST = hexToBytes("31 01 FF 00");

function refused(nrc: number, request = REQUEST): UdsNegativeResponseError {
  return new UdsNegativeResponseError(request, Uint8Array.of(0x7F, request[0]!, nrc));
}

const SILENT = { wait: "P2", waitedMs: 50, responsePendingCount: 0 } as const;
const SILENCE = new UdsTimeoutError(REQUEST, SILENT);
/** 0x78 until all the time was over. */
const PATIENCE = new UdsTimeoutError(REQUEST, {
  wait: "total",
  waitedMs: 30_000,
  responsePendingCount: 9,
});
const BLOCK = { blockSequenceCounter: 3, offset: 8128 };

function inBlock(cause: UdsNegativeResponseError | UdsTimeoutError): UdsTransferRestartError {
  return new UdsTransferRestartError(BLOCK, cause);
}

Deno.test("recoveryFor() tries nothing again of what was refused for good, or is not to be tried", () => {
  const wasOver: readonly unknown[] = [
    new CancelledError(),
    new BusAwayError("can0", "stopped", 60_000),
    new WrongHardwareError("A", "B"),
    new DowngradeError("release 7", "release 6"),
    new BankModeError("STM32F767ZI", 1),
    new NodeChangedError("serial number", "1", "2"),
    new RoutineStatusError(REQUEST, REQUEST, "status 0x09", true),
    PATIENCE,
    inBlock(PATIENCE),
  ];
  deepStrictEqual(wasOver.map(recoveryFor), wasOver.map(() => "none"));
  // 0x35 and 0x36: one more key would lock the node.
  for (const nrc of [0x11, 0x12, 0x13, 0x31, 0x35, 0x36]) {
    strictEqual(recoveryFor(refused(nrc)), "none", `0x${nrc.toString(16)}`);
  }
});

Deno.test("recoveryFor() brings a node in anew that has left its session, or holds a trial", () => {
  for (const nrc of [0x33, 0x7E, 0x7F]) {
    strictEqual(recoveryFor(refused(nrc)), "node");
    strictEqual(recoveryFor(inBlock(refused(nrc))), "node", "no segment is left to go on with");
  }
  strictEqual(recoveryFor(new BankTrialError()), "node", "it decides once it was sent home");
});

Deno.test("recoveryFor() asks again what met silence, and does a segment again that failed", () => {
  strictEqual(recoveryFor(SILENCE), "silence");
  strictEqual(recoveryFor(new IsoTpError("N_TIMEOUT_Bs", "Cannot send")), "silence");
  const failures: readonly unknown[] = [
    new VerifyMismatchError({ address: 0, sizeBytes: 1 }, REQUEST),
    new RoutineStatusError(REQUEST, REQUEST, "status 0x02"),
    inBlock(SILENCE),
    inBlock(refused(0x31)),
    ...[0x10, 0x21, 0x22, 0x24, 0x70, 0x71, 0x72, 0x73].map((nrc) => refused(nrc)),
  ];
  deepStrictEqual(failures.map(recoveryFor), failures.map(() => "segment"));
});

Deno.test("isRefusal() names what a node is refused for before anything was touched", () => {
  ok(isRefusal(new WrongHardwareError("A", undefined)));
  ok(isRefusal(new DowngradeError("release 7", "release 6")));
  ok(isRefusal(new BankModeError("STM32F767ZI", undefined)));
  ok(!isRefusal(refused(0x31)));
  ok(!isRefusal(new BankTrialError()));
});

Deno.test("isUnreachable() leaves alone who is silent, or asks for patience without end", () => {
  ok(isUnreachable(SILENCE));
  ok(isUnreachable(PATIENCE));
  ok(isUnreachable(inBlock(PATIENCE)));
  ok(!isUnreachable(refused(0x72)));
  ok(!isUnreachable(inBlock(refused(0x72))));
});

Deno.test("endsSession() is so where S3 may have run out, and in the middle of a download alone", () => {
  for (const nrc of [0x33, 0x7E, 0x7F]) {
    ok(endsSession(refused(nrc)));
    ok(endsSession(inBlock(refused(nrc))));
  }
  for (const nrc of [0x24, 0x70]) {
    ok(!endsSession(refused(nrc)), "it was asked in the wrong order");
    ok(endsSession(inBlock(refused(nrc))), "there was a download");
  }
  ok(!endsSession(inBlock(refused(0x72))));
  ok(!endsSession(inBlock(SILENCE)));
  ok(!endsSession(SILENCE));
  ok(!endsSession(new Error("0x7F")));
});

Deno.test("isNotNow(), refusesSession() tell a node that only starts", () => {
  deepStrictEqual([0x21, 0x22, 0x24, 0x31].map((nrc) => isNotNow(refused(nrc))), [
    true,
    true,
    false,
    false,
  ]);
  ok(!isNotNow(SILENCE));
  ok(refusesSession(refused(0x31, hexToBytes("10 02"))));
  ok(!refusesSession(refused(0x31)));
});
