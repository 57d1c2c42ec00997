/** What the report of a run says about itself, as the fleet file has it. */
export interface FleetReport {
  /** Its heading; absent: the fleet file's name. */
  readonly title?: string;
  /** Lines of its first page, name and text; an empty text is left to be filled in by hand. */
  readonly fields: readonly (readonly [name: string, text: string])[];
}
