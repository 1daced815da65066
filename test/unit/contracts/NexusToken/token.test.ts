import { expect } from "chai";
import { WAD, ZERO, actors, ethers, loadFixture, now, time } from "../../../support/chain.ts";

const SUPPLY = 1_000n * WAD;
const FAR = 2n ** 48n;

const tokenFixture = async () => {
  const roles = await actors();
  const token = await ethers.deployContract("NexusToken", [roles.operatorA.address, SUPPLY]);
  return { ...roles, token, holder: roles.operatorA, other: roles.operatorB };
};

describe("NexusToken", () => {
  describe("constructor", () => {
    it("reverts with NoSupply for a token without units [NX-DAO-01]", async () => {
      const { token, holder } = await loadFixture(tokenFixture);
      await expect(ethers.deployContract("NexusToken", [holder.address, 0n])).to.be.revertedWithCustomError(
        token,
        "NoSupply",
      );
    });

    it("reverts with ERC20InvalidReceiver without a holder, and with ERC20ExceededSafeSupply beyond what votes count", async () => {
      const { token, holder } = await loadFixture(tokenFixture);
      await expect(ethers.deployContract("NexusToken", [ZERO, SUPPLY]))
        .to.be.revertedWithCustomError(token, "ERC20InvalidReceiver")
        .withArgs(ZERO);
      const most = 2n ** 208n - 1n;
      await expect(ethers.deployContract("NexusToken", [holder.address, most + 1n]))
        .to.be.revertedWithCustomError(token, "ERC20ExceededSafeSupply")
        .withArgs(most + 1n, most);
    });

    it("gives the whole supply to the holder, once [NX-DAO-01]", async () => {
      const { token, holder } = await loadFixture(tokenFixture);
      expect(await token.totalSupply()).to.equal(SUPPLY);
      expect(await token.balanceOf(holder.address)).to.equal(SUPPLY);
      expect([await token.name(), await token.symbol(), await token.decimals()]).to.deep.equal(["NEXUS", "NXS", 18n]);
    });
  });

  describe("supply", () => {
    it("has no function that mints, burns, stops or owns [NX-DAO-01]", async () => {
      const { token } = await loadFixture(tokenFixture);
      const changing = token.interface.fragments.flatMap((fragment) =>
        fragment.type === "function" && "constant" in fragment && fragment.constant === false && "name" in fragment
          ? [String(fragment.name)]
          : [],
      );
      expect(changing).to.have.members(["approve", "delegate", "delegateBySig", "permit", "transfer", "transferFrom"]);
    });
  });

  describe("votes", () => {
    it("counts units only once they are delegated, and from then on by the second [NX-DAO-01]", async () => {
      const { token, holder } = await loadFixture(tokenFixture);
      expect(await token.getVotes(holder.address)).to.equal(0n);
      await token.connect(holder).delegate(holder.address);
      const since = await now();
      expect(await token.clock()).to.equal(since);
      expect(await token.CLOCK_MODE()).to.equal("mode=timestamp");
      await time.increase(10n);
      expect(await token.getVotes(holder.address)).to.equal(SUPPLY);
      expect(await token.getPastVotes(holder.address, since - 1n)).to.equal(0n);
      expect(await token.getPastVotes(holder.address, since)).to.equal(SUPPLY);
      await expect(token.getPastVotes(holder.address, since + 100n))
        .to.be.revertedWithCustomError(token, "ERC5805FutureLookup")
        .withArgs(since + 100n, await now());
    });

    it("counts every unit once, whoever it is delegated to", async () => {
      const { token, holder, other } = await loadFixture(tokenFixture);
      await token.connect(holder).transfer(other.address, SUPPLY / 4n);
      await token.connect(holder).delegate(other.address);
      await token.connect(other).delegate(other.address);
      expect(await token.getVotes(other.address)).to.equal(SUPPLY);
      await token.connect(other).delegate(holder.address);
      expect(await token.getVotes(other.address)).to.equal((SUPPLY * 3n) / 4n);
      expect(await token.getVotes(holder.address)).to.equal(SUPPLY / 4n);
    });

    it("moves votes with the units", async () => {
      const { token, holder, other } = await loadFixture(tokenFixture);
      await token.connect(holder).delegate(holder.address);
      await token.connect(other).delegate(other.address);
      await token.connect(holder).transfer(other.address, 1n);
      expect(await token.getVotes(holder.address)).to.equal(SUPPLY - 1n);
      expect(await token.getVotes(other.address)).to.equal(1n);
    });
  });

  describe("permit", () => {
    const domainOf = async (token: Awaited<ReturnType<typeof tokenFixture>>["token"]) => ({
      name: "NEXUS",
      version: "1",
      chainId: (await ethers.provider.getNetwork()).chainId,
      verifyingContract: await token.getAddress(),
    });

    it("lets a holder approve by signature, once", async () => {
      const { token, holder, other } = await loadFixture(tokenFixture);
      const word = { type: "uint256" };
      const types = {
        Permit: [
          { name: "owner", type: "address" },
          { name: "spender", type: "address" },
          { name: "value", ...word },
          { name: "nonce", ...word },
          { name: "deadline", ...word },
        ],
      };
      const value = { owner: holder.address, spender: other.address, value: 5n, nonce: 0n, deadline: FAR };
      const { v, r, s } = ethers.Signature.from(await holder.signTypedData(await domainOf(token), types, value));
      const permit = () => token.permit(holder.address, other.address, 5n, FAR, v, r, s);
      await permit();
      expect(await token.allowance(holder.address, other.address)).to.equal(5n);
      await expect(permit()).to.be.revertedWithCustomError(token, "ERC2612InvalidSigner");
    });

    it("lets a holder delegate by signature, with the same counter", async () => {
      const { token, holder, other } = await loadFixture(tokenFixture);
      const types = {
        Delegation: [
          { name: "delegatee", type: "address" },
          { name: "nonce", type: "uint256" },
          { name: "expiry", type: "uint256" },
        ],
      };
      const value = { delegatee: other.address, nonce: 0n, expiry: FAR };
      const { v, r, s } = ethers.Signature.from(await holder.signTypedData(await domainOf(token), types, value));
      await token.delegateBySig(other.address, 0n, FAR, v, r, s);
      expect(await token.delegates(holder.address)).to.equal(other.address);
      expect(await token.nonces(holder.address)).to.equal(1n);
      await expect(token.delegateBySig(other.address, 0n, FAR, v, r, s))
        .to.be.revertedWithCustomError(token, "InvalidAccountNonce")
        .withArgs(holder.address, 1n);
    });
  });
});
