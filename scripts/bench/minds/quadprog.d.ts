/** The package brings no types. All arrays start at index 1, as in the Fortran it comes from. */
declare module "quadprog" {
  type Answer = {
    readonly solution: readonly (number | undefined)[];
    readonly value: readonly (number | undefined)[];
    readonly message: string;
  };
  /** Minimises ½ b'Db - d'b where A'b ≥ b0, the first `meq` of them with equality. D must be positive definite. */
  // oxlint-disable-next-line eslint/max-params -- the package's own signature
  export const solveQP: (D: number[][], d: number[], A: number[][], b0: number[], meq?: number) => Answer;
}
