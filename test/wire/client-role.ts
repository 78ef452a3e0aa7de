import { fromBinary } from "@bufbuild/protobuf";
import type { CallOptions, Client } from "../../src/client/client.js";
import { MicroError } from "../../src/core/errors.js";
import { MemoryRegistry } from "../../src/registry/memory/memory.js";
import { healthType, statsType } from "../../src/server/debug-types.js";
import { service } from "../../src/service/index.js";
import { freePort } from "../support/free-port.js";
import { compareRequests } from "./compare.js";
import { FakePeer } from "./fake-peer.js";
import { CountSchema, RequestSchema, ResponseSchema } from "./gen/wire_pb.js";
import type { HttpMessage } from "./http-bytes.js";
import { callOutcomes, differentOutcomes, streamOutcome } from "./outcome.js";
import { formOf, isMucp, readMessage } from "./reading.js";
import type { Recording } from "./recorded.js";

/** Who was called in a recording: that decides what our client would find in the registry. */
function isLegacyServer({ file, connections }: Recording): boolean {
  if (/1\.7-mucp|^rpc-1\.7|^debug\/.*-1\.7\.(json|protobuf)/.test(file)) return false;
  return (
    file.startsWith("interop") ||
    !connections.some(({ requests }) => requests.some(isMucp)) ||
    /legacy|2016/.test(file)
  );
}

/** Lets our client make the recorded call or stream to a peer that answers as recorded. Resolves with what differs. */
export async function replayAtClient(recording: Recording): Promise<string | undefined> {
  await using peer = await FakePeer.start(recording.connections);
  await using registry = new MemoryRegistry();
  const { file } = recording;
  const [first] = recording.connections.flatMap(({ requests }) => requests);
  const target = first ? targetOf(first, isLegacyServer(recording)) : unrecorded;
  const port = file.includes("Refused") ? await freePort() : peer.port;
  const node = definition(target.name, port, isLegacyServer(recording));
  if (!file.includes("NotFound")) await registry.register(node);
  const options = { broker: "memory", argv: [], env: {}, drainDelay: 0, retries: 0 } as const;
  await using caller = service({ name: "go.micro.srv.caller", registry, ...options });
  if (!first)
    return differentOutcomes(recording.output, [
      await settled(call(caller.client, target, undefined, badType(recording))),
    ]);
  const replay = /[/.]stream\./.test(file) ? replayStream : replayCalls;
  return (await replay(recording, caller.client, target)) ?? compareAll(recording, peer);
}

const unrecorded = { name: "go.micro.srv.wire", method: "Say.Hello", contentType: "application/json" };

interface Target {
  readonly name: string;
  readonly method: string;
  readonly contentType: string;
}

function targetOf(request: HttpMessage, legacy: boolean): Target {
  const sent = request.header["content-type"] ?? "";
  const { method } = readMessage(request, formOf(sent, isMucp(request) && !legacy));
  const name = request.header["micro-service"] ?? request.header["x-micro-service"] ?? "go.micro.srv.wire";
  return { name, method, contentType: request.header.accept ?? sent };
}

function definition(name: string, port: number, legacy: boolean) {
  const metadata: Record<string, string> = legacy ? {} : { protocol: "mucp" };
  const nodes = [{ id: `${name}-1`, address: "127.0.0.1", port, metadata }];
  return { name, version: "1.0.0", metadata: {}, endpoints: [], nodes };
}

function badType({ file }: Recording): CallOptions {
  return file.includes("BadContentType") ? { contentType: "application/xml" } : {};
}

function call(
  client: Client,
  { name, method, contentType }: Target,
  request: unknown,
  options: CallOptions,
): Promise<unknown> {
  return client.call(name, method, request, { contentType, timeout: 10_000, ...options });
}

function settled(promise: Promise<unknown>): Promise<unknown> {
  return promise.catch((error: unknown) => error);
}

