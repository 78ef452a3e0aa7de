// The subscribers: one, ten in one node, or ten nodes with one each.
export function shapeOf(work) {
  return { nodes: work === "nodes" ? 10 : 1, listeners: work === "ten" ? 10 : 1 };
}
