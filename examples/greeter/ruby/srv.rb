# The greeter as a Ruby program: any caller finds it in the registry, by way of the sidecar.

require "securerandom"
require "socket"
require_relative "sidecar"

NAME = ENV.fetch("MICRO_SERVER_NAME", "go.micro.srv.greeter")

METHODS = {
  "Say.Hello" => ->(request) { { msg: "Hello #{request.fetch("name")}" } },
  "Debug.Health" => ->(_request) { { status: "ok" } },
}.freeze

# The error as it travels: a JSON text, its code an HTTP status.
def failure(method, error)
  code, status = METHODS.key?(method) ? [400, "Bad Request"] : [404, "Not Found"]
  JSON.generate(id: NAME, code: code, detail: "#{method}: #{error.message}", status: status)
end

# Takes a call as json-rpc: {"method", "params": [request], "id"}.
def answer(call)
  { id: call["id"], result: METHODS.fetch(call["method"]).call(call["params"][0]), error: nil }
rescue StandardError => error
  { id: call["id"], result: {}, error: failure(call["method"], error) }
end

# Answers the requests of one connection until its client closes it.
def serve(client)
  while client.gets
    headers = {}
    while (line = client.gets.chomp) != ""
      name, value = line.split(": ", 2)
      headers[name.downcase] = value
    end
    body = JSON.generate(answer(JSON.parse(client.read(headers["content-length"].to_i))))
    client.write("HTTP/1.1 200 OK\r\nContent-Type: #{headers["content-type"]}\r\n" \
                 "Content-Length: #{body.bytesize}\r\n\r\n#{body}")
  end
ensure
  client.close
end

def value(name, type, *values)
  { name: name, type: type, values: values }
end

def definition(port)
  endpoint = {
    name: "Say.Hello",
    request: value("Request", "Request", value("name", "string")),
    response: value("Response", "Response", value("msg", "string")),
    metadata: { stream: "false" },
  }
  node = { id: "#{NAME}-#{SecureRandom.uuid}", address: "127.0.0.1", port: port, metadata: { transport: "http" } }
  { name: NAME, version: "1.0.0", endpoints: [endpoint], nodes: [node] }
end

server = TCPServer.new("127.0.0.1", 0)
service = definition(server.addr[1])
stop = Queue.new
%w[INT TERM].each { |signal| trap(signal) { stop << signal } }
Sidecar.register(service)
puts "#{NAME} on 127.0.0.1:#{server.addr[1]}"
$stdout.flush
Thread.new { loop { Thread.new(server.accept) { |client| serve(client) } } }
stop.pop
Sidecar.deregister(service)
