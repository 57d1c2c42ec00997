import { ok, strictEqual, throws } from "node:assert/strict";
import {
  mayFollow,
  releasedChangelog,
  withVersion,
} from "../../../scripts/package/release_text.ts";

const CHANGELOG = "# Changelog\n\n## Unreleased\n\n### Added\n\n- A thing.\n";

Deno.test("releasedChangelog() gives the section its version once, and leaves an empty one", () => {
  const released = releasedChangelog(CHANGELOG, "1.2.3", "2026-12-01");
  strictEqual(
    released,
    "# Changelog\n\n## Unreleased\n\n## 1.2.3 - 2026-12-01\n\n### Added\n\n- A thing.\n",
  );
  throws(() => releasedChangelog(released, "1.2.3", "2026-12-02"), /section of 1\.2\.3 already/);
  throws(() => releasedChangelog(released, "1.2.4", "2026-12-02"), /nothing under Unreleased/);
});

Deno.test("withVersion() replaces the one version, mayFollow() takes the same or a larger", () => {
  strictEqual(withVersion('a "0.1.0";', "0.1.0", "0.2.0"), 'a "0.2.0";');
  throws(() => withVersion('"0.1.0" "0.1.0"', "0.1.0", "0.2.0"), /2 times/);
  for (const next of ["0.1.9", "0.1.10", "0.2.0", "1.0.0"]) ok(mayFollow("0.1.9", next), next);
  for (const next of ["0.1.8", "0.0.10", "v1.0.0", "1.0", "01.0.0", ""]) {
    ok(!mayFollow("0.1.9", next), next);
  }
});
