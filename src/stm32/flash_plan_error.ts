import { CanvoyError } from "../core/mod.ts";

/** Why a plan is refused: stable codes. */
export type PlanProblemCode =
  /** The image has no byte. */
  | "PLAN_IMAGE_EMPTY"
  /** Bytes belong into a region that updates never touch. */
  | "PLAN_PROTECTED_REGION"
  /** Bytes belong where the device has no flash. */
  | "PLAN_OUTSIDE_FLASH"
  /** Bytes belong into flash that the layout gives to nobody. */
  | "PLAN_OUTSIDE_APPLICATION"
  /** The application starts without initial stack pointer and reset vector. */
  | "PLAN_VECTOR_TABLE_MISSING"
  /** VTOR cannot hold the address of the vector table. */
  | "PLAN_VECTOR_TABLE_UNALIGNED"
  /** The initial stack pointer cannot be one. */
  | "PLAN_STACK_POINTER"
  /** The reset vector cannot be one. */
  | "PLAN_RESET_VECTOR";

/** One reason to refuse a plan. */
export interface PlanProblem {
  /** Stable code. */
  readonly code: PlanProblemCode;
  /** The address it is about. */
  readonly address: number;
  /** What is wrong, where, and the likely mistake. */
  readonly reason: string;
}

/** An image that is not written to this device with this layout: nothing was sent. */
export class FlashPlanError extends CanvoyError {
  /** Code of the first problem. */
  override readonly code: PlanProblemCode;
  /** Address of the first problem. */
  readonly address: number;
  /** Every problem found, by address. */
  readonly problems: readonly PlanProblem[];

  /**
   * Lists every reason in its message.
   *
   * @param subject What the image is called, and the name of the device.
   * @param problems Every problem found; at least one.
   */
  constructor(
    subject: { readonly title: string; readonly device: string },
    problems: readonly [PlanProblem, ...PlanProblem[]],
  ) {
    super(
      `Cannot plan ${subject.title} for ${subject.device}: ` +
        problems.map((problem) => problem.reason).join("; "),
    );
    this.code = problems[0].code;
    this.address = problems[0].address;
    this.problems = problems;
  }
}
