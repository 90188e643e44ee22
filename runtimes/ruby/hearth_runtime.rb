# frozen_string_literal: true

# Loads the handler and calls it for each event, as AWS's Ruby runtime interface client does.
require 'json'
require 'stringio'
require_relative 'hearth_api'
require_relative 'hearth_context'
require_relative 'hearth_errors'
require_relative 'hearth_logging'

# The function's handler: FILE.METHOD, or FILE.CLASS.METHOD for a method of a class or module.
class HearthHandler
  FORM = 'must be of form FILENAME.METHOD or FILENAME.CLASS.METHOD where FILENAME corresponds with an existing Ruby ' \
         'source file FILENAME.rb, CLASS is an optional module/class namespace and METHOD is a callable method. ' \
         'If using CLASS, METHOD must be a class-level method.'

  def initialize(name)
    @file, *namespace, @method = name.split('.')
    raise ArgumentError, "Invalid handler #{name.split('.')}, #{FORM}" if @method.nil? || namespace.size > 1

    @namespace = namespace.first
  end

  def load
    require @file
  end

  def call(event, context)
    target = @namespace.nil? ? TOPLEVEL_BINDING.receiver : Kernel.const_get(@namespace)
    target.__send__(@method, event: event, context: context)
  end
end

# One environment's life: load, then event after event.
class HearthRuntime
  # After errors of the language itself AWS's client gives the environment up: its code is not what it should be.
  CRITICAL = ->(error) { error.is_a?(NameError) || !error.is_a?(StandardError) }

  def initialize(api, handler_name)
    @api = api
    @handler_name = handler_name
  end

  def start(task_root)
    $LOAD_PATH.unshift(task_root) unless $LOAD_PATH.include?(task_root)
    @handler = HearthHandler.new(@handler_name)
    @handler.load
  rescue Exception => e # LoadError and SyntaxError are no StandardErrors.
    report = HearthErrors.report(e, 'Init')
    log(report, "Init error when loading handler #{@handler_name}")
    @api.init_error(report)
    exit!(252)
  end

  def serve
    loop do
      invocation = @api.next
      $hearth_request_id = invocation.request_id
      ENV['_X_AMZN_TRACE_ID'] = invocation.trace_id
      answer(invocation)
    end
  end

  private

  def answer(invocation)
    result = @handler.call(JSON.parse(invocation.payload), HearthContext.new(invocation))
    is_stream = result.is_a?(StringIO) || result.is_a?(IO)
    body = is_stream ? result.read : result.to_json
  rescue Exception => e
    report = HearthErrors.report(e, 'Function')
    log(report, CRITICAL.call(e) ? 'Critical exception from handler' : 'Error raised from handler method')
    @api.error(invocation.request_id, report)
    exit!(255) if CRITICAL.call(e)
  else
    @api.response(invocation.request_id, body, is_stream ? 'application/unknown' : 'application/json')
  end

  def log(report, message)
    HearthLogging.error(message, report)
  end
end

$stdout.sync = true
HearthLogging.install
runtime = HearthRuntime.new(HearthApi.new(ENV.fetch('AWS_LAMBDA_RUNTIME_API')), ENV.fetch('_HANDLER'))
runtime.start(ENV.fetch('LAMBDA_TASK_ROOT', '/var/task'))
runtime.serve