async function replayCalls(
  recording: Recording,
  client: Client,
  target: Target,
): Promise<string | undefined> {
  const [first] = recording.connections.flatMap(({ requests }) => requests);
  if (!first) return "nothing was asked";
  const count = Math.max(1, callOutcomes(recording.output).length);
  const options = optionsOf(recording, first, target);
  const results: unknown[] = [];
  for (let i = 0; i < count; i++)
    results.push(
      await settled(call(client, target, requestOf(first, options, isLegacyServer(recording)), options)),
    );
  return differentOutcomes(recording.output, results);
}

function optionsOf({ file }: Recording, { header }: HttpMessage, { method }: Target): CallOptions {
  const own = Object.entries(header).filter(([name]) =>
    /^(x-(?!micro-(?!from))|upper)|^micro-from/.test(name),
  );
  const types = typesOf(method);
  return {
    metadata: Object.fromEntries(own),
    raw: file.includes(".raw."),
    ...(types ? { types } : {}),
    ...(file.includes("Timeout") ? { timeout: 500 } : {}),
  };
}

function typesOf(method: string): CallOptions["types"] {
  if (method === "Debug.Health") return { response: healthType };
  if (method === "Debug.Stats") return { response: statsType };
  if (method.startsWith("Streamer.")) return { request: CountSchema, response: CountSchema };
  return { request: RequestSchema, response: ResponseSchema };
}

/** The value that the recorded caller encoded. */
function requestOf(request: HttpMessage, { raw, types }: CallOptions, legacy: boolean): unknown {
  if (raw) return request.body;
  const { body } = readMessage(
    request,
    formOf(request.header["content-type"] ?? "", isMucp(request) && !legacy),
  );
  if (body.startsWith("{")) return JSON.parse(body);
  return types?.request === undefined
    ? new Uint8Array(0)
    : fromBinary(RequestSchema, Buffer.from(body, "hex"));
}

async function replayStream(
  recording: Recording,
  client: Client,
  target: Target,
): Promise<string | undefined> {
  const expected = streamOutcome(recording.output);
  const options = { types: typesOf("Streamer."), contentType: target.contentType };
  const stream = await client.stream<{ count: bigint }>(target.name, target.method, options);
  const counts: number[] = [];
  let end: string | undefined;
  const pingPong = recording.file.includes("PingPong");
  try {
    await stream.send({ count: pingPong ? 1 : 3 });
    for await (const { count } of stream) {
      counts.push(Number(count));
      if (expected.end === undefined && counts.length === expected.counts.length) break;
      if (pingPong) await stream.send({ count: counts.length + 1 });
    }
    end = expected.end === undefined ? undefined : "EOF";
  } catch (error) {
    end = MicroError.is(error) ? textOf(error) : String(error);
  } finally {
    await stream.close();
  }
  const same = JSON.stringify(counts) === JSON.stringify(expected.counts) && sameEnd(expected.end, end);
  return same ? undefined : `stream: ${counts} ${end}`;
}

/** What a Go client says of a broken connection is of its own making: ours has its own words. */
function sameEnd(expected: string | undefined, actual: string | undefined): boolean {
  return (
    expected === actual ||
    (/"go\.micro\.client/.test(expected ?? "") && /"go\.micro\.client/.test(actual ?? ""))
  );
}

/** An error as it travels. */
function textOf(error: MicroError): string {
  return error.code === 0 ? error.detail : JSON.stringify(error);
}

function compareAll({ connections }: Recording, peer: FakePeer): string | undefined {
  const recorded = connections.flatMap(({ requests }) => requests);
  const [first] = recorded;
  // Our client asks a node that did not answer in time how it is.
  const isProbe = (request: HttpMessage) =>
    request.bytes.includes("Debug.Health") && !first?.bytes.includes("Debug.Health");
  const ours = peer.received.flat().filter((request) => !isProbe(request));
  if (ours.length === 0) return "nothing was sent";
  for (const [i, request] of ours.entries()) {
    const same = recorded[i];
    const found = same ? compareRequests(same, request) : "more requests than recorded";
    if (found !== undefined) return `request ${i + 1}: ${found}`;
  }
  return undefined;
}
