# Sends requests with Net::HTTP, one way or another: [[method, path, body], ...] on stdin, [[status, text], ...] on stdout.

require "json"
require "net/http"
require "stringio"

way, address = ARGV
host, port = address.split(":")

def prepare(way, method, path, body)
  request = Net::HTTP.const_get(method.capitalize).new(path)
  return request if body.empty?

  request["Content-Type"] = "application/json"
  request["Expect"] = "100-continue" if way == "expecting"
  if way == "chunked"
    request["Transfer-Encoding"] = "chunked"
    request.body_stream = StringIO.new(body)
  else
    request.body = body
  end
  request
end

http = Net::HTTP.new(host, port, nil)
http.read_timeout = 20
http.continue_timeout = 10 if way == "expecting"
answers = http.start do |connection|
  JSON.parse($stdin.read).map do |method, path, body|
    answer = connection.request(prepare(way, method, path, body))
    [answer.code.to_i, answer.body.to_s.dup.force_encoding("UTF-8")]
  end
end
puts JSON.generate(answers)
