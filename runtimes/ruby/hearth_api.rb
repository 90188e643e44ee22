# frozen_string_literal: true

# The Runtime API (2018-06-01), over one connection that is kept.
require 'net/http'
require 'json'

# One event and what its headers say.
HearthInvocation = Struct.new(:request_id, :payload, :trace_id, :deadline_ms, :arn, :identity, :client_context)

# The runtime's side of it.
class HearthApi
  PREFIX = '/2018-06-01/runtime'
  # An environment may be idle for longer than any timeout, frozen or not.
  NO_TIMEOUT = nil

  def initialize(address)
    host, port = address.split(':')
    @http = Net::HTTP.new(host, port.to_i, nil)
    @http.read_timeout = NO_TIMEOUT
    @http.keep_alive_timeout = 1_000_000
    # A response that did not arrive is not sent again: it may have arrived.
    @http.max_retries = 0
    @http.start
  end

  def next
    answer = @http.get("#{PREFIX}/invocation/next")
    raise "the Runtime API answered #{answer.code}" unless answer.is_a?(Net::HTTPSuccess)

    HearthInvocation.new(
      answer['Lambda-Runtime-Aws-Request-Id'], answer.body.force_encoding('UTF-8'), answer['Lambda-Runtime-Trace-Id'],
      answer['Lambda-Runtime-Deadline-Ms'].to_i, answer['Lambda-Runtime-Invoked-Function-Arn'],
      answer['Lambda-Runtime-Cognito-Identity'], answer['Lambda-Runtime-Client-Context']
    )
  end

  def response(request_id, body, content_type)
    @http.post("#{PREFIX}/invocation/#{request_id}/response", body, 'Content-Type' => content_type)
  end

  def error(request_id, report)
    post_error("/invocation/#{request_id}/error", report)
  end

  def init_error(report)
    post_error('/init/error', report)
  end

  private

  def post_error(path, report)
    type = { 'Lambda-Runtime-Function-Error-Type' => HearthErrors.header(report), 'Content-Type' => 'application/json' }
    @http.post("#{PREFIX}#{path}", JSON.generate(report), type)
  end
end
