import { deepStrictEqual } from "node:assert/strict";
import { timesByFolder } from "../../../scripts/test_times.ts";

const LOG = `running 2 tests from ./tests/unit/uds/client_test.ts
./tests/unit/uds/client_test.ts => UdsClient asks => and waits ... \x1b[32mok\x1b[0m (12ms)
./tests/unit/uds/services/reset_test.ts => a reset ... FAILED (500µs)
./tests/sim/two_nodes_test.ts => two ... ok (1m2s)
./tests/c_group_node/document_test.ts => passed over ... ignored (0ms)
ok | 3 passed | 0 failed (1m40s)
`;

Deno.test("timesByFolder() adds up what each folder's tests took, the longest first", () => {
  deepStrictEqual(timesByFolder(LOG), [
    { folder: "tests/sim", tests: 1, totalMs: 62_000 },
    { folder: "tests/unit", tests: 2, totalMs: 12.5 },
  ]);
});
