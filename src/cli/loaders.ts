import type { Host } from "../adapters/mod.ts";
import type { CommandArguments } from "./command_spec.ts";
import type { ExitStatus } from "./exit_status.ts";

/** What a command's module exports. */
export interface CommandModule {
  /**
   * Carries the command out.
   *
   * @param args Its command line.
   * @param host The outside.
   * @returns How canvoy ends; rejects with what could not be done.
   */
  readonly run: (args: CommandArguments, host: Host) => Promise<ExitStatus>;
}

/** Where each command is carried out: loaded when it is asked for, so that help is quick. */
export const LOADERS: Readonly<Record<string, () => Promise<CommandModule>>> = {
  "demo": () => import("./commands/demo.ts"),
  "flash": () => import("./commands/flash.ts"),
  "resume": () => import("./commands/resume.ts"),
  "runs": () => import("./commands/runs.ts"),
  "runs clean": () => import("./commands/runs_clean.ts"),
  "runs settle": () => import("./commands/runs_settle.ts"),
  "runs forget": () => import("./commands/runs_forget.ts"),
  "plan": () => import("./commands/plan.ts"),
  "profile list": () => import("./commands/profile_list.ts"),
  "profile show": () => import("./commands/profile_show.ts"),
  "profile check": () => import("./commands/profile_check.ts"),
  "profile try": () => import("./commands/profile_try.ts"),
  "verify": () => import("./commands/verify.ts"),
  "sim": () => import("./commands/sim.ts"),
  "doctor": () => import("./commands/doctor.ts"),
  "scan": () => import("./commands/scan.ts"),
  "setup can": () => import("./commands/setup_can.ts"),
  "group check": () => import("./commands/group_check.ts"),
  "init": () => import("./commands/init.ts"),
  "bench": () => import("./commands/bench.ts"),
  "replay": () => import("./commands/replay.ts"),
  "trace explain": () => import("./commands/trace_explain.ts"),
  "bundle inspect": () => import("./commands/bundle_inspect.ts"),
  "bundle keygen": () => import("./commands/bundle_keygen.ts"),
  "bundle pack": () => import("./commands/bundle_pack.ts"),
  "bundle sign": () => import("./commands/bundle_sign.ts"),
  "bundle trust": () => import("./commands/bundle_trust.ts"),
  "bundle unpack": () => import("./commands/bundle_unpack.ts"),
  "bundle verify": () => import("./commands/bundle_verify.ts"),
  "image info": () => import("./commands/image_info.ts"),
  "image convert": () => import("./commands/image_convert.ts"),
  "devices": () => import("./commands/devices.ts"),
  "explain": () => import("./commands/explain.ts"),
  "completions": () => import("./commands/completions.ts"),
};
