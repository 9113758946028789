// @ts-check
/** How a receiver verifies a callback, in several languages; and how one sends it one by hand. No library is needed. */

/** @typedef {keyof typeof SNIPPETS} Language */

export const SNIPPETS = {
  Python: `import base64
import hashlib
import hmac
import json
import os
import time

KEY = base64.b64decode(os.environ["WEBHOOK_SECRET"].removeprefix("whsec_"))


def job_of(body: bytes, headers: dict[str, str]) -> dict:
    sent = headers["webhook-timestamp"]
    if abs(time.time() - int(sent)) > 300:
        raise ValueError("the callback is too old, or from the future")
    content = f"{headers['webhook-id']}.{sent}.".encode() + body
    ours = b"v1," + base64.b64encode(hmac.new(KEY, content, hashlib.sha256).digest())
    signatures = headers["webhook-signature"].encode().split(b" ")
    if not any(hmac.compare_digest(ours, signature) for signature in signatures):
        raise ValueError("the callback is not from the bridge")
    return json.loads(body)
`,
  JavaScript: `import { createHmac, timingSafeEqual } from "node:crypto";

const key = Buffer.from(process.env.WEBHOOK_SECRET.replace(/^whsec_/, ""), "base64");

export function jobOf(body, headers) {
  const sent = headers["webhook-timestamp"];
  if (!(Math.abs(Date.now() / 1000 - Number(sent)) <= 300)) {
    throw new Error("the callback is too old, or from the future");
  }
  const hmac = createHmac("sha256", key).update(\`\${headers["webhook-id"]}.\${sent}.\`).update(body);
  const ours = Buffer.from(\`v1,\${hmac.digest("base64")}\`);
  const fits = (signature) => signature.length === ours.length && timingSafeEqual(signature, ours);
  if (!headers["webhook-signature"].split(" ").some((one) => fits(Buffer.from(one)))) {
    throw new Error("the callback is not from the bridge");
  }
  return JSON.parse(body);
}
`,
  PHP: `<?php

function jobOf(string $body, array $server): array
{
    $key = base64_decode(preg_replace('/^whsec_/', '', getenv('WEBHOOK_SECRET')));
    $id = $server['HTTP_WEBHOOK_ID'] ?? '';
    $sent = $server['HTTP_WEBHOOK_TIMESTAMP'] ?? '';
    if (!ctype_digit($sent) || abs(time() - (int) $sent) > 300) {
        throw new RuntimeException('the callback is too old, or from the future');
    }
    $ours = 'v1,' . base64_encode(hash_hmac('sha256', "{$id}.{$sent}.{$body}", $key, true));
    foreach (explode(' ', $server['HTTP_WEBHOOK_SIGNATURE'] ?? '') as $signature) {
        if (hash_equals($ours, $signature)) {
            return json_decode($body, true, 512, JSON_THROW_ON_ERROR);
        }
    }
    throw new RuntimeException('the callback is not from the bridge');
}

$job = jobOf(file_get_contents('php://input'), $_SERVER);
`,
  curl: `url='https://example.com/hook'
body='{"jobid":"test","status":"completed","test":true}'
id="msg_$(openssl rand -hex 16)"
sent=$(date +%s)
key=$(printf %s "\${WEBHOOK_SECRET#whsec_}" | openssl base64 -d -A | od -An -v -tx1 | tr -d ' \\n')
signature=$(printf '%s.%s.%s' "$id" "$sent" "$body" |
  openssl dgst -sha256 -mac HMAC -macopt "hexkey:$key" -binary | openssl base64 -A)
curl -sS -i "$url" \\
  -H 'Content-Type: application/json' \\
  -H "webhook-id: $id" \\
  -H "webhook-timestamp: $sent" \\
  -H "webhook-signature: v1,$signature" \\
  --data-raw "$body"
`,
};
