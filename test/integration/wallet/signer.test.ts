import { once } from "node:events";
import { chmod, mkdtemp, readFile, stat, writeFile } from "node:fs/promises";
import { type Server, connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { Transaction, encryptKeystoreJsonSync } from "ethers";
import { createKey } from "../../../keepers/adapters/chain/keys.ts";
import { readKeystore, writeKeystore } from "../../../keepers/adapters/wallet/keystore.ts";
import { remoteSigner } from "../../../keepers/adapters/wallet/remoteSigner.ts";
import { localSigner } from "../../../keepers/adapters/wallet/signer.ts";
import { serveSigner } from "../../../keepers/adapters/wallet/signerServer.ts";
import type { SocketServer } from "../../../keepers/adapters/wallet/socket.ts";
import { secret } from "../../../keepers/config/secret.ts";
import { FatalError, RetryableError } from "../../../keepers/core/errors.ts";
import { failureOf } from "../../support/failureOf.ts";
import { accountOf } from "../../support/storeBuilders.ts";
import { removeFolder } from "../../../scripts/lib/removeFolder.ts";

const CHAIN_ID = 1_329n;
const KEY = createKey(`0x${"11".repeat(32)}`);
const OTHER = createKey(`0x${"22".repeat(32)}`);
const TARGET = accountOf(0xc0);

const LIMITS = {
  maxGasPrice: 1_000n,
  maxGasLimit: 1_000_000n,
  maxValue: 5n,
  targets: new Set([TARGET]),
  own: new Set([KEY.address, OTHER.address]),
};
const UNSIGNED = { to: TARGET, data: "0x1234", value: 5n, nonce: 7n, gasLimit: 1_000_000n, gasPrice: 1_000n } as const;

describe("Signers of transactions", () => {
  let folder = "";
  let path = "";
  let server: SocketServer | undefined;
  const local = localSigner([KEY, OTHER], CHAIN_ID);
  const connectTo = (timeoutMs = 60_000) => remoteSigner({ path, chainId: CHAIN_ID, timeoutMs });
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "nexus-signer-"));
    path = join(folder, "signer.sock");
  });
  afterEach(async () => {
    await server?.close();
    server = undefined;
    await removeFolder(folder);
  });

  it("sign the same bytes here and in another process, for the account and chain that were asked for", async () => {
    server = await serveSigner(path, local, LIMITS);
    const remote = connectTo();
    const signed = await remote.sign(KEY.address, UNSIGNED);
    expect(signed).to.deep.equal(await local(KEY.address, UNSIGNED));
    const { from, chainId, to, data, value, nonce, gasLimit, gasPrice, hash } = Transaction.from(signed.raw);
    expect([
      from?.toLowerCase(),
      chainId,
      to?.toLowerCase(),
      data,
      value,
      BigInt(nonce),
      gasLimit,
      gasPrice,
    ]).to.deep.equal([KEY.address, CHAIN_ID, ...Object.values(UNSIGNED)]);
    expect(hash).to.equal(signed.transaction);
    remote.close();
  });

  it("answer many at once, each with its own", async () => {
    server = await serveSigner(path, local, LIMITS);
    const remote = connectTo();
    const asked = Array.from({ length: 50 }, (_, n) => ({ ...UNSIGNED, nonce: BigInt(n) }));
    const signed = await Promise.all(asked.map((unsigned) => remote.sign(OTHER.address, unsigned)));
    expect(signed.map(({ raw }) => Transaction.from(raw).nonce)).to.deep.equal(asked.map(({ nonce }) => Number(nonce)));
    remote.close();
  });

  it("let a sender that was taken over have no more than the limits [NX-WAL-01]", async () => {
    server = await serveSigner(path, local, LIMITS);
    const remote = connectTo();
    const refused = async (changes: object, account = KEY.address): Promise<string> => {
      const failure = await failureOf(remote.sign(account, { ...UNSIGNED, ...changes }));
      expect(failure).to.be.instanceOf(RetryableError);
      return failure.message;
    };
    expect(await refused({ gasPrice: 1_001n })).to.match(/gas price 1001 is above 1000 wei/);
    expect(await refused({ gasLimit: 1_000_001n })).to.match(/gas limit 1000001 is above/);
    expect(await refused({ value: 6n })).to.match(/value 6 is above 5 wei/);
    expect(await refused({ to: accountOf(0xbad) })).to.match(/is not a contract of the deployment/);
    expect(await refused({ to: OTHER.address })).to.match(/account of our own is sent data/);
    expect(await refused({}, accountOf(9))).to.match(/there is no key for/);
    const topUp = { ...UNSIGNED, to: OTHER.address, data: "0x", value: 10n ** 18n } as const;
    expect(await remote.sign(KEY.address, topUp)).to.deep.equal(await local(KEY.address, topUp));
    remote.close();
  });

  it("are asked again at the next block where the signer is gone, and answer once it is back", async () => {
    server = await serveSigner(path, local, LIMITS);
    const remote = connectTo();
    await remote.sign(KEY.address, UNSIGNED);
    await server.close();
    expect(await failureOf(remote.sign(KEY.address, UNSIGNED))).to.be.instanceOf(RetryableError);
    server = await serveSigner(path, local, LIMITS);
    expect(await remote.sign(KEY.address, UNSIGNED)).to.deep.equal(await local(KEY.address, UNSIGNED));
    remote.close();
  });

  it("that say nothing are given up in time", async () => {
    const silent: Server = createServer(() => undefined);
    silent.listen(path);
    await once(silent, "listening");
    const remote = connectTo(50);
    const failure = await failureOf(remote.sign(KEY.address, UNSIGNED));
    expect(failure).to.be.instanceOf(RetryableError);
    expect(failure.message).to.match(/says nothing for 50 ms/);
    remote.close();
    silent.close();
  });

  it("that sign something else are found out [NX-WAL-01]", async () => {
    const wrong = [
      () => local(KEY.address, { ...UNSIGNED, nonce: 8n }),
      () => local(OTHER.address, UNSIGNED),
      () => localSigner([KEY], 1n)(KEY.address, UNSIGNED),
      async () => ({ ...(await local(KEY.address, UNSIGNED)), transaction: `0x${"00".repeat(32)}` as const }),
    ];
    for (const sign of wrong) {
      server = await serveSigner(path, sign, LIMITS);
      const remote = connectTo();
      const failure = await failureOf(remote.sign(KEY.address, UNSIGNED));
      expect(failure).to.be.instanceOf(FatalError);
      expect(failure.message).to.equal("the signer signed something else than it was asked to");
      remote.close();
      await server.close();
    }
    server = undefined;
  });

  it("end a conversation that is none, and serve the others", async () => {
    server = await serveSigner(path, local, LIMITS);
    for (const line of ["no json\n", '{"id":1}\n', "x".repeat(400_000), '{"id":1,"account":"0x","unsigned":{}}\n']) {
      const stranger = connect(path);
      stranger.on("error", () => undefined);
      const closed = new Promise((done) => stranger.once("close", done));
      stranger.write(line);
      await closed;
    }
    const remote = connectTo();
    expect(await remote.sign(KEY.address, UNSIGNED)).to.deep.equal(await local(KEY.address, UNSIGNED));
    expect((await stat(path)).mode & 0o077).to.equal(0);
    remote.close();
  });

  it("take an encrypted key from a file that is closed to others, and tell a wrong password [NX-WAL-02]", async () => {
    const file = join(folder, "key.json");
    await writeKeystore(file, KEY, secret("right"));
    expect((await stat(file)).mode & 0o777).to.equal(0o600);
    expect(await readFile(file, "utf8")).not.to.include("11".repeat(32));
    expect((await readKeystore(file, secret("right"))).address).to.equal(KEY.address);
    expect((await failureOf(readKeystore(file, secret("wrong")))).message).to.match(
      /^the password of the keystore \S+ is wrong$/,
    );
    expect((await failureOf(writeKeystore(file, OTHER, secret("x")))).message).to.match(/is there already$/);
    await chmod(file, 0o640);
    expect((await failureOf(readKeystore(file, secret("right")))).message).to.match(/is open to other users: close it/);
    expect((await failureOf(readKeystore(join(folder, "none"), secret("x")))).message).to.match(/cannot be read$/);
    const text = join(folder, "text");
    await writeFile(text, "hello", { mode: 0o600 });
    expect((await failureOf(readKeystore(text, secret("x")))).message).to.match(/is not a keystore$/);
  }).timeout(60_000);

  it("take a key that another program encrypted", async () => {
    const file = join(folder, "geth.json");
    const { address, signingKey } = OTHER;
    const account = { address, privateKey: signingKey.privateKey };
    const json = encryptKeystoreJsonSync(account, "pass", { scrypt: { N: 1_024 } });
    await writeFile(file, json, { mode: 0o600 });
    expect((await readKeystore(file, secret("pass"))).address).to.equal(OTHER.address);
  });
});
