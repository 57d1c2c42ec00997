import { strictEqual } from "node:assert/strict";
import { formatUuid, uuid5, UUID_NAMESPACE_DNS } from "../../../src/codec/mod.ts";

Deno.test("uuid5() makes the identifiers that SUIT's specification computes", () => {
  const vendor = uuid5(UUID_NAMESPACE_DNS, "arm.com");
  strictEqual(formatUuid(vendor), "fa6b4a53-d5ad-5fdf-be9d-e663e4d41ffe");
  strictEqual(formatUuid(uuid5(vendor, "suit")), "1492af14-2569-5e48-bf42-9b2d51f2ab45");
});
