import { createSign, generateKeyPairSync, randomBytes } from "node:crypto";

/** One element of DER: its tag, how long it is, and what it holds. */
const der = (tag: number, ...parts: readonly Uint8Array[]): Buffer => {
  const content = Buffer.concat(parts);
  const size = content.length;
  const length = size < 128 ? [size] : size < 256 ? [0x81, size] : [0x82, size >> 8, size & 255];
  return Buffer.concat([Buffer.from([tag, ...length]), content]);
};

const [SEQUENCE, SET, INTEGER, BITS, OCTETS, OID, UTF8, TIME, TRUE] = [0x30, 0x31, 2, 3, 4, 6, 12, 0x18, 1];
const oid = (...bytes: readonly number[]): Buffer => der(OID, Buffer.from(bytes));
const ECDSA_SHA256 = der(SEQUENCE, oid(0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 2));
const COMMON_NAME = oid(0x55, 4, 3);
const BASIC_CONSTRAINTS = oid(0x55, 0x1d, 0x13);
const ALTERNATIVE_NAMES = oid(0x55, 0x1d, 0x11);

const timeOf = (ms: number): Buffer =>
  der(TIME, Buffer.from(new Date(ms).toISOString().replaceAll(/[-:T]|\.\d+/g, "")));

const nameOf = (host: string): Buffer =>
  der(SEQUENCE, der(SET, der(SEQUENCE, COMMON_NAME, der(UTF8, Buffer.from(host)))));

const extension = (name: Buffer, value: Buffer): Buffer => der(SEQUENCE, name, der(OCTETS, value));

/** A key and a certificate that it signed for itself, for a host by its name, for an hour. Made anew each time. */
export const selfSigned = (host: string): { readonly key: string; readonly cert: string } => {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const now = Date.now();
  const hour = 3_600_000;
  const names = der(SEQUENCE, der(0x82, Buffer.from(host)));
  const constraints = der(SEQUENCE, der(TRUE, Buffer.from([0xff])));
  const extensions = der(SEQUENCE, extension(BASIC_CONSTRAINTS, constraints), extension(ALTERNATIVE_NAMES, names));
  const serial = randomBytes(8);
  serial[0] = 1;
  const body = der(
    SEQUENCE,
    der(0xa0, der(INTEGER, Buffer.from([2]))),
    der(INTEGER, serial),
    ECDSA_SHA256,
    nameOf(host),
    der(SEQUENCE, timeOf(now - hour), timeOf(now + hour)),
    nameOf(host),
    publicKey.export({ type: "spki", format: "der" }),
    der(0xa3, extensions),
  );
  const signature = createSign("sha256").update(body).sign(privateKey);
  const whole = der(SEQUENCE, body, ECDSA_SHA256, der(BITS, Buffer.from([0]), signature));
  const lines = whole.toString("base64").match(/.{1,64}/g) ?? [];
  const cert = `-----BEGIN CERTIFICATE-----\n${lines.join("\n")}\n-----END CERTIFICATE-----\n`;
  return { key: privateKey.export({ type: "pkcs8", format: "pem" }).toString(), cert };
};
