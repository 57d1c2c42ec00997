/** A bootloader whose steps are taken one by one, by whoever does something else than an update. */
import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { catchError, EMPTY, ignoreElements, type Observable, tap } from "rxjs";
import { bytesToHex } from "../../../../src/core/mod.ts";
import {
  BootloaderAccess,
  type NodeContext,
  type UpdateProfile,
} from "../../../../src/update/mod.ts";
import { ISO14229_PROFILE } from "../../../../src/update/profiles/iso14229.ts";
import { type Answers, converse } from "../_conversation.ts";

interface Done {
  readonly requests: readonly string[];
  readonly times: readonly number[];
  readonly values: readonly unknown[];
  readonly error: string | undefined;
}

/** Does something with a node that answers by a table. */
function access(
  work: (bootloader: BootloaderAccess, context: NodeContext) => Observable<unknown>,
  answers: Answers = {},
  profile: Partial<UpdateProfile> = {},
): Done {
  const values: unknown[] = [];
  let error: string | undefined;
  const { requests, times } = converse({
    answers,
    profile,
    talk: (context) =>
      work(new BootloaderAccess(context), context).pipe(
        tap((value) => values.push(value)),
        ignoreElements(),
        catchError((caught: Error) => {
          error = caught.message;
          return EMPTY;
        }),
      ),
  });
  return { requests, times, values, error };
}

Deno.test("BootloaderAccess.enter() brings a node in, and tries as often as its profile allows", () => {
  const timing = { ...ISO14229_PROFILE.timing, nodeAttemptsMax: 3 };
  const first = access((bootloader) => bootloader.enter());
  deepStrictEqual(first.requests, [
    "10 03",
    "85 02",
    "28 03 01",
    "10 02",
    "27 01",
    "2E F1 5A 00 00 00 00",
  ]);
  deepStrictEqual([first.values, first.error], [[], undefined]);

  // An application on its way down refuses the session for a moment.
  const twice = access(
    (bootloader) => bootloader.enter(),
    { "10 02": (i) => i < 2 ? "7F 10 22" : undefined },
    { timing },
  );
  strictEqual(twice.error, undefined);
  strictEqual(twice.requests.filter((request) => request === "10 02").length, 3);

  const never = access((bootloader) => bootloader.enter(), { "10 02": () => "7F 10 22" }, {
    timing,
  });
  strictEqual(never.requests.filter((request) => request === "10 02").length, 3);
  strictEqual(/0x22/.test(never.error ?? ""), true);
});

Deno.test("BootloaderAccess.erase() erases all units that a range touches by one request", () => {
  // Pages of 2 KiB.
  const range = { start: 0x0800_8100, end: 0x0800_9001 };
  const { requests, error } = access((bootloader) => bootloader.erase(range));
  deepStrictEqual(requests, ["31 01 FF 00 44 08 00 80 00 00 00 18 00"]);
  strictEqual(error, undefined);
  const refused = access((bootloader) => bootloader.erase(range), {
    "31 01 FF 00": () => "7F 31 31",
  });
  strictEqual(/0x31/.test(refused.error ?? ""), true);
});

Deno.test("BootloaderAccess.check() tells whether the bytes are there, and what it could not ask", () => {
  const data = new Uint8Array(300).fill(7);
  const check = (answer: string): Done =>
    access((bootloader) => bootloader.check(0x0800_8000, data), { "31 01 02 02": () => answer });
  const equal = check("71 01 02 02 00");
  deepStrictEqual(equal.values, [true]);
  strictEqual(equal.requests[0]?.startsWith("31 01 02 02 44 08 00 80 00 00 00 01 2C "), true);
  deepStrictEqual(check("71 01 02 02 01"), { ...equal, values: [false] });
  const refused = check("7F 31 31");
  deepStrictEqual(refused.values, []);
  strictEqual(/0x31/.test(refused.error ?? ""), true, "a refusal is no difference");
});

Deno.test("BootloaderAccess makes the requests that an update would make of a range", () => {
  const range = { start: 0x0800_8100, end: 0x0800_8228 };
  const requests: string[] = [];
  access((bootloader) => {
    requests.push(bytesToHex(bootloader.eraseRequest(range)));
    requests.push(bytesToHex(bootloader.downloadRequest(range)));
    return EMPTY;
  });
  deepStrictEqual(requests, [
    "31 01 FF 00 44 08 00 80 00 00 00 08 00",
    "34 00 44 08 00 81 00 00 00 01 28",
  ]);
});
