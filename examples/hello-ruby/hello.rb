# Greets whoever the event names; the handler is hello.Hello.call.
require 'logger'

LOGGER = Logger.new($stdout)

module Hello
  @calls = 0

  def self.call(event:, context:)
    name = event.fetch('name') { raise ArgumentError, 'name whom to greet' }
    @calls += 1
    LOGGER.info("greeting #{name}")
    { greeting: "Hello, #{name}", calls: @calls, arn: context.invoked_function_arn }
  end
end
