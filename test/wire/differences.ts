/** What a recording is told apart by in the lists below: why ours differs, or why it is not replayed. */
export type Reasons = Readonly<Record<string, string>>;

const answersInstead = "the original closes the connection without a reply; ours answers with an error";
const lenient = "the original refuses unknown fields of protobuf types; ours ignores them";
const lenientClient = "the original refuses unknown fields in replies; ours ignores them";
const notCrashed =
  "the original client process crashes; ours takes null for an empty result, and refuses a missing one";
const noEmptyResult =
  "the original takes a reply without a result for an empty one; ours says that it cannot be read";
const anyId = "the original client fails on a string id; ours takes any";

/**
 * Recordings that our server answers otherwise than the original did, on purpose: in all others what peers look at is
 * the same. A test fails when one of these stops to differ, or another begins to.
 */
export const serverDifferences: Reasons = {
  "rpc-2016/call.json.Panic.json": answersInstead,
  "rpc-2016/call.octet-stream.Panic.json": answersInstead,
  "rpc-1.7/call.json.Panic.json": answersInstead,
  "rpc-1.7/call.protobuf.Panic.json": answersInstead,
  "rpc-1.7/call.octet-stream.raw.json": answersInstead,
  "rpc-1.7/stream.json.NoSuch.json": answersInstead,
  "interop/client1.7-server2016.WithAddress.json.json":
    "the 2016 server knows no mucp and answers with an error; ours answers the call",
  "interop/client1.7-server2016.octet-stream.BadRequest.json":
    "a legacy body under mucp headers: ours reads what the headers say, as 1.7 does, and registers as mucp",
  "interop/client1.7-server2016.octet-stream.Hello.json":
    "a legacy body under mucp headers: ours reads what the headers say, as 1.7 does, and registers as mucp",
  "raw/server-1.7.mucp-camel.json": "the original matches names of protobuf fields by case; ours in any case",
  "raw/server-1.7.mucp-unicode-error.json": lenient,
  "raw/server-1.7.mucp-unknown-field.json": lenient,
  "raw/server-1.7.mucp-gocase-nested.json":
    "a plain Go struct matches names in any case; a schema here does not",
  "raw/server-1.7.mucp-header-leak.json": "the original repeats headers of earlier requests; ours does not",
  "raw/server-1.7.mucp-target.json": answersInstead,
  "raw/server-1.7.no-params.json": answersInstead,
  "raw/server-1.7.null-params.json": answersInstead,
  "raw/server-2016.bad-json.json": answersInstead,
  "raw/server-2016.empty-body.json": answersInstead,
  "raw/server-2016.get.json": answersInstead,
  "raw/server-2016.no-ct.json":
    "without a content type ours reads proto-rpc, as 1.7 does; 2016 calls it unsupported",
  "raw/server-2016.no-params.json": answersInstead,
  "raw/server-2016.null-params.json": answersInstead,
};

/** Recordings from which our client makes something else than the recorded one, on purpose. */
export const clientDifferences: Reasons = {
  "interop/client2016-server1.7.json-rpc.Hello.json": anyId,
  "interop/client2016-server1.7.json.Hello.json": anyId,
  "client-reaction/string-id.2016.json": anyId,
  "client-reaction/empty-body.1.7-mucp.json":
    "the original refuses an empty body; ours takes it for an empty message",
  "client-reaction/error-empty.1.7-mucp.json": lenientClient,
  "client-reaction/error-null-result.1.7-mucp.json": lenientClient,
  "client-reaction/error-object.1.7-mucp.json": lenientClient,
  "client-reaction/extra-fields.1.7-mucp.json": lenientClient,
  "client-reaction/mucp-extra.1.7-mucp.json": lenientClient,
  "client-reaction/no-result.1.7-mucp.json": lenientClient,
  "client-reaction/null-id.1.7-mucp.json": lenientClient,
  "client-reaction/null-result.1.7-mucp.json": lenientClient,
  "client-reaction/other-id.1.7-mucp.json": lenientClient,
  "client-reaction/string-id.1.7-mucp.json": lenientClient,
  "client-reaction/mucp-extra.1.7-legacy.json": noEmptyResult,
  "client-reaction/mucp-plain.1.7-legacy.json": noEmptyResult,
  "client-reaction/no-result.1.7-legacy.json": noEmptyResult,
  "client-reaction/mucp-extra.2016.json": notCrashed,
  "client-reaction/mucp-plain.2016.json": notCrashed,
  "client-reaction/no-result.2016.json": notCrashed,
  "client-reaction/null-result.2016.json": notCrashed,
};

const gaveUp = "the recorded client gives up at the first string id, so that nothing follows";
const noConnection = "no connection was made: there is nothing that a server could answer";

/** Recordings that are not replayed in a role; whole groups are those of the other role. */
export const serverSkipped: Reasons = {
  "rpc-2016/call.client-BadContentType.json": noConnection,
  "rpc-2016/call.client-NotFound.json": noConnection,
  "rpc-2016/call.client-Refused.json": noConnection,
  "rpc-1.7/call.client-NotFound.json": noConnection,
  "rpc-1.7/call.client-Refused.json": noConnection,
};

export const clientSkipped: Reasons = {
  "interop/client1.7-server2016.WithAddress.json.json":
    "our client follows the registry, which says that the server is a legacy one",
  "interop/client2016-server1.7.stream.json.Count.json": gaveUp,
  "interop/client2016-server1.7.stream.json.Fail.json": gaveUp,
  "interop/client2016-server1.7.stream.json.PingPong.json": gaveUp,
};
