/** The file by which a running sandbox is told what is wrong with its feeds. */
export const DEFAULT_FAULTS = ".nexus/sandbox/faults.json";
/** The folder by which commands and the alerts agent of `npm start` meet. */
export const DEFAULT_ALERTS = ".nexus/sandbox/alerts";
