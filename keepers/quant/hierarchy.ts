import { type Matrix, at, entry } from "./matrix.ts";
import { type QuantRefusal, refuse } from "./refusal.ts";

type Edge = { readonly from: number; readonly to: number; readonly length: number };

/** The minimum spanning tree by Prim's method from asset 0; among equal distances the lower index comes first. */
const spanningTree = (distance: Matrix): readonly Edge[] => {
  const size = distance.rows;
  const nearest = new Float64Array(size).fill(Infinity);
  const parent = new Int32Array(size);
  const isIn = new Uint8Array(size);
  const edges: Edge[] = [];
  let current = 0;
  for (let count = 1; count < size; count += 1) {
    isIn[current] = 1;
    let next = -1;
    for (let other = 0; other < size; other += 1) {
      if (isIn[other] === 1) continue;
      const length = entry(distance, current, other);
      if (length < at(nearest, other)) {
        nearest[other] = length;
        parent[other] = current;
      }
      if (next === -1 || at(nearest, other) < at(nearest, next)) next = other;
    }
    edges.push({ from: parent[next] ?? 0, to: next, length: at(nearest, next) });
    current = next;
  }
  return edges.toSorted((a, b) => a.length - b.length);
};

type Cluster = { readonly id: number; readonly leaves: readonly number[] };

/**
 * The leaves of single linkage from left to right. Of two clusters that join, the one that was made earlier stands on the left;
 * equal distances are joined in the order of the tree, so that the same input always gives the same order.
 */
export const leafOrder = (distance: Matrix): readonly number[] => {
  const size = distance.rows;
  const clusterOf = new Map<number, Cluster>();
  for (let leaf = 0; leaf < size; leaf += 1) clusterOf.set(leaf, { id: leaf, leaves: [leaf] });
  let id = size;
  for (const { from, to } of spanningTree(distance)) {
    const [one, other] = [clusterOf.get(from), clusterOf.get(to)];
    if (one === undefined || other === undefined) continue;
    const [left, right] = one.id < other.id ? [one, other] : [other, one];
    const joined = { id, leaves: [...left.leaves, ...right.leaves] };
    for (const leaf of joined.leaves) clusterOf.set(leaf, joined);
    id += 1;
  }
  return clusterOf.get(0)?.leaves ?? [];
};

/** The variance of a cluster that is weighted by inverse variances. */
const clusterVariance = (covariance: Matrix, members: readonly number[]): number => {
  const inverse = members.map((i) => 1 / entry(covariance, i, i));
  const sum = inverse.reduce((a, b) => a + b, 0);
  let variance = 0;
  for (const [a, i] of members.entries()) {
    for (const [b, j] of members.entries()) {
      variance += ((inverse[a] ?? 0) / sum) * ((inverse[b] ?? 0) / sum) * entry(covariance, i, j);
    }
  }
  return variance;
};

/**
 * Hierarchical risk parity (López de Prado 2016): leaves of single linkage over `√((1 - ρ)/2)`, then each half of the order gets
 * weight inversely to its variance. Needs no inverse, so it works with singular covariances. Takes no limits.
 * @param correlation may come from another window than the covariance
 */
export const hierarchicalRiskParity = (
  covariance: Matrix,
  correlation: Matrix,
): { readonly kind: "weights"; readonly weights: Float64Array; readonly order: readonly number[] } | QuantRefusal => {
  const size = covariance.rows;
  const still = Array.from({ length: size }, (_, i) => i).find((i) => !(entry(covariance, i, i) > 0));
  if (still !== undefined)
    return refuse("zero-variance", `asset ${still} has no variance, so its inverse has no bound`);
  const values = correlation.values.map((value) => Math.sqrt(Math.min(1, Math.max(0, (1 - value) / 2))));
  const order = leafOrder({ ...correlation, values });
  const weights = new Float64Array(size).fill(1);
  let clusters = [order];
  while (clusters.length > 0) {
    clusters = clusters
      .filter(({ length }) => length > 1)
      .flatMap((members) => {
        const middle = Math.floor(members.length / 2);
        const [left, right] = [members.slice(0, middle), members.slice(middle)];
        const [a, b] = [clusterVariance(covariance, left), clusterVariance(covariance, right)];
        for (const i of left) weights[i] = at(weights, i) * (b / (a + b));
        for (const i of right) weights[i] = at(weights, i) * (a / (a + b));
        return [left, right];
      });
  }
  return { kind: "weights", weights, order };
};
