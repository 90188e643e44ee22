# frozen_string_literal: true

# What functions write by puts and Logger becomes frames on the platform's descriptor, so that an entry of several lines stays one.
require 'json'
require 'logger'

# Frames: a type, the length, the time in microseconds, the text; big-endian.
class HearthFrames < Logger::LogDevice
  TEXT = 0xa55a0003

  def initialize(file)
    @file = file
  end

  def write(text)
    text = text.to_s.dup.force_encoding('UTF-8').scrub
    now = Process.clock_gettime(Process::CLOCK_REALTIME, :microsecond)
    @file.write([TEXT, text.bytesize, now].pack('L>L>Q>').concat(text.b))
  end

  def reopen(*); end

  def close; end
end

# Ruby's own form with the request's id in it.
class HearthTextFormatter < Logger::Formatter
  def call(severity, time, progname, message)
    "#{severity[0]}, [#{format_datetime(time)} ##{Process.pid}] #{severity.rjust(5)} " \
      "#{$hearth_request_id} -- #{progname}: #{msg2str(message)}\n"
  end
end

# One line of JSON, as with the log format JSON.
class HearthJsonFormatter < Logger::Formatter
  def call(severity, time, progname, message)
    entry = { timestamp: time.utc.strftime('%Y-%m-%dT%H:%M:%S.%6NZ'), level: severity }
    if message.is_a?(Exception)
      entry[:message] = message.message
      entry[:errorType] = message.class.to_s
      entry[:errorMessage] = message.message
      entry[:stackTrace] = message.backtrace || []
    else
      entry[:message] = msg2str(message)
    end
    entry[:requestId] = $hearth_request_id
    entry[:logger] = progname unless progname.nil?
    "#{JSON.generate(entry.compact)}\n"
  end
end

# Loggers of the standard streams write to the platform.
module HearthLogger
  LEVELS = { 'TRACE' => 'debug', 'DEBUG' => 'debug', 'INFO' => 'info', 'WARN' => 'warn', 'ERROR' => 'error',
             'FATAL' => 'fatal' }.freeze

  def initialize(device = nil, *rest, **options)
    return super unless device.nil? || device == $stdout || device == $stderr

    options[:level] ||= LEVELS[ENV.fetch('AWS_LAMBDA_LOG_LEVEL', '')] if HearthLogging.json?
    options = options.compact
    super(HearthLogging.frames, *rest, **options)
    @default_formatter = HearthLogging.json? ? HearthJsonFormatter.new : HearthTextFormatter.new
  end
end

# Sets it up.
module HearthLogging
  class << self
    attr_reader :frames

    def json?
      ENV['AWS_LAMBDA_LOG_FORMAT'] == 'JSON'
    end

    def install
      file = IO.for_fd(Integer(ENV.fetch('_LAMBDA_TELEMETRY_LOG_FD')), 'wb')
      file.sync = true
      @frames = HearthFrames.new(file)
      Logger.prepend(HearthLogger)
      define_puts(@frames)
    rescue KeyError, SystemCallError
      # Without the descriptor, all goes to the standard output.
      @frames = nil
    end

    def define_puts(frames)
      Kernel.define_method(:puts) do |*given|
        frames.write(given.empty? ? "\n" : given.flatten.map(&:to_s).join("\n"))
        nil
      end
      Kernel.send(:private, :puts)
    end

    # What AWS's client logs of an error: that there was one, and what the caller is told of it.
    def error(message, report)
      entry = { level: 'ERROR', message: message, requestId: $hearth_request_id }.compact.merge(report)
      text = json? ? JSON.generate(entry) : "#{message}\n#{JSON.pretty_generate(report)}"
      @frames.nil? ? $stdout.puts(text) : @frames.write(text)
    end
  end
end
