# Calls the greeter, wherever it runs and whatever it is written in.

require_relative "sidecar"

begin
  puts Sidecar.call("go.micro.srv.greeter", "Say.Hello", { name: ARGV.fetch(0, "John") })["msg"]
rescue Sidecar::CallError => error
  abort "error: #{error.message}"
end
