# A server on Ruby's bare sockets, as old ones are: HTTP/1.0, the end of the body is the end of the connection.
# Tells each request what it saw of it. Prints its port.

require "digest"
require "json"
require "socket"

def chunks(client)
  body = +""
  until (size = client.gets.to_i(16)).zero?
    body << client.read(size)
    client.gets
  end
  nil until [nil, "\r\n"].include?(client.gets)
  body
end

def body(client, headers)
  client.write("HTTP/1.1 100 Continue\r\n\r\n") if headers["expect"]
  headers["transfer-encoding"] ? chunks(client) : client.read(headers["content-length"].to_i)
end

def serve(client)
  method, path = client.gets&.split(" ")
  return unless path

  headers = {}
  until (line = client.gets.chomp).empty?
    name, value = line.split(": ", 2)
    headers[name.downcase] = value
  end
  text = body(client, headers).then { |all| all.empty? ? "" : JSON.parse(all)["text"] }
  digest = Digest::SHA256.hexdigest(text)
  seen = JSON.generate(method: method, path: path, digest: digest, cookie: headers.fetch("cookie", ""))
  client.write("HTTP/1.0 200 OK\r\nContent-Type: application/json\r\n\r\n#{seen unless method == "HEAD"}")
ensure
  client.close
end

server = TCPServer.new("127.0.0.1", 0)
puts server.addr[1]
$stdout.flush
loop { Thread.new(server.accept) { |client| serve(client) } }
