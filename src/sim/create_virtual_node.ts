import { NodeCore } from "./_node_core.ts";
import type { VirtualNodeOptions } from "./node_options.ts";
import type { VirtualNode } from "./virtual_node.ts";

/**
 * Makes a virtual node. It is off at first.
 *
 * @param options Everything about it.
 * @returns The node.
 */
export function createVirtualNode(options: VirtualNodeOptions): VirtualNode {
  return new NodeCore(options);
}
