/** One run of a command: its words, what it prints (under both streams), its exit code, and its standard input. */
export interface CommandCase {
  readonly words: readonly string[];
  readonly prints: RegExp | string;
  readonly code?: number;
  readonly input?: string;
}

const shop = '{"name":"shop","version":"1","nodes":[{"id":"shop-1","address":"127.0.0.1","port":1}]}';
const hello = ["greeter", "Say.Hello", '{"name":"Ann"}'];

/** By the path of the command in `src/commands`, in the order in which they run. A command without a case fails a test. */
export const commandCases: Readonly<Record<string, readonly CommandCase[]>> = {
  "list/services": [
    { words: [], prints: "go.micro.srv.greeter\n" },
    { words: ["--json"], prints: '[{"name":"go.micro.srv.greeter","versions":["1.2.0"]}]\n' },
    { words: ["--filter=*.absent"], prints: "" },
  ],
  "get/service": [
    {
      words: ["greeter"],
      prints: /^service {2}go\.micro\.srv\.greeter\n\nversion 1\.2\.0\n[\s\S]*Endpoint: Say\.Hello/,
    },
    {
      words: ["greeter", "--json"],
      prints: /^\[\{"name":"go\.micro\.srv\.greeter","version":"1\.2\.0",.*\}\]\n$/,
    },
    {
      words: ["absent"],
      prints: /^error: service "absent" not found .*\nhint: {2}micro list services\n$/,
      code: 3,
    },
  ],
  query: [
    { words: hello, prints: '{\n\t"msg": "Hello Ann"\n}\n' },
    { words: ["Say.Hello", "--name", "Ann", "--json"], prints: '{"msg":"Hello Ann"}\n' },
    {
      words: ["greeter", "Say.Hello", '{"name":1}'],
      prints: /^error: .*go\.micro\.srv\.greeter.*Say\.Hello.*400/,
      code: 4,
    },
    { words: ["greeter", "Say.Absent"], prints: /Say\.Absent/, code: 3 },
  ],
  stream: [
    { words: ["greeter", "Count.Up", '{"count":2}'], prints: '{"count":1}\n{"count":2}\n' },
    { words: ["greeter", "Count.Absent"], prints: /Count\.Absent/, code: 3 },
  ],
  explain: [
    { words: hello, prints: /^ok {4}resolve .*\n[\s\S]*\nok {4}reply .*attempts 1 .*\n$/ },
    { words: [...hello, "--json"], prints: /^\{"ok":true,"steps":\[\{"id":"resolve".*\}\]\}\n$/ },
  ],
  bench: [
    {
      words: [...hello, "-n", "3", "--warmup=1ms"],
      prints: /^go\.micro\.srv\.greeter Say\.Hello: 3 requests in /,
    },
    { words: [...hello, "-n", "3", "--warmup=1ms", "--json"], prints: /"requests":3,"ok":3,"errors":\{\}/ },
  ],
  stats: [
    {
      words: ["greeter"],
      prints: /\nnode\t\taddress:port\t\tstarted\tuptime\tmemory\tthreads\tgc\ngo\.micro\.srv\.greeter-/,
    },
  ],
  doctor: [
    {
      words: [],
      prints: /^ok {4}node .*\n[\s\S]*\nok {4}registry {6}consul .* answers, 1 services/,
      code: 0,
    },
    { words: ["--registry_address=127.0.0.1:1"], prints: /\nfail {2}registry/, code: 7 },
  ],
  publish: [
    { words: ["orders", '{"id":1}'], prints: "ok\n" },
    {
      words: ["orders", '{"id":1}', "--json"],
      prints: '{"published":{"topic":"orders","bytes":8,"broker":"http"}}\n',
    },
  ],
  "register/service": [
    { words: [shop], prints: "ok\n" },
    { words: ["{"], prints: /^error: /, code: 4 },
  ],
  health: [
    { words: ["shop"], prints: /shop-1\t\t127\.0\.0\.1:1\t\tconnect to .*ECONNREFUSED/, code: 7 },
    { words: ["absent"], prints: /^error: service "absent" not found/, code: 3 },
  ],
  "deregister/service": [
    {
      words: [shop, "--json"],
      prints: '{"deregistered":{"service":"shop","version":"1","nodes":["shop-1"]}}\n',
    },
  ],
  "gen/client": [
    { words: ["greeter"], prints: "creating go.micro.srv.greeter.ts\n" },
    { words: ["greeter"], prints: /^error: go\.micro\.srv\.greeter\.ts exists\n/, code: 1 },
  ],
  new: [
    { words: ["shop"], prints: /^creating service go\.micro\.srv\.shop\ncreating shop\/package\.json\n/ },
    { words: ["shop"], prints: "error: shop already exists\nhint:  micro new shop --force\n", code: 1 },
    ...["", ".", "-a.", "a..b"].map((alias) => ({
      words: ["cart", `--alias=${alias}`],
      prints: /^error: "go\.micro\.srv\..*" is not a valid service name\n/,
      code: 2,
    })),
  ],
  completion: [
    { words: ["bash"], prints: /complete .*micro/ },
    { words: ["cmd"], prints: /^error: /, code: 2 },
  ],
  "context/add": [
    { words: ["local", "--registry=memory"], prints: /^ok\n/ },
    { words: ["local", "--registry=memory"], prints: /^error: context "local" exists\n/, code: 2 },
  ],
  "context/list": [{ words: [], prints: "  local\n" }],
  "context/show": [
    { words: [], prints: "no context is in use\n" },
    { words: ["local"], prints: "registry\tmemory\n" },
  ],
  "context/use": [
    { words: ["local"], prints: /^ok\n/ },
    { words: ["absent"], prints: /^error: /, code: 2 },
  ],
  "context/rm": [{ words: ["local"], prints: /^ok\n/ }],
  "context/trust": [{ words: ["--list", "--json"], prints: '{"trusted":[]}\n' }],
  cli: [{ words: [], input: "list services\nexit\n", prints: "go.micro.srv.greeter\n" }],
  dev: [{ words: ["absent.ts"], prints: /^error: run ".*absent\.ts": no such file\n$/, code: 2 }],
};
