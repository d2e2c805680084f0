import { Buffer } from 'node:buffer';
import { member, textMember } from './member.ts';

/** What a ServiceAccount's token says of itself: nothing in it is secret but its signature. */
export interface TokenClaims {
  readonly issuer: string;
  readonly subject: string;
  readonly audience: string;
}

/** The claims of a token of our own, unverified; undefined when it is none, or a claim is no plain text of its kind. */
export function readTokenClaims(token: string): TokenClaims | undefined {
  const payload = parseJson(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8'));
  const issuer = textMember(payload, 'iss');
  const subject = textMember(payload, 'sub');
  const audience = [member(payload, 'aud')].flat().join(',');
  const isPlain = /^https:\/\/[\w.:/-]{1,255}$/.test(issuer) && /^[\w.:-]{1,400}$/.test(subject);
  return isPlain && /^[\w.:/,-]{1,255}$/.test(audience) ? { issuer, subject, audience } : undefined;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
