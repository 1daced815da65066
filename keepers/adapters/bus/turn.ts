/** Runs `work` soon, once for however many calls, never twice at the same time. */
export const createTurn = (work: () => Promise<void>, onError: (error: unknown) => void) => {
  let [isAnnounced, isWorking] = [false, false];
  const run = async (): Promise<void> => {
    if (isWorking) return;
    isWorking = true;
    try {
      await work();
    } finally {
      isWorking = false;
    }
  };
  return {
    announce: (): void => {
      if (isAnnounced) return;
      isAnnounced = true;
      queueMicrotask(() => {
        isAnnounced = false;
        run().catch(onError);
      });
    },
    isIdle: (): boolean => !isAnnounced && !isWorking,
  };
};
