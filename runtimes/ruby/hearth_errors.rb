# frozen_string_literal: true

# What the Runtime API is told of an exception.
module HearthErrors
  # Other classes' names may say something of the function, so the header has one name for all of them.
  TOLD = %w[ArgumentError NoMethodError Exception StandardError NameError LoadError SystemExit SystemStackError].freeze
  FRAMES_MAX = 100

  module_function

  # `phase` is Function or Init. The client's own frames, and what called it, are left out.
  def report(error, phase)
    frames = (error.backtrace || []).first(FRAMES_MAX).take_while { |it| !it.start_with?("#{__dir__}/") }
    {
      errorMessage: error.message.dup.force_encoding('UTF-8').scrub,
      errorType: "#{phase}<#{error.class}>",
      stackTrace: frames.reject { |it| it.start_with?('<internal:') }
    }
  end

  def header(report)
    name = report[:errorType][/<(.*)>/, 1]
    TOLD.include?(name) ? report[:errorType] : 'Function<UserException>'
  end
end
