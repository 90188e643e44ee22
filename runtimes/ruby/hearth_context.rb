# frozen_string_literal: true

# What a handler is told of its invocation, under the names of AWS's client.
class HearthContext
  attr_reader :aws_request_id, :invoked_function_arn, :deadline_ms, :identity, :client_context, :log_group_name,
              :log_stream_name, :function_name, :memory_limit_in_mb, :function_version

  def initialize(invocation)
    @aws_request_id = invocation.request_id
    @invoked_function_arn = invocation.arn
    @deadline_ms = invocation.deadline_ms
    @identity = JSON.parse(invocation.identity) if invocation.identity
    @client_context = JSON.parse(invocation.client_context) if invocation.client_context
    @log_group_name = ENV.fetch('AWS_LAMBDA_LOG_GROUP_NAME', nil)
    @log_stream_name = ENV.fetch('AWS_LAMBDA_LOG_STREAM_NAME', nil)
    @function_name = ENV.fetch('AWS_LAMBDA_FUNCTION_NAME', nil)
    @memory_limit_in_mb = ENV.fetch('AWS_LAMBDA_FUNCTION_MEMORY_SIZE', nil)
    @function_version = ENV.fetch('AWS_LAMBDA_FUNCTION_VERSION', nil)
  end

  def get_remaining_time_in_millis
    [deadline_ms - Process.clock_gettime(Process::CLOCK_REALTIME, :millisecond), 0].max
  end
end
