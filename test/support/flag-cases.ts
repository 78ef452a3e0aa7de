/** One use of a flag: the words, a text that shows its effect in what is written, and how it ends: 0 where not said. */
export type FlagCase = readonly [words: string, effect: RegExp, end?: number | "serves"];

const hello = 'greeter Say.Hello {"name":"Ann"}';
const memory = "--registry=memory --json";
const definition = '{"name":"x","nodes":[{"id":"x-1","address":"127.0.0.1","port":1}]}';
const beside = `sidecar ${memory} --sidecar_address=127.0.0.1:0 --server_name=app --server_address=127.0.0.1:1`;
const checked = `${beside} --healthcheck_url=http://127.0.0.1:1/`;
const ready = /"event":"ready"/;

/** Flags that every command which makes a call has. */
function ofCalls(command: string, end = ""): Record<string, FlagCase> {
  const effect = command === "stream" ? /"count":1/ : command === "query" ? /Hello Ann/ : /ok|"?requests/;
  const target = command === "stream" ? "greeter Count.Up" : "greeter Say.Hello";
  const body = command === "stream" ? '{"count":1}' : '{"name":"Ann"}';
  const field = command === "stream" ? "count:=1" : "name=Ann";
  return {
    field: [`${command} ${target} --field ${field}${end}`, effect],
    loose_field: [`${command} ${target} --name=Ann${end}`, effect],
    file: [`${command} ${target} --file=BODY-${command === "stream" ? "count" : "name"}${end}`, effect],
    metadata: [`${command} ${target} ${body} --metadata=a=b${end}`, effect],
    service_version: [`${command} ${target} ${body} --service_version=9${end}`, /has no version/, 3],
    node: [`${command} ${target} ${body} --node=absent${end}`, /absent/, 3],
  };
}

