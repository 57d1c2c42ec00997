import { equalBytes, Prng } from "../core/mod.ts";
import {
  type HandlerResult,
  matchRequest,
  NRC,
  type SeedChallenge,
  type ServerContext,
  type ServerService,
  SERVICE_ID,
  type SubFunctionRule,
} from "../uds/mod.ts";
import { type DialectStep, enterSessions, type NodeDialect, requestsOf } from "./dialect.ts";
import { type NodeHandle, refuse } from "./node_handle.ts";
import type { NodeSecurity, VirtualNodeOptions } from "./node_options.ts";
import { positive } from "./node_services.ts";

/** Keeps seeds apart from other chance with the same seed. */
const SEED_STREAM = 0x5EED;
/** Unless its behaviour says otherwise. */
const SEED_BYTES = 4;
const WRONG_KEYS_MAX = 3;
const LOCKED_MS = 10_000;
/** What locks a node that was unlocked. */
const LOCKING_SERVICES = [SERVICE_ID.diagnosticSessionControl, SERVICE_ID.ecuReset];
/** Service identifier, sub-function and one byte of a key. */
const KEY_REQUEST_BYTES_MIN = 3;

/**
 * SecurityAccess of a node: a random seed, one key for it, and a lock after wrong ones, which a
 * reset does not open.
 *
 * @param node The node.
 * @returns The service; none for a node without security.
 */
export function securityServices(node: NodeHandle): readonly ServerService<ServerContext>[] {
  const { security, seed } = node.options;
  if (security.length === 0) return [];
  const access = new SecurityAccess(node, new Prng(seed, SEED_STREAM));
  const subFunctions = new Map<number, SubFunctionRule>();
  const handlers = new Map<number, (request: Uint8Array) => HandlerResult>();
  for (const entry of security) {
    const { level } = entry;
    subFunctions.set(level, {});
    handlers.set(level, (request) => access.giveSeed(level, request));
    subFunctions.set(level + 1, {
      isInSequence: () => access.isAsking(level),
      lengthBytesMin: KEY_REQUEST_BYTES_MIN,
    });
    handlers.set(level + 1, (request) => access.takeKey(entry, request.subarray(2)));
  }
  const sessions = new Set([2, 3, ...enterSessions(node.options.dialect)]);
  sessions.delete(1);
  return [{
    sid: SERVICE_ID.securityAccess,
    sessions: [...sessions],
    subFunctions,
    handle: (request) => handlers.get(request[1]! & 0x7F)!(request),
  }];
}

/**
 * Lists the levels that open flash: those behind which the way in goes to no other.
 *
 * @param options The node's.
 * @returns The levels; none where nothing is guarded.
 */
export function openingLevels(
  { security, dialect }: Pick<VirtualNodeOptions, "security" | "dialect">,
): readonly number[] {
  const order = enterLevels(dialect);
  const passed = order.slice(0, -1).filter((level) => level !== order.at(-1));
  return security.map(({ level }) => level).filter((level) => !passed.includes(level));
}

function enterLevels({ enter }: Pick<NodeDialect, "enter">): readonly number[] {
  return enter.flatMap((step) => step.kind === "securityAccess" ? [step.level] : []);
}

/** The level that the way in has unlocked when it comes to another: a session or a reset locks anew. */
function levelBefore(enter: readonly DialectStep[], level: number): number | undefined {
  const until = enter.slice(
    0,
    enter.findIndex((step) => step.kind === "securityAccess" && step.level === level),
  );
  const lockedAt = until.findLastIndex((step) =>
    LOCKING_SERVICES.some((sid) => requestsOf([step], sid).length > 0)
  );
  return enterLevels({ enter: until.slice(lockedAt + 1) }).at(-1);
}

class SecurityAccess {
  readonly #node: NodeHandle;
  readonly #prng: Prng;
  #given: (SeedChallenge & { readonly atMs: number }) | undefined;

  constructor(node: NodeHandle, prng: Prng) {
    this.#node = node;
    this.#prng = prng;
  }

  /** Whether a seed was given for which no key has come. */
  isAsking(level: number): boolean {
    return this.#given?.level === level;
  }

  giveSeed(level: number, request: Uint8Array): HandlerResult {
    const { seedRequest } = this.#stepOf(level);
    if (seedRequest !== undefined && matchRequest(seedRequest, request) === undefined) {
      return refuse(NRC.requestOutOfRange);
    }
    if (this.#isLocked()) return refuse(NRC.requiredTimeDelayNotExpired);
    if (!this.#isReached(level)) return refuse(NRC.securityAccessDenied);
    const { seedBytes = SEED_BYTES } = this.#node.behaviour;
    this.#given = undefined;
    if (this.#node.securityLevel === level) {
      return positive(SERVICE_ID.securityAccess, level, ...new Uint8Array(seedBytes));
    }
    // Never zero: that would tell the tester that it is unlocked.
    const seed = this.#prng.bytes(seedBytes).map((byte) => byte | 1);
    this.#given = { level, seed, atMs: this.#nowMs };
    return positive(SERVICE_ID.securityAccess, level, ...seed);
  }

  takeKey({ level, keySource }: NodeSecurity, key: Uint8Array): HandlerResult {
    const given = this.#given;
    this.#given = undefined;
    if (given?.level !== level) return refuse(NRC.requestSequenceError);
    if (this.#isLocked()) return refuse(NRC.requiredTimeDelayNotExpired);
    const { keyAfterMs = 0, seedMsMax = Infinity } = this.#stepOf(level);
    const ageMs = this.#nowMs - given.atMs;
    if (ageMs < keyAfterMs) return refuse(NRC.conditionsNotCorrect);
    if (ageMs > seedMsMax) return refuse(NRC.requestSequenceError);
    const { memory, options, behaviour } = this.#node;
    if (equalBytes(key, keySource.computeKey({ ...given, kept: this.#kept }))) {
      memory.wrongKeys = 0;
      this.#node.unlock(level);
      return positive(SERVICE_ID.securityAccess, level + 1);
    }
    memory.wrongKeys++;
    if (memory.wrongKeys < (behaviour.wrongKeysMax ?? WRONG_KEYS_MAX)) {
      return refuse(NRC.invalidKey);
    }
    memory.wrongKeys = 0;
    memory.lockedUntilMs = options.clock.now() + (behaviour.lockedMs ?? LOCKED_MS);
    return refuse(NRC.exceedNumberOfAttempts);
  }

  #isLocked(): boolean {
    return this.#nowMs < this.#node.memory.lockedUntilMs;
  }

  /** Levels that the way in goes through one after the other are not to be had in another order. */
  #isReached(level: number): boolean {
    const { enter } = this.#node.options.dialect;
    const before = levelBefore(enter, level);
    const { securityLevel } = this.#node;
    return before === undefined || [before, level].includes(securityLevel);
  }

  #stepOf(level: number): Partial<DialectStep & { readonly kind: "securityAccess" }> {
    const { enter, finish } = this.#node.options.dialect;
    return [...enter, ...finish].find((step) =>
      step.kind === "securityAccess" && step.level === level
    ) as DialectStep & { readonly kind: "securityAccess" } ?? {};
  }

  /** What the tester was told, where keys may depend on it. */
  get #kept(): Readonly<Record<string, Uint8Array>> {
    return Object.fromEntries(this.#node.memory.told);
  }

  get #nowMs(): number {
    return this.#node.options.clock.now();
  }
}
