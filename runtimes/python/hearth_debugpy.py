# Starts the runtime under debugpy, which the function or a layer brings, and waits for a client before the function is loaded.
import os
import sys


def wait(host, port):
    kept = list(sys.path), os.environ.get("_HEARTH_OPT")
    from hearth_search_path import set_search_path

    set_search_path(os.environ.get("LAMBDA_TASK_ROOT", "/var/task"))
    try:
        import debugpy
    except ImportError:
        sys.stderr.write("HEARTH debugpy is neither in the package nor in a layer: running without a debugger\n")
    else:
        debugpy.listen((host, port))
        debugpy.wait_for_client()
    finally:
        sys.path[:] = kept[0]
        if kept[1] is not None:
            os.environ["_HEARTH_OPT"] = kept[1]


wait(sys.argv.pop(1), int(sys.argv.pop(1)))
import bootstrap  # noqa: E402,F401  It runs the function until the environment ends.