/** A use of each flag of each command, by the id of the command. A flag without one fails a test. */
export const flagCases: Readonly<Record<string, Readonly<Record<string, FlagCase>>>> = {
  api: {
    workers: [`api ${memory} --api_address=127.0.0.1:0 --workers=2`, ready, "serves"],
    requests_per_second: [`api ${memory} --api_address=127.0.0.1:0 --requests_per_second=5`, ready, "serves"],
    no_fast_front: [`api ${memory} --api_address=127.0.0.1:0 --no_fast_front`, ready, "serves"],
  },
  bench: {
    ...ofCalls("bench", " -n 1 --warmup=1ms --json"),
    concurrency: [`bench ${hello} -c 3 -n 3 --warmup=1ms --json`, /"concurrency":3/],
    duration: [`bench ${hello} --duration=50ms --warmup=1ms --json`, /"duration_s":0\.[0-4]/],
    requests: [`bench ${hello} --requests=7 --warmup=1ms --json`, /"requests":7/],
    rate: [`bench ${hello} --rate=50 -n 2 --warmup=1ms --json`, /"requests":2/],
    warmup: [`bench ${hello} -n 1 --warmup=5ms --json`, /"requests":1/],
    max_errors: [`bench ${hello} -n 1 --warmup=1ms --max_errors=101%`, /max_errors/, 2],
  },
  "context:add": {
    use: ["context add one --use --registry=memory --json", /"current":true/],
    force: ["context add one --force --registry=memory --json", /"name":"one"/],
  },
  "context:show": { origin: ["context show --origin --json", /"values":/] },
  "context:trust": {
    list: ["context trust --list --json", /"trusted":/],
    remove: ["context trust --remove --json", /"trusted":/],
  },
  "deregister:service": { file: ["deregister service --file=BODY-service --json", /"deregistered":/] },
  dev: {
    server_name: ["dev --server_name=app", /--server_address/, 2],
    server_address: ["dev --server_address=127.0.0.1:1", /--server_name/, 2],
    requests_per_second: ["dev --requests_per_second=x", /requests_per_second/, 2],
    no_fast_front: ["dev --no_fast_front=maybe", /no_fast_front/, 2],
    healthcheck_url: ["dev --healthcheck_url=http://127.0.0.1:1/", /--server_name/, 2],
    healthcheck_interval: ["dev --healthcheck_interval=1s", /--healthcheck_url/, 2],
    healthcheck_timeout: ["dev --healthcheck_timeout=1s", /--healthcheck_url/, 2],
    healthcheck_failures: ["dev --healthcheck_failures=1", /--healthcheck_url/, 2],
    healthcheck_successes: ["dev --healthcheck_successes=1", /--healthcheck_url/, 2],
    example: ["dev --example=absent", /absent/, 2],
    no_watch: ["dev --no_watch=maybe", /no_watch/, 2],
  },
  explain: { ...ofCalls("explain"), dry_run: [`explain ${hello} --dry_run`, /ok/] },
  "gen:client": {
    output: ["gen client go.micro.srv.greeter --output=made-here --json", /made-here/],
    service_version: ["gen client go.micro.srv.greeter --service_version=9", /has no version/, 3],
    force: ["gen client go.micro.srv.greeter --output=made-here --force --json", /made-here/],
  },
  "get:service": {
    service_version: ["get service go.micro.srv.greeter --service_version=9", /has no version/, 3],
    wait: ["get service go.micro.srv.greeter --wait", /Say\.Hello/],
    wait_timeout: ["get service absent --wait --wait_timeout=100ms", /absent/, 6],
    watch: ["get service go.micro.srv.greeter --watch", /Say\.Hello/, "serves"],
  },
  health: {
    node: ["health greeter --node=absent", /absent/, 3],
    any: ["health greeter --any", /\tok\n/],
    watch: ["health greeter --watch", /\tok\n[\s\S]*\tok\n/, "serves"],
    interval: ["health greeter --watch --interval=10ms", /(\tok\n[\s\S]*){3}/, "serves"],
    wait: ["health go.micro.srv.greeter --wait", /\tok\n/],
    wait_timeout: ["health absent --wait --wait_timeout=100ms", /absent/, 6],
  },
  "list:services": {
    filter: ["list services --filter=*.greeter --json", /^\[\{"name":"go\.micro\.srv\.greeter"[^{]*\}\]\n$/],
    long: ["list services --long --json", /"passing":1/],
    watch: ["list services --watch", /greeter/, "serves"],
  },
  new: {
    type: ["new made-web --type=web", /go\.micro\.web\.made-web/],
    namespace: ["new made-ns --namespace=com.example", /com\.example\.srv\.made-ns/],
    alias: ["new made-alias --alias=other", /go\.micro\.srv\.other/],
    fqdn: ["new made-fqdn --fqdn=a.b.c", /creating service a\.b\.c/],
    lang: ["new made-py --lang=python", /\.py/],
    force: ["new made-web --type=web --force", /creating service/],
  },
  publish: {
    header: ["publish topic {} --header=a=b", /^ok/],
    content_type: ["publish topic x --content_type=text/plain", /^ok/],
    file: ["publish topic --file=BODY-name --json", /"bytes":14/],
  },
  query: { ...ofCalls("query"), meta: [`query ${hello} --meta --json`, /"attempts":1/] },
  "register:service": {
    ttl: [`register service ${definition} --ttl=30s --json`, /"ttl":"30s"/],
    file: ["register service --file=BODY-service --json", /"registered":/],
  },
  sidecar: {
    server_name: [`${beside}`, ready, "serves"],
    server_address: [`${beside}`, ready, "serves"],
    self_server_name: [`--server_name=me sidecar ${memory} --sidecar_address=127.0.0.1:0`, ready, "serves"],
    self_server_version: [
      `--server_version=7 sidecar ${memory} --sidecar_address=127.0.0.1:0`,
      ready,
      "serves",
    ],
    self_server_id: [`--server_id=7 sidecar ${memory} --sidecar_address=127.0.0.1:0`, ready, "serves"],
    self_server_address: [
      `--server_address=nowhere.invalid:0 sidecar ${memory} --sidecar_address=127.0.0.1:0`,
      /nowhere/,
      1,
    ],
    self_server_advertise: [
      `--server_advertise=h sidecar ${memory} --sidecar_address=127.0.0.1:0`,
      ready,
      "serves",
    ],
    self_server_metadata: [
      `--server_metadata=a sidecar ${memory} --sidecar_address=127.0.0.1:0`,
      /server_metadata/,
      2,
    ],
    healthcheck_url: [`${beside} --healthcheck_url=file:///x`, /healthcheck|file:/, 2],
    healthcheck_interval: [`${checked} --healthcheck_interval=1s`, ready, "serves"],
    healthcheck_timeout: [`${checked} --healthcheck_timeout=1s`, ready, "serves"],
    healthcheck_failures: [`${checked} --healthcheck_failures=1`, ready, "serves"],
    healthcheck_successes: [`${checked} --healthcheck_successes=1`, ready, "serves"],
    no_fast_front: [`sidecar ${memory} --sidecar_address=127.0.0.1:0 --no_fast_front`, ready, "serves"],
  },
  stats: {
    node: ["stats greeter --node=absent", /absent/, 3],
    watch: ["stats greeter --watch", /uptime/, "serves"],
    interval: ["stats greeter --watch --interval=10ms", /(uptime[\s\S]*){3}/, "serves"],
  },
  stream: {
    ...ofCalls("stream"),
    loose_field: ['stream greeter Count.Up {"count":1} --extra=1', /fields: count/, 2],
    input: ['stream greeter Count.Echo {"count":1} --input', /"count":1/],
    count: ['stream greeter Count.Up {"count":9} --count=2', /^\{"count":1\}\n\{"count":2\}\n$/],
    idle_timeout: ['stream greeter Count.Hang {"count":1} --idle_timeout=100ms', /nothing came for 100ms/, 6],
  },
  subscribe: {
    queue: ["subscribe topic --queue=q", /subscribed|topic/, "serves"],
    count: ["subscribe topic --count=x", /count/, 2],
  },
  watch: { changes_only: ["watch --changes_only --timeout=300ms", /not done within 300ms/, 6] },
};
