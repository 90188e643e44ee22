# Where a function's imports look: its package, its layers, then what the runtime brings. The order and the handling of .pth
# files and of a PYTHONPATH of the function's own are those of AWS's bootstrap.py.
import os
import site
import sys

VERSION = "python%d.%d" % sys.version_info[:2]
# From 3.11 on AWS has its SDK in site-packages, and looks there before the runtime's own directory.
PACKAGES_FIRST = sys.version_info >= (3, 11)


def is_packages(path):
    return path.endswith(("/site-packages", "/dist-packages"))


# What the interpreter came with; the runtime's directory stands in it as the script's, and as the default PYTHONPATH.
def runtime_paths(runtime_directory):
    rest = [path for path in sys.path if path != runtime_directory]
    packages = [path for path in rest if is_packages(path)] if PACKAGES_FIRST else []
    return [*packages, runtime_directory, *rest]


def set_search_path(task_root):
    runtime_directory = sys.path[0]
    opt = os.environ.pop("_HEARTH_OPT", "/opt")
    layers = [opt + "/python/lib/" + VERSION + "/site-packages", opt + "/python"]
    # Who sets a PYTHONPATH names what is to be found: layers are not added to it.
    if os.environ.get("PYTHONPATH", runtime_directory) != runtime_directory:
        layers = []
        sys.path = [task_root, runtime_directory, *[path for path in sys.path if path != runtime_directory]]
    else:
        sys.path = [task_root, *layers, *runtime_paths(runtime_directory)]
    for directory in [task_root, *layers]:
        # Where one is not there, this puts it at the end once more, as it does on AWS.
        site.addsitedir(directory)
