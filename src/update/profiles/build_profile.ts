import { isKeyedChecksum, type SummedBy } from "../../codec/mod.ts";
import { defined } from "../../core/mod.ts";
import { GROUP_ROUTINE_ID, groupRegionProblem } from "../../group/mod.ts";
import {
  blockBounds,
  PLAIN_COUNTER,
  type RequestTemplate,
  SERVICE_ID,
  suppressesPositiveResponse,
} from "../../uds/mod.ts";
import type {
  BanksProfile,
  CheckProfile,
  DownloadProfile,
  DriverProfile,
  EraseProfile,
  EraseStep,
  GroupProfile,
  NodeStep,
  UpdateProfile,
} from "./profile.ts";
import { buildCondition } from "./_build_conditions.ts";
import { buildIdentity } from "./_build_identity.ts";
import { overProblems } from "./_check_over.ts";
import { EVERY_BYTE, type Path, sidOf, StepBuilder } from "./_build_steps.ts";
import { BANKS_TEXT } from "./_banks_text.ts";
import { keptAnywhere, type KeptNames } from "./_kept_names.ts";
import { type ProfileProblem, TemplateReader } from "./_profile_templates.ts";
import type {
  BanksText,
  CheckText,
  DownloadText,
  DriverText,
  EraseStepText,
  EraseText,
  ExitText,
  ProfileText,
  StepText,
} from "./profile_text.ts";

export type { ProfileProblem } from "./_profile_templates.ts";

/** A profile ready for use, or what is wrong with it. */
export interface BuiltProfile {
  /** The profile; not to be used when there are problems. */
  readonly profile: UpdateProfile;
  /** Everything wrong with it. */
  readonly problems: readonly ProfileProblem[];
}

/**
 * Makes a profile of its text.
 *
 * @param name Its name in the fleet file.
 * @param text How it was written; its shape is right.
 * @returns The profile, and everything wrong with its requests.
 *
 * @example Usage
 * ```ts
 * import { deepStrictEqual } from "node:assert/strict";
 * import { buildProfile } from "./build_profile.ts";
 * import { ISO14229_TEXT } from "./iso14229.ts";
 *
 * const { problems } = buildProfile("mine", { ...ISO14229_TEXT, before: ["10 8"] });
 * deepStrictEqual(problems, [{
 *   path: ["before", 0],
 *   message: 'Cannot read request template "10 8": "10 8" is not whole bytes',
 * }]);
 * ```
 */
export function buildProfile(name: string, text: ProfileText): BuiltProfile {
  const algorithm = text.check === "none" ? undefined : text.check.algorithm;
  const reader = new TemplateReader(algorithm, keptAnywhere(text));
  const builder = new ProfileBuilder(reader);
  const { banks, check, driver, group } = text;
  const profile: UpdateProfile = {
    name,
    before: builder.functional(text.before, "before"),
    identity: buildIdentity(text.identity),
    ...(text.conditions.length === 0 ? {} : {
      conditions: text.conditions.map((one, i) =>
        buildCondition(one, ["conditions", i], reader.problems)
      ),
    }),
    enter: builder.steps(text.enter, ["enter"]),
    ...(driver === "none" ? {} : { driver: builder.driver(driver) }),
    memory: text.memory,
    erase: builder.erase(text.erase, text),
    download: builder.download(text),
    ...(check === "none" ? {} : { check: builder.check(check, text) }),
    ...(group === "none" ? {} : { group: builder.group(group) }),
    ...(banks === "none" ? {} : { banks: builder.banks(banks) }),
    finish: builder.stepsAlone(text.finish, ["finish"]),
    after: builder.functional(text.after, "after"),
    keepAlive: text.keepAlive,
    timing: text.timing,
  };
  return { profile, problems: reader.problems };
}

class ProfileBuilder {
  readonly #reader: TemplateReader;
  readonly #steps: StepBuilder;

  constructor(reader: TemplateReader) {
    this.#reader = reader;
    this.#steps = new StepBuilder(reader);
  }

  steps(steps: readonly StepText[], path: Path): readonly NodeStep[] {
    return this.#steps.steps(steps, path);
  }

  /** What they keep is known among them. */
  stepsAlone(steps: readonly StepText[], path: Path, kept?: KeptNames): readonly NodeStep[] {
    return this.#reader.within(() => this.steps(steps, path), kept);
  }

