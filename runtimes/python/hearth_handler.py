# Finds the function that `_HANDLER` names: `app.handler`, `package.module.handler`, `package/module.handler`.
import importlib
import sys

from hearth_fault import RuntimeFault


def load_module(name):
    if name.split(".")[0] in sys.builtin_module_names:
        message = "Cannot use built-in module %s as a handler module" % name
        raise RuntimeFault("Runtime.BuiltInModuleConflict", message)
    try:
        return importlib.import_module(name.replace("/", "."))
    except ImportError as error:
        message = "Unable to import module '%s': %s" % (name, error)
        raise RuntimeFault("Runtime.ImportModuleError", message) from None
    except SyntaxError as error:
        message = "Syntax error in module '%s': %s" % (name, error)
        stack = ['  File "%s" Line %s\n    %s' % (error.filename, error.lineno, error.text)]
        raise RuntimeFault("Runtime.UserCodeSyntaxError", message, stack) from None


def load_handler(name):
    try:
        module_name, function_name = name.rsplit(".", 1)
    except ValueError as error:
        raise RuntimeFault("Runtime.MalformedHandlerName", "Bad handler '%s': %s" % (name, error)) from None
    module = load_module(module_name)
    try:
        return getattr(module, function_name)
    except AttributeError:
        message = "Handler '%s' missing on module '%s'" % (function_name, module_name)
        raise RuntimeFault("Runtime.HandlerNotFound", message) from None
