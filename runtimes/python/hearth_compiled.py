# What was compiled of the function's package when it was published, where the platform shows it. Other modules (layers', the
# SDK's) keep what lies compiled beside them: a pycache_prefix for all of them would have those compiled anew at every start.
import importlib.machinery as machinery
import os
import sys

COMPILED = "/var/rapid/compiled/py"


class CompiledLoader(machinery.SourceFileLoader):
    def get_code(self, fullname):
        sys.pycache_prefix = COMPILED
        try:
            return super().get_code(fullname)
        finally:
            sys.pycache_prefix = None


# To be called before anything of the package is imported.
def use_compiled(task_root):
    if not os.path.isdir(COMPILED):
        return
    find = machinery.FileFinder.path_hook(
        (machinery.ExtensionFileLoader, machinery.EXTENSION_SUFFIXES),
        (CompiledLoader, machinery.SOURCE_SUFFIXES),
        (machinery.SourcelessFileLoader, machinery.BYTECODE_SUFFIXES),
    )

    def hook(path):
        if path != task_root and not path.startswith(task_root + "/"):
            raise ImportError("not of the package")
        return find(path)

    sys.path_hooks.insert(0, hook)
