/** Calls `run` every `ms` milliseconds until the returned function is called. Does not keep the process alive. */
export const every = (ms: number, run: () => void): (() => void) => {
  const timer = setInterval(run, ms);
  timer.unref();
  return () => clearInterval(timer);
};

/** The result of `work`, or a rejection with `error` after `ms` milliseconds. */
export const within = async <T>(ms: number, work: Promise<T>, error: () => Error): Promise<T> => {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(error()), ms);
  try {
    return await Promise.race([work, late.promise]);
  } finally {
    clearTimeout(timer);
  }
};
