/** Calls `run` every `ms` milliseconds until the returned function is called, and keeps the process alive for it. */
export const steadily = (ms: number, run: () => void): (() => void) => {
  const timer = setInterval(run, ms);
  return () => clearInterval(timer);
};
