import { CanvoyError } from "../core/mod.ts";

/** A bus that was there is gone for good: the process or interface behind it has ended. */
export class BusLostError extends CanvoyError {
  /** Stable name of the failure. */
  override readonly code = "BUS_LOST";

  /**
   * Says which bus.
   *
   * @param place Where it was.
   * @param state What became of it.
   * @param options What led to it, as `cause`.
   */
  constructor(place: string, state: string, options?: ErrorOptions) {
    super(`Cannot go on over bus ${place}: ${state}`, options);
  }
}
