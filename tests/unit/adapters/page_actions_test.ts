/** Who may act through the page's server: who has the token, from the page itself, by the one way. */
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { type PageServer, startPageServer } from "../../../src/adapters/mod.ts";

const TOKEN = "0123456789abcdef";

interface Served {
  readonly server: PageServer;
  stops: number;
}

async function serving(body: (served: Served) => Promise<void>): Promise<void> {
  const served: Served = {
    server: startPageServer({
      port: 0,
      files: new Map([["/", { type: "text/html", text: "<p>page</p>" }]]),
      snapshot: () => "{}",
      connect: () => () => {},
      actions: new Map([["/stop", () => ++served.stops > 0]]),
      token: TOKEN,
    }),
    stops: 0,
  };
  try {
    await body(served);
  } finally {
    await served.server.close();
  }
}

/** What a client sends that is no browser: header lines as they are. */
interface RawRequest {
  readonly line?: string;
  readonly host?: string;
  readonly headers?: readonly string[];
  readonly content?: string;
}

const AUTHORIZATION = `Authorization: Bearer ${TOKEN}`;

/** Sends it, and gives the status that comes; 0 where the connection is closed without. */
async function send({ server: { port } }: Served, request: RawRequest): Promise<number> {
  const { line = "POST /stop HTTP/1.1", host = `127.0.0.1:${port}`, content = "" } = request;
  const { headers = [AUTHORIZATION, "Content-Length: 0"] } = request;
  const lines = [line, `Host: ${host}`, ...headers, "Connection: close", "", content];
  using connection = await Deno.connect({ hostname: "127.0.0.1", port });
  const text = lines.join("\r\n").replaceAll("PORT", `${port}`);
  await connection.write(new TextEncoder().encode(text));
  const bytes = new Uint8Array(1000);
  const length = await connection.read(bytes).catch(() => null) ?? 0;
  const answer = new TextDecoder().decode(bytes.subarray(0, length));
  ok(!answer.includes(TOKEN), "the token is told");
  return Number(/^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1] ?? 0);
}

function withHeaders(...headers: readonly string[]): RawRequest {
  return { headers: [...headers, "Content-Length: 0"] };
}

