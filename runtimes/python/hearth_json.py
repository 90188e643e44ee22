# Events and responses as JSON, with decimals as the numbers that they are: AWS's runtime writes them digit by digit.
import json
import math
import os
import re

from hearth_fault import RuntimeFault

# The standard encoder writes no number but its own, so decimals travel through it as marked strings.
MARK = "hearth-decimal-%s-" % os.urandom(8).hex()
MARKED = re.compile('"%s([^"]*)"' % MARK)

_minor = re.fullmatch(r"AWS_Lambda_python3\.(\d+)", os.environ.get("AWS_EXECUTION_ENV", ""))
# From Python 3.12 on, AWS's runtime leaves characters beyond ASCII as they are.
KEEPS_UNICODE = _minor is not None and int(_minor.group(1)) >= 12


class Encoder(json.JSONEncoder):
    has_decimals = False

    def default(self, value):
        # Whoever has a decimal has imported it; nobody else pays for that.
        import decimal

        if not isinstance(value, decimal.Decimal):
            return super().default(value)
        if value.is_nan():
            return math.nan
        self.has_decimals = True
        return MARK + str(value)


def to_json(value):
    encoder = Encoder(ensure_ascii=not KEEPS_UNICODE)
    text = encoder.encode(value)
    return MARKED.sub(r"\1", text) if encoder.has_decimals else text


def from_json(body):
    try:
        return json.loads(body)
    except Exception as error:
        raise RuntimeFault("Runtime.UnmarshalError", "Unable to unmarshal input: %s" % error) from None
