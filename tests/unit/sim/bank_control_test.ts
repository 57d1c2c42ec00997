import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { Prng } from "../../../src/core/mod.ts";
import { bankBoot } from "../../../src/sim/bank_boot.ts";
import { BankControl } from "../../../src/sim/bank_control.ts";
import { TrialStore } from "../../../src/sim/trial_store.ts";
import { VirtualFlash } from "../../../src/sim/mod.ts";
import { findDevice } from "../../../src/stm32/mod.ts";

const STARTABLE = { isStartable: true, bootsMax: 3 };

function flashOf(): VirtualFlash {
  return new VirtualFlash({ geometry: findDevice("STM32G474RE"), seed: 1 });
}

/** Banks of which the second was just exchanged for the first, on trial. */
function onTrial(boots: number): BankControl {
  const banks = new BankControl();
  banks.writeTrial({ bankIndex: 1, boots });
  banks.programSwap(true);
  banks.load(flashOf());
  return banks;
}

Deno.test("TrialStore keeps the note before or the new one, wherever power goes", () => {
  for (let seed = 0; seed < 500; seed++) {
    const prng = new Prng(seed);
    const store = new TrialStore();
    let before: number | undefined;
    for (let boots = 0; boots < 5; boots++) {
      const isTorn = prng.chance(0.5);
      if (isTorn) store.tear({ bankIndex: 1, boots }, prng);
      else store.write({ bankIndex: 1, boots });
      const now = store.trial?.boots;
      ok(now === boots || (isTorn && now === before), `seed ${seed}, ${boots} boots: ${now}`);
      before = now;
    }
    store.write(undefined);
    strictEqual(store.trial, undefined);
  }
});

Deno.test("TrialStore gives back what its snapshot held", () => {
  const store = new TrialStore();
  store.write({ bankIndex: 0, boots: 2 });
  const snapshot = store.snapshot();
  store.write(undefined);
  store.restore(snapshot);
  deepStrictEqual(store.trial, { bankIndex: 0, boots: 2 });
});

Deno.test("BankControl exchanges banks at the next load, and both ways", () => {
  const flash = flashOf();
  flash.load(0x0800_0000, Uint8Array.of(1));
  flash.load(0x0804_0000, Uint8Array.of(2));
  const banks = new BankControl();
  banks.programSwap(true);
  ok(banks.isSwapDue && !banks.isSwapped);
  deepStrictEqual(flash.read(0x0800_0000, 1), Uint8Array.of(1));
  banks.load(flash);
  ok(!banks.isSwapDue && banks.isSwapped);
  deepStrictEqual(flash.read(0x0800_0000, 1), Uint8Array.of(2));
  deepStrictEqual(flash.read(0x0804_0000, 1), Uint8Array.of(1));
  banks.programSwap(false);
  banks.load(flash);
  deepStrictEqual(flash.read(0x0800_0000, 1), Uint8Array.of(1));
});

Deno.test("bankBoot() counts a bank on trial, and exchanges it back when it was counted enough", () => {
  deepStrictEqual(bankBoot(new BankControl(), STARTABLE), { operations: [], isBack: false });
  deepStrictEqual(bankBoot(onTrial(2), STARTABLE), {
    operations: [{ kind: "trial", trial: { bankIndex: 1, boots: 3 } }],
    isBack: false,
  });
  deepStrictEqual(bankBoot(onTrial(3), STARTABLE), {
    operations: [{ kind: "option", isSwapped: false }, { kind: "trial", trial: undefined }],
    isBack: true,
  });
  strictEqual(bankBoot(onTrial(0), { ...STARTABLE, isStartable: false }).isBack, true);
});

Deno.test("bankBoot() forgets a trial of a bank that does not run", () => {
  const banks = new BankControl();
  banks.writeTrial({ bankIndex: 1, boots: 0 });
  deepStrictEqual(bankBoot(banks, STARTABLE), {
    operations: [{ kind: "trial", trial: undefined }],
    isBack: false,
  });
});
