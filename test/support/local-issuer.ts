import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import type { TokenIssuer } from './web-identity.ts';

/** An issuer of ServiceAccount tokens that needs no cluster. */
export interface LocalIssuer extends TokenIssuer {
  /** A token as the API server makes them, in the name of another issuer if one is given. */
  sign(subject: string, audience?: string, signer?: string): Promise<string>;
}

export async function openLocalIssuer(issuer = 'https://cluster.example'): Promise<LocalIssuer> {
  const { privateKey, publicKey } = await generateKeyPair('RS256');
  const key = { ...(await exportJWK(publicKey)), kid: 'k', alg: 'RS256' };
  return {
    issuer,
    fetchKeys: async () => ({ keys: [key] }),
    sign: (subject, audience = 'sts.amazonaws.com', signer = issuer) =>
      new SignJWT()
        .setProtectedHeader({ alg: 'RS256', kid: 'k' })
        .setIssuer(signer)
        .setSubject(subject)
        .setAudience(audience)
        .setExpirationTime('10m')
        .sign(privateKey),
  };
}