  functional(requests: readonly string[], key: string): UpdateProfile["before"] {
    return requests.map((text, i) => ({ request: this.#reader.read(text, "none", [key, i]) }));
  }

  driver({ check }: DriverText): DriverProfile {
    return check === undefined
      ? {}
      : { check: this.#steps.request(check, "driverCheck", ["driver", "check"]) };
  }

  erase(text: EraseText | "none", profile: ProfileText): EraseProfile {
    return this.#reader.within(() => this.#erase(text, profile));
  }

  #erase(text: EraseText | "none", { group, download }: ProfileText): EraseProfile {
    if (text === "none") {
      if (group !== "none") {
        const message = "expected a request: a node that takes groups is erased before each";
        this.#reader.problems.push({ path: ["erase"], message });
      }
      const scope = download.unit;
      return { scope, before: [], answer: { good: EVERY_BYTE, busy: [] }, after: [] };
    }
    const path = ["erase", "request"];
    const before = this.#eraseSteps(text.before, "before");
    const request = this.#answered(this.#reader.read(text.request, "range", path), path);
    return {
      scope: text.scope,
      ...(text.first === "vectors" ? { first: text.first } : {}),
      before,
      request,
      answer: this.#steps.answer(text, ["erase"], sidOf(request)),
      after: this.#eraseSteps(text.after, "after"),
    };
  }

  #eraseSteps(steps: readonly EraseStepText[] = [], key: string): readonly EraseStep[] {
    return steps.map((step, i) => {
      const path = ["erase", key, i];
      const made: EraseStep = typeof step !== "string" && "waitMs" in step
        ? { kind: "wait", delayMs: step.waitMs }
        : this.#steps.request(step, "range", path);
      return { ...made, ...this.#steps.when(step, path) };
    });
  }

  download(text: ProfileText): DownloadProfile {
    const { download: { answer, request: requestText, exit: exitText, ...download }, check } = text;
    const path = ["download", "request"];
    const request = requestText === "none"
      ? undefined
      : this.#reader.read(requestText, "range", path);
    this.#checkBeginning(text, request);
    const exit = typeof exitText === "string" ? { request: exitText } : exitText;
    const checked = check === "none" ? undefined : check.algorithm;
    const rule = { good: "any", ...defined({ answer }) } as const;
    return {
      ...download,
      skipsErased: this.skipsErased(text),
      ...defined({ request }),
      ...(answer === undefined || request === undefined
        ? {}
        : { answer: this.#steps.answer(rule, ["download"], sidOf(request)) }),
      ...(exitText === "none"
        ? {}
        : this.#exit({ ...defined({ algorithm: checked }), ...exit }, exitText)),
      block: this.block(text.download),
    };
  }

  /** What begins a download says where it goes, and that it is erased; or something else does. */
  #checkBeginning(text: ProfileText, request: RequestTemplate | undefined): void {
    const { download: { answer, block }, erase, group } = text;
    const path = ["download", "request"];
    const expected = (at: Path, message: string): void => {
      this.#reader.problems.push({ path: at, message });
    };
    if (request !== undefined) {
      const sid = sidOf(request);
      if (sid === undefined || sid === SERVICE_ID.requestDownload || answer !== undefined) return;
      const example = 'answer: "78 01 02 {maxNumberOfBlockLength:2}"';
      return expected(path, `expected answer beside it, for example ${example}: it is not 34`);
    }
    if (answer !== undefined) {
      expected(["download", "answer"], "expected no answer: there is no request");
    }
    if (!/\{(address|offset)\b/.test(block.request)) {
      expected(
        path,
        "expected a request, or {address} or {offset} in block.request: where does it go?",
      );
    }
    if (erase === "none") expected(path, "expected a request that erases, or an erase");
    if (group !== "none") expected(path, "expected a request: a node that takes groups has one");
  }

  #exit(
    text: ExitText,
    written: DownloadText["exit"],
  ): Pick<DownloadProfile, "exit" | "exitAnswer" | "exitAlgorithm"> {
    const isAlone = typeof written === "string";
    const path = isAlone ? ["download", "exit"] : ["download", "exit", "request"];
    const { algorithm } = text;
    if (!isAlone && written.algorithm !== undefined) {
      this.#checkAlgorithm(written.algorithm, ["download", "exit", "algorithm"]);
    }
    const reader = this.#reader.summing(algorithm);
    const exit = this.#answered(reader.read(text.request, "exit", path), path);
    const sums = [text.request, text.answer].some((one) => one?.includes("{checksum"));
    const exitAnswer = isAlone
      ? undefined
      : new StepBuilder(reader).answer(text, ["download", "exit"], sidOf(exit));
    this.#reader.problems.push(...reader.problems);
    return {
      exit,
      ...defined({ exitAnswer }),
      ...(sums && algorithm !== undefined ? { exitAlgorithm: algorithm } : {}),
    };
  }

  block({ block, maxNumberOfBlockLengthCap }: DownloadText): UpdateProfile["download"]["block"] {
    const path = ["download", "block"];
    if (block.algorithm !== undefined) {
      this.#checkAlgorithm(block.algorithm, [...path, "algorithm"]);
    }
    const isTransfer = /^\s*36/.test(block.request);
    const isCounted = isTransfer ? block.counter !== "none" : /\{counter\b/.test(block.request);
    const counting = block.counter === "none" ? undefined : block.counter;
    const request = this.#reader.readBlock(block.request, { ...block, isCounted }, [
      ...path,
      "request",
    ]);
    const { overheadBytes } = blockBounds({ request });
    if (maxNumberOfBlockLengthCap <= overheadBytes) {
      this.#reader.problems.push({
        path: ["download", "maxNumberOfBlockLengthCap"],
        message: `expected more than ${overheadBytes}: a block has that many bytes beside its data`,
      });
    }
    const { algorithm, good = "any", answer, repeats } = block;
    const reader = new TemplateReader(algorithm);
    const rule = new StepBuilder(reader).answer(
      { good, ...defined({ answer }) },
      path,
      sidOf(request),
    );
    this.#reader.problems.push(...reader.problems);
    const { response } = rule;
    if (!isCounted && block.answer?.includes("{counter")) {
      this.#reader.problems.push({
        path: [...path, "answer"],
        message: "{counter}: expected no counter here, as the request has none",
      });
    }
    return {
      request,
      ...defined({ algorithm, response, repeats }),
      ...(counting === undefined || !isCounted
        ? {}
        : { counter: { ...PLAIN_COUNTER, ...counting } }),
      ...(good === "any" && answer === undefined ? {} : { answer: rule }),
    };
  }

