// A mind behind https: it sells WSEI while the treasury holds more of it than a thousand dollars' worth.
// node endpoint.mjs CERTIFICATE.pem KEY.pem [PORT]; MIND_TOKEN is what whoever asks must show, if it is set.
import { readFileSync } from "node:fs";
import { createServer } from "node:https";

const [cert, key, port = "8443"] = process.argv.slice(2);
const MOST_BYTES = 1_000_000;
const KEPT_USD = 1_000n * 10n ** 18n;
const token = process.env.MIND_TOKEN;

const decide = ({ tokens, pools, base, limits }) => {
  const wsei = tokens.find(({ symbol }) => symbol === "WSEI");
  const dollars = tokens.find((one) => one.token === base);
  const pool = pools.find(
    ({ token0, token1 }) => [token0, token1].includes(wsei?.token) && [token0, token1].includes(base),
  );
  if (pool === undefined || wsei.status !== "Ready" || dollars?.status !== "Ready") return { kind: "rest" };
  const [price, unit] = [BigInt(wsei.price.middle), 10n ** BigInt(wsei.decimals)];
  const worth = (BigInt(wsei.balance) * price) / unit;
  if (worth <= KEPT_USD) return { kind: "rest" };
  const most = (BigInt(limits.maxTradeUsd) * 9n) / 10n;
  const usd = worth - KEPT_USD < most ? worth - KEPT_USD : most;
  const paid = (usd * 10n ** BigInt(dollars.decimals)) / BigInt(dollars.price.middle);
  return {
    kind: "trade",
    pool: pool.pool,
    tokenIn: wsei.token,
    amountIn: String((usd * unit) / price),
    minOut: String((paid * 99n) / 100n),
    why: "more WSEI than a thousand dollars' worth",
  };
};

const read = async (request) => {
  let text = "";
  for await (const part of request) {
    text += part;
    if (text.length > MOST_BYTES) throw new Error("too long");
  }
  return JSON.parse(text);
};

const server = createServer({ cert: readFileSync(cert), key: readFileSync(key) }, (request, response) => {
  const isWelcome = token === undefined || request.headers.authorization === `Bearer ${token}`;
  if (!isWelcome) {
    response.writeHead(401).end();
    return;
  }
  read(request).then(
    (question) => response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(decide(question))),
    () => response.writeHead(400).end(),
  );
});
server.listen(Number(port), "127.0.0.1", () => process.stdout.write(`listening on ${server.address().port}\n`));
