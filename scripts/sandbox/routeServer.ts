import { once } from "node:events";
import { type IncomingMessage, type ServerResponse, createServer } from "node:http";
import { parseUnits, zeroPadValue } from "ethers";
import type { BookToken } from "../../deployments/schema.ts";

/** What a route is wanted for. The amount is in units of `tokenIn`. */
export type RouteQuestion = { readonly tokenIn: string; readonly tokenOut: string; readonly amountIn: bigint };

/** A hop before it is written as Symphony writes it. */
export type RouteAnswerHop = {
  readonly pool: string;
  readonly tokenIn: string;
  readonly tokenOut: string;
  readonly amountIn: bigint;
  readonly amountOutMin: bigint;
  readonly swapType: number;
  readonly fee: number;
};
export type RouteAnswer = readonly (readonly RouteAnswerHop[])[];

export type RouteServer = { readonly url: string; readonly stop: () => Promise<void> };

const HOST = "127.0.0.1";
/** A client that asks and then says nothing more holds a connection no longer than this. */
const REQUEST_TIMEOUT_MS = 5_000;
const MAX_HEADER_BYTES = 8_192;

const questionIn = (tokens: readonly BookToken[], { url = "" }: IncomingMessage): RouteQuestion | undefined => {
  const { pathname, searchParams } = new URL(url, `http://${HOST}`);
  const tokenOf = (name: string) => tokens.find(({ address }) => address.toLowerCase() === searchParams.get(name));
  const [spent, bought, amount] = [tokenOf("tokenIn"), tokenOf("tokenOut"), searchParams.get("amountIn") ?? ""];
  if (pathname !== "/route" || spent === undefined || bought === undefined) return undefined;
  if (!/^\d{1,30}(\.\d{1,18})?$/.test(amount)) return undefined;
  const [, fraction = ""] = amount.split(".");
  if (fraction.length > spent.decimals) return undefined;
  return { tokenIn: spent.address, tokenOut: bought.address, amountIn: parseUnits(amount, spent.decimals) };
};

const written = (route: RouteAnswer): string =>
  JSON.stringify({
    data: route.map((path) =>
      path.map(({ pool, tokenIn, tokenOut, amountIn, amountOutMin, swapType, fee }) => ({
        poolAddress: zeroPadValue(pool, 32).toLowerCase(),
        tokenIn: tokenIn.toLowerCase(),
        tokenOut: tokenOut.toLowerCase(),
        amountIn: amountIn.toString(),
        amountOutMin: amountOutMin.toString(),
        swapType,
        fee,
      })),
    ),
  });

const answer = (response: ServerResponse, status: number, body: string): void => {
  response.writeHead(status, { "content-type": "application/json" }).end(body);
};
const fault = (message: string): string => JSON.stringify({ message });

/**
 * Stand-in for Symphony's `/route` on a free port of 127.0.0.1, in its wire format. The caller stops it.
 * @param find makes a route; undefined where there is none
 */
export const startRouteServer = async (
  tokens: readonly BookToken[],
  find: (question: RouteQuestion) => Promise<RouteAnswer | undefined>,
): Promise<RouteServer> => {
  const reply = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const question = request.method === "GET" ? questionIn(tokens, request) : undefined;
    if (question === undefined) {
      answer(response, 400, fault("ask GET /route?tokenIn=&tokenOut=&amountIn= with two known tokens"));
      return;
    }
    const route = await find(question);
    if (route === undefined) answer(response, 404, fault("no route"));
    else answer(response, 200, written(route));
  };
  const options = { requestTimeout: REQUEST_TIMEOUT_MS, maxHeaderSize: MAX_HEADER_BYTES };
  const server = createServer(options, (request, response) => {
    reply(request, response).catch((error: unknown) => {
      answer(response, 500, fault(error instanceof Error ? error.message.slice(0, 200) : "it failed"));
    });
  });
  // A sandbox that forgot to stop it must end all the same.
  server.unref();
  server.listen(0, HOST);
  await once(server, "listening");
  const at = server.address();
  if (typeof at !== "object" || at === null) throw new Error("the server of routes does not listen");
  return {
    url: `http://${HOST}:${at.port}`,
    stop: async () => {
      server.closeAllConnections();
      const closed = once(server, "close");
      server.close();
      await closed;
    },
  };
};
