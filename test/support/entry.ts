/** An entry of spec.data. */
export const entry = (secretKey: string, key: string, remoteRef: object = {}, item: object = {}): object => ({
  secretKey,
  remoteRef: { key, ...remoteRef },
  ...item,
});
