import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { explainCode, isPassing, knownCodes, remedyFor } from "../../../src/report/mod.ts";
import type { NResult } from "../../../src/isotp/mod.ts";
import { namedNrcs, NRC, nrcName } from "../../../src/uds/mod.ts";

const SRC = new URL("../../../src/", import.meta.url);

/** Codes that only stand beside others, or are told by their response code. */
const NOT_ALONE = ["UDS_NEGATIVE_RESPONSE"];

Deno.test("remedyFor() knows what to do about every code of src/", () => {
  const codes = new Set([...sources(SRC)].flatMap((text) => [...codesIn(text)]));
  ok(codes.size > 30, `only ${codes.size} codes found`);
  const missing = [...codes].filter((code) => !NOT_ALONE.includes(code))
    .filter((code) => remedyFor({ code, message: "" }) === "");
  deepStrictEqual(missing, []);
});

Deno.test("explainCode() explains every code of src/, and every code that it lists", () => {
  const codes = new Set([...sources(SRC)].flatMap((text) => [...codesIn(text)]));
  for (const code of [...codes, ...knownCodes()]) {
    const explained = explainCode(code);
    ok(explained !== undefined && explained.remedy !== "" && explained.meaning !== "", code);
  }
  strictEqual(explainCode("NO_SUCH_CODE"), undefined);
  strictEqual(explainCode("NRC_constructor"), undefined);
  ok(explainCode("NRC_72")!.remedy.includes("voltage"));
});

Deno.test("explainCode() takes every negative response code by each of its spellings", () => {
  for (const nrc of namedNrcs()) {
    const digits = nrc.toString(16).toUpperCase().padStart(2, "0");
    for (const word of [`NRC_${digits}`, digits, `0x${digits}`, `0X${digits}`]) {
      const { code, meaning, remedy } = explainCode(word)!;
      strictEqual(code, `NRC_${digits}`);
      ok(meaning.endsWith(nrcName(nrc)) && remedy !== "", word);
    }
  }
  ok(namedNrcs().length >= 55);
  ok(explainCode("NRC_F2")!.meaning.includes("vehicleManufacturerSpecificConditionsNotCorrect"));
  strictEqual(explainCode("0x00"), undefined);
  strictEqual(explainCode("0x311"), undefined);
});

Deno.test("isPassing() tells failures that the same command may get through from lasting ones", () => {
  const passes = (code: string, response?: string): boolean =>
    isPassing({ code, message: "", ...(response === undefined ? {} : { response }) });
  ok(passes("UDS_TIMEOUT") && passes("BUS_LOST") && passes("UDS_NEGATIVE_RESPONSE", "7F 31 22"));
  ok(!passes("ACTIVATION") && !passes("VERIFY_MISMATCH") && !passes("ROUTINE_STATUS"));
  ok(!passes("UDS_NEGATIVE_RESPONSE", "7F 36 72") && !passes("UDS_NEGATIVE_RESPONSE", "7F 27 35"));
});

Deno.test("remedyFor() knows what to do about every transport result", () => {
  const results: readonly NResult[] = [
    "N_TIMEOUT_A",
    "N_TIMEOUT_Bs",
    "N_TIMEOUT_Cr",
    "N_WRONG_SN",
    "N_INVALID_FS",
    "N_UNEXP_PDU",
    "N_WFT_OVRN",
    "N_BUFFER_OVFLW",
    "N_ERROR",
  ];
  for (const result of results) {
    ok(remedyFor({ code: `ISOTP_${result.toUpperCase()}`, message: "" }) !== "", result);
  }
});

Deno.test("remedyFor() tells negative responses apart by their code", () => {
  const helpFor = (response: string): string =>
    remedyFor({ code: "UDS_NEGATIVE_RESPONSE", message: "", response });
  ok(helpFor("7F 27 35").includes("key"));
  ok(helpFor("7F 27 36").includes("locked itself"));
  ok(helpFor("7F 31 72").includes("voltage"));
  const telling = [NRC.invalidKey, NRC.requestOutOfRange, NRC.transferDataSuspended];
  const helps = telling.map((nrc) => helpFor(`7F 00 ${nrc.toString(16).toUpperCase()}`));
  strictEqual(new Set(helps).size, telling.length);
  ok(helpFor("7F 31 F0").includes("Look the response code up"));
});

Deno.test("remedyFor() says nothing of what it does not know", () => {
  strictEqual(remedyFor({ code: "constructor", message: "" }), "");
});

/** Every stable code that a class of errors or a problem states in the text of a module. */
function* codesIn(text: string): Generator<string> {
  for (const [, code] of text.matchAll(/override readonly code(?:: [^=;]+)? = "([A-Z0-9_]+)"/g)) {
    yield code!;
  }
  for (const [, union] of text.matchAll(/readonly code:\s*((?:\|?\s*"[A-Z0-9_]+"\s*)+);/g)) {
    for (const [, code] of union!.matchAll(/"([A-Z0-9_]+)"/g)) yield code!;
  }
  for (const [code] of text.matchAll(/\bPLAN_[A-Z0-9_]+\b/g)) yield code!;
}

function* sources(folder: URL): Generator<string> {
  for (const entry of Deno.readDirSync(folder)) {
    if (entry.isDirectory) yield* sources(new URL(`${entry.name}/`, folder));
    else if (entry.name.endsWith(".ts")) yield Deno.readTextFileSync(new URL(entry.name, folder));
  }
}
