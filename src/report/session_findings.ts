import type { FleetEvent } from "../fleet/mod.ts";

type SessionFinding = Extract<FleetEvent, { readonly type: "sessionFinding" }>["finding"];

/** What a node has shown about its session, in words. */
export const SESSION_FINDINGS: Readonly<Record<SessionFinding, string>> = {
  physicalKeepAlive: "its session ended though the bus was kept alive: " +
    "it gets TesterPresent on its own identifier from here on (keepAlive: both)",
  noTesterPresentInDownload: "it refuses TesterPresent within a download: it is not asked so again",
};
