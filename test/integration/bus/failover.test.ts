import { expect } from "chai";
import { FAILOVER_PLACE, loseOnePrimary } from "../../support/failover.ts";
import { type RedisSet, startClusterSet, startSentinelSet } from "../../support/redisSets.ts";

describe("The bus over servers that replace one another", function () {
  this.timeout(300_000);

  const expectNothingLost = async (set: RedisSet): Promise<void> => {
    try {
      const { published, got, unsent } = await loseOnePrimary(set);
      expect(unsent).to.equal(0);
      // All of them, each once and in order.
      expect(got).to.deep.equal(Array.from({ length: published }, (_, i) => i + 1));
    } finally {
      await set.end();
    }
  };

  it("goes on by Sentinels when the primary dies, and loses nothing [NX-KEE-10]", async () => {
    await expectNothingLost(await startSentinelSet());
  });

  it("goes on by a cluster when the node that has its keys dies, and loses nothing [NX-KEE-10]", async () => {
    await expectNothingLost(await startClusterSet(FAILOVER_PLACE.prefix));
  });
});
