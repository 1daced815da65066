/** The file by which a running sandbox is told what is wrong with its feeds. */
export const DEFAULT_FAULTS = ".nexus/sandbox/faults.json";
