package example;

import com.amazonaws.services.lambda.runtime.Context;
import com.amazonaws.services.lambda.runtime.RequestHandler;
import java.util.Map;

/** Greets whoever the event names. */
public class Hello implements RequestHandler<Map<String, String>, Map<String, Object>> {
    private int calls;

    @Override
    public Map<String, Object> handleRequest(Map<String, String> event, Context context) {
        String name = event.get("name");
        if (name == null) throw new IllegalArgumentException("name whom to greet");
        calls += 1;
        context.getLogger().log("greeting " + name);
        return Map.of("greeting", "Hello, " + name, "calls", calls, "arn", context.getInvokedFunctionArn());
    }
}
