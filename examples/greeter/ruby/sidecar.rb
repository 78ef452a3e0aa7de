# What a program needs of the sidecar, with the standard library alone.

require "json"
require "net/http"

module Sidecar
  ADDRESS = ENV.fetch("MICRO_PROXY_ADDRESS", "127.0.0.1:8081")
  URL = URI(ADDRESS.include?("://") ? ADDRESS : "http://#{ADDRESS}")
  TTL = 30

  # What a service answered instead of a response: id, code, detail, status.
  class CallError < StandardError
    attr_reader :error

    def initialize(error)
      super("#{error["code"]} #{error["detail"]}")
      @error = error
    end
  end

  # Sends JSON to the sidecar and returns the JSON that it answers.
  def self.request(kind, path, body)
    sent = kind.new(path, "Content-Type" => "application/json")
    sent.body = JSON.generate(body)
    answer = Net::HTTP.start(URL.host, URL.port, read_timeout: 10) { |http| http.request(sent) }
    raise CallError, JSON.parse(answer.body) if answer.code.to_i >= 400

    answer.body.to_s.empty? ? nil : JSON.parse(answer.body)
  end

  # Calls a method of a service, on any node of it.
  def self.call(service, method, body)
    request(Net::HTTP::Post, "/#{service}/#{method}", body)
  end

  # Keeps a service in the registry; ends with `deregister`.
  def self.register(service)
    @renewing = Thread.new do
      loop do
        sleep(renewed?(service) ? TTL / 3 : 1)
      end
    end
  end

  def self.renewed?(service)
    request(Net::HTTP::Post, "/registry?ttl=#{TTL}s", service)
    true
  rescue SystemCallError, CallError
    false
  end

  def self.deregister(service)
    @renewing.kill
    request(Net::HTTP::Delete, "/registry", service)
  end
end
