/** What Deno 2.9.6 and pip wrote in each case, and what is said of it. */

import assert from "node:assert/strict";
import { explainDownload } from "../../tools/download.ts";

const CASES: [string, RegExp | undefined][] = [
  [
    "error: Failed caching npm package 'ml-matrix@6.15.1'\n\nCaused by:\n" +
    "    0: error sending request for url (https://…): client error (Connect): " +
    "invalid peer certificate: UnknownIssuer",
    /reads encrypted traffic.*set DENO_CERT and PIP_CERT/,
  ],
  [
    "    0: error sending request for url (https://…): client error (Connect): " +
    "dns error: failed to lookup address information: Temporary failure in " +
    "name resolution",
    /no connection to the internet/,
  ],
  [
    "client error (Connect): tcp connect error: Connection refused (os error 111)",
    /no connection.*HTTPS_PROXY should name/,
  ],
  [
    "WARNING: Retrying (Retry(total=0)) after connection broken by " +
    "'NewConnectionError('<HTTPSConnection object>: Failed to establish a new " +
    "connection: [Errno -3] Temporary failure in name resolution')'\n" +
    "ERROR: No matching distribution found for six==1.16.0",
    /no connection to the internet/,
  ],
  [
    "after connection broken by 'ProxyError('Cannot connect to proxy.', …)'",
    /the proxy does not let it through/,
  ],
  [
    "SSLError(SSLCertVerificationError(1, '[SSL: CERTIFICATE_VERIFY_FAILED] " +
    "certificate verify failed: self-signed certificate in chain'))",
    /reads encrypted traffic/,
  ],
  [
    "ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.",
    /not what the lock names/,
  ],
  [
    "after connection broken by 'ProxyError('Cannot connect to proxy.', …)'\n" +
    "OSError: [Errno 28] No space left on device",
    /the disk is full/,
  ],
  ["OSError: [WinError 5] Access is denied: 'x.pyd'", /holds a file open/],
  ["ERROR: No matching distribution found for pyzmq==27.3.0", /no wheel/],
  ["error: something new", undefined],
];

Deno.test("what Deno and pip write becomes one sentence with the way out", () => {
  for (const [problem, sentence] of CASES) {
    const said = explainDownload(problem);
    if (sentence) assert.match(said ?? "", sentence);
    else assert.equal(said, undefined);
  }
});
