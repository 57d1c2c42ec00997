import type { CanPortState } from "../../can/mod.ts";

/** What asking one node has shown. */
export interface NodeEvidence {
  /** Its name in the fleet file. */
  readonly name: string;
  /** Identifier of requests to it, for people. */
  readonly request: string;
  /** Identifier on which its responses are due, for people. */
  readonly response: string;
  /** Identifiers on which its request was answered, for people. */
  readonly answeredOn: readonly string[];
  /** Whether anything at all was heard on the identifier of its responses. */
  readonly isHeard: boolean;
  /** Whether it answered a run, and then not any more; only a run knows. */
  readonly wasLost: boolean;
}

/** What a bus has shown. */
export interface BusEvidence {
  /** Where it is, in words. */
  readonly place: string;
  /** State and error counters of the controller. */
  readonly state: CanPortState;
  /** Frames of others that came without being asked for. */
  readonly trafficFrames: number;
  /** Identifiers on which a request to all was answered, for people. */
  readonly answeredToAll: readonly string[];
  /** The nodes that were asked by themselves. */
  readonly nodes: readonly NodeEvidence[];
}

/** One thing that is known now. */
export interface Finding {
  /** Stable name. */
  readonly kind:
    | "BUS_SENDS"
    | "BUS_ERROR_PASSIVE"
    | "BUS_TRAFFIC"
    | "BUS_QUIET"
    | "ALL_ANSWER"
    | "NOBODY_ANSWERS"
    | "NODE_ANSWERS"
    | "NODE_APPLICATION_ONLY"
    | "NODE_LOST"
    | "NODE_OTHER_IDENTIFIER"
    | "NODE_HEARD_ONLY"
    | "NODE_SILENT"
    | "NODE_SILENT_ON_QUIET_BUS";
  /** Whether that is as it should be. */
  readonly isGood: boolean;
  /** What was seen. */
  readonly text: string;
  /** What to do; empty where nothing is. */
  readonly help: string;
}

/**
 * Tells what is wrong with a bus, or with nodes on it, from what was seen: no guess beyond it.
 *
 * @param evidence What was seen; frames of ours were acknowledged, else there is none.
 * @returns What is known, the bus first.
 */
export function diagnose(evidence: BusEvidence): readonly Finding[] {
  const { nodes, answeredToAll } = evidence;
  const findings = [...busFindings(evidence), ...nodes.map((node) => nodeFinding(node, evidence))];
  if (answeredToAll.length > 0) {
    findings.push(
      good("ALL_ANSWER", `a request to all is answered on ${answeredToAll.join(", ")}`),
    );
  } else if (nodes.length === 0) {
    findings.push(bad(
      "NOBODY_ANSWERS",
      "a request to all is answered by nobody",
      "canvoy scan asks each identifier by itself; check the nodes' power and bit rate",
    ));
  }
  return findings;
}

function busFindings({ place, state, trafficFrames }: BusEvidence): Finding[] {
  const { kind, tec, rec } = state;
  const counters = tec === undefined
    ? ""
    : `; error counters: ${tec} transmit, ${rec ?? 0} receive`;
  const findings = kind === "errorPassive"
    ? [bad(
      "BUS_ERROR_PASSIVE",
      `${place} sends, but its controller is error passive${counters}`,
      "Many frames are disturbed: check bit rate, sample point, termination and ground",
    )]
    : [good("BUS_SENDS", `${place} sends, and frames are acknowledged${counters}`)];
  findings.push(
    trafficFrames > 0
      ? good("BUS_TRAFFIC", `${trafficFrames} frames of others were heard unasked`)
      : good("BUS_QUIET", "nobody sends unasked"),
  );
  return findings;
}

function nodeFinding(node: NodeEvidence, bus: BusEvidence): Finding {
  const { name, request, response, answeredOn, isHeard, wasLost } = node;
  if (answeredOn.includes(response)) {
    if (wasLost) return applicationOnly(node);
    return good("NODE_ANSWERS", `${name} answers ${request} on ${response}`);
  }
  if (answeredOn.length > 0) {
    const others = answeredOn.join(", ");
    return bad(
      "NODE_OTHER_IDENTIFIER",
      `${name} is asked on ${request} and answered on ${others}, not on ${response}`,
      `Write response: ${others} in the fleet file, if that is the node that is meant`,
    );
  }
  if (wasLost) {
    return bad(
      "NODE_LOST",
      `${name} answered ${request} until it was asked for its bootloader, and does not since`,
      "Its bootloader may have another bit rate or other identifiers, or start slowly: canvoy scan",
    );
  }
  if (isHeard) {
    return bad(
      "NODE_HEARD_ONLY",
      `${name} does not answer ${request}, though somebody sends on ${response}`,
      "Check request: in the fleet file, and whether the application serves diagnostics",
    );
  }
  return bus.trafficFrames > 0 || bus.answeredToAll.length > 0
    ? bad(
      "NODE_SILENT",
      `${name} does not answer ${request}, though the bus is alive`,
      "Check its power and its identifiers: canvoy scan shows who answers",
    )
    : bad(
      "NODE_SILENT_ON_QUIET_BUS",
      `${name} does not answer ${request}, and nobody else is heard`,
      "Somebody acknowledges, so the bit rate is right: check power and identifiers",
    );
}

function applicationOnly({ name, request, response }: NodeEvidence): Finding {
  return bad(
    "NODE_APPLICATION_ONLY",
    `${name} answers ${request} on ${response} now, but did not in its bootloader`,
    "Check that its bootloader has the same bit rate and identifiers; p2Ms: in the profile's " +
      "timing: gives it longer",
  );
}

function good(kind: Finding["kind"], text: string): Finding {
  return { kind, isGood: true, text, help: "" };
}

function bad(kind: Finding["kind"], text: string, help: string): Finding {
  return { kind, isGood: false, text, help };
}

/**
 * Writes findings for people.
 *
 * @param findings What is known.
 * @returns Lines: each finding, and beneath it what to do.
 */
export function findingLines(findings: readonly Finding[]): readonly string[] {
  return findings.flatMap(({ isGood, text, help }) => [
    `${isGood ? "ok  " : "no  "} ${text}`,
    ...(help === "" ? [] : [`      ${help}`]),
  ]);
}