const REFUSED: Readonly<Record<string, readonly [RawRequest, number]>> = {
  "no token": [withHeaders(), 401],
  "an empty token": [withHeaders("Authorization: Bearer "), 401],
  "another token": [withHeaders("Authorization: Bearer 0123456789abcdee"), 401],
  "the beginning of the token": [withHeaders("Authorization: Bearer 0123456789abcde"), 401],
  "more than the token": [withHeaders(`${AUTHORIZATION}0`), 401],
  "the token without its scheme": [withHeaders(`Authorization: ${TOKEN}`), 401],
  "the token of another scheme": [withHeaders(`Authorization: Basic ${TOKEN}`), 401],
  "the token twice": [withHeaders(AUTHORIZATION, AUTHORIZATION), 401],
  "the token in the address": [
    { ...withHeaders(), line: `POST /stop?token=${TOKEN} HTTP/1.1` },
    401,
  ],
  "the token as a cookie": [withHeaders(`Cookie: token=${TOKEN}`), 401],
  "the token in the content": [
    { headers: [`Content-Length: ${TOKEN.length}`], content: TOKEN },
    401,
  ],
  "another origin": [withHeaders(AUTHORIZATION, "Origin: http://evil.example"), 403],
  "an origin that is none": [withHeaders(AUTHORIZATION, "Origin: null"), 403],
  "an empty origin": [withHeaders(AUTHORIZATION, "Origin:"), 403],
  "another port's page": [withHeaders(AUTHORIZATION, "Origin: http://127.0.0.1:1"), 403],
  "another scheme": [withHeaders(AUTHORIZATION, "Origin: https://127.0.0.1:PORT"), 403],
  "an origin that begins like it": [
    withHeaders(AUTHORIZATION, "Origin: http://127.0.0.1:PORT.evil.example"),
    403,
  ],
  "two origins": [
    withHeaders(AUTHORIZATION, "Origin: http://127.0.0.1:PORT", "Origin: http://evil.example"),
    403,
  ],
  "a name that leads here": [{ host: "evil.example" }, 421],
  "a name that leads here, with the port": [{ host: "evil.example:PORT" }, 421],
  "a name that begins like it": [{ host: "127.0.0.1.evil.example" }, 421],
  "a name that ends like it": [{ host: "evil-localhost" }, 421],
  "any address": [{ host: "0.0.0.0:PORT" }, 421],
  "another loopback address": [{ host: "127.0.0.2:PORT" }, 421],
  "a user before the host": [{ host: "evil.example@127.0.0.1:PORT" }, 400],
  "a port that is none": [{ host: "127.0.0.1:99999" }, 400],
  "another path": [{ line: "POST /stop/ HTTP/1.1" }, 404],
  "the path in capitals": [{ line: "POST /STOP HTTP/1.1" }, 404],
  "no path": [{ line: "POST / HTTP/1.1" }, 404],
  "GET": [{ line: "GET /stop HTTP/1.1" }, 404],
  "GET that calls itself POST": [
    {
      ...withHeaders(AUTHORIZATION, "X-HTTP-Method-Override: POST"),
      line: "GET /stop?_method=POST HTTP/1.1",
    },
    404,
  ],
  "HEAD": [{ line: "HEAD /stop HTTP/1.1" }, 405],
  "PUT": [{ line: "PUT /stop HTTP/1.1" }, 405],
  "DELETE": [{ line: "DELETE /stop HTTP/1.1" }, 405],
  "OPTIONS, as a browser asks first": [
    {
      ...withHeaders("Origin: http://evil.example", "Access-Control-Request-Method: POST"),
      line: "OPTIONS /stop HTTP/1.1",
    },
    405,
  ],
  "content": [{ headers: [AUTHORIZATION, "Content-Length: 4"], content: "stop" }, 413],
  "content without end": [
    { headers: [AUTHORIZATION, "Content-Length: 99999999999"], content: "x".repeat(1000) },
    413,
  ],
  "content in pieces without end": [
    { headers: [AUTHORIZATION, "Transfer-Encoding: chunked"], content: "ffffff\r\nxxxx" },
    413,
  ],
};

Deno.test("startPageServer() lets nobody act but the page that has the token", async () => {
  await serving(async (served) => {
    const seen: Record<string, number> = {};
    for (const [what, [request]] of Object.entries(REFUSED)) {
      seen[what] = await send(served, request);
      strictEqual(served.stops, 0, what);
    }
    deepStrictEqual(
      seen,
      Object.fromEntries(Object.entries(REFUSED).map(([what, [, status]]) => [what, status])),
    );
    strictEqual(await send(served, {}), 204);
    strictEqual(
      await send(served, withHeaders(AUTHORIZATION, "Origin: http://127.0.0.1:PORT")),
      204,
    );
    strictEqual(served.stops, 2);
  });
});

Deno.test("startPageServer() acts on nothing that is no request", async () => {
  await serving(async (served) => {
    const requests: readonly RawRequest[] = [
      { line: "POST http://evil.example/stop HTTP/1.1" },
      { line: "POST //evil.example/stop HTTP/1.1" },
      { host: "[::1" },
      { headers: [`${AUTHORIZATION}\u0000`, "Content-Length: 0"] },
      { headers: [AUTHORIZATION, "Content-Length: -1"] },
      { headers: [AUTHORIZATION, "Content-Length: 0", "Content-Length: 5"], content: "12345" },
      { headers: ["X: " + "x".repeat(500_000), AUTHORIZATION] },
      { line: "\u0016\u0003\u0001" },
    ];
    for (const request of requests) {
      const status = await send(served, request);
      ok(status === 0 || (status >= 400 && status < 600), `${JSON.stringify(request)}: ${status}`);
      strictEqual(served.stops, 0, JSON.stringify(request).slice(0, 100));
    }
    strictEqual(await send(served, {}), 204, "it goes on");
  });
});
