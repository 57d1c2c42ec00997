import { ok, strictEqual, throws } from "node:assert/strict";
import { type PageServer, type PageStream, startPageServer } from "../../../src/adapters/mod.ts";

interface Served {
  readonly server: PageServer;
  readonly streams: PageStream[];
  gone: number;
  stops: number;
}

async function serving(body: (served: Served, origin: string) => Promise<void>): Promise<void> {
  const served: Served = {
    server: startPageServer({
      port: 0,
      files: new Map([["/", { type: "text/html", text: "<p>page</p>" }]]),
      snapshot: (query) => JSON.stringify({ atMs: query.get("atMs") }),
      connect: (stream) => {
        served.streams.push(stream);
        return () => served.gone++;
      },
      actions: new Map([["/stop", () => ++served.stops > 0]]),
      token: "secret",
    }),
    streams: [],
    gone: 0,
    stops: 0,
  };
  try {
    await body(served, `http://127.0.0.1:${served.server.port}`);
  } finally {
    await served.server.close();
  }
}

async function status(url: string, options: RequestInit = {}): Promise<number> {
  const response = await fetch(url, options);
  await response.body?.cancel();
  return response.status;
}

Deno.test("startPageServer() serves the page, and lets it fetch from nowhere else", async () => {
  await serving(async (_, origin) => {
    const response = await fetch(`${origin}/`);
    strictEqual(await response.text(), "<p>page</p>");
    const policy = response.headers.get("content-security-policy")!;
    ok(policy.startsWith("default-src 'none'") && policy.includes("frame-ancestors 'none'"));
    strictEqual(await (await fetch(`${origin}/snapshot?atMs=7`)).text(), '{"atMs":"7"}');
    strictEqual(await status(`${origin}/../etc/passwd`), 404);
    strictEqual(await status(`${origin}/`, { method: "PUT" }), 405);
  });
});

Deno.test("startPageServer() acts with the token only, and for no other origin", async () => {
  await serving(async (served, origin) => {
    const post = (headers: Record<string, string>): Promise<number> =>
      status(`${origin}/stop`, { method: "POST", headers });
    strictEqual(await post({}), 401);
    strictEqual(await post({ authorization: "Bearer secre" }), 401);
    strictEqual(await post({ authorization: "Bearer secret2" }), 401);
    strictEqual(served.stops, 0);
    strictEqual(await post({ authorization: "Bearer secret" }), 204);
    strictEqual(served.stops, 1);
  });
});

Deno.test("startPageServer() answers no request that names another host", async () => {
  await serving(async ({ server }) => {
    const connection = await Deno.connect({ hostname: "127.0.0.1", port: server.port });
    const request = "GET / HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n";
    await connection.write(new TextEncoder().encode(request));
    const text = await new Response(connection.readable).text();
    ok(text.startsWith("HTTP/1.1 421"), text);
    const foreign = "POST /stop HTTP/1.1\r\nHost: 127.0.0.1\r\nOrigin: http://evil.example\r\n" +
      "Authorization: Bearer secret\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
    const second = await Deno.connect({ hostname: "127.0.0.1", port: server.port });
    await second.write(new TextEncoder().encode(foreign));
    ok((await new Response(second.readable).text()).startsWith("HTTP/1.1 403"));
  });
});

Deno.test("startPageServer() streams updates, and hears when a page is gone", async () => {
  await serving(async (served, origin) => {
    const response = await fetch(`${origin}/events`);
    strictEqual(response.headers.get("content-type"), "text/event-stream");
    const reader = response.body!.getReader();
    served.streams[0]!.send('{"a":1}');
    strictEqual(new TextDecoder().decode((await reader.read()).value), 'data: {"a":1}\n\n');
    await reader.cancel();
    for (let i = 0; i < 100 && served.gone === 0; i++) await new Promise((r) => setTimeout(r, 5));
    strictEqual(served.gone, 1);
    served.streams[0]!.send("late");
    served.streams[0]!.close();
  });
});

Deno.test("startPageServer() says when its port is taken", async () => {
  await serving(({ server }) => {
    const again = (): PageServer =>
      startPageServer({
        port: server.port,
        files: new Map(),
        snapshot: () => "",
        connect: () => () => {},
        actions: new Map(),
        token: "",
      });
    throws(again, /Cannot serve the page on 127\.0\.0\.1:\d+: it is in use/);
    return Promise.resolve();
  });
});