  /** Every part needs a download that says where it belongs, and a checksum over all of it. */
  skipsErased({ download, check, erase }: ProfileText): boolean {
    const { skipsErased = false, unit, request } = download;
    if (!skipsErased) return false;
    const namesRange = /\{(address|offset)\b/.test(request) && /\{size\b/.test(request);
    if (unit === "segment" && namesRange && check !== "none" && erase !== "none") return true;
    this.#reader.problems.push({
      path: ["download", "skipsErased"],
      message:
        "expected false: only downloads of segments that name {address} or {offset}, and {size}, " +
        "with an erase before and a check behind, may leave bytes out",
    });
    return false;
  }

  /** A change may have named only some of its keys. */
  group(text: Partial<GroupProfile>): GroupProfile {
    const group = { routineIdentifier: GROUP_ROUTINE_ID, blockBytes: 512, generationBlocks: 96 };
    const { blockBytes, generationBlocks } = Object.assign(group, text);
    const region = { address: 0, sizeBytes: 1, blockBytes, generationBlocks };
    const problem = groupRegionProblem(region);
    if (problem !== undefined) {
      const message = `expected what docs/group-download.md allows, not ${problem}`;
      this.#reader.problems.push({ path: ["group"], message });
    }
    return group;
  }

  /** A change may have named only some of its keys. */
  banks(text: Partial<BanksText>): BanksProfile {
    const banks: BanksText = { ...BANKS_TEXT, ...text };
    return {
      ...banks,
      swap: this.stepsAlone(banks.swap, ["banks", "swap"]),
      // A run that finds them exchanged has not been in the bootloader.
      confirm: this.stepsAlone(banks.confirm, ["banks", "confirm"], new Map()),
    };
  }

  check(text: CheckText, profile: ProfileText): CheckProfile {
    const { scope, algorithm, mode, readOnly, over } = text;
    this.#reader.problems.push(...overProblems(text, profile));
    this.#checkAlgorithm(algorithm, ["check", "algorithm"]);
    const path = ["check", "request"];
    const request = this.#answered(this.#reader.read(text.request, "check", path), path);
    const answer = this.#steps.answer(text, ["check"], sidOf(request));
    return { scope, request, algorithm, mode, answer, readOnly, ...defined({ over }) };
  }

  #checkAlgorithm(kind: SummedBy, path: Path): void {
    if (typeof kind === "string" || isKeyedChecksum(kind)) return;
    for (const key of ["polynomial", "initial", "finalXor"] as const) {
      if ((kind[key] ?? 0) < 2 ** kind.width) continue;
      const message = `expected a number of ${kind.width} bits, as the register has`;
      this.#reader.problems.push({ path: [...path, key], message });
    }
  }

  /** Silence would pass for an erase that was done, and for flash that is right. */
  #answered(request: RequestTemplate, path: Path): RequestTemplate {
    const [first] = request.parts;
    if (first?.kind === "bytes" && suppressesPositiveResponse(first.bytes)) {
      this.#reader.problems.push({
        path,
        message: "expected a request that is answered, with bit 7 of its subfunction clear: " +
          "nothing else tells that it was done",
      });
    }
    return request;
  }
}
