package example;

import com.amazonaws.services.lambda.runtime.Context;
import com.amazonaws.services.lambda.runtime.RequestHandler;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.crac.Core;
import org.crac.Resource;

/** Tells what it went through: with SnapStart, a checkpoint when its version was published and a restore since. */
public class Snapped implements RequestHandler<Map<String, String>, List<String>>, Resource {
    private final List<String> steps = new ArrayList<>(List.of("initialised"));

    public Snapped() {
        Core.getGlobalContext().register(this);
    }

    @Override
    public void beforeCheckpoint(org.crac.Context<? extends Resource> context) {
        steps.add("before the checkpoint");
    }

    @Override
    public void afterRestore(org.crac.Context<? extends Resource> context) {
        steps.add("after the restore");
    }

    @Override
    public List<String> handleRequest(Map<String, String> event, Context context) {
        return steps;
    }
}
