import { defer, EMPTY, map } from "rxjs";
import type { CanPort } from "../../can/mod.ts";
import { type GroupNodeUnderTest, GroupTrialError, TornPort } from "../../conformance/mod.ts";
import { type Clock, defined } from "../../core/mod.ts";
import type { Fleet, FleetFileNode } from "../../fleet/mod.ts";
import { resolveAddressing } from "../../isotp/mod.ts";
import { geometryOf } from "../../stm32/mod.ts";
import { type NodeKeys, Tester } from "../../tester/mod.ts";
import { expandRequest, SERVICE_ID } from "../../uds/mod.ts";
import {
  BootloaderAccess,
  type Cancellation,
  type GroupProfile,
  type NodeConnection,
  type UpdateProfile,
} from "../../update/mod.ts";

/** What a node is reached by. */
export interface ReachNodeOptions {
  /** The fleet. */
  readonly fleet: Fleet;
  /** The node. */
  readonly node: FleetFileNode;
  /** The way onto its bus; closed with the way to the node. */
  readonly port: CanPort;
  /** The time it lives in. */
  readonly clock: Clock;
  /** The operator's wish to stop. */
  readonly cancellation: Cancellation;
  /** What opens it. */
  readonly keys: NodeKeys;
  /** Binds messages to the trial's groups: 4 bytes. */
  readonly groupKey: Uint8Array;
}

/** A node that is reached for a trial. */
export interface ReachedNode extends Disposable {
  /** The node. */
  readonly underTest: GroupNodeUnderTest;
}

/**
 * Opens the way to a node for a trial of its group downloads: nothing keeps its session but what is
 * sent to it.
 *
 * @param options The node.
 * @returns The way.
 * @throws {GroupTrialError} If its profile says that it takes none, or does what no trial can.
 */
export function reachNode(options: ReachNodeOptions): ReachedNode {
  const { fleet, node, port, clock, keys } = options;
  const group = groupOf(node.profile);
  const { functional, group: identifier } = fleet.buses.get(node.bus)!;
  const own = resolveAddressing(node.addressing);
  const torn = new TornPort(port, identifier, own);
  const tester = new Tester({
    name: node.bus,
    port: torn,
    clock,
    format: node.frameFormat,
    ...defined({ functional }),
    groupIdentifier: identifier,
  });
  const connection = tester.connect({
    addressing: node.addressing,
    format: node.frameFormat,
    timing: node.profile.timing,
    ...keys,
  });
  const { channel } = tester.openGroup(node.frameFormat, () => options.groupKey);
  const underTest: GroupNodeUnderTest = {
    clock,
    client: connection.client,
    identifier,
    routine: group.routineIdentifier,
    blockBytes: group.blockBytes,
    requestIdentifier: own.tx,
    key: options.groupKey,
    say: (message, isTorn) =>
      defer(() => {
        if (isTorn) torn.tearNext();
        return channel.send(message).pipe(map(({ atMs }) => atMs));
      }),
    holdAnswers: (isHeld) => torn.holdsAnswers = isHeld,
    ...(tester.hasFunctional
      ? { sayToAll: (request: Uint8Array) => tester.sendFunctional(request) }
      : {}),
    ...traits(node),
    ...steps(options, connection),
  };
  return {
    underTest,
    [Symbol.dispose]: () => {
      connection.close();
      tester.close();
    },
  };
}

function groupOf({ name, group, driver, banks }: UpdateProfile): GroupProfile {
  if (group === undefined) throw new GroupTrialError(`profile "${name}" has no group`);
  if (driver === undefined && banks === undefined) return group;
  throw new GroupTrialError(`profile "${name}" has a flash driver or two banks`);
}

/** What the fleet file says of the node. */
function traits(
  { device, declaredDevice, layout, profile }: FleetFileNode,
): Pick<
  GroupNodeUnderTest,
  "application" | "programUnitBytes" | "erasedValue" | "s3Ms" | "isLockable" | "sessionRequest"
> {
  const sessionRequest = programmingSessionOf(profile);
  const { program, erasedValue } = geometryOf(device, declaredDevice);
  return {
    application: layout.application,
    programUnitBytes: program.unitBytes,
    erasedValue,
    s3Ms: profile.timing.s3Ms,
    isLockable: profile.enter.some(({ kind }) => kind === "securityAccess"),
    ...defined({ sessionRequest }),
  };
}

/** What its profile has done to it. */
function steps(
  { node, clock, cancellation }: ReachNodeOptions,
  connection: NodeConnection,
): Pick<GroupNodeUnderTest, "enter$" | "erase" | "check" | "eraseRequest" | "downloadRequest"> {
  const { profile, layout, blockNumber, fingerprint } = node;
  const geometry = geometryOf(node.device, node.declaredDevice);
  const access = new BootloaderAccess({
    job: { plan: { geometry, layout }, profile, blockNumber, fingerprint },
    connection,
    clock,
    cancellation,
    begin$: EMPTY,
    hold$: EMPTY,
    announced$: EMPTY,
  });
  return {
    enter$: access.enter(),
    erase: (range) => access.erase(range),
    ...(profile.check === undefined
      ? {}
      : { check: (address: number, data: Uint8Array) => access.check(address, data) }),
    eraseRequest: (range) => access.eraseRequest(range),
    downloadRequest: (range) => access.downloadRequest(range),
  };
}

/** The last session that the way in goes through. */
function programmingSessionOf({ enter }: UpdateProfile): Uint8Array | undefined {
  const sessions = enter.filter((step) => step.kind === "request").filter(({ request }) => {
    const [first] = request.parts;
    return first?.kind === "bytes" && first.bytes[0] === SERVICE_ID.diagnosticSessionControl;
  });
  const last = sessions.at(-1);
  return last === undefined ? undefined : expandRequest(last.request, {});
}
