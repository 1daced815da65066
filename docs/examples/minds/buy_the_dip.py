"""A mind that buys WSEI after a fall of one per cent from its highest price. It remembers prices in the folder it works in."""
import json
import sys

FALL_BPS = 100
KEPT = 200
BUY_USD = 500 * 10**18

question = json.load(sys.stdin)
tokens = {token["symbol"]: token for token in question["tokens"]}


def remembered(price):
    """The prices that were seen, with this one."""
    try:
        with open("prices.json", encoding="utf8") as file:
            prices = json.load(file)
    except (OSError, ValueError):
        prices = []
    prices = (prices + [str(price)])[-KEPT:]
    with open("prices.json", "w", encoding="utf8") as file:
        json.dump(prices, file)
    return [int(one) for one in prices]


def decide():
    """A trade, or rest."""
    wsei = tokens.get("WSEI")
    base = next((one for one in question["tokens"] if one["token"] == question["base"]), None)
    if wsei is None or base is None or "Ready" != wsei["status"] or "Ready" != base["status"]:
        return {"kind": "rest"}
    price = int(wsei["price"]["middle"])
    highest = max(remembered(price))
    pools = [one for one in question["pools"] if {one["token0"], one["token1"]} == {base["token"], wsei["token"]}]
    if not pools or price * 10_000 > highest * (10_000 - FALL_BPS):
        return {"kind": "rest"}
    usd = min(BUY_USD, int(question["limits"]["maxTradeUsd"]) * 9 // 10)
    return {
        "kind": "trade",
        "pool": pools[0]["pool"],
        "tokenIn": base["token"],
        "amountIn": str(usd * 10 ** base["decimals"] // int(base["price"]["middle"])),
        "minOut": str(usd * 10 ** wsei["decimals"] // price * 99 // 100),
        "why": f"WSEI fell from {highest} to {price}",
    }


json.dump(decide(), sys.stdout)
