import { deepStrictEqual, ok, strictEqual, throws } from "node:assert/strict";
import fc from "fast-check";
import { BusUrlError, parseBusUrl } from "../../../src/can/mod.ts";

Deno.test("parseBusUrl() reads a SocketCAN interface", () => {
  deepStrictEqual(parseBusUrl("socketcan:can0"), { kind: "socketcan", name: "can0" });
});

Deno.test("parseBusUrl() reads every option of a virtual bus", () => {
  const url = "virtual:bench?bitrate=500000&data-bitrate=2000000&seed=7&listen=127.0.0.1:5555";
  deepStrictEqual(parseBusUrl(url), {
    kind: "virtual",
    name: "bench",
    bitRates: { bitrateBps: 500_000, dataBitrateBps: 2_000_000 },
    seed: 7,
    listen: { host: "127.0.0.1", port: 5555 },
  });
  deepStrictEqual(parseBusUrl("virtual:b?"), {
    kind: "virtual",
    name: "b",
    bitRates: { bitrateBps: 500_000 },
  });
});

Deno.test("parseBusUrl() reads a bus of another process", () => {
  deepStrictEqual(parseBusUrl("virtual:bench?connect=[::1]:5555"), {
    kind: "loopback",
    name: "bench",
    connect: { host: "::1", port: 5555 },
  });
});

Deno.test("parseBusUrl() says what was expected", () => {
  const cases: readonly (readonly [url: string, expected: string])[] = [
    ["", "virtual:NAME"],
    ["can0", "virtual:NAME"],
    ["virtual:", "virtual:NAME"],
    ["virtual:a b", "virtual:NAME"],
    ["socketcan:can0?bitrate=500000", "no options"],
    ["socketcan:a-name-with-16-ch", "at most 15"],
    ["virtual:a?speed=1", "bitrate="],
    ["virtual:a?bitrate", "bitrate="],
    ["virtual:a?bitrate=500000&bitrate=500000", "at most once"],
    ["virtual:a?bitrate=fast", "bitrate to be an integer in 10000..1000000"],
    ["virtual:a?bitrate=2000000", "bitrate to be"],
    ["virtual:a?bitrate=1e5", "bitrate to be"],
    ["virtual:a?bitrate=500000&data-bitrate=250000", "data-bitrate to be an integer in 500000.."],
    ["virtual:a?seed=-1", "seed to be"],
    ["virtual:a?listen=0.0.0.0:5555", "loopback"],
    ["virtual:a?listen=192.168.0.1:5555", "loopback"],
    ["virtual:a?listen=127.0.0.256:5555", "loopback"],
    ["virtual:a?listen=127.0.0.1.evil.example:5555", "loopback"],
    ["virtual:a?listen=127.0.0.1", "loopback"],
    ["virtual:a?listen=127.0.0.1:65536", "65535"],
    ["virtual:a?connect=127.0.0.1:0", "port 1.."],
    ["virtual:a?connect=127.0.0.1:5&listen=127.0.0.1:6", "connect alone"],
    ["virtual:a?connect=127.0.0.1:5&bitrate=500000", "connect alone"],
  ];
  for (const [url, expected] of cases) {
    throws(() => parseBusUrl(url), (error) => {
      ok(error instanceof BusUrlError);
      strictEqual(error.code, "BUS_URL");
      strictEqual(error.url, url);
      ok(error.expected.includes(expected), `${url}: ${error.expected}`);
      return true;
    });
  }
});

Deno.test("parseBusUrl() gives a value or a BusUrlError for any text", () => {
  const anyText = fc.oneof(fc.string(), fc.string().map((text) => `virtual:a?${text}`));
  fc.assert(fc.property(anyText, (text) => {
    try {
      parseBusUrl(text);
    } catch (error) {
      ok(error instanceof BusUrlError);
    }
  }));
});
