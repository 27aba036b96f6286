import { createHash, randomBytes, timingSafeEqual } from "node:crypto";

// Who may ask the server. Any program and any web page on this machine can send requests to its port: the token, which only
// those know who see the address, keeps them out. The check of the host keeps out pages whose name was made to lead here (DNS
// rebinding), which a browser takes for the server's own.

/** Returns a token that cannot be guessed, of characters that may stand in an address. */
export function createToken(): string {
  return randomBytes(24).toString("base64url");
}

/** Returns whether a text is the token, in a time that does not depend on where they differ. */
export function isToken(text: string, token: string): boolean {
  const digest = (value: string) => createHash("sha256").update(value).digest();
  return timingSafeEqual(digest(text), digest(token));
}

/** Returns whether a Host header names this machine itself, on any port: `ssh -L` may have another one. */
export function isLocalHost(host: string | undefined): boolean {
  return /^(?:127\.0\.0\.1|localhost|\[::1\])(?::\d{1,5})?$/i.test(host ?? "");
}

/** A path of a request: its first part, which has to be the token, and the rest. */
export interface TokenPath {
  readonly token: string;
  /** Empty for the page itself, which needs a slash at the end. */
  readonly rest: string;
  readonly query: URLSearchParams;
}

/** Parses the target of a request; undefined if it is not one of a path of two parts. */
export function parseTarget(target: string): TokenPath | undefined {
  const [, token, rest, query] = /^\/([\w-]{1,200})\/([\w.-]{0,100})(?:\?(.*))?$/s.exec(target) ?? [];
  return token === undefined || rest === undefined
    ? undefined
    : { token, rest, query: new URLSearchParams(query) };
}
