import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { get } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { connect } from "node:tls";
import { type Certificate, selfSigned } from "../../support/certificates.js";
import { micro, startMicro } from "../../support/programs/micro.js";
import { type Running, start } from "../../support/programs/process.js";

const library = new URL("../../../dist/index.js", import.meta.url).href;

describe("flags that only count together", () => {
  let folder: string;
  let certificate: Certificate;
  let script: string;
  let files: string[];

  before(() => {
    folder = mkdtempSync(join(tmpdir(), "micro-pairs-"));
    certificate = selfSigned("DNS:localhost,IP:127.0.0.1");
    writeFileSync(join(folder, "cert"), certificate.cert);
    writeFileSync(join(folder, "key"), certificate.key);
    writeFileSync(join(folder, "token"), "a-token-of-more-than-128-bits");
    files = [`--tls_cert_file=${folder}/cert`, `--tls_key_file=${folder}/key`];
    script = join(folder, "service.mjs");
    const memory = 'import { service } from "LIBRARY"; await service({ name: "x", drainDelay: 0 }).run();';
    writeFileSync(script, memory.replace("LIBRARY", library));
  });

  after(() => rmSync(folder, { recursive: true }));

  const inFolder = (args: readonly string[]) => args.map((arg) => arg.replace("@", `${folder}/`));

  function serve(args: readonly string[]): Running {
    return start(process.execPath, [script, "--registry=memory", ...inFolder(args)]);
  }

  /** TLS pairs, by what is wrong with them. */
  const tls: readonly (readonly string[])[] = [
    ["--tls_cert_file=@cert"],
    ["--tls_key_file=@key"],
    ["--tls_client_ca_file=@cert"],
    ["--enable_tls"],
    ["--enable_tls", "--tls_cert_file=@cert"],
    ["--enable_tls=false", "--tls_cert_file=@cert", "--tls_key_file=@key"],
    ["--tls_insecure", "--tls_ca_file=@cert"],
  ];

  for (const program of ["api", "web", "sidecar", "agent", "dev", "list services"])
    for (const args of tls)
      it(`refuses micro ${program} ${args.join(" ")}`, async () => {
        const all = [...program.split(" "), ...inFolder(args)];
        await using running = startMicro(all);
        assert.equal(await running.closed(), 2, running.stderr);
        assert.match(running.stderr, /^error: --(tls|enable)_\w+(=false)? (needs|contradicts) --/);
      });

  for (const args of [
    ...tls,
    ["--registry_address=127.0.0.1:1"],
    ["--broker=memory", "--broker_address=x:1"],
  ])
    it(`refuses a service with ${args.join(" ")}`, async () => {
      await using running = serve(args);
      assert.equal(await running.closed(), 2, running.stderr);
      assert.match(running.stderr, /needs --|contradicts|has no effect/);
    });

  for (const [args, named] of [
    [["get", "service", "x", "--wait_timeout=1s"], "--wait"],
    [["health", "x", "--wait_timeout=1s"], "--wait"],
    [["health", "x", "--interval=1s"], "--watch"],
    [["stats", "x", "--interval=1s"], "--watch"],
    [["query", "x", "A.B", "--meta"], "--json"],
    [["sidecar", "--healthcheck_url=http://127.0.0.1:1/"], "--server_name"],
    [["sidecar", "--server_name=x", "--server_address=:1", "--healthcheck_interval=1s"], "--healthcheck_url"],
    [["sidecar", "--server_name=x", "--server_address=:1", "--healthcheck_timeout=1s"], "--healthcheck_url"],
    [["sidecar", "--server_name=x", "--server_address=:1", "--healthcheck_failures=1"], "--healthcheck_url"],
    [["sidecar", "--server_name=x", "--server_address=:1", "--healthcheck_successes=1"], "--healthcheck_url"],
    [["sidecar", "--server_version=2"], "micro --server_version 2 sidecar"],
    [["sidecar", "--server_id=2"], "micro --server_id 2 sidecar"],
    [["sidecar", "--server_advertise=h"], "micro --server_advertise h sidecar"],
    [["sidecar", "--server_metadata=a=b"], "micro --server_metadata a=b sidecar"],
    [["web", "--web_apps_address=127.0.0.1:0"], "--web_admin"],
    [["web", "--insecure", "--token_file=@token"], "--token_file"],
    [["api", "--context=x"], "micro api"],
    [["list", "services", "--json", "--plain"], "--plain"],
    [["new", "foo", "--fqdn=a.b", "--namespace=c"], "--namespace"],
    [["new", "foo", "--fqdn=a.b", "--alias=c"], "--alias"],
    [["list", "services", "--registry=memory", "--registry_address=x:1"], "memory"],
    [["publish", "t", "--broker=memory", "--broker_address=x:1"], "memory"],
    [["query", "x", "A.B", "--transport_address=x:1"], "http"],
    ...["registry", "registry_address", "broker", "broker_address", "transport", "selector"].map(
      (flag) => [["list", "services", "--proxy_address=127.0.0.1:1", `--${flag}=x`], `--${flag}`] as const,
    ),
    ...["client_retries", "client_pool_size", "client_pool_ttl"].map(
      (flag) => [["list", "services", "--proxy_address=127.0.0.1:1", `--${flag}=1`], `--${flag}`] as const,
    ),
  ] as const)
    it(`refuses micro ${args.join(" ")}`, async () => {
      const ended = await micro(inFolder(args));
      assert.equal(ended.code, 2, ended.stderr);
      const said = `${ended.stderr}${ended.stdout}`;
      assert.match(said, /has no effect|contradict/);
      assert.ok(said.includes(named), said);
    });

  async function speaksTls(address: string): Promise<void> {
    const [host = "", port] = address.split(":");
    const socket = connect({ host, port: Number(port), ca: certificate.cert, servername: "" });
    await once(socket, "secureConnect");
    socket.destroy();
  }

  for (const program of ["api", "sidecar", "web", "agent"])
    it(`serves TLS with certificate and key alone: micro ${program}`, async () => {
      const flags = [`--${program}_address=127.0.0.1:0`, "--registry=memory", "--json", ...files];
      await using running = startMicro([program, ...flags]);
      const [, url = ""] = await running.output(/"url":"([^"]+)"/);
      assert.match(url, /^https:/);
      const [response] = await once(get(`${url}/health/live`, { ca: certificate.cert }), "response");
      assert.equal(response.resume().statusCode, 200);
    });

  it("serves TLS with certificate and key alone, and asks for certificates with a client CA: a service", async () => {
    await using open = serve(files);
    const [, address = ""] = await open.output(/"address":"([^"]+)"/);
    await speaksTls(address);
    await using closed = serve([...files, "--tls_client_ca_file=@cert"]);
    const [, guarded = ""] = await closed.output(/"address":"([^"]+)"/);
    const [host = "", port] = guarded.split(":");
    const socket = connect({ host, port: Number(port), ca: certificate.cert, servername: "" });
    const [error] = await once(socket, "error");
    assert.match(String(error), /certificate required/i);
  });

  it("verifies with an authority alone, and serves plain text as before", async () => {
    await using running = startMicro([
      ...["api", "--api_address=127.0.0.1:0", "--registry=memory", "--json"],
      `--tls_ca_file=${folder}/cert`,
    ]);
    const [, url] = await running.output(/"url":"([^"]+)"/);
    assert.match(url ?? "", /^http:/);
  });
});
