/**
 * Whether a request's `Host` is the very address that it arrived at: a probe and a collector call a pod by it. A page of a stranger
 * cannot: what a browser is led here by is a name.
 */
export const isArrivalAddress = (
  host: string | undefined,
  { localAddress, localPort }: { readonly localAddress?: string | undefined; readonly localPort?: number | undefined },
): boolean => {
  if (host === undefined || localAddress === undefined) return false;
  const address = localAddress.replace(/^::ffff:/, "");
  return host.toLowerCase() === `${address.includes(":") ? `[${address}]` : address}:${localPort}`;
};
