import { expect } from "chai";
import { shownEndpoint, withoutSecrets } from "../../../../keepers/core/endpoint.ts";

describe("An endpoint that is shown", () => {
  for (const [url, shown] of [
    ["ws://127.0.0.1:8545", "ws://127.0.0.1:8545"],
    ["wss://user:word@node.example", "wss://node.example"],
    ["https://node.example/v2/KEY", "https://node.example/…"],
    ["https://node.example:8443/?apikey=KEY", "https://node.example:8443/…"],
    ["KEY", "an endpoint that is no URL"],
  ] as const) {
    it(`shows ${url} as ${shown} [NX-NET-03]`, () => {
      expect(shownEndpoint(url)).to.equal(shown);
    });
  }

  it("is found in what others say, whatever is around it [NX-NET-03]", () => {
    const text = 'failed (url="https://a.example/KEY", then wss://u:KEY@b.example/x), see ws://c.example';
    expect(withoutSecrets(text)).to.equal(
      'failed (url="https://a.example/…", then wss://b.example/…), see ws://c.example',
    );
  });
});
