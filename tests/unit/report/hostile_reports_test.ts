/** Reports of a run whose every text is hostile: well-formed, inert, and as many cells as ever. */
import { deepStrictEqual, ok } from "node:assert/strict";
import { csvReport, htmlReport, junitReport, recordRun } from "../../../src/report/mod.ts";
import type { RunRecord } from "../../../src/report/mod.ts";
import { poisoned } from "../../support/poisoned_events.ts";
import { hasProgram, runProgram, withFolder } from "../../support/programs.ts";
import { at, MIXED_RUN } from "./_support.ts";

const XSD = new URL("../../vectors/junit/jenkins-junit.xsd", import.meta.url).pathname;

const HOSTILE: Readonly<Record<string, string>> = {
  "markup": `<script>alert(1)</script><img src=x onerror=alert(1)><svg/onload=alert(1)>`,
  "ends of quotes": `" onmouseover="alert(1)" x='`,
  "the end of an attribute and of an element": `"></td></tr></table></style></title></svg>`,
  "the end of a CDATA section": `]]><a/><![CDATA[`,
  "comments": `--><b/><!-- --!><?php ?>`,
  "a declaration": `<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]>&b;`,
  "entities": `&lt;script&gt; &#60; &#0; &#xD800; &undefined; &`,
  "an address that runs": `javascript:alert(1)`,
  "style": `}body{background:url(//evil.example)}@import 'x';</style>`,
  "controls": Array.from({ length: 32 }, (_, i) => String.fromCharCode(i)).join("") + "\x7f\x9b",
  "what turns text round": "\u202Egnp.exe\u2066\u200F\u061C",
  "what is not seen": "\u200B\uFEFF\u00AD\u{E0041}\u2028\u2029",
  "halves of characters": "\uD800 a \uDC00\uD800",
  "non-characters": "\uFFFE\uFFFF\u{1FFFF}",
  "a formula": `=cmd|' /C calc'!A0`,
  "another formula": `@SUM(1+1)*cmd|' /C calc'!A0`,
  "formulas behind separators": `x;=1+1;"=1+1;'-1;\t+1|@x`,
  "full-width formulas": "\uFF1D1\uFF0B1",
  "lines": `a\r\n=1+1,"b"\n"`,
  "very much": `<b>"&=`.repeat(5_000),
  "a prototype": "__proto__",
};

function recordOf(text: string): RunRecord {
  return recordRun(
    {
      command: `${text}flash`,
      commandLine: `${text}canvoy`,
      fleetFile: `${text}fleet`,
      startedAt: "2026-11-24T21:00:00.000Z",
      images: [{
        name: `${text}app`,
        file: `${text}app.hex`,
        version: `${text}2`,
        bytes: 24_576,
        sha256: `${text}ab`,
      }],
      environment: [[`${text}canvoy`, `${text}0.1.0`]],
    },
    poisoned([...MIXED_RUN, ...at([3000, { type: "runFinished" }])], (one) => `${text}${one}`),
    [{ bus: `${text}body`, frames: 10, bits: 1250, busyRatio: 0.5 }],
  );
}

/** The elements of a text in order, each with the names of its attributes. */
function skeletonOf(markup: string): readonly string[] {
  return [...markup.matchAll(/<([^>]*)>/g)].map(([, inside = ""]) =>
    inside.replaceAll(/"[^"]*"/g, '""').trim()
  );
}

const PLAIN = recordOf("plain");

for (const [what, text] of Object.entries(HOSTILE)) {
  const record = recordOf(text);

  Deno.test(`htmlReport() stays the same elements with hostile texts: ${what}`, () => {
    const html = htmlReport(record);
    deepStrictEqual(skeletonOf(html), skeletonOf(htmlReport(PLAIN)));
    // deno-lint-ignore no-control-regex
    ok(!/[\0-\x08\x0B\x0C\x0E-\x1F\x7F\u202A-\u202E\u2066-\u2069]/.test(html));
    ok(html.isWellFormed());
    const addresses = [...html.matchAll(/\b(?:href|src|action|srcset)="([^"]*)"/g)];
    for (const [, address] of addresses) ok(address!.startsWith("#"), address);
  });

  Deno.test(`junitReport() stays the same elements with hostile texts: ${what}`, () => {
    const xml = junitReport(record);
    deepStrictEqual(skeletonOf(xml), skeletonOf(junitReport(PLAIN)));
    ok(xml.isWellFormed());
    ok(!xml.includes("]]>"));
  });

  Deno.test(`csvReport() stays the same cells with hostile texts, and none a formula: ${what}`, () => {
    const csv = csvReport(record);
    const rows = rowsOf(csv, ",");
    deepStrictEqual(
      rows.map(({ length }) => length),
      rowsOf(csvReport(PLAIN), ",").map((r) => r.length),
    );
    // Where a list is separated otherwise, cells are others: none of them is a formula either.
    for (const separator of [",", ";", "|"]) {
      for (const cell of rowsOf(csv, separator).flat()) {
        ok(
          !/^["' ]*[=+\-@\uFF1D\uFF0B\uFF0D\uFF20]/.test(cell.replace(/^'/, "\u0001")),
          cell.slice(0, 80),
        );
      }
    }
  });
}

/** Reads a table as RFC 4180 has it, with any separator. */
function rowsOf(csv: string, separator: string): readonly (readonly string[])[] {
  const rows: string[][] = [[]];
  let cell = "";
  let isQuoted = false;
  for (let i = 0; i < csv.length; i++) {
    const sign = csv[i]!;
    if (isQuoted) {
      if (sign !== '"') cell += sign;
      else if (csv[i + 1] === '"') cell += csv[++i]!;
      else isQuoted = false;
    } else if (sign === '"' && cell === "") isQuoted = true;
    else if (sign === separator || sign === "\n") {
      rows.at(-1)!.push(cell.replace(/\r$/, ""));
      cell = "";
      if (sign === "\n") rows.push([]);
    } else cell += sign;
  }
  deepStrictEqual([rows.pop(), cell], [[], ""], "the last line is ended");
  return rows;
}

Deno.test({
  name: "junitReport() and htmlReport() are well-formed for whoever reads XML, whatever the texts",
  ignore: !hasProgram("xmllint"),
  fn: () => {
    withFolder((folder) => {
      const records = Object.values(HOSTILE).map(recordOf);
      const junit = records.map((record, i) => {
        Deno.writeTextFileSync(`${folder}/${i}.junit.xml`, junitReport(record));
        return `${folder}/${i}.junit.xml`;
      });
      runProgram("xmllint", ["--noout", "--nonet", "--huge", "--schema", XSD, ...junit]);
      const html = records.map((record, i) => {
        const text = htmlReport(record).replace(/<meta ([^>]*)>/g, "<meta $1/>")
          .replace("<!DOCTYPE html>\n", "").replace(/ tabindex="0"/g, "");
        Deno.writeTextFileSync(`${folder}/${i}.html.xml`, text);
        return `${folder}/${i}.html.xml`;
      });
      runProgram("xmllint", ["--noout", "--nonet", "--huge", ...html]);
    });
  },
});
