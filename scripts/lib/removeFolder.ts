import { rm } from "node:fs/promises";

/** How often it is tried again, and how much longer it waits each time, in milliseconds: some eleven seconds in all. */
const AGAIN = { maxRetries: 20, retryDelay: 50 } as const;

/** Removes a folder with all that is in it, if it is there, even while a process that was just ended writes its last files. */
export const removeFolder = (folder: string): Promise<void> => rm(folder, { recursive: true, force: true, ...AGAIN });
