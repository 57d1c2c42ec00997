import { strictEqual } from "node:assert/strict";
import { DownloadLog } from "../../../src/sim/download_log.ts";

const WHOLE = { start: 0x0800_8000, end: 0x0801_0000 };
const FIRST = { start: 0x0800_8000, end: 0x0800_C000 };
const SECOND = { start: 0x0800_C000, end: 0x0801_0000 };

Deno.test("DownloadLog counts a download as checked once each part was found right, or erased", () => {
  for (const settle of ["checked", "erased"] as const) {
    const log = new DownloadLog();
    log.written(WHOLE);
    log[settle](FIRST);
    strictEqual(log.isChecked, false, "a byte is left");
    log[settle]({ ...SECOND, end: SECOND.end - 1 });
    strictEqual(log.isChecked, false, "a byte is left");
    log[settle](SECOND);
    strictEqual(log.isChecked, true);
    strictEqual(log.writtenEnd, WHOLE.end);
  }
});

Deno.test("DownloadLog knows beyond a reset what was never found right, and what an erase left", () => {
  const noted = { unchecked: [], halfErased: [] };
  const before = new DownloadLog(noted);
  before.eraseBegun(WHOLE);
  before.erased(FIRST);
  const after = new DownloadLog(noted);
  strictEqual(after.isChecked, false, "an erase was cut short");
  strictEqual(after.writtenEnd, 0, "nothing was written since");
  after.checked(SECOND);
  strictEqual(after.isChecked, false, "half-erased cells may read right");
  after.eraseBegun(SECOND);
  after.erased(SECOND);
  strictEqual(after.isChecked, true);
});

Deno.test("DownloadLog forgets what was found right where it is written again", () => {
  const log = new DownloadLog();
  log.written(WHOLE);
  log.checked(WHOLE);
  log.written(FIRST);
  log.checked(SECOND);
  strictEqual(log.isChecked, false);
  log.checked(WHOLE);
  strictEqual(log.isChecked, true);
});
