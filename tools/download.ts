/** Says in a sentence why something could not be fetched, and the way out. */

/** What Deno and pip write, and what it means; the first that fits counts. */
const REASONS: [found: RegExp, reason: string][] = [
  [
    /No space left on device|errno 28|os error 112/i,
    "the disk is full; make room, and run this again",
  ],
  [
    /WinError (5|32)\b|Permission denied/i,
    "another program holds a file open, such as JupyterLab, OneDrive or a virus " +
    "scanner, or you may not write there; close it, and run this again",
  ],
  [
    /UnknownIssuer|CERTIFICATE_VERIFY_FAILED|invalid peer certificate/i,
    "a proxy or virus scanner here reads encrypted traffic, and its certificate " +
    "is not trusted; ask whoever looks after this network for the certificate's " +
    "file, and set DENO_CERT and PIP_CERT to its path",
  ],
  [
    /DO NOT MATCH THE HASHES|integrity check|checksum/i,
    "what was fetched is not what the lock names, so it is not installed; " +
    "something on the way changes files: try another network",
  ],
  [
    /proxy/i,
    "the proxy does not let it through; check HTTPS_PROXY, or unset it",
  ],
  [
    /error sending request|name resolution|getaddrinfo|NewConnectionError|Connection (refused|reset|aborted|broken)|timed out|Network is unreachable/i,
    "there is no connection to the internet, or none through a proxy that " +
    "HTTPS_PROXY should name; connect, and run this again: it goes on where it was",
  ],
  [
    /lockfile is out of date/i,
    'deno.lock is not what deno.json asks for; undo your change to it, or run "deno install"',
  ],
  [
    /No matching distribution/i,
    "there is no wheel for this Python on this processor; take another Python",
  ],
];

/**
 * The sentence for what a failed `deno install` or `pip install` wrote, or
 * undefined where nothing known stands in it.
 */
export function explainDownload(problem: string): string | undefined {
  return REASONS.find(([found]) => found.test(problem))?.[1];
}
