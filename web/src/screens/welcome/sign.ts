/** Signatures after Standard Webhooks, as telephony sources make them: for the test call of the first steps. */

/** The headers of a signed body. `secret` is "whsec_" and base64. */
export async function signedHeaders(secret: string, id: string, timestampS: number, body: string): Promise<Record<string, string>> {
  const key = await crypto.subtle.importKey("raw", bytesOf(secret), { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
  const text = new TextEncoder().encode(`${id}.${String(timestampS)}.${body}`);
  const mac = new Uint8Array(await crypto.subtle.sign("HMAC", key, text));
  return {
    "webhook-id": id,
    "webhook-timestamp": String(timestampS),
    "webhook-signature": `v1,${btoa(String.fromCharCode(...mac))}`,
  };
}

function bytesOf(secret: string): Uint8Array<ArrayBuffer> {
  const text = atob(secret.replace(/^whsec_/, ""));
  return Uint8Array.from(text, (letter) => letter.charCodeAt(0));
}
