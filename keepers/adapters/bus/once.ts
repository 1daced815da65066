import { Redis, type RedisOptions } from "ioredis";

/** How a server is found and logged in to; replies keep their classic form. */
type Reach = Omit<RedisOptions, "replyMapping">;

/**
 * Asks a server something over a connection of its own, once: nothing is tried again, and all of it has a deadline.
 * @param options address and login
 * @param answerMs milliseconds that the connection, and each answer, may take
 * @throws what the connection failed by first, else what `work` throws
 */
export const askOnce = async <T>(options: Reach, answerMs: number, work: (client: Redis) => Promise<T>): Promise<T> => {
  const client = new Redis({
    ...options,
    protocol: 2,
    lazyConnect: true,
    connectTimeout: answerMs,
    commandTimeout: answerMs,
    maxRetriesPerRequest: 0,
    disableClientInfo: true,
    retryStrategy: null,
    sentinelRetryStrategy: () => null,
  });
  let first: unknown;
  client.on("error", (error) => (first ??= error));
  try {
    await client.connect();
    return await work(client);
  } catch (error) {
    throw first ?? error;
  } finally {
    client.disconnect();
  }
};
