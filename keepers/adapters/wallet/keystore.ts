import { chmod, open, readFile, stat } from "node:fs/promises";
import { decryptKeystoreJson, encryptKeystoreJson } from "ethers";
import { FatalError } from "../../core/errors.ts";
import type { Address } from "../../core/units.ts";
import { type Key, createKey } from "../chain/keys.ts";

/** A password that prints as something else. */
export type Password = { readonly reveal: () => string };

/** Whom a key file must be closed to. */
const OTHERS = 0o077;

/**
 * Reads an encrypted key (Web3 Secret Storage, version 3, as geth and ethers write it).
 * @throws FatalError in one line: no file, a file that others may read, not a keystore, a wrong password
 */
export const readKeystore = async (path: string, password: Password): Promise<Key> => {
  const [json, stats] = await Promise.all([readFile(path, "utf8"), stat(path)]).catch((cause: unknown) => {
    throw new FatalError(`the keystore ${path} cannot be read`, { cause });
  });
  if ((stats.mode & OTHERS) !== 0) {
    throw new FatalError(`the keystore ${path} is open to other users: close it (chmod 600 ${path})`);
  }
  try {
    const { privateKey } = await decryptKeystoreJson(json, password.reveal());
    return createKey(privateKey);
  } catch (error) {
    const isPassword = error instanceof Error && /password/i.test(error.message);
    // The cause is left out: it may repeat what it was given.
    throw new FatalError(isPassword ? `the password of the keystore ${path} is wrong` : `${path} is not a keystore`);
  }
};

/** Writes a new encrypted key, closed to other users. @throws FatalError when there is a file already */
export const writeKeystore = async (path: string, key: Key, password: Password): Promise<void> => {
  const { address, signingKey } = key;
  const json = await encryptKeystoreJson({ address, privateKey: signingKey.privateKey }, password.reveal());
  try {
    const file = await open(path, "wx", 0o600);
    try {
      await file.writeFile(`${json}\n`);
      await file.sync();
    } finally {
      await file.close();
    }
    await chmod(path, 0o600);
  } catch (cause) {
    throw new FatalError(`the keystore ${path} cannot be written, or is there already`, { cause });
  }
};

/** Writes a private key as {@link writeKeystore} does. @returns its address */
export const writePrivateKey = async (path: string, privateKey: string, password: Password): Promise<Address> => {
  const key = createKey(privateKey);
  await writeKeystore(path, key, password);
  return key.address;
};
