import { setFlagsFromString } from "node:v8";

/**
 * Keeps the part of the heap where short-lived objects are at the size that it begins with. A gateway makes many small ones that live
 * for a request: V8 would let that part grow, and takes 80 MB more for the same pace (`npm run bench -- gateway`). Called first in a
 * process, before there is anything to collect.
 */
export const keepYoungHeapSmall = (): void => setFlagsFromString("--semi-space-growth-factor=1");
